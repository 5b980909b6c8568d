package store

import (
	"encoding/binary"
	"errors"
	"time"

	"github.com/dgraph-io/badger/v4"

	"courtcircuit/protocol"
)

// keepProof keeps the losing header of an equivocation, the first seen of each
// author. It is evidence, not part of the live set: no digest or catch-up
// knows of it and nobody is punished for it. None is kept of records that speak
// of a person, whose erasure would not find it.
func (b *batch) keepProof(author protocol.Identity, offered *protocol.Record, loser *entry) error {
	if offered.Header.About != nil {
		return nil
	}
	if _, err := get(b.txn, proofKey(author)); !errors.Is(err, ErrNotFound) {
		return err // one is enough
	}
	rec := *offered
	if loser.id != offered.ID {
		var err error
		if rec, err = readHeader(b.txn, loser.id); err != nil {
			return err
		}
		if rec.Header.About != nil {
			return nil
		}
	}
	value := binary.BigEndian.AppendUint32(nil, loser.expiry)
	value = append(value, rec.Signature[:]...)
	return b.txn.Set(proofKey(author), append(value, rec.HeaderBytes()...))
}

func parseProof(b []byte) (rec protocol.Record, expiry uint32, err error) {
	const head = 4 + signatureBytes
	if len(b) < head {
		return rec, 0, errors.New("equivocation proof: damaged value")
	}
	rec, err = protocol.ParseHeader(b[head:], protocol.Signature(b[4:head]))
	return rec, binary.BigEndian.Uint32(b), err
}

// keepsProof says whether a proof out of damaged files is one that would be kept:
// with a table that was lost, one that an erasure took may be in sight again.
func (s *Store) keepsProof(txn *badger.Txn, kv keyValue, now time.Time) (bool, error) {
	if s.proofFault(kv.key, kv.value) != "" {
		return false, nil
	}
	rec, expiry, err := parseProof(kv.value)
	if err != nil || rec.Header.About != nil || expiry != rec.Header.ExpiryHour() {
		return false, err
	}
	d, err := readDossier(txn, rec.Key().Identity)
	if err != nil {
		return false, err
	}
	e, erased := d.live(hourOf(now)).erasure()
	in := entryOf(&rec)
	return !erased || !e.covers(&in), nil
}

// dropProof forgets the proof that an erasure covers.
func (b *batch) dropProof(author protocol.Identity, erasedAt int64) error {
	value, err := get(b.txn, proofKey(author))
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	rec, _, err := parseProof(value)
	if err != nil || rec.Header.IssuedAtMillis > erasedAt {
		return err
	}
	return b.txn.Delete(proofKey(author))
}

// Equivocation gives the losing header of two records that an author signed
// for one key and one moment.
func (s *Store) Equivocation(author protocol.Identity, now time.Time) (rec protocol.Record, ok bool) {
	_ = s.view(func(txn *badger.Txn) error {
		value, err := get(txn, proofKey(author))
		if err != nil {
			return err
		}
		var expiry uint32
		rec, expiry, err = parseProof(value)
		ok = err == nil && expiry > hourOf(now)
		return err
	})
	return rec, ok
}
