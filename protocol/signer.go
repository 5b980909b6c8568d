package protocol

import (
	"bytes"
	"crypto/sha256"
)

// Signer says who signed and proves that the key may speak for the identity.
// Without Succession it is [FirstKey, RecoveryHash]; with it the recovery key
// itself is shown and RecoveryHash is its hash.
type Signer struct {
	FirstKey     PublicKey
	RecoveryHash [32]byte
	Succession   *Succession
}

// Succession is the proof that the recovery key moved an identity to NewKey.
// N counts up from 1.
type Succession struct {
	RecoveryKey PublicKey
	N           uint32
	NewKey      PublicKey
	Proof       Signature
}

// Identity is whom the signer speaks for.
func (s Signer) Identity() Identity { return NewIdentity(s.FirstKey, s.RecoveryHash) }

// Key is the public key that signs now.
func (s Signer) Key() PublicKey {
	if s.Succession != nil {
		return s.Succession.NewKey
	}
	return s.FirstKey
}

// Generation orders an identity's keys.
func (s Signer) Generation() Generation {
	if s.Succession == nil {
		return Generation{Key: s.FirstKey}
	}
	return Generation{N: s.Succession.N, Key: s.Succession.NewKey}
}

// Generation is how often an identity changed keys, and to which one.
type Generation struct {
	N   uint32
	Key PublicKey
}

// Above says that g outranks other: the higher N, then the lower key. Two
// successions with one N happen when a recovery secret was used twice; every
// node must pick the same.
func (g Generation) Above(other Generation) bool {
	if g.N != other.N {
		return g.N > other.N
	}
	return bytes.Compare(g.Key[:], other.Key[:]) < 0
}

func appendSigner(dst []byte, s Signer) []byte {
	if s.Succession == nil {
		dst = appendHead(dst, cborArray, 2)
		dst = appendBytes(dst, s.FirstKey[:])
		return appendBytes(dst, s.RecoveryHash[:])
	}
	p := s.Succession
	dst = appendHead(dst, cborArray, 5)
	dst = appendBytes(dst, s.FirstKey[:])
	dst = appendBytes(dst, p.RecoveryKey[:])
	dst = appendHead(dst, cborUint, uint64(p.N))
	dst = appendBytes(dst, p.NewKey[:])
	return appendBytes(dst, p.Proof[:])
}

func (r *cborReader) signer(name string) (s Signer) {
	n := r.array(name, 5)
	if r.err == nil && n != 2 && n != 5 {
		r.fail("%s has %d elements, 2 or 5 expected", name, n)
	}
	s.FirstKey = r.bytes32(name + " first key")
	if n == 2 {
		s.RecoveryHash = r.bytes32(name + " recovery hash")
		return s
	}
	p := &Succession{RecoveryKey: r.bytes32(name + " recovery key")}
	p.N = uint32(r.uint(name+" succession number", 1<<32-1))
	p.NewKey = r.bytes32(name + " new key")
	p.Proof = r.signature(name + " succession proof")
	if r.err == nil && p.N == 0 {
		r.fail("%s succession number is 0, at least 1 expected", name)
	}
	s.RecoveryHash = sha256.Sum256(p.RecoveryKey[:])
	s.Succession = p
	return s
}

// successionPayload is what a recovery key signs: [identity, n, new key].
func successionPayload(id Identity, n uint32, newKey PublicKey) []byte {
	out := appendHead(nil, cborArray, 3)
	out = appendBytes(out, id[:])
	out = appendHead(out, cborUint, uint64(n))
	return appendBytes(out, newKey[:])
}
