package store

import (
	"sync"

	"courtcircuit/protocol"
)

// club is what memberships need to know of a collective in one hour.
type club struct {
	hour    uint32
	stamp   uint32
	dossier dossier // live in that hour
	name    string
	shown   bool // its own record is live, which is where the name comes from
}

// clubCache keeps clubs that cards were read for: a few collectives stand on
// very many cards. A commit that writes to a collective's dossier raises its
// stamp, and what was kept under another one is not found any more.
type clubCache struct {
	off  bool
	mu   sync.RWMutex
	held map[protocol.Identity]*club
}

// maxClubs of maxClubEntries records each are 4 MB; larger ones are read each
// time.
const (
	maxClubs       = 1024
	maxClubEntries = 32
)

func (c *clubCache) get(id protocol.Identity, hour, stamp uint32) *club {
	c.mu.RLock()
	defer c.mu.RUnlock()
	if k := c.held[id]; k != nil && k.hour == hour && k.stamp == stamp {
		return k
	}
	return nil
}

// putClub keeps a club that was read when changes were asOf.
func (c *cardCache) putClub(id protocol.Identity, k *club, asOf uint64) {
	clubs := &c.clubs
	if clubs.off || len(k.dossier) > maxClubEntries {
		return
	}
	clubs.mu.Lock()
	defer clubs.mu.Unlock()
	if c.changes.Load() != asOf {
		return
	}
	if len(clubs.held) >= maxClubs {
		clear(clubs.held)
	}
	clubs.held[id] = k
}

// drop forgets those whose records changed: a name may have been erased.
func (c *clubCache) drop(identities map[protocol.Identity]bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for id := range identities {
		delete(c.held, id)
	}
}
