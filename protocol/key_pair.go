package protocol

import (
	"fmt"
	"io"

	// The standard library's signatures, which are the same bytes, take twice as long.
	"github.com/oasisprotocol/curve25519-voi/primitives/ed25519"
)

// PublicKey is an Ed25519 public key, in the only encoding the network takes.
type PublicKey [32]byte

// Signature is an Ed25519 signature.
type Signature [64]byte

// PrivateKey is an Ed25519 key that signs; its zero value signs nothing.
type PrivateKey struct{ key ed25519.PrivateKey }

// NewPrivateKey draws a key from rand (crypto/rand.Reader outside tests).
func NewPrivateKey(rand io.Reader) (PrivateKey, error) {
	seed := make([]byte, ed25519.SeedSize)
	if _, err := io.ReadFull(rand, seed); err != nil {
		return PrivateKey{}, fmt.Errorf("draw key: %w", err)
	}
	return PrivateKeyFromSeed([32]byte(seed)), nil
}

// PrivateKeyFromSeed expands a 32-byte seed, the form in which keys are kept.
func PrivateKeyFromSeed(seed [32]byte) PrivateKey {
	return PrivateKey{ed25519.NewKeyFromSeed(seed[:])}
}

// Seed is the secret to keep.
func (k PrivateKey) Seed() (seed [32]byte) {
	if !k.IsZero() {
		seed = [32]byte(k.key.Seed())
	}
	return seed
}

// Public is the key that others check with.
func (k PrivateKey) Public() (p PublicKey) {
	if !k.IsZero() {
		p = PublicKey(k.key[ed25519.SeedSize:])
	}
	return p
}

// IsZero tells the empty value from a key.
func (k PrivateKey) IsZero() bool { return len(k.key) == 0 }

func (k PrivateKey) sign(n Network, p purpose, payload []byte) Signature {
	return Signature(ed25519.Sign(k.key, n.signedBytes(p, payload)))
}
