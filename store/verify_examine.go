package store

import (
	"bytes"
	"errors"
	"maps"
	"slices"

	"github.com/dgraph-io/badger/v4"

	"courtcircuit/protocol"
)

// examineKeys is how many keys one look takes: each look has a view of its own
// and, where something is wrong, one job on the writer's goroutine, in which it
// looks again. So nothing waits long for either.
const examineKeys = 128

// examine finds out where the parts that differ do, and mends. The order
// matters: records first, since what they are decides what their dossiers and
// indexes should hold; strange keys last, since by then every good record has
// its own.
func (v *verifier) examine(sv *survey) error {
	s := v.s
	steps := []func() error{
		func() error { return v.walk(famHeader, s.wrongRecord) },
		func() error { return v.walk(famDossier, s.wrongDossier) },
		func() error { return v.walk(famHeader, s.wrongIndexes) },
	}
	for _, family := range slices.Sorted(maps.Keys(derivedFamilies)) {
		steps = append(steps, func() error { return v.walk(family, s.strangeKey) })
	}
	steps = append(steps,
		func() error { return v.walk(famBody, s.strangeText) },
		func() error { return v.walk(famPurge, s.wrongPurge) },
		func() error { return v.walk(famProof, s.wrongProof) },
		v.unknownFamilies,
		func() error { return v.wrongSum(sv) },
	)
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// examineBatch keeps a commit within what the memtable lets through: a record
// has some thirty keys.
func (s *Store) examineBatch() int {
	return int(max(1, min(examineKeys, s.db.MaxBatchCount()/128)))
}

// finding is a fault at one key and what mends it within a batch.
type finding struct {
	part, key, detail string
	mend              func(b *batch) error
}

// look examines one key in one view. It is called a second time in the batch
// that mends, because the replica may have changed in between.
type look func(v *verifier, txn *badger.Txn, key, value []byte) ([]finding, error)

// walk looks at all keys of a family, some at a time.
func (v *verifier) walk(family byte, fn look) error {
	for next := []byte{family}; next != nil; {
		if err := v.ctx.Err(); err != nil {
			return err
		}
		var suspects [][]byte
		err := v.s.db.View(func(txn *badger.Txn) (err error) {
			suspects, next, err = v.someKeys(txn, family, next, fn)
			return err
		})
		if err == nil && len(suspects) > 0 {
			err = v.s.exec(v.ctx, func() error { return v.mendKeys(suspects, fn) })
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (v *verifier) someKeys(txn *badger.Txn, family byte, from []byte, fn look) (suspects [][]byte, next []byte, err error) {
	opts := badger.DefaultIteratorOptions
	opts.Prefix, opts.PrefetchValues = []byte{family}, false
	it := txn.NewIterator(opts)
	defer it.Close()
	n, most := 0, v.s.examineBatch()
	for it.Seek(from); it.Valid(); it.Next() {
		key := it.Item().KeyCopy(nil)
		if n++; n > most {
			v.step(most)
			return suspects, key, nil
		}
		value, err := it.Item().ValueCopy(nil)
		if err != nil {
			return nil, nil, err
		}
		found, err := fn(v, txn, key, value)
		if err != nil {
			return nil, nil, err
		}
		if len(found) > 0 {
			suspects = append(suspects, key)
		}
	}
	return suspects, nil, nil
}

// mendKeys looks again, on the writer's goroutine, and mends in one commit.
func (v *verifier) mendKeys(keys [][]byte, fn look) error {
	b := v.s.newBatch(v.now)
	defer func() { b.txn.Discard() }()
	for _, key := range keys {
		value, err := get(b.txn, key)
		if errors.Is(err, ErrNotFound) {
			continue
		}
		if err != nil {
			return err
		}
		found, err := fn(v, b.txn, key, value)
		if err != nil {
			return err
		}
		for _, f := range found {
			if err := v.fault(f.part, f.key, f.detail, func() error { return f.mend(b) }); err != nil {
				return err
			}
		}
	}
	if !v.repair {
		return nil
	}
	return b.commit()
}

// wrongRecord examines a header, its signature, its place in its dossier, and
// its body.
func (s *Store) wrongRecord(v *verifier, txn *badger.Txn, key, value []byte) ([]finding, error) {
	if len(key) != 33 {
		return []finding{{"header", keyName(key), "a key of a wrong length", func(b *batch) error { return b.txn.Delete(key) }}}, nil
	}
	id := protocol.RecordID(key[1:])
	if err := s.forgedHeaders(txn, []protocol.RecordID{id}, v.now)[id]; err != nil {
		return []finding{{"signature", id.String(), err.Error(), func(b *batch) error { return b.letGo(id) }}}, nil
	}
	j, err := s.judge(txn, id)
	if err != nil || j.part == "" {
		return nil, err
	}
	f := finding{part: j.part, key: id.String(), detail: j.fault}
	switch j.part {
	case "dossier":
		f.mend = func(b *batch) error { return b.offerAgain(&j.rec) }
	case "body":
		f.mend = func(b *batch) error { return b.loseBody(&j) }
	default:
		f.mend = func(b *batch) error { return b.letGo(id) }
	}
	return []finding{f}, nil
}

// wrongDossier examines one identity's dossier against headers and itself.
func (s *Store) wrongDossier(v *verifier, txn *badger.Txn, key, value []byte) (out []finding, err error) {
	d, err := parseDossier(value)
	if err != nil || len(key) != 33 {
		return []finding{{"dossier", keyName(key), "unreadable", func(b *batch) error { return b.txn.Delete(key) }}}, nil
	}
	id := protocol.Identity(key[1:])
	drop := func(e entry, detail string) {
		out = append(out, finding{"dossier", id.String(), detail, func(b *batch) error { return b.dropEntry(id, e) }})
	}
	for _, e := range d {
		rec, err := readHeader(txn, e.id)
		switch {
		case errors.Is(err, ErrNotFound):
			drop(e, "the record "+e.id.String()+" is lost")
		case err == nil && rec.Key().Identity != id:
			drop(e, "the record "+e.id.String()+" is of another identity")
		}
	}
	for _, e := range d.broken(hourOf(v.now)) {
		drop(e, "the record "+e.id.String()+" is ended by another one")
	}
	return out, nil
}

// wrongIndexes examines whether a record has all its index entries.
func (s *Store) wrongIndexes(_ *verifier, txn *badger.Txn, key, _ []byte) (out []finding, err error) {
	j, err := s.judge(txn, protocol.RecordID(key[1:]))
	if err != nil || j.part != "" {
		return nil, err
	}
	absent, err := missing(txn, s.derivedKeys(&j.rec, j.body, &j.entry))
	for _, kv := range absent {
		f := finding{part: derivedFamilies[kv.key[0]].name, key: keyName(kv.key), detail: "an index entry is missing or wrong"}
		f.mend = func(b *batch) error { return b.setDerived(kv) }
		out = append(out, f)
	}
	return out, err
}

// strangeKey examines whether an index entry follows from its record.
func (s *Store) strangeKey(_ *verifier, txn *badger.Txn, key, value []byte) ([]finding, error) {
	f := derivedFamilies[key[0]]
	var rows []keyValue // of the record, if there is one: memory must keep them
	if id, ok := f.owner(txn, key, value); ok {
		j, err := s.judge(txn, id)
		if err != nil {
			return nil, err
		}
		if j.part == "" {
			rows = s.derivedKeys(&j.rec, j.body, &j.entry)
		}
	}
	for _, kv := range rows {
		if bytes.Equal(kv.key, key) {
			return nil, nil // its value was set right before
		}
	}
	return []finding{{f.name, keyName(key), "an index entry without its record", func(b *batch) error {
		return b.dropDerived(key, rows)
	}}}, nil
}

// strangeText examines a body's key: a record's, or covered and waiting.
func (s *Store) strangeText(_ *verifier, txn *badger.Txn, key, value []byte) ([]finding, error) {
	if len(key) != 33 {
		return []finding{{"body", keyName(key), "a key of a wrong length", func(b *batch) error { return b.txn.Delete(key) }}}, nil
	}
	id := protocol.RecordID(key[1:])
	hide := func(b *batch) error { return b.hideText(id, true) }
	if len(value) == 0 {
		if _, err := get(txn, purgeKey(id)); errors.Is(err, ErrNotFound) {
			return []finding{{"purge", id.String(), "a covered text is not noted for its purge", hide}}, nil
		}
		return nil, nil
	}
	j, err := s.judge(txn, id)
	if err != nil {
		return nil, err
	}
	if j.part == "" && j.entry.flags&flagBody != 0 {
		return nil, nil
	}
	return []finding{{"body", id.String(), "a text without its record", hide}}, nil
}

// wrongPurge examines a note for the purge: it must not name a text that is
// served, which the purge would take.
func (s *Store) wrongPurge(_ *verifier, txn *badger.Txn, key, _ []byte) ([]finding, error) {
	if len(key) == 33 {
		_, here, err := readBody(txn, protocol.RecordID(key[1:]))
		if err != nil || !here {
			return nil, err
		}
	}
	return []finding{{"purge", keyName(key), "a text that is not covered is noted for its purge", func(b *batch) error {
		b.toPurge--
		return b.txn.Delete(key)
	}}}, nil
}

func (s *Store) wrongProof(_ *verifier, _ *badger.Txn, key, value []byte) ([]finding, error) {
	fault := s.proofFault(key, value)
	if fault == "" {
		return nil, nil
	}
	return []finding{{"proof", keyName(key), fault, func(b *batch) error { return b.txn.Delete(key) }}}, nil
}

// unknownFamilies takes away keys that no family has. Nothing reads them.
func (v *verifier) unknownFamilies() error {
	for family := range 256 {
		if _, ok := derivedFamilies[byte(family)]; ok || slices.Contains(otherFamilies, byte(family)) {
			continue
		}
		err := v.walk(byte(family), func(_ *verifier, _ *badger.Txn, key, _ []byte) ([]finding, error) {
			return []finding{{"family", keyName(key), "a key of no family", func(b *batch) error { return b.txn.Delete(key) }}}, nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// wrongSum is about the sum and what memory holds. A sum that says more than
// the files hold means that they lost records: peers may have them.
func (v *verifier) wrongSum(sv *survey) error {
	return v.s.exec(v.ctx, func() error {
		for _, part := range []string{"root", "memory", "order"} {
			// An index that differs makes the others differ, too.
			if sv.differs[part] == "" || sv.differs[derivedFamilies[famExpiry].name] != "" {
				continue
			}
			if err := v.fault(part, "", sv.differs[part], func() error { return nil }); err != nil {
				return err
			}
		}
		if !v.repair {
			return nil
		}
		return v.s.reloadLive()
	})
}
