package store

import (
	"context"
	"errors"
	"time"

	"github.com/dgraph-io/badger/v4"

	"courtcircuit/protocol"
)

// eachViewCards is how many cards one view of the database serves: one view
// over all would hold back the erasure of texts for as long.
var eachViewCards = 1000 // a variable, for tests

// EachProfile calls fn with every profile that is live at now, near ones about
// together. One that changes meanwhile may come in either version, twice or
// not at all.
func (s *Store) EachProfile(ctx context.Context, now time.Time, fn func(*protocol.Record, *protocol.Profile)) error {
	for next := kindPrefix(famPlace, protocol.KindProfile); next != nil; {
		if err := ctx.Err(); err != nil {
			return err
		}
		err := s.view(func(txn *badger.Txn) (err error) {
			next, err = s.someProfiles(txn, next, hourOf(now), fn)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// someProfiles reads on from a row and gives the next one; nil at the end.
func (s *Store) someProfiles(txn *badger.Txn, from []byte, hour uint32, fn func(*protocol.Record, *protocol.Profile)) (next []byte, err error) {
	opts := badger.DefaultIteratorOptions
	opts.Prefix, opts.PrefetchValues = kindPrefix(famPlace, protocol.KindProfile), false
	it := txn.NewIterator(opts)
	defer it.Close()
	n := 0
	for it.Seek(from); it.Valid(); it.Next() {
		if n++; n > eachViewCards {
			return it.Item().KeyCopy(nil), nil
		}
		var id protocol.RecordID
		live := false
		err := it.Item().Value(func(v []byte) error {
			if r := rowView(v); r.ok() && r.expiry() > hour {
				id, live = r.id(), true
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
		if !live {
			continue
		}
		rec, err := readRecord(txn, id)
		if errors.Is(err, ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		body, err := protocol.DecodeBody(s.opener.Network(), &rec)
		if p, ok := body.(*protocol.Profile); ok && err == nil {
			fn(&rec, p)
		}
	}
	return nil, nil
}
