package store

import (
	"context"
	"encoding/binary"
	"time"

	"github.com/dgraph-io/badger/v4"

	"courtcircuit/protocol"
)

// Spot is where a card stands, and what is known of it without reading it.
type Spot struct {
	PublicID           [32]byte
	LatCenti, LonCenti int     // hundredths of a degree
	Author             [8]byte // how the identity of the collective begins that signed a mission; zero for profiles
	Open               bool    // of a mission: neither attributed, closed nor over; true for other kinds
}

// EachPlace calls fn with the place of every live card of a kind, neighbours
// mostly together, until fn returns false. No card is read, so 100,000 take
// tens of milliseconds.
func (s *Store) EachPlace(ctx context.Context, kind protocol.Kind, now time.Time, fn func(Spot) bool) error {
	hour, today := hourOf(now), uint32(max(now.Unix(), 0)/86400)
	return s.view(func(txn *badger.Txn) error {
		opts := badger.DefaultIteratorOptions
		opts.Prefix, opts.PrefetchValues = kindPrefix(famPlace, kind), false
		it := txn.NewIterator(opts)
		defer it.Close()
		n, more := 0, true
		for it.Rewind(); it.Valid() && more; it.Next() {
			if n++; n%1024 == 0 && ctx.Err() != nil {
				return ctx.Err()
			}
			key := it.Item().Key()
			err := it.Item().Value(func(v []byte) error {
				row := rowView(v)
				if !row.ok() {
					return errRow
				}
				if row.expiry() > hour {
					more = fn(row.spot(kind, [32]byte(key[len(key)-32:]), today))
				}
				return nil
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
}

func (v rowView) spot(kind protocol.Kind, id [32]byte, today uint32) Spot {
	s := Spot{PublicID: id, LatCenti: int(v.lat()), LonCenti: int(v.lon()), Open: true}
	if kind == protocol.KindMission {
		over := v.applyBy() != 0 && v.applyBy()-1 < today
		s.Open = v.state() == protocol.MissionOpen && !over
		binary.BigEndian.PutUint64(s.Author[:], v.collective(0))
	}
	return s
}

// collective is the hint of one of the row's collectives, 0 when it has fewer.
func (v rowView) collective(i int) uint64 {
	if i >= int(v[65]) {
		return 0
	}
	return binary.BigEndian.Uint64(v[rowFixedBytes+8*i:])
}

// HoldsAny says whether a live record of a kind is held, at a cost that does
// not grow with their number.
func (s *Store) HoldsAny(kind protocol.Kind, now time.Time) bool {
	hour := hourOf(now)
	s.live.mu.Lock()
	defer s.live.mu.Unlock()
	for h, n := range s.live.counts[kind] {
		if h > hour && n > 0 {
			return true
		}
	}
	return false
}
