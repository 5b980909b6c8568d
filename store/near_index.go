package store

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/dgraph-io/badger/v4"

	"courtcircuit/protocol"
	"courtcircuit/store/proximity"
)

// nearKinds are the kinds of card that are searched for.
var nearKinds = []protocol.Kind{protocol.KindProfile, protocol.KindMission, protocol.KindCollective}

// nearIndex holds in memory what a search needs to know of each card, one
// index for each kind. Badger's rows are the truth: it is made from them at
// start and follows every commit, before the commit is acknowledged.
type nearIndex struct {
	kinds map[protocol.Kind]*proximity.Index

	// Since tidy, the writer's: which changed, and in how many changes.
	untidy  map[protocol.Kind]bool
	changes int
	erased  chan struct{} // texts left the files, so their words leave memory

	mu        sync.RWMutex
	languages map[uint32]uint32 // hash of a tag → its number
}

// otherLanguages is the number of all tags beyond that many. They are found
// as exactly: each row is looked at again before it becomes a result.
const otherLanguages = 1 << 16

func newNearIndex() *nearIndex {
	x := &nearIndex{kinds: map[protocol.Kind]*proximity.Index{}, untidy: map[protocol.Kind]bool{}, erased: make(chan struct{}, 1), languages: map[uint32]uint32{}}
	for _, kind := range nearKinds {
		x.kinds[kind] = proximity.New()
	}
	return x
}

// runNear merges and reads words in the background until ctx ends.
func (s *Store) runNear(ctx context.Context) {
	var running sync.WaitGroup
	running.Go(func() { s.forgetWords(ctx) })
	for kind, index := range s.near.kinds {
		running.Go(func() { index.Run(ctx) })
		running.Go(func() { s.readWords(ctx, kind) })
	}
	running.Wait()
}

// number gives a language its number, a new one when make says so.
func (x *nearIndex) number(hash uint32, make bool) uint32 {
	x.mu.RLock()
	n, ok := x.languages[hash]
	x.mu.RUnlock()
	if ok || !make {
		if !ok {
			return otherLanguages
		}
		return n
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	n = uint32(len(x.languages))
	if n >= otherLanguages {
		return otherLanguages
	}
	x.languages[hash] = n
	return n
}

// document is a row as the index knows it, without words. The tier is left to the search: whether a person is
// a member depends on other records, and on the hour.
func (x *nearIndex) document(id [32]byte, r rowView) proximity.Document {
	d := proximity.Document{
		ID: id, Lat: r.lat(), Lon: r.lon(), Modes: r.modes(), State: uint8(r.state()), Expiry: r.expiry(),
		AvailableFrom: r.availableFrom(), Unavailable: r.unavailable(), ConfirmedDay: dayOfMillis(r.confirmedAt()), Reach: r.radius(),
		Skills: r.skills(), Collectives: r.collectives(),
	}
	if r.state() == protocol.MissionOpen {
		d.ApplyBy = r.applyBy()
	}
	for _, hash := range r.languages() {
		d.Languages = append(d.Languages, x.number(hash, true))
	}
	return d
}

// dayOfMillis is the day of a moment in Unix milliseconds, which may be anything.
func dayOfMillis(millis int64) uint32 {
	return uint32(min(max(millis, 0)/86_400_000, proximity.MaxDay))
}

// buildNear reads all rows.
func (s *Store) buildNear() error {
	began, n := time.Now(), 0
	s.near = newNearIndex()
	for _, kind := range nearKinds {
		var damaged int
		var readErr error
		index, err := proximity.Build(func(yield func(proximity.Document) bool) {
			readErr = s.db.View(func(txn *badger.Txn) error {
				opts := badger.DefaultIteratorOptions
				opts.Prefix = kindPrefix(famPlace, kind)
				it := txn.NewIterator(opts)
				defer it.Close()
				for it.Rewind(); it.Valid(); it.Next() {
					item, more := it.Item(), true
					err := item.Value(func(v []byte) error {
						if !rowView(v).ok() || len(item.Key()) != placeKeyBytes {
							damaged++
							return nil
						}
						_, id := placeOf(item.Key())
						n++
						d := s.near.document(id, v)
						if kind == protocol.KindCollective {
							d.Words = cardWords(nil)
						}
						more = yield(d)
						return nil
					})
					if err != nil || !more {
						return err
					}
				}
				return nil
			})
		})
		if readErr != nil || err != nil {
			return fmt.Errorf("read the rows of %s records: %w", kind, errors.Join(readErr, err))
		}
		if damaged > 0 {
			s.log.Error("search rows are damaged; their cards are not found", "kind", kind.String(), "rows", damaged)
		}
		s.near.kinds[kind] = index
	}
	s.log.Debug("search index built", "documents", n, "took", time.Since(began))
	return nil
}

// nearChange is what a batch does to one card's row; row is nil when it goes.
type nearChange struct {
	cell  uint64
	row   rowView
	words []string // nil: not known
}

type nearKey struct {
	kind protocol.Kind
	id   [32]byte
}

// noteRow remembers for the commit what becomes of a row; other keys are none
// of its business. value is nil when the key goes.
func (b *batch) noteRow(key, value []byte) {
	if key[0] != famPlace {
		return
	}
	k := nearKey{kind: kindOf(key)}
	cell, id := placeOf(key)
	k.id = id
	if before, ok := b.rows[k]; ok && value == nil && before.row != nil && before.cell != cell {
		return // the row of the version before goes after the new one came
	}
	b.rows[k] = nearChange{cell: cell, row: value}
}

// maxUntidy is how many changes the index is left as they made it. Each leaves a
// small segment that searches have to ask, and to merge it at once would take
// longer than to make it, while listeners and who comes next wait.
const maxUntidy = 8

// tidy follows apply, once nobody waits.
func (x *nearIndex) tidy() {
	for kind := range x.untidy {
		x.kinds[kind].Tidy()
	}
	clear(x.untidy)
	x.changes = 0
}

// apply follows a commit.
func (x *nearIndex) apply(rows map[nearKey]nearChange) error {
	puts, gone := map[protocol.Kind][]proximity.Document{}, map[protocol.Kind][]proximity.ID{}
	for k, c := range rows {
		if c.row == nil {
			gone[k.kind] = append(gone[k.kind], k.id)
			continue
		}
		d := x.document(k.id, c.row)
		d.Words = c.words
		puts[k.kind] = append(puts[k.kind], d)
	}
	for kind, index := range x.kinds {
		if len(puts[kind])+len(gone[kind]) == 0 {
			continue
		}
		if err := index.Change(puts[kind], gone[kind]); err != nil {
			return fmt.Errorf("index %s records: %w", kind, err)
		}
		x.untidy[kind] = true
		x.changes++
	}
	return nil
}
