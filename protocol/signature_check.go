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

// batchSize is where a batch pays best: below it single checks win, far above
// it the memory of the tables does not fit the caches.
const batchSize = 64

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
	if len(claims) < 4 {
		for i := range claims {
			ok[i] = claims[i].holds()
		}
		return
	}
	v := ed25519.NewBatchVerifierWithCapacity(len(claims))
	for i := range claims {
		v.AddWithOptions(claims[i].key[:], claims[i].message, claims[i].sig[:], verifyOptions)
	}
	// On failure the library checks each entry alone, by the same equation.
	all, each := v.Verify(nil)
	for i := range ok {
		ok[i] = all || each[i]
	}
}
