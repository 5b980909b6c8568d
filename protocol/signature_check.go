package protocol

import (
	"github.com/oasisprotocol/curve25519-voi/primitives/ed25519"
)

// verifyOptions is the one rule for every signature of the network: the
// cofactored equation, canonical A, R and S, A not of small order. The
// standard library and libp2p use the cofactorless equation, which cannot be
// checked in batches, and accept keys of small order, for which one fixed
// signature verifies every message. Mixing rules would split replicas.
var verifyOptions = &ed25519.Options{Verify: &ed25519.VerifyOptions{AllowSmallOrderR: true}}

// signedClaim is one signature to check.
type signedClaim struct {
	key     PublicKey
	message []byte
	sig     Signature
}

func (c *signedClaim) holds() bool {
	return ed25519.VerifyWithOptions(c.key[:], c.message, c.sig[:], verifyOptions)
}

const (
	// batchSize is how many claims one equation checks: 12.7 µs of processor
	// each in 512, 18.3 in 64, some 50 alone. Each takes a kilobyte meanwhile.
	batchSize = 1024
	// smallBatch is into what a batch is cut in which something does not hold,
	// so that one forged signature makes few others be checked alone.
	smallBatch = 64
)

// checkClaims verifies many claims and says for each whether it holds; the
// answers equal those of holds.
func checkClaims(claims []signedClaim) []bool {
	ok := make([]bool, len(claims))
	for lo := 0; lo < len(claims); lo += batchSize {
		hi := min(lo+batchSize, len(claims))
		checkBatch(claims[lo:hi], ok[lo:hi])
	}
	return ok
}

func checkBatch(claims []signedClaim, ok []bool) {
	if len(claims) > smallBatch {
		if newBatchVerifier(claims).VerifyBatchOnly(nil) {
			for i := range ok {
				ok[i] = true
			}
			return
		}
		for lo := 0; lo < len(claims); lo += smallBatch {
			hi := min(lo+smallBatch, len(claims))
			checkBatch(claims[lo:hi], ok[lo:hi])
		}
		return
	}
	if len(claims) < 4 {
		for i := range claims {
			ok[i] = claims[i].holds()
		}
		return
	}
	// On failure the library checks each entry alone, by the same equation.
	all, each := newBatchVerifier(claims).Verify(nil)
	for i := range ok {
		ok[i] = all || each[i]
	}
}

// newBatchVerifier takes each key apart once: a collective's stands on the
// grants of all its members.
func newBatchVerifier(claims []signedClaim) *ed25519.BatchVerifier {
	v := ed25519.NewBatchVerifierWithCapacity(len(claims))
	if len(claims) > smallBatch {
		v.ForceNoPublicKeyExpansion() // pays in small batches only
	}
	uses := make(map[PublicKey]int, len(claims))
	for i := range claims {
		uses[claims[i].key]++
	}
	expanded := map[PublicKey]*ed25519.ExpandedPublicKey{}
	for i := range claims {
		c := &claims[i]
		key := expanded[c.key]
		if key == nil && uses[c.key] > 1 {
			key, _ = ed25519.NewExpandedPublicKey(c.key[:]) // nil for what is no key
			expanded[c.key] = key
		}
		if key != nil {
			v.AddExpandedWithOptions(key, c.message, c.sig[:], verifyOptions)
		} else {
			v.AddWithOptions(c.key[:], c.message, c.sig[:], verifyOptions)
		}
	}
	return v
}
