package protocol

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
)

type signatureVector struct {
	Name      string `json:"name"`
	Key       string `json:"key"`
	Message   string `json:"message"`
	Signature string `json:"signature"`
	Accept    bool   `json:"accept"`
}

// claim gives the vector as a claim; false when key or signature have a
// length that the wire cannot carry.
func (v signatureVector) claim(t *testing.T) (signedClaim, bool) {
	t.Helper()
	key, message, sig := unhex(t, v.Key), unhex(t, v.Message), unhex(t, v.Signature)
	if len(key) != 32 || len(sig) != 64 {
		return signedClaim{}, false
	}
	return signedClaim{PublicKey(key), message, Signature(sig)}, true
}

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func readVectors[T any](t testing.TB, name string) (out T) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", "vectors", name))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, &out); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return out
}

// The published edge cases, checked alone and in batches of every kind that
// the program meets: among good ones, among bad ones, in any place.
func TestSignatureEdgeCases(t *testing.T) {
	vectors := readVectors[[]signatureVector](t, "signatures.json")
	if len(vectors) < 1000 {
		t.Fatalf("%d vectors, over 1000 expected", len(vectors))
	}
	var claims []signedClaim
	var accept []bool
	var names []string
	for _, v := range vectors {
		c, ok := v.claim(t)
		if !ok {
			if v.Accept {
				t.Errorf("%s: expected to hold, but of a wrong length", v.Name)
			}
			continue
		}
		if got := c.holds(); got != v.Accept {
			t.Errorf("%s: alone %v, want %v", v.Name, got, v.Accept)
		}
		claims, accept, names = append(claims, c), append(accept, v.Accept), append(names, v.Name)
	}
	good := goodClaims(4)
	for i, c := range claims {
		// One edge case among few good ones: it alone decides the batch.
		batch := append([]signedClaim{c}, good[:4]...)
		for j, ok := range checkClaims(batch) {
			if want := j > 0 || accept[i]; ok != want {
				t.Errorf("%s: in a batch of five at %d %v, want %v", names[i], j, ok, want)
			}
		}
	}
	for i, ok := range checkClaims(claims) {
		if ok != accept[i] {
			t.Errorf("claim %d: with all others %v, want %v", i, ok, accept[i])
		}
	}
}

// Batches of accepted edge cases pass as one: the fast path takes them too.
func TestSignatureAcceptedEdgeCasesInOneBatch(t *testing.T) {
	claims := goodClaims(10)
	for _, v := range readVectors[[]signatureVector](t, "signatures.json") {
		if c, ok := v.claim(t); ok && v.Accept {
			claims = append(claims, c)
		}
	}
	for i, ok := range checkClaims(claims) {
		if !ok {
			t.Errorf("claim %d refused in the batch", i)
		}
	}
}

func TestSignatureBatchesOfEverySize(t *testing.T) {
	good := goodClaims(batchSize + 5)
	sizes := []int{batchSize - 1, batchSize, batchSize + 1, batchSize + 5}
	for n := range 2*smallBatch + 4 {
		sizes = append(sizes, n)
	}
	rng := rand.New(rand.NewPCG(1, 2))
	for _, n := range sizes {
		claims, want := append([]signedClaim{}, good[:n]...), make([]bool, n)
		for i := range want {
			want[i] = true
		}
		for range rng.IntN(3) {
			if n > 0 {
				i := rng.IntN(n)
				claims[i].sig[rng.IntN(64)] ^= 1 << rng.IntN(8)
				want[i] = claims[i].holds()
			}
		}
		for i, ok := range checkClaims(claims) {
			if ok != want[i] {
				t.Fatalf("%d claims: claim %d %v, want %v", n, i, ok, want[i])
			}
		}
	}
}

// Why the standard library is not used: for a key of small order one fixed
// signature verifies any message there.
func TestStandardLibraryTakesSmallOrderKeys(t *testing.T) {
	var c signedClaim
	c.key[0], c.sig[0] = 1, 1 // the identity point, twice
	c.message = []byte("anything at all")
	if !ed25519.Verify(c.key[:], c.message, c.sig[:]) {
		t.Log("the standard library refuses the identity point now")
	}
	if c.holds() {
		t.Error("the identity point as a key was accepted")
	}
}

func goodClaims(n int) []signedClaim {
	out := make([]signedClaim, n)
	for i := range out {
		seed := [32]byte{byte(i), byte(i >> 8), 7}
		if i%2 == 1 {
			seed = [32]byte{7} // as a collective signs for many
		}
		key := PrivateKeyFromSeed(seed)
		out[i].key, out[i].message = key.Public(), []byte(fmt.Sprintf("message %d", i))
		out[i].sig = Signature(ed25519.Sign(ed25519.PrivateKey(key.key), out[i].message))
	}
	return out
}

// Other implementations sign with what they have.
func TestSignaturesAreThoseOfTheStandardLibrary(t *testing.T) {
	for i := range 64 {
		seed := sha256.Sum256([]byte{byte(i)})
		key, theirs := PrivateKeyFromSeed(seed), ed25519.NewKeyFromSeed(seed[:])
		if !bytes.Equal(key.key, theirs) {
			t.Fatalf("seed %d: another key", i)
		}
		payload := bytes.Repeat([]byte{byte(i)}, 7*i)
		signed := Network("test").signedBytes(purposeRecord, payload)
		if key.sign("test", purposeRecord, payload) != Signature(ed25519.Sign(theirs, signed)) {
			t.Fatalf("seed %d: another signature of %d bytes", i, len(payload))
		}
	}
}
