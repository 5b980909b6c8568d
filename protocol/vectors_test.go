package protocol

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// The forms of the files under testdata/vectors; SPEC.md says the same in
// words. Bytes are hexadecimal, times Unix milliseconds.
type (
	acceptedVector struct {
		Name         string       `json:"name"`
		Network      Network      `json:"network"`
		NowMillis    int64        `json:"now_ms"`
		KeySeed      string       `json:"key_seed"` // of the key that signs the record
		Identity     string       `json:"identity"`
		Kind         uint16       `json:"kind"`
		Header       string       `json:"header"`
		SignedBytes  string       `json:"signed_bytes"`
		Signature    string       `json:"signature"`
		Body         string       `json:"body"`
		Wire         string       `json:"wire"`
		RecordID     string       `json:"record_id"`
		StableID     string       `json:"stable_id"`
		PublicID     string       `json:"public_id"`
		ExpiryHour   uint32       `json:"expiry_hour"`
		BodyFault    string       `json:"body_fault"` // "", body or unknown
		OtherSigned  []signedPart `json:"other_signed"`
		RecoveryHash string       `json:"recovery_hash"`
	}
	// signedPart is what somebody else signed inside the header.
	signedPart struct {
		What        string `json:"what"`
		Key         string `json:"key"`
		SignedBytes string `json:"signed_bytes"`
		Signature   string `json:"signature"`
	}
	refusedVector struct {
		Name      string  `json:"name"`
		Network   Network `json:"network"`
		NowMillis int64   `json:"now_ms"`
		Wire      string  `json:"wire"`
		Class     string  `json:"class"`
		Verdict   string  `json:"verdict"`
	}
	orderedVector struct {
		Name    string   `json:"name"`
		Records []string `json:"records"`
		Winner  int      `json:"winner"`
	}
	liveSetVector struct {
		Name      string   `json:"name"`
		Why       string   `json:"why"`
		Network   Network  `json:"network"`
		NowMillis int64    `json:"now_ms"`
		Records   []string `json:"records"`
		Orders    [][]int  `json:"orders"`
		Live      []string `json:"live"` // record ids, sorted
	}
	keyVector struct {
		Name         string `json:"name"`
		KeySeed      string `json:"key_seed"`
		Key          string `json:"key"`
		RecoverySeed string `json:"recovery_seed"`
		RecoveryKey  string `json:"recovery_key"`
		RecoveryText string `json:"recovery_text"`
		RecoveryHash string `json:"recovery_hash"`
		Identity     string `json:"identity"`
		IdentityText string `json:"identity_text"`
		Fingerprint  string `json:"fingerprint"`
		PeerID       string `json:"peer_id"` // the key as that of a node
	}
	textVector struct {
		Text      string `json:"text"` // hexadecimal of UTF-8
		Multiline bool   `json:"multiline"`
		Accept    bool   `json:"accept"`
		Clean     string `json:"clean"`
	}
	zoneVector struct {
		LatCenti int    `json:"lat_centi"`
		LonCenti int    `json:"lon_centi"`
		Zone     uint16 `json:"zone"`
	}
)

var errorClasses = []struct {
	name string
	err  error
}{{"size", ErrSize}, {"encoding", ErrEncoding}, {"header", ErrHeader}, {"signature", ErrSignature}, {"early", ErrEarly}, {"expired", ErrExpired}, {"body", ErrBody}, {"unknown", ErrBodyUnknown}}

func classOf(err error) string {
	for _, c := range errorClasses {
		if errors.Is(err, c.err) {
			return c.name
		}
	}
	return ""
}

// golden writes the vectors with -update and else compares them with the
// file, so that a change of the wire form cannot go unnoticed.
func golden(t *testing.T, name string, vectors any) {
	t.Helper()
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	if err := enc.Encode(vectors); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join("testdata", "vectors", name)
	if *update {
		if err := os.WriteFile(path, out.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	held, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(held, out.Bytes()) {
		t.Errorf("%s no longer holds what this version makes; if the change is meant, run with -update", name)
	}
}

func sortedKeys[V any](m map[string]V) (keys []string) {
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

func makeAccepted(t *testing.T) (out []acceptedVector) {
	c := newCast(t)
	authors := []Author{c.person, c.collective, c.successor, c.reborn}
	wires := c.wires(t)
	faulty := must(fullProfile().Draft(&c.grant, testNow.UnixMilli()))
	faulty.Zone = 7
	wires["profile with a wrong zone"] = signHeader(c.person, faulty)
	expired := must(NewGrant(testNet, c.collective, c.person.Identity(), testNow.Add(-2*MaxGrant), MaxGrant, CustodySelf))
	wires["erasure under an expired grant"] = seal(t, c.person, ErasureDraft(&expired, testNow.UnixMilli()))
	for _, name := range sortedKeys(wires) {
		v := must(newOpener(t).Open(wires[name], testNow))
		rec := v.Record()
		h := &rec.Header
		row := acceptedVector{
			Name: name, Network: testNet, NowMillis: testNow.UnixMilli(), Kind: uint16(h.Kind),
			Identity: hexOf(h.Signer.Identity()), RecoveryHash: hexOf(h.Signer.RecoveryHash), Header: hex.EncodeToString(rec.HeaderBytes()),
			SignedBytes: hex.EncodeToString(testNet.signedBytes(purposeRecord, rec.HeaderBytes())), Signature: hex.EncodeToString(rec.Signature[:]),
			Body: hex.EncodeToString(rec.Body), Wire: hex.EncodeToString(wires[name]), RecordID: rec.ID.String(), StableID: rec.Key().StableID().String(),
			PublicID: Identity(rec.Key().PublicID()).String(), ExpiryHour: h.ExpiryHour(), BodyFault: classOf(v.BodyFault()), OtherSigned: []signedPart{},
		}
		for _, a := range authors {
			if a.Signer.Key() == h.Signer.Key() {
				row.KeySeed = hexOf(a.Key.Seed())
			}
		}
		var set claimSet
		newOpener(t).collectProofs(&set, 0, h)
		for i, claim := range set.claims {
			row.OtherSigned = append(row.OtherSigned, signedPart{set.names[i], hexOf(claim.key), hex.EncodeToString(claim.message), hex.EncodeToString(claim.sig[:])})
		}
		out = append(out, row)
	}
	return out
}

func hexOf[T ~[32]byte](b T) string { return hex.EncodeToString(b[:]) }

func TestVectorsAccepted(t *testing.T) {
	golden(t, "accepted.json", makeAccepted(t))
	for _, v := range readVectors[[]acceptedVector](t, "accepted.json") {
		opened, err := must(NewOpener(v.Network, 10)).Open(unhex(t, v.Wire), time.UnixMilli(v.NowMillis))
		if err != nil {
			t.Errorf("%s: %v", v.Name, err)
			continue
		}
		rec := opened.Record()
		key := PrivateKeyFromSeed([32]byte(unhex(t, v.KeySeed)))
		if rec.ID.String() != v.RecordID || rec.Header.ExpiryHour() != v.ExpiryHour || classOf(opened.BodyFault()) != v.BodyFault {
			t.Errorf("%s differs", v.Name)
		}
		if again := key.sign(v.Network, purposeRecord, unhex(t, v.Header)); hex.EncodeToString(again[:]) != v.Signature {
			t.Errorf("%s: the seed signs otherwise", v.Name)
		}
	}
}
