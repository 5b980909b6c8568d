package node

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/singleflight"

	"courtcircuit/node/card"
	"courtcircuit/protocol"
	"courtcircuit/store"
)

const (
	// maxSummedMembers bounds the work for one collective: a stranger may claim
	// any number of members.
	maxSummedMembers = card.MaxSummedMembers
	maxKeptSums      = 256
	// maxFirstMembers is how many a page shows at most, and one more.
	maxFirstMembers = 64
	// sumsLastFor bounds how long a membership that ran out is still counted;
	// everything else that changes a sum makes it anew at once.
	sumsLastFor = time.Minute
)

// memberSum is what the members of a collective bring together.
type memberSum struct {
	members int
	skills  []card.SkillCount
	first   []protocol.Identity // of them, by name and then id, at most maxFirstMembers
}

// sumBook keeps sums until a record changes: a large collective stands on
// many pages, and each of its cards would be read for each of them.
type sumBook struct {
	changes atomic.Uint64
	flight  singleflight.Group

	mu   sync.Mutex
	kept map[protocol.Identity]keptSum
}

type keptSum struct {
	memberSum
	change uint64
	until  time.Time
}

// noteChange says that any sum may be another one now.
func (b *sumBook) noteChange() { b.changes.Add(1) }

// sumMembers gives the sum of a collective's members that are shown here.
func (n *Node) sumMembers(id protocol.Identity, now time.Time) (memberSum, error) {
	b := &n.sums
	change := b.changes.Load()
	b.mu.Lock()
	k, ok := b.kept[id]
	b.mu.Unlock()
	if ok && k.change == change && now.Before(k.until) {
		return k.memberSum, nil
	}
	got, err, _ := b.flight.Do(fmt.Sprint(id, change), func() (any, error) {
		sum, _, err := n.readMembers(id, now)
		if err != nil {
			return sum, err
		}
		b.mu.Lock()
		defer b.mu.Unlock()
		if b.kept == nil || len(b.kept) >= maxKeptSums {
			b.kept = map[protocol.Identity]keptSum{}
		}
		b.kept[id] = keptSum{sum, change, now.Add(sumsLastFor)}
		return sum, nil
	})
	return got.(memberSum), err
}

// readMembers reads all cards: the sum, and whose they are by name and then id.
func (n *Node) readMembers(id protocol.Identity, now time.Time) (memberSum, []protocol.Identity, error) {
	var out memberSum
	type named struct {
		folded string
		id     protocol.Identity
	}
	var found []named
	sum := skillSum{key: n.skillKey, spellings: map[string]map[string]int{}}
	err := n.store.Members(id, now, func(member protocol.Record) bool {
		if n.hidden.skips(member.Key()) {
			return true
		}
		out.members++
		if b, err := protocol.DecodeBody(n.cfg.Network, &member); err == nil {
			if p, ok := b.(*protocol.Profile); ok {
				sum.add(p.Skills)
				found = append(found, named{store.FoldSkill(p.Name), member.Key().Identity})
			}
		}
		return out.members < maxSummedMembers
	})
	if err != nil {
		return out, nil, fmt.Errorf("read members of %s: %w", id.Fingerprint(), err)
	}
	slices.SortFunc(found, func(a, b named) int {
		if a.folded != b.folded {
			return strings.Compare(a.folded, b.folded)
		}
		return strings.Compare(a.id.String(), b.id.String())
	})
	order := make([]protocol.Identity, 0, len(found))
	for _, f := range found {
		order = append(order, f.id)
	}
	out.skills = slices.Clip(sum.list())
	out.first = slices.Clone(order[:min(len(order), maxFirstMembers)])
	return out, order, nil
}
