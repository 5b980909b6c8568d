package store

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/dgraph-io/badger/v4"

	"courtcircuit/protocol"
)

const signatureBytes = 64

// hourOf is the hour whose end-of-life records are no longer shown at now.
func hourOf(now time.Time) uint32 { return uint32(max(now.Unix(), 0) / 3600) }

// get copies a value; ErrNotFound when there is none.
func get(txn *badger.Txn, key []byte) ([]byte, error) {
	item, err := txn.Get(key)
	if errors.Is(err, badger.ErrKeyNotFound) {
		return nil, ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("read %q key: %w", key[0], err)
	}
	return item.ValueCopy(nil)
}

func readDossier(txn *badger.Txn, id protocol.Identity) (dossier, error) {
	b, err := get(txn, dossierKey(id))
	if errors.Is(err, ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return parseDossier(b)
}

// errHeader: what stands under a header's key is no header, or another's. An
// error of reading is none: nothing must go for a disk that fails.
var errHeader = errors.New("damaged header")

// readHeader reads a record without its body.
func readHeader(txn *badger.Txn, id protocol.RecordID) (protocol.Record, error) {
	b, err := get(txn, headerKey(id))
	if err != nil {
		return protocol.Record{}, err
	}
	if len(b) < signatureBytes {
		return protocol.Record{}, fmt.Errorf("record %s: %w of %d bytes", id, errHeader, len(b))
	}
	rec, err := protocol.ParseHeader(b[signatureBytes:], protocol.Signature(b[:signatureBytes]))
	if err != nil {
		return protocol.Record{}, fmt.Errorf("record %s: %w: %w", id, errHeader, err)
	}
	if rec.ID != id {
		return protocol.Record{}, fmt.Errorf("record %s: %w: it is that of %s", id, errHeader, rec.ID)
	}
	return rec, nil
}

// readRecord reads a record with its body if it is here. A body that does not
// match its hash is not served: the record then stands as header alone.
func readRecord(txn *badger.Txn, id protocol.RecordID) (protocol.Record, error) {
	rec, err := readHeader(txn, id)
	if err != nil || rec.HasBody {
		return rec, err
	}
	body, ok, err := readBody(txn, id)
	if err != nil || !ok {
		return rec, err
	}
	if len(body) == int(rec.Header.BodyLength) && sha256.Sum256(body) == rec.Header.BodyHash {
		rec.Body, rec.HasBody = body, true
	}
	return rec, nil
}

func readBody(txn *badger.Txn, id protocol.RecordID) ([]byte, bool, error) {
	value, err := get(txn, bodyKey(id))
	if errors.Is(err, ErrNotFound) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, err
	}
	body, ok := bodyIn(value)
	return body, ok, nil
}

// passOver says that a record is lost or damaged: whoever reads many goes on,
// since the others must not wait for a repair.
func (s *Store) passOver(err error) bool {
	if errors.Is(err, errHeader) {
		s.damage.note(unreadable)
		s.log.Warn("a damaged record is passed over; courtcircuit verify mends it, or the next start", "error", err)
		return true
	}
	return errors.Is(err, ErrNotFound)
}

// view runs fn on a snapshot.
func (s *Store) view(fn func(*badger.Txn) error) error {
	if err := s.enter(); err != nil {
		return err
	}
	defer s.readers.Leave()
	err := s.db.View(fn)
	if errors.Is(err, errHeader) || errors.Is(err, errDossier) {
		s.damage.note(unreadable)
	}
	return err
}

// viewMoment is view for who reads many records: no purge takes a text from
// what it reads. Texts that must go wait for its end.
func (s *Store) viewMoment(ctx context.Context, fn func(*badger.Txn) error) error {
	if err := s.exec(ctx, func() error { s.moments.Add(1); return nil }); err != nil {
		return err
	}
	defer s.moments.Add(-1)
	return s.view(fn)
}

// ByKey gives the live version under a key.
func (s *Store) ByKey(key protocol.RecordKey, now time.Time) (rec protocol.Record, err error) {
	err = s.view(func(txn *badger.Txn) error {
		d, err := readDossier(txn, key.Identity)
		if err != nil {
			return err
		}
		e, ok := d.live(hourOf(now)).find(key.StableID())
		if !ok {
			return ErrNotFound
		}
		rec, err = readRecord(txn, e.id)
		return err
	})
	return rec, err
}

// publicValue is what an 'i' key holds.
type publicValue struct {
	id     protocol.RecordID
	flags  entryFlags
	expiry uint32
	issued int64
}

func (p publicValue) bytes() []byte {
	out := append(make([]byte, 0, 45), p.id[:]...)
	out = append(out, byte(p.flags))
	out = binary.BigEndian.AppendUint32(out, p.expiry)
	return binary.BigEndian.AppendUint64(out, uint64(p.issued))
}

func parsePublic(b []byte) (p publicValue, err error) {
	if len(b) != 45 {
		return p, fmt.Errorf("public id index: value of %d bytes is damaged", len(b))
	}
	copy(p.id[:], b)
	p.flags = entryFlags(b[32])
	p.expiry = binary.BigEndian.Uint32(b[33:])
	p.issued = int64(binary.BigEndian.Uint64(b[37:]))
	return p, nil
}

// ByPublicID gives the live record of a kind whose Key.PublicID is id.
// Tombstones and records that stand as header alone are not found.
func (s *Store) ByPublicID(kind protocol.Kind, id [32]byte, now time.Time) (rec protocol.Record, err error) {
	err = s.view(func(txn *badger.Txn) error {
		p, err := readPublic(txn, kind, id)
		if err != nil {
			return err
		}
		if p.flags&flagTombstone != 0 || p.expiry <= hourOf(now) {
			return ErrNotFound
		}
		rec, err = readRecord(txn, p.id)
		return err
	})
	return rec, err
}

func readPublic(txn *badger.Txn, kind protocol.Kind, id [32]byte) (publicValue, error) {
	b, err := get(txn, publicKey(kind, id))
	if err != nil {
		return publicValue{}, err
	}
	return parsePublic(b)
}

// HasTombstone says when the record of this public id was ended by its author.
func (s *Store) HasTombstone(kind protocol.Kind, id [32]byte) (at time.Time, ok bool) {
	_ = s.view(func(txn *badger.Txn) error {
		p, err := readPublic(txn, kind, id)
		if err == nil && p.flags&flagTombstone != 0 {
			at, ok = time.UnixMilli(p.issued), true
		}
		return err
	})
	return at, ok
}

// ByRecordID gives one version if it is held. A version that expired is still
// held for two hours, because a peer whose clock lags may ask for it.
func (s *Store) ByRecordID(id protocol.RecordID) (rec protocol.Record, err error) {
	err = s.view(func(txn *badger.Txn) error {
		rec, err = readRecord(txn, id)
		return err
	})
	return rec, err
}

// BodyOf gives the body of a version; false when it is not here, and for
// records whose body has no bytes.
func (s *Store) BodyOf(id protocol.RecordID) (body []byte, ok bool) {
	rec, err := s.ByRecordID(id)
	if err != nil || !rec.HasBody || len(rec.Body) == 0 {
		return nil, false
	}
	return rec.Body, true
}

// EachBody calls fn with what BodyOf gives for each id, in their order and of
// one moment, until fn says that it has enough.
func (s *Store) EachBody(ids []protocol.RecordID, fn func(body []byte, ok bool) (more bool)) error {
	return s.view(func(txn *badger.Txn) error {
		for _, id := range ids {
			if body, ok := s.bodyOf(txn, id); !fn(body, ok) {
				return nil
			}
		}
		return nil
	})
}

// HeadersOf gives headers in the order of the ids; one that is not held, or
// that the files have damaged, has no bytes.
func (s *Store) HeadersOf(ids []protocol.RecordID) ([]protocol.HeaderOnly, error) {
	out := make([]protocol.HeaderOnly, len(ids))
	err := s.view(func(txn *badger.Txn) error {
		for i, id := range ids {
			rec, err := readHeader(txn, id)
			if s.passOver(err) {
				continue
			}
			if err != nil {
				return err
			}
			out[i] = protocol.HeaderOnly{Header: rec.HeaderBytes(), Signature: rec.Signature}
			s.asked.note(&rec)
		}
		return nil
	})
	return out, err
}
