package store

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/dgraph-io/badger/v4"

	"courtcircuit/protocol"
	"courtcircuit/protocol/reconcile"
	"courtcircuit/store/idtree"
)

// keySum sums up a set of keys with their values: equal sums, equal sets. So
// both directions of an index are proved in one reading of the records and one
// of the keys, in no memory; looking each key up from the other side reads
// every record some twenty times.
type keySum struct {
	count int
	sum   reconcile.Sum
}

func (k *keySum) add(key, value []byte) {
	h := sha256.New()
	h.Write([]byte{byte(len(key))})
	h.Write(key)
	h.Write(value)
	id := [32]byte(h.Sum(nil))
	k.count++
	k.sum = k.sum.Add(reconcile.IDSum(&id))
}

// survey is one reading of a moment's records and keys. It says which parts
// differ; examine then finds out where.
type survey struct {
	v      *verifier
	txn    *badger.Txn
	set    *idtree.View // of memory, at the same moment
	leaves []idtree.Leaf
	inLeaf []idtree.Leaf // the same from the items in expiry keys
	total  int           // of the counts in memory
	stored root          // the sum in the files
	live   map[protocol.Kind]map[uint32]int

	want, have map[byte]*keySum // of the derived families
	inDossiers keySum           // ids that dossiers name
	inHeaders  keySum
	haveOrder  keySum // stored leaves and counts
	inItems    keySum // ids in expiry keys, summed up as the root does
	wantBodies keySum
	haveBodies keySum
	counts     map[protocol.Kind]map[uint32]int

	records, bodies, lacking, keys int
	liveSum                        reconcile.Sum
	liveCount                      int
	differs                        map[string]string // part → what
}

// survey reads all, from one moment of files and memory.
func (v *verifier) survey() (*survey, error) {
	sv := &survey{
		v: v, want: map[byte]*keySum{}, have: map[byte]*keySum{}, counts: map[protocol.Kind]map[uint32]int{}, differs: map[string]string{},
	}
	for family := range derivedFamilies {
		sv.want[family], sv.have[family] = &keySum{}, &keySum{}
	}
	err := v.s.exec(v.ctx, func() error {
		v.s.moments.Add(1)
		sv.txn = v.s.db.NewTransaction(false)
		sv.set, sv.total = v.s.live.tree.Snapshot(), v.s.live.total
		sv.live = map[protocol.Kind]map[uint32]int{}
		for kind, hours := range v.s.live.counts {
			sv.live[kind] = maps.Clone(hours)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	defer v.s.moments.Add(-1)
	defer sv.txn.Discard()
	v.total += sv.set.Len()
	for _, t := range v.s.db.Tables() {
		v.total += int(t.KeyCount)
	}
	sv.set.Leaves(func(l idtree.Leaf) { sv.leaves = append(sv.leaves, l) })
	if err := errors.Join(sv.readRecords(), sv.readKeys()); err != nil {
		return nil, err
	}
	sv.compare()
	return sv, nil
}

func (sv *survey) whole() bool { return len(sv.differs) == 0 }

// faults are the parts that differ, for what is left after a repair.
func (sv *survey) faults() (out []Fault) {
	for _, part := range slices.Sorted(maps.Keys(sv.differs)) {
		out = append(out, Fault{Part: part, Detail: sv.differs[part]})
	}
	return out
}

func (sv *survey) differ(part, format string, args ...any) {
	if _, ok := sv.differs[part]; !ok {
		sv.differs[part] = fmt.Sprintf(format, args...)
	}
}

// each reads the keys with a prefix.
func each(ctx context.Context, txn *badger.Txn, prefix []byte, values bool, fn func(item *badger.Item) error) error {
	opts := badger.DefaultIteratorOptions
	opts.Prefix, opts.PrefetchValues = prefix, values
	it := txn.NewIterator(opts)
	defer it.Close()
	for it.Rewind(); it.Valid(); it.Next() {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := fn(it.Item()); err != nil {
			return err
		}
	}
	return nil
}

// readRecords checks signatures in batches, bodies and dossiers, and sums up
// what the indexes should hold.
func (sv *survey) readRecords() error {
	var ids []protocol.RecordID
	flush := func() error {
		err := sv.checkRecords(ids)
		sv.v.step(len(ids))
		ids = ids[:0]
		return err
	}
	err := each(sv.v.ctx, sv.txn, []byte{famHeader}, false, func(item *badger.Item) error {
		if len(item.Key()) != 33 {
			sv.differ("header", "keys of a wrong length")
			return nil
		}
		if ids = append(ids, protocol.RecordID(item.Key()[1:])); len(ids) == groupRecords {
			return flush()
		}
		return nil
	})
	return errors.Join(err, flush())
}

func (sv *survey) checkRecords(ids []protocol.RecordID) error {
	s := sv.v.s
	forged := s.forgedHeaders(sv.txn, ids, sv.v.now)
	for _, id := range ids {
		sv.records++
		sv.inHeaders.add(id[:], nil)
		if forged[id] != nil {
			sv.differ("signature", "%v", forged[id])
			continue
		}
		j, err := s.judge(sv.txn, id)
		if err != nil {
			return err
		}
		if j.part != "" {
			sv.differ(j.part, "%s", j.fault)
			continue
		}
		sv.addRecord(&j)
	}
	return nil
}

func (sv *survey) addRecord(j *judgement) {
	item := itemOf(&j.entry)
	if j.entry.expiry > hourOf(sv.v.now) {
		sv.liveCount++
		sv.liveSum = sv.liveSum.Add(reconcile.IDSum(&item.item.ID))
	}
	if j.entry.flags&flagBody != 0 {
		sv.bodies++
		sv.wantBodies.add(bodyKey(j.rec.ID), nil)
	}
	if j.entry.lacksBody() {
		sv.lacking++
	}
	for _, kv := range sv.v.s.derivedKeys(&j.rec, j.body, &j.entry) {
		if sum := sv.want[kv.key[0]]; sum != nil {
			sum.add(kv.key, kv.value)
		} else {
			sv.differ("family", "keys of %q follow from records and no checker knows them", kv.key[0])
		}
	}
}

// readKeys reads every key once and sums up what stands in each family.
func (sv *survey) readKeys() error {
	return each(sv.v.ctx, sv.txn, nil, false, func(item *badger.Item) error {
		if sv.keys++; sv.keys%1024 == 0 {
			sv.v.step(1024)
		}
		key := item.Key()
		if sum := sv.have[key[0]]; sum != nil {
			return item.Value(func(value []byte) error {
				sum.add(key, value)
				if key[0] == famExpiry {
					sv.addItem(key, value)
				}
				return nil
			})
		}
		switch key[0] {
		case famBody:
			return sv.addBody(item)
		case famDossier:
			return item.Value(func(value []byte) error { sv.addDossier(key, value); return nil })
		case famProof:
			return item.Value(func(value []byte) error {
				if fault := sv.v.s.proofFault(key, value); fault != "" {
					sv.differ("proof", "%s", fault)
				}
				return nil
			})
		case famPurge:
			return sv.addPurge(key)
		case famLeaf, famCount:
			return item.Value(func(value []byte) error { sv.haveOrder.add(key, value); return nil })
		case famHeader, famMeta, famSettings:
		default:
			sv.differ("family", "keys that begin with %q belong to nothing", key[0])
		}
		return nil
	})
}

// addBody tells texts from the empty values that cover what is to be purged.
func (sv *survey) addBody(item *badger.Item) error {
	if item.ValueSize() > 0 {
		sv.haveBodies.add(item.Key(), nil)
		return nil
	}
	if _, err := get(sv.txn, append([]byte{famPurge}, item.Key()[1:]...)); errors.Is(err, ErrNotFound) {
		sv.differ("purge", "a covered text is not noted for its purge")
	} else if err != nil {
		return err
	}
	return nil
}

// addPurge: what waits for its purge must not be a text that is served.
func (sv *survey) addPurge(key []byte) error {
	value, err := get(sv.txn, append([]byte{famBody}, key[1:]...))
	if err != nil && !errors.Is(err, ErrNotFound) {
		return err
	}
	if len(value) > 0 {
		sv.differ("purge", "a text that is not covered is noted for its purge")
	}
	return nil
}

func (sv *survey) addDossier(key, value []byte) {
	d, err := parseDossier(value)
	if err != nil || len(key) != 33 {
		sv.differ("dossier", "unreadable dossiers")
		return
	}
	for i := range d {
		sv.inDossiers.add(d[i].id[:], nil)
	}
	if len(d.broken(hourOf(sv.v.now))) > 0 {
		sv.differ("dossier", "records that others in their dossier end")
	}
}

// compare says which parts differ.
func (sv *survey) compare() {
	for family, f := range derivedFamilies {
		if want, have := *sv.want[family], *sv.have[family]; want != have {
			sv.differ(f.name, "%d index entries, %d expected", have.count, want.count)
		}
	}
	if sv.inDossiers != sv.inHeaders {
		sv.differ("dossier", "%d records in dossiers, %d headers", sv.inDossiers.count, sv.inHeaders.count)
	}
	if sv.haveBodies != sv.wantBodies {
		sv.differ("body", "%d texts, %d expected", sv.haveBodies.count, sv.wantBodies.count)
	}
	sv.stored = sv.v.s.storedRoot(sv.txn)
	if sv.stored.count != uint64(sv.inItems.count) || sv.stored.sum != sv.inItems.sum {
		sv.differ("root", "%d records in the sum, %d in the index", sv.stored.count, sv.inItems.count)
	}
	sv.compareOrder()
}

// storedRoot gives the zero root for one that cannot be read.
func (s *Store) storedRoot(txn *badger.Txn) root {
	b, err := get(txn, keyRoot)
	if err != nil {
		return root{}
	}
	r, err := parseRoot(b)
	if err != nil {
		return root{count: ^uint64(0)}
	}
	return r
}
