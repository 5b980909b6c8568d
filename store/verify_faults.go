package store

import (
	"bytes"
	"errors"
	"time"

	"github.com/dgraph-io/badger/v4"

	"courtcircuit/protocol"
)

// forgedHeaders says which records' signatures do not verify. Time is no
// matter here: what has expired, or is early, is judged as of its own time.
func (s *Store) forgedHeaders(txn *badger.Txn, ids []protocol.RecordID, now time.Time) map[protocol.RecordID]error {
	forged := map[protocol.RecordID]error{}
	var heads []protocol.HeaderOnly
	var of []protocol.RecordID
	for _, id := range ids {
		rec, err := readHeader(txn, id)
		if err != nil {
			continue // judge says so
		}
		heads, of = append(heads, protocol.HeaderOnly{Header: rec.HeaderBytes(), Signature: rec.Signature}), append(of, id)
	}
	_, errs := s.openHeld(heads, now)
	for i, err := range errs {
		if err != nil {
			forged[of[i]] = err
		}
	}
	return forged
}

// openHeld opens headers that are held already: one that has run out, or is
// early by this clock, as of its own time.
func (s *Store) openHeld(heads []protocol.HeaderOnly, now time.Time) ([]protocol.Verified, []error) {
	vs, errs := s.opener.OpenHeaders(heads, now)
	for i, err := range errs {
		if !errors.Is(err, protocol.ErrExpired) && !errors.Is(err, protocol.ErrEarly) {
			continue
		}
		if rec, err := protocol.ParseHeader(heads[i].Header, heads[i].Signature); err == nil {
			v, own := s.opener.OpenHeaders(heads[i:i+1], time.UnixMilli(rec.Header.IssuedAtMillis))
			vs[i], errs[i] = v[0], own[0]
		}
	}
	return vs, errs
}

// proofFault says what is wrong with the proof of an equivocation.
func (s *Store) proofFault(key, value []byte) string {
	rec, _, err := parseProof(value)
	if err != nil {
		return err.Error()
	}
	id := rec.Key().Identity
	if !bytes.Equal(key, proofKey(id)) {
		return "an equivocation is kept under another identity"
	}
	_, errs := s.opener.OpenHeaders([]protocol.HeaderOnly{{Header: rec.HeaderBytes(), Signature: rec.Signature}}, time.UnixMilli(rec.Header.IssuedAtMillis))
	if errs[0] != nil {
		return errs[0].Error()
	}
	return ""
}

// broken lists the entries of a dossier that cannot stand beside the others.
func (d dossier) broken(hour uint32) (out []entry) {
	live := d.live(hour)
	floor, _ := live.floor()
	erasure, erased := live.erasure()
	seen := map[protocol.StableID]bool{}
	for i := range d {
		e := d[i]
		dead := e.expiry > hour && (floor.Above(e.gen) || erased && erasure.covers(&e))
		if dead || seen[e.stable] {
			out = append(out, e)
		}
		seen[e.stable] = true
	}
	return out
}
