package store

import (
	"encoding/binary"
	"math/bits"
	"sync/atomic"

	"github.com/dgraph-io/badger/v4"

	"courtcircuit/protocol"
)

// knownIdentities says of an identity that nothing is held of it, or that
// something may be. In a first catch-up nearly every record is the first of
// its identity, and to find no dossier in the database costs a look at each
// table of its upper levels, twice a record.
//
// It is a blocked Bloom filter (Putze, Sanders, Singler, 2007): all bits of an
// identity stand in one line of cache. Identities are hashes and serve as
// their own. Whoever makes identities for chosen bits makes their lookups as
// slow as they were without the filter. Nothing leaves it until the next start,
// so where many come and go it would grow for ever: it is given up when it has
// become several times as large as what is held needs.
//
// The writer adds before it commits, so a reader that finds an identity absent
// finds it absent in each view that is open.
type knownIdentities struct {
	layers atomic.Pointer[[]*identityLayer] // nil: everybody may be known
}

// identityLayer takes as many identities as it was made for; the next one is
// twice as large.
type identityLayer struct {
	blocks [][8]atomic.Uint64
	left   int // of its capacity; the writer's
}

const (
	identityBits        = 8 // set for each identity
	identityBlockBits   = 512
	identitiesPerBlock  = 32 // 16 bits each: one in a thousand that is absent may be known
	leastIdentityBlocks = 64
)

func newIdentityLayer(capacity int) *identityLayer {
	n := max(leastIdentityBlocks, (capacity+identitiesPerBlock-1)/identitiesPerBlock)
	return &identityLayer{blocks: make([][8]atomic.Uint64, n), left: n * identitiesPerBlock}
}

// place gives the block of an identity, and nine bits for each place in it.
func (l *identityLayer) place(id *protocol.Identity) (block *[8]atomic.Uint64, at uint64, more uint64) {
	n, _ := bits.Mul64(binary.LittleEndian.Uint64(id[:]), uint64(len(l.blocks)))
	return &l.blocks[n], binary.LittleEndian.Uint64(id[8:]), binary.LittleEndian.Uint64(id[16:])
}

func (l *identityLayer) add(id *protocol.Identity) {
	block, at, more := l.place(id)
	for i := range identityBits {
		if i == identityBits/2 {
			at = more
		}
		bit := at % identityBlockBits
		block[bit/64].Or(1 << (bit % 64))
		at /= identityBlockBits
	}
	l.left--
}

func (l *identityLayer) has(id *protocol.Identity) bool {
	block, at, more := l.place(id)
	for i := range identityBits {
		if i == identityBits/2 {
			at = more
		}
		bit := at % identityBlockBits
		if block[bit/64].Load()&(1<<(bit%64)) == 0 {
			return false
		}
		at /= identityBlockBits
	}
	return true
}

// has is false when nothing is held of an identity.
func (k *knownIdentities) has(id protocol.Identity) bool {
	layers := k.layers.Load()
	if layers == nil {
		return true
	}
	for _, l := range *layers {
		if l.has(&id) {
			return true
		}
	}
	return false
}

// mostIdentities is how many the last layer takes at most for so many records held; all
// before it together take fewer.
func mostIdentities(held int) int { return 1<<20 + 4*held }

// add is the writer's; held is how many records there are. It is false when the
// filter was given up.
func (k *knownIdentities) add(id protocol.Identity, held int) bool {
	layers := k.layers.Load()
	if layers == nil || k.has(id) {
		return true
	}
	last := (*layers)[len(*layers)-1]
	if last.left <= 0 {
		next := 2 * len(last.blocks) * identitiesPerBlock
		if next > mostIdentities(held) {
			k.layers.Store(nil)
			return false
		}
		last = newIdentityLayer(next)
		last.add(&id)
		grown := append((*layers)[:len(*layers):len(*layers)], last)
		k.layers.Store(&grown)
		return true
	}
	last.add(&id)
	return true
}

// knowIdentities reads whose dossiers there are.
func (s *Store) knowIdentities() error {
	held := s.live.tree.Snapshot().Len()
	layer := newIdentityLayer(held * 3 / 2)
	s.known.layers.Store(&[]*identityLayer{layer})
	return s.db.View(func(txn *badger.Txn) error {
		opts := badger.DefaultIteratorOptions
		opts.Prefix, opts.PrefetchValues = []byte{famDossier}, false
		it := txn.NewIterator(opts)
		defer it.Close()
		for it.Rewind(); it.Valid(); it.Next() {
			if key := it.Item().Key(); len(key) == len(dossierKey(protocol.Identity{})) {
				s.known.add(protocol.Identity(key[1:]), held)
			}
		}
		return nil
	})
}

// dossierOf is readDossier without a look at the database where there is none.
func (s *Store) dossierOf(txn *badger.Txn, id protocol.Identity) (dossier, error) {
	if !s.known.has(id) {
		return nil, nil
	}
	return readDossier(txn, id)
}
