package store

import (
	"sync"
	"sync/atomic"

	"courtcircuit/protocol"
)

// cardCache keeps cards ready to be results, so that a hit that was shown, or
// published, not long ago costs no read of Badger. It never knows more than Badger: whatever
// a commit changes leaves it before the commit is acknowledged.
//
// The writer puts in what it has just stored, if that was little. A reader fills
// it from its own view of the database, which may be older than
// a commit that meanwhile took the card out. Therefore a reader takes the
// number of changes before it opens its view, and what it found is kept only
// if that number still stands.
type cardCache struct {
	shards  [cardShards]cardShard
	changes atomic.Uint64
	// stamps count, for a hash of each identity, the commits that changed what
	// is held of it: memberships hang on records of others than the member.
	stamps []atomic.Uint32
	clubs  clubCache
	file   *cardFile // nil: none

	hits, misses, evictions, outrun atomic.Int64
}

const (
	cardShards     = 32
	maxCardStamps  = 1 << 16
	bytesForStamps = 512 // of the cache's size, for each stamp
)

// cardShard is a part of the cache with a lock of its own. Who leaves when it
// is full is found by the clock algorithm (Corbató, 1968): a hand goes round and
// takes the first card that was not used since it came by.
type cardShard struct {
	mu    sync.RWMutex
	held  map[nearKey]*heldCard
	ring  []*heldCard
	hand  int
	bytes int64
	most  int64
}

// heldCard is one card of one version. All but the last fields never change
// once it is in the cache.
type heldCard struct {
	nearKey
	cell   uint64
	row    rowView
	header protocol.HeaderOnly
	parsed atomic.Pointer[protocol.Record] // of header, once somebody asked, see record
	key    protocol.RecordKey
	body   any
	skills []string    // their keys, in the card's order
	grants []heldGrant // of a profile, checked
	view   []byte      // what Config.View made of it
	bytes  int64
	// unerased: the signer of this profile never erased anything, so its grants
	// ask for no dossier. A commit that changes the dossier takes the card out.
	unerased bool

	stamped []*atomic.Uint32 // of all whose records decide about the memberships

	of   atomic.Pointer[heldMemberships]
	used atomic.Bool
	at   int // in the ring; guarded by the shard
}

func newCardCache(bytes int64) *cardCache {
	c := &cardCache{clubs: clubCache{off: bytes == 0, held: map[protocol.Identity]*club{}}}
	for i := range c.shards {
		c.shards[i].held, c.shards[i].most = map[nearKey]*heldCard{}, bytes/cardShards
	}
	stamps := 64
	for stamps < maxCardStamps && int64(stamps) < bytes/bytesForStamps {
		stamps *= 2
	}
	c.stamps = make([]atomic.Uint32, stamps)
	return c
}

// keeps says whether the cache has room for anything.
func (c *cardCache) keeps() bool { return c.shards[0].most > 0 }

func (c *cardCache) shard(k nearKey) *cardShard { return &c.shards[k.id[0]%cardShards] }

func (c *cardCache) stamp(id protocol.Identity) *atomic.Uint32 {
	return &c.stamps[identityHint(id)%uint64(len(c.stamps))]
}

// stampOf counts the commits that changed a card.
func (c *cardCache) stampOf(k nearKey) *atomic.Uint32 { return c.stamp(k.id) }

// get gives the card whose row stands in a cell, nil when it is not here.
func (c *cardCache) get(k nearKey, cell uint64) *heldCard {
	s := c.shard(k)
	s.mu.RLock()
	h := s.held[k]
	s.mu.RUnlock()
	if h == nil || h.cell != cell {
		c.misses.Add(1)
		return nil
	}
	c.hits.Add(1)
	if !h.used.Load() { // readers of one card share its line as long as nobody writes
		h.used.Store(true)
	}
	return h
}

// put keeps a card that was read when changes were asOf.
func (c *cardCache) put(h *heldCard, asOf uint64) {
	s := c.shard(h.nearKey)
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case c.changes.Load() != asOf:
		c.outrun.Add(1)
		return
	case h.bytes > s.most/4: // one card is never most of a shard
		return
	}
	s.drop(s.held[h.nearKey])
	for s.bytes+h.bytes > s.most {
		c.evictions.Add(1)
		s.drop(s.oldest())
	}
	h.at = len(s.ring)
	s.ring = append(s.ring, h)
	s.held[h.nearKey] = h
	s.bytes += h.bytes
}

// oldest turns the hand; the shard holds something.
func (s *cardShard) oldest() *heldCard {
	for {
		if s.hand >= len(s.ring) {
			s.hand = 0
		}
		h := s.ring[s.hand]
		if !h.used.Swap(false) {
			return h
		}
		s.hand++
	}
}

func (s *cardShard) drop(h *heldCard) {
	if h == nil {
		return
	}
	last := len(s.ring) - 1
	s.ring[h.at] = s.ring[last]
	s.ring[h.at].at = h.at
	s.ring[last] = nil
	s.ring = s.ring[:last]
	delete(s.held, h.nearKey)
	s.bytes -= h.bytes
}

// follow takes out what a commit changed. Counting comes first: a reader that
// is just keeping something either sees it, or keeps it before it is dropped.
func (c *cardCache) follow(rows map[nearKey]nearChange, identities map[protocol.Identity]bool) {
	c.changes.Add(1)
	for id := range identities {
		c.stamp(id).Add(1)
	}
	c.clubs.drop(identities)
	gone := func(yield func(nearKey) bool) {
		for k := range rows {
			if !yield(k) {
				return
			}
		}
		for id := range identities { // see heldCard.unerased
			if !yield(nearKey{protocol.KindProfile, id}) {
				return
			}
		}
	}
	for k := range gone {
		c.stampOf(k).Add(1)
		s := c.shard(k)
		s.mu.Lock()
		s.drop(s.held[k])
		s.mu.Unlock()
	}
	c.file.follow(gone)
}

// CardStats is how the cache of cards does.
type CardStats struct {
	Cards     int
	Bytes     int64 // as estimated
	Hits      int64
	Misses    int64
	Evictions int64 // for lack of room
	Outrun    int64 // cards read and not kept, because a commit came meanwhile
	File      CardFileStats
}

// CardFileStats is how the file behind the cache does.
type CardFileStats struct {
	Cards      int
	Bytes      int64
	IndexBytes int64 // of memory
	Hits       int64
	Misses     int64
	Replaced   int64 // cards that gave their room to others
	Refused    int64 // cards not kept, for lack of room or because writing failed
	Faults     int64 // slots that did not hold what was written
}

func (c *cardCache) stats() CardStats {
	st := CardStats{Hits: c.hits.Load(), Misses: c.misses.Load(), Evictions: c.evictions.Load(), Outrun: c.outrun.Load()}
	for i := range c.shards {
		s := &c.shards[i]
		s.mu.RLock()
		st.Cards, st.Bytes = st.Cards+len(s.ring), st.Bytes+s.bytes
		s.mu.RUnlock()
	}
	if f := c.file; f != nil {
		f.writing.Lock()
		bytes := f.end
		f.writing.Unlock()
		st.File = CardFileStats{
			Cards: f.index.count(), Bytes: bytes, IndexBytes: f.index.bytes.Load(), Hits: f.hits.Load(), Misses: f.misses.Load(),
			Replaced: f.replaced.Load(), Refused: f.refused.Load(), Faults: f.faults.Load(),
		}
	}
	return st
}
