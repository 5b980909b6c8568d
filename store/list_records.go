package store

import (
	"bytes"
	"context"
	"encoding/binary"
	"reflect"
	"time"

	"github.com/dgraph-io/badger/v4"

	"courtcircuit/protocol"
)

// ByPrefix lists public ids of live records that begin as prefix does, in
// their order, up to limit. The prefix is what people type: base32, either
// case, dashes allowed.
func (s *Store) ByPrefix(kind protocol.Kind, prefix string, limit int, now time.Time) (ids [][32]byte, err error) {
	var first, last [32]byte
	if prefix == "" { // every id
		last = [32]byte(bytes.Repeat([]byte{0xff}, len(last)))
	} else if first, last, err = protocol.ParseIDPrefix(prefix); err != nil {
		return nil, err
	}
	hour := hourOf(now)
	err = s.view(func(txn *badger.Txn) error {
		opts := badger.DefaultIteratorOptions
		opts.Prefix, opts.PrefetchValues = kindPrefix(famPublic, kind), false
		it := txn.NewIterator(opts)
		defer it.Close()
		end := publicKey(kind, last)
		for it.Seek(publicKey(kind, first)); it.Valid() && len(ids) < limit; it.Next() {
			k := it.Item().Key()
			if bytes.Compare(k, end) > 0 {
				return nil
			}
			err := it.Item().Value(func(v []byte) error {
				p, err := parsePublic(v)
				if err == nil && p.flags&flagTombstone == 0 && p.expiry > hour {
					ids = append(ids, [32]byte(k[3:]))
				}
				return err
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	return ids, err
}

// ByName lists live records of a kind whose name, as FoldSkill folds it, is
// folded: profiles and collectives by their name, missions by their title.
func (s *Store) ByName(kind protocol.Kind, folded string, limit int, now time.Time) (recs []protocol.Record, err error) {
	hour := hourOf(now)
	err = s.view(func(txn *badger.Txn) error {
		opts := badger.DefaultIteratorOptions
		opts.Prefix, opts.PrefetchValues = namePrefix(kind, folded), false
		it := txn.NewIterator(opts)
		defer it.Close()
		for it.Rewind(); it.Valid() && len(recs) < limit; it.Next() {
			k := it.Item().Key()
			rec, err := readRecord(txn, protocol.RecordID(k[len(k)-32:]))
			if s.passOver(err) {
				continue
			}
			if err != nil {
				return err
			}
			if rec.Header.ExpiryHour() > hour && rec.HasBody {
				recs = append(recs, rec)
			}
		}
		return nil
	})
	return recs, err
}

// EachLive calls fn with every record live at now, tombstones and records
// without their body included, in the order of their expiry. It reads from one
// moment; an erased text leaves the files only after that.
func (s *Store) EachLive(ctx context.Context, now time.Time, fn func(protocol.Record) error) error {
	return s.viewMoment(ctx, func(txn *badger.Txn) error {
		opts := badger.DefaultIteratorOptions
		opts.Prefix, opts.PrefetchValues = []byte{famExpiry}, false
		it := txn.NewIterator(opts)
		defer it.Close()
		for it.Seek(binary.BigEndian.AppendUint32([]byte{famExpiry}, hourOf(now)+1)); it.Valid(); it.Next() {
			if err := ctx.Err(); err != nil {
				return err
			}
			rec, err := readRecord(txn, protocol.RecordID(it.Item().Key()[5:]))
			if s.passOver(err) {
				continue // a backup of the rest is better than none
			}
			if err != nil {
				return err
			}
			if err := fn(rec); err != nil {
				return err
			}
		}
		return nil
	})
}

// NewestIssue is the highest issued_at held of an identity, in milliseconds; 0
// when nothing is held.
func (s *Store) NewestIssue(id protocol.Identity) (newest int64, err error) {
	err = s.view(func(txn *badger.Txn) error {
		d, err := readDossier(txn, id)
		for i := range d {
			newest = max(newest, d[i].issuedAt)
		}
		return err
	})
	return newest, err
}

// CurrentSigner is the highest generation of an identity that a record here
// proves.
func (s *Store) CurrentSigner(id protocol.Identity) (g protocol.Generation, ok bool) {
	_ = s.view(func(txn *badger.Txn) error {
		d, err := readDossier(txn, id)
		g, ok = d.floor()
		return err
	})
	return g, ok
}

// ErasedAt says up to when an identity erased everything by and about it.
func (s *Store) ErasedAt(id protocol.Identity) (at time.Time, ok bool) {
	_ = s.view(func(txn *badger.Txn) error {
		d, err := readDossier(txn, id)
		if err != nil {
			return err
		}
		var e entry
		if e, ok = d.erasure(); ok {
			at = time.UnixMilli(e.issuedAt)
		}
		return nil
	})
	return at, ok
}

// IsStale says that offering a record with this header would change nothing:
// it is held, beaten, erased, below the floor, over a bound or over. The
// header alone does not tell its id; of two versions signed for one moment
// the one offered is then taken for the winner.
func (s *Store) IsStale(h *protocol.Header) (stale bool, err error) {
	in := entryOf(&protocol.Record{Header: *h})
	if h.About == nil && !s.known.has(h.Signer.Identity()) {
		// To begin and end a transaction would take longer than all else here.
		return dossier(nil).decide(in, false, hourOf(s.cfg.Clock())).outcome != Stored, nil
	}
	err = s.view(func(txn *badger.Txn) error {
		d, err := readDossier(txn, h.Signer.Identity())
		if err != nil {
			return err
		}
		if held, ok := d.find(in.stable); ok && held.issuedAt == in.issuedAt && held.gen == in.gen {
			rec, err := readHeader(txn, held.id)
			if err != nil {
				return err
			}
			if reflect.DeepEqual(rec.Header, *h) {
				stale = !held.lacksBody()
				return nil
			}
		}
		r, err := s.ruleOn(txn, in, h.Signer.Identity(), h, hourOf(s.cfg.Clock()))
		stale = r.outcome != Stored
		return err
	})
	return stale, err
}

// lacksBody says that the body of a version held was never judged.
func (e *entry) lacksBody() bool { return e.flags&(flagShown|flagFaulty|flagUnknown) == 0 }

// LackingBodies lists records, from an id on and up to limit, that stand as
// header alone because their body was never seen. No digest tells of them, so
// whoever catches up has to ask.
func (s *Store) LackingBodies(from protocol.RecordID, limit int) (ids []protocol.RecordID, err error) {
	err = s.view(func(txn *badger.Txn) error {
		opts := badger.DefaultIteratorOptions
		opts.Prefix, opts.PrefetchValues = []byte{famLacking}, false
		it := txn.NewIterator(opts)
		defer it.Close()
		for it.Seek(lackingKey(from)); it.Valid() && len(ids) < limit; it.Next() {
			ids = append(ids, protocol.RecordID(it.Item().Key()[1:]))
		}
		return nil
	})
	return ids, err
}

// ruleOn asks what would become of a header, without writing.
func (s *Store) ruleOn(txn *badger.Txn, in entry, author protocol.Identity, h *protocol.Header, hour uint32) (ruling, error) {
	d, err := s.dossierOf(txn, author)
	if err != nil {
		return ruling{}, err
	}
	erased := false
	if about := h.About; about != nil && !in.ends() && *about != author {
		theirs, err := s.dossierOf(txn, *about)
		if err != nil {
			return ruling{}, err
		}
		e, ok := theirs.live(hour).erasure()
		erased = ok && e.covers(&in)
	}
	r := d.decide(in, erased, hour)
	if r.outcome == Held {
		r.held, _ = d.find(in.stable)
	}
	return r, nil
}

// WantsBody says that a header would be live here and its body is missing:
// either nothing beats it, or it is held as header alone and its body was
// never seen.
func (s *Store) WantsBody(v protocol.Verified, now time.Time) bool {
	return s.WantBodies([]protocol.Verified{v}, now)[0]
}

// WantBodies is WantsBody for many, of one moment.
func (s *Store) WantBodies(vs []protocol.Verified, now time.Time) []bool {
	wants := make([]bool, len(vs))
	_ = s.view(func(txn *badger.Txn) error {
		for i, v := range vs {
			if v.IsZero() || v.Record().Header.BodyLength == 0 {
				continue
			}
			r, err := s.ruleOn(txn, entryOf(v.Record()), v.Record().Key().Identity, &v.Record().Header, hourOf(now))
			wants[i] = err == nil && (r.outcome == Stored || r.outcome == Held && r.held.lacksBody())
		}
		return nil
	})
	return wants
}
