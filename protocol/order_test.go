package protocol

import (
	"testing"

	"pgregory.net/rapid"
)

// drawVersions gives records under one key: few values each, so that ties are
// common. They need no signature here.
func drawVersions(t *rapid.T, n int) []*Record {
	out := make([]*Record, n)
	for i := range out {
		s := Signer{FirstKey: PublicKey{1}}
		if g := rapid.Uint32Range(0, 2).Draw(t, "n"); g > 0 {
			s.Succession = &Succession{N: g, NewKey: PublicKey{rapid.Byte().Draw(t, "new key") % 3}}
		}
		out[i] = &Record{
			Header: Header{Kind: KindProfile, Signer: s, IssuedAtMillis: rapid.Int64Range(1, 3).Draw(t, "issued"), BodyVersion: rapid.Uint16Range(0, 1).Draw(t, "version")},
			ID:     RecordID{byte(i)},
		}
	}
	return out
}

// Beats and OutlivesBound are strict total orders, so whatever arrives first,
// one wins, and it is the same one everywhere.
func TestOrdersAreTotal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rs := drawVersions(t, 3)
		for name, above := range map[string]func(a, b *Record) bool{"Beats": (*Record).Beats, "OutlivesBound": (*Record).OutlivesBound} {
			for _, a := range rs {
				for _, b := range rs {
					if a == b && above(a, b) {
						t.Fatal(name, "above itself")
					}
					if a != b && above(a, b) == above(b, a) {
						t.Fatal(name, "undecided")
					}
					for _, c := range rs {
						if above(a, b) && above(b, c) && !above(a, c) {
							t.Fatal(name, "not transitive")
						}
					}
				}
			}
		}
	})
}

func TestWinnerDoesNotDependOnArrival(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rs := drawVersions(t, 6)
		winner := func(rs []*Record) *Record {
			best := rs[0]
			for _, r := range rs[1:] {
				if r.Beats(best) {
					best = r
				}
			}
			return best
		}
		want := winner(rs)
		if got := winner(rapid.Permutation(rs).Draw(t, "arrival")); got != want {
			t.Fatal("the order of arrival decided")
		}
	})
}

func TestBeatsLooksAtGenerationThenTimeThenID(t *testing.T) {
	first := Signer{FirstKey: PublicKey{200}}
	second := Signer{FirstKey: PublicKey{200}, Succession: &Succession{N: 1, NewKey: PublicKey{8}}}
	lower := Signer{FirstKey: PublicKey{200}, Succession: &Succession{N: 1, NewKey: PublicKey{7}}}
	rec := func(s Signer, at int64, id byte) *Record {
		return &Record{Header: Header{Kind: KindProfile, Signer: s, IssuedAtMillis: at}, ID: RecordID{id}}
	}
	ranked := []*Record{rec(lower, 1, 9), rec(second, 2, 9), rec(second, 1, 3), rec(second, 1, 4), rec(first, 99, 1), rec(first, 98, 0)}
	for i := range ranked[1:] {
		if !ranked[i].Beats(ranked[i+1]) || ranked[i+1].Beats(ranked[i]) {
			t.Errorf("rank %d does not beat rank %d", i, i+1)
		}
	}
	if !rec(second, 1, 3).Equivocates(rec(second, 1, 4)) {
		t.Error("two versions for one moment are an equivocation")
	}
	for name, r := range map[string]*Record{"itself": rec(second, 1, 3), "later": rec(second, 2, 4), "other key": rec(lower, 1, 4)} {
		if rec(second, 1, 3).Equivocates(r) {
			t.Errorf("%s is no equivocation", name)
		}
	}
	tomb, live := rec(first, 1, 5), rec(first, 9, 1)
	live.Header.BodyVersion = 1
	if tomb.OutlivesBound(live) || !live.OutlivesBound(tomb) {
		t.Error("a tombstone stays before what is newer")
	}
}

func TestErases(t *testing.T) {
	c := newCast(t)
	me, other := c.person.Identity(), c.collective.Identity()
	erasure := &Header{Kind: KindErasure, Signer: c.person.Signer, IssuedAtMillis: 100, BodyVersion: 1}
	for name, row := range map[string]struct {
		target Header
		want   bool
	}{
		"own, older":          {Header{Kind: KindProfile, Signer: c.person.Signer, IssuedAtMillis: 99}, true},
		"own, same moment":    {Header{Kind: KindProfile, Signer: c.person.Signer, IssuedAtMillis: 100}, true},
		"own, newer":          {Header{Kind: KindProfile, Signer: c.person.Signer, IssuedAtMillis: 101}, false},
		"own, other key":      {Header{Kind: 777, Signer: c.successor.Signer, IssuedAtMillis: 99}, true},
		"about, by another":   {Header{Kind: KindDismissal, Signer: c.collective.Signer, About: &me, IssuedAtMillis: 99}, true},
		"about another":       {Header{Kind: KindDismissal, Signer: c.collective.Signer, About: &other, IssuedAtMillis: 99}, false},
		"by another":          {Header{Kind: KindMission, Signer: c.collective.Signer, IssuedAtMillis: 99}, false},
		"own tombstone":       {Header{Kind: KindProfile, Signer: c.person.Signer, IssuedAtMillis: 99, BodyVersion: 0}, true},
		"own succession":      {Header{Kind: KindSuccession, Signer: c.successor.Signer, IssuedAtMillis: 99}, false},
		"own older erasure":   {Header{Kind: KindErasure, Signer: c.person.Signer, IssuedAtMillis: 99}, false},
		"granted by, not own": {Header{Kind: KindProfile, Signer: c.collective.Signer, Grant: &c.grant, IssuedAtMillis: 99}, false},
	} {
		if got := erasure.Erases(&row.target); got != row.want {
			t.Errorf("%s: %v", name, got)
		}
		profile := *erasure
		profile.Kind = KindProfile
		if profile.Erases(&row.target) {
			t.Errorf("%s: erased by a profile", name)
		}
	}
	emptied := *erasure
	emptied.BodyVersion = 0
	if !emptied.Erases(&Header{Kind: KindProfile, Signer: c.person.Signer, IssuedAtMillis: 100}) {
		t.Error("an erasure was taken back")
	}
}

func TestVoids(t *testing.T) {
	c := newCast(t)
	me, other := c.person.Identity(), Identity{1}
	at := c.grant.IssuedAtMillis
	dismissal := func(a Author, person Identity, at int64, version uint16) *Header {
		return &Header{Kind: KindDismissal, Signer: a.Signer, Slot: person[:], About: &person, IssuedAtMillis: at, BodyVersion: version}
	}
	erasure := func(a Author, at int64) *Header {
		return &Header{Kind: KindErasure, Signer: a.Signer, IssuedAtMillis: at, BodyVersion: 1}
	}
	wrongSlot := dismissal(c.collective, me, at, 1)
	wrongSlot.Slot = other[:]
	for name, row := range map[string]struct {
		header *Header
		want   bool
	}{
		"dismissed then":          {dismissal(c.collective, me, at, 1), true},
		"dismissed later":         {dismissal(c.collective, me, at+1, 1), true},
		"dismissed before":        {dismissal(c.collective, me, at-1, 1), false},
		"dismissed by successor":  {dismissal(c.reborn, me, at, 1), true},
		"dismissal taken back":    {dismissal(c.collective, me, at, 0), false},
		"another dismissed":       {dismissal(c.collective, other, at, 1), false},
		"dismissed by another":    {dismissal(c.person, me, at, 1), false},
		"dismissed in wrong slot": {wrongSlot, false},
		"person erased":           {erasure(c.person, at), true},
		"collective erased":       {erasure(c.collective, at), true},
		"erased before":           {erasure(c.person, at-1), false},
		"a profile":               {&Header{Kind: KindProfile, Signer: c.person.Signer, IssuedAtMillis: at}, false},
	} {
		if got := row.header.Voids(&c.grant, me); got != row.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestTombstoneRepeatsWhatTierNeeds(t *testing.T) {
	c := newCast(t)
	o := newOpener(t)
	live := must(o.Open(seal(t, c.person, must(fullProfile().Draft(&c.grant, testNow.UnixMilli()))), testNow)).Record()
	end := must(o.Open(seal(t, c.person, TombstoneOf(live, testNow.UnixMilli()+1)), testNow)).Record()
	if !end.Header.IsTombstone() || end.Key() != live.Key() || !end.Beats(live) || end.Header.Grant == nil || len(end.Body) != 0 || end.Header.Zone != live.Header.Zone {
		t.Errorf("%+v", end.Header)
	}
}

func TestVerdicts(t *testing.T) {
	for err, want := range map[error]Verdict{
		nil: Accept, ErrSize: Reject, ErrEncoding: Reject, ErrSignature: Reject, ErrHeader: Reject,
		ErrEarly: Ignore, ErrExpired: Ignore, ErrStale: Ignore, ErrBody: Ignore, ErrBodyUnknown: Ignore, errNoKey: Ignore,
	} {
		if got := VerdictOf(err); got != want {
			t.Errorf("%v: %d, want %d", err, got, want)
		}
		if err != nil {
			if got := VerdictOf(faultf(err, "wrapped")); got != want {
				t.Errorf("%v wrapped: %d, want %d", err, got, want)
			}
		}
	}
	if IsBodyFault(nil) || IsBodyFault(ErrSize) || !IsBodyFault(faultf(ErrBody, "x")) || !IsBodyFault(ErrBodyUnknown) {
		t.Error("IsBodyFault")
	}
}
