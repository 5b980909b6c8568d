package store

import (
	"context"
	"encoding/binary"
	"errors"
	"testing"
	"time"

	"github.com/dgraph-io/badger/v4"

	"courtcircuit/protocol"
)

// What has run out goes, whatever else is wrong with it: a record that the
// files lost, one whose dossier does, and one that cannot be read. Left
// standing, it would be due for ever, and with it all that runs out later.
func TestExpiryGetsPastDamage(t *testing.T) {
	o := testOpener(t)
	s := openStore(t, memoryConfig(), o)
	var vs []protocol.Verified
	for i := range uint64(6) {
		vs = append(vs, newActor(t, 1+i).mission(t, o, 1, protocol.Mission{}, t0))
	}
	putAll(t, s, vs, t0)
	rec := func(i int) *protocol.Record { return vs[i].Record() }
	damage(t, s, func(txn *badger.Txn) error {
		return errors.Join(
			txn.Delete(headerKey(rec(0).ID)),
			txn.Delete(dossierKey(rec(1).Key().Identity)),
			txn.Set(dossierKey(rec(2).Key().Identity), []byte("half")),
			txn.Set(headerKey(rec(3).ID), []byte("half")),
			alterExpiry(txn, dossierKey(rec(4).Key().Identity)),
		)
	})
	later := vs[0].Record().Header.ExpiresAt().Add(3 * time.Hour)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if err := s.expire(ctx, later); err != nil {
		t.Fatal(err)
	}
	if n := s.Stats().Records; n != 0 {
		t.Errorf("%d records are still held", n)
	}
	if err := s.purgeText(ctx); err != nil {
		t.Fatal(err)
	}
	for k := range allKeys(t, s) {
		if k[0] == famHeader || k[0] == famBody || k[0] == famExpiry {
			t.Errorf("a key of %q is left", k[0])
		}
	}
	if _, err := s.Verify(ctx, later, true, nil); err != nil {
		t.Fatal(err)
	}
	checkWhole(t, s, later)
}

// alterExpiry has the one entry of a dossier run out an hour later.
func alterExpiry(txn *badger.Txn, key []byte) error {
	value, err := get(txn, key)
	if err != nil {
		return err
	}
	d, err := parseDossier(value)
	if err != nil {
		return err
	}
	d[0].expiry++
	return txn.Set(key, d.bytes())
}

// Proofs of equivocations run out together where somebody made many: more of
// them than one commit may hold.
func TestManyProofsRunOut(t *testing.T) {
	o := testOpener(t)
	cfg := memoryConfig()
	cfg.MemTableBytes = minMemTableBytes
	s := openStore(t, cfg, o)
	head := newActor(t, 1).profile(t, o, protocol.Profile{}, nil, t0).Record()
	value := binary.BigEndian.AppendUint32(nil, hourOf(t0))
	value = append(append(value, head.Signature[:]...), head.HeaderBytes()...)
	wb := s.db.NewWriteBatch()
	many := int(s.db.MaxBatchCount()) + 10
	for i := range many {
		var id protocol.Identity
		binary.BigEndian.PutUint32(id[:], uint32(i))
		if err := wb.Set(proofKey(id), value); err != nil {
			t.Fatal(err)
		}
	}
	if err := wb.Flush(); err != nil {
		t.Fatal(err)
	}
	if err := s.expire(t.Context(), t0.Add(3*time.Hour)); err != nil {
		t.Fatal(err)
	}
	if n := len(allKeys(t, s)); n > 10 {
		t.Errorf("%d of %d keys are left", n, many)
	}
}

// What ran out between being judged and being stored is refused.
func TestOfferedTooLate(t *testing.T) {
	o := testOpener(t)
	s := openStore(t, memoryConfig(), o)
	v := newActor(t, 1).mission(t, o, 1, protocol.Mission{}, t0)
	ends := v.Record().Header.ExpiresAt()
	expect(t, s, v, ends, Expired)
	expect(t, s, v, ends.Add(time.Hour), Expired)
	if n := s.Stats().Records; n != 0 {
		t.Errorf("%d records are held", n)
	}
	expect(t, s, v, ends.Add(-time.Hour), Stored)
}
