package store

import (
	"bytes"
	"encoding/binary"
	"slices"

	"courtcircuit/protocol"
	"courtcircuit/protocol/reconcile"
	"courtcircuit/store/idtree"
)

func (sv *survey) addItem(key, value []byte) {
	if len(key) != 37 || len(value) != 3 {
		return // its sum differs
	}
	id := [32]byte(key[5:])
	sv.inItems.count++
	sv.inItems.sum = sv.inItems.sum.Add(reconcile.IDSum(&id))
	sv.addToLeaf(reconcile.Item{ExpiryHour: binary.BigEndian.Uint32(key[1:]), ID: id})
	if value[2] == 1 {
		kind := protocol.Kind(binary.BigEndian.Uint16(value))
		if sv.counts[kind] == nil {
			sv.counts[kind] = map[uint32]int{}
		}
		sv.counts[kind][binary.BigEndian.Uint32(key[1:])]++
	}
}

// addToLeaf adds an item, which come in order, to the leaf that it belongs to.
func (sv *survey) addToLeaf(item reconcile.Item) {
	for n := len(sv.inLeaf); n < len(sv.leaves) && (n == 0 || sv.leaves[n].First.Compare(item) <= 0); n++ {
		sv.inLeaf = append(sv.inLeaf, idtree.Leaf{First: sv.leaves[n].First})
	}
	if n := len(sv.inLeaf); n > 0 {
		leaf := &sv.inLeaf[n-1]
		leaf.Count++
		leaf.Sum = leaf.Sum.Add(reconcile.IDSum(&item.ID))
	}
}

// compareOrder holds leaves and counts in memory against the items, and those
// in the files against memory.
func (sv *survey) compareOrder() {
	sum, count := sv.set.Total()
	if count != sv.inItems.count || sum != sv.inItems.sum || !slices.Equal(sv.leaves, sv.inLeaf) || !sameCounts(sv.live, sv.counts) {
		sv.differ("memory", "%d records in memory, %d in the files, or their counts differ; a repair reads them anew", count, sv.inItems.count)
	}
	var want keySum
	for _, leaf := range sv.leaves {
		kv := leafEntry(leaf)
		want.add(kv.key, kv.value)
	}
	for kind, hours := range sv.live {
		for hour, n := range hours {
			kv := countEntry(liveCount{kind, hour}, n)
			want.add(kv.key, kv.value)
		}
	}
	mark, err := get(sv.txn, keyOrder)
	if err != nil || want != sv.haveOrder || !bytes.Equal(mark, orderMark(sv.total)) {
		sv.differ("order", "%d ranges of records are stored, %d expected, or one differs", sv.haveOrder.count, want.count)
	}
}

func sameCounts(a, b map[protocol.Kind]map[uint32]int) bool {
	for _, pair := range [][2]map[protocol.Kind]map[uint32]int{{a, b}, {b, a}} {
		for kind, hours := range pair[0] {
			for hour, n := range hours {
				if pair[1][kind][hour] != n {
					return false
				}
			}
		}
	}
	return true
}
