package protocol

import (
	"crypto/sha256"
	"sync"
)

// claimHash binds key, message and signature: a cached entry proves exactly
// one claim.
func claimHash(c signedClaim) [32]byte {
	h := sha256.New()
	h.Write(c.key[:])
	h.Write(c.sig[:])
	h.Write(c.message)
	return [32]byte(h.Sum(nil))
}

// claimCache keeps two generations of hashes; when the young one is full the
// old one goes. Bounded, and O(1) without a list.
type claimCache struct {
	mu         sync.Mutex
	max        int
	young, old map[[32]byte]struct{}
}

func newClaimCache(entries int) *claimCache {
	return &claimCache{max: max(entries/2, 1), young: map[[32]byte]struct{}{}}
}

func (c *claimCache) has(h [32]byte) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, ok := c.young[h]; ok {
		return true
	}
	_, ok := c.old[h]
	return ok
}

func (c *claimCache) add(h [32]byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.young) >= c.max {
		c.old, c.young = c.young, make(map[[32]byte]struct{}, c.max)
	}
	c.young[h] = struct{}{}
}
