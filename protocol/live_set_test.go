package protocol

import (
	"bytes"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// liveSet is the plain model of what a replica without quotas holds, in the
// words of SPEC.md: floors, then erasures, then winners, then bounds. Records
// that are early or expired are not among its input.
func liveSet(records []*Record) []*Record {
	floors := map[Identity]Generation{}
	for _, r := range records {
		id, g := r.Key().Identity, r.Header.Signer.Generation()
		if floor, ok := floors[id]; !ok || g.Above(floor) {
			floors[id] = g
		}
	}
	records = keepIf(records, func(r *Record) bool { return r.Header.Signer.Generation() == floors[r.Key().Identity] })
	records = keepIf(records, func(r *Record) bool {
		return !slices.ContainsFunc(records, func(e *Record) bool { return e.Header.Erases(&r.Header) })
	})
	records = keepIf(records, func(r *Record) bool {
		return !slices.ContainsFunc(records, func(o *Record) bool { return o.Key() == r.Key() && o.ID != r.ID && o.Beats(r) })
	})
	return keepIf(records, func(r *Record) bool {
		class, most := r.Header.Kind.BoundClass()
		before := keepIf(records, func(o *Record) bool {
			c, _ := o.Header.Kind.BoundClass()
			return c == class && o.Key().Identity == r.Key().Identity && o.ID != r.ID && o.OutlivesBound(r)
		})
		return len(before) < most
	})
}

func keepIf(rs []*Record, keep func(*Record) bool) (out []*Record) {
	for _, r := range rs {
		if keep(r) {
			out = append(out, r)
		}
	}
	return out
}

// arrive holds the live set of what came so far and forgets everything else,
// as a replica does.
func arrive(records []*Record, order []int) (held []*Record) {
	for _, i := range order {
		if !slices.ContainsFunc(held, func(r *Record) bool { return r.ID == records[i].ID }) {
			held = liveSet(append(slices.Clone(held), records[i]))
		}
	}
	return held
}

func idsOf(rs []*Record) []string {
	ids := make([]string, len(rs))
	for i, r := range rs {
		ids[i] = r.ID.String()
	}
	slices.Sort(ids)
	return ids
}

// Whatever arrives first, the same set remains.
func TestLiveSetDoesNotDependOnArrival(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var rs []*Record
		for i := range rapid.IntRange(1, 14).Draw(t, "records") {
			s := Signer{FirstKey: PublicKey{rapid.Byte().Draw(t, "who") % 2}}
			if g := rapid.Uint32Range(0, 2).Draw(t, "n"); g > 0 {
				s.Succession = &Succession{N: g, NewKey: PublicKey{rapid.Byte().Draw(t, "new key") % 2}}
			}
			rs = append(rs, &Record{ID: RecordID{byte(i)}, Header: Header{
				Kind:           rapid.SampledFrom([]Kind{7, 8, 7, KindProfile, KindErasure, KindSuccession, KindMission}).Draw(t, "kind"),
				Slot:           bytes.Repeat([]byte{1}, rapid.IntRange(0, 3).Draw(t, "slot")),
				Signer:         s,
				IssuedAtMillis: rapid.Int64Range(1, 6).Draw(t, "issued"),
				BodyVersion:    rapid.Uint16Range(0, 1).Draw(t, "version"),
			}})
			if k := rs[i].Header.Kind; k == KindErasure || k == KindProfile || k == KindSuccession {
				rs[i].Header.Slot = nil
			}
		}
		want := idsOf(liveSet(rs))
		order := make([]int, len(rs))
		for i := range order {
			order[i] = i
		}
		for range 3 {
			order = rapid.Permutation(order).Draw(t, "arrival")
			if got := idsOf(arrive(rs, order)); !slices.Equal(got, want) {
				t.Fatalf("arriving as %v leaves %v, want %v", order, got, want)
			}
		}
	})
}
