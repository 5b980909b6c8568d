package store

import (
	"testing"
	"time"

	"courtcircuit/protocol"
)

// Standing says what the questions one by one say, whatever has happened between
// a collective and a person.
func TestStandingFollowsWhatHappens(t *testing.T) {
	o := testOpener(t)
	s := openStore(t, memoryConfig(), o)
	club, anna := newActor(t, 1), newActor(t, 2)
	minute := func(n int) time.Time { return t0.Add(time.Duration(n) * time.Minute) }
	grant := club.grant(t, anna.Identity(), minute(1))
	next := anna.succeed(t, 3)
	named := club.collective(t, o, protocol.Collective{Place: protocol.PlaceAt(43.6, 1.44)}, minute(0))
	dismissal := club.seal(t, o, protocol.DismissalDraft(anna.Identity(), minute(2).UnixMilli()))
	for _, step := range []struct {
		what          string
		v             protocol.Verified
		named         bool
		ended, newest int // minutes
	}{
		{"nothing", protocol.Verified{}, false, -1, -1},
		{"a card", anna.profile(t, o, protocol.Profile{}, grant, minute(1)), false, -1, 1},
		{"the collective's card", named, true, -1, 1},
		{"a dismissal", dismissal, true, 2, 1},
		{"a dismissal of somebody else", club.seal(t, o, protocol.DismissalDraft(club.Identity(), minute(9).UnixMilli())), true, 2, 1},
		{"a succession", next.seal(t, o, protocol.SuccessionDraft(nil, minute(3).UnixMilli())), true, 2, 3},
		{"the dismissal taken back", club.tombstone(t, o, dismissal, minute(4)), true, -1, 3},
		{"the collective's end", club.tombstone(t, o, named, minute(5)), false, -1, 3},
		{"the collective's erasure", club.seal(t, o, protocol.ErasureDraft(nil, minute(10).UnixMilli())), false, 10, 3},
	} {
		if !step.v.IsZero() {
			expect(t, s, step.v, minute(11), Stored)
		}
		st, err := s.Standing(club.Identity(), anna.Identity(), minute(11))
		if err != nil {
			t.Fatal(err)
		}
		millis := func(n int) int64 {
			if n < 0 {
				return 0
			}
			return minute(n).UnixMilli()
		}
		if st.Named != step.named || st.EndedMillis != millis(step.ended) || st.NewestMillis != millis(step.newest) {
			t.Errorf("after %s: %+v", step.what, st)
		}
		newest, err := s.NewestIssue(anna.Identity())
		signer, known := s.CurrentSigner(anna.Identity())
		ended, endedErr := s.Ended(club.Identity(), anna.Identity(), minute(11))
		if err != nil || endedErr != nil || newest != st.NewestMillis || signer != st.Signer || known != st.Known || ended != st.EndedMillis {
			t.Errorf("after %s: %+v, alone %d %v %v %d", step.what, st, newest, signer, known, ended)
		}
	}
}

// What has run out counts no more, though nobody has taken it away yet.
func TestStandingLeavesOutWhatRanOut(t *testing.T) {
	o := testOpener(t)
	s := openStore(t, memoryConfig(), o)
	club, anna := newActor(t, 1), newActor(t, 2)
	named := club.collective(t, o, protocol.Collective{Place: protocol.PlaceAt(43.6, 1.44)}, t0)
	dismissal := club.seal(t, o, protocol.DismissalDraft(anna.Identity(), t0.UnixMilli()))
	expect(t, s, named, t0, Stored)
	expect(t, s, dismissal, t0, Stored)
	for _, row := range []struct {
		at    time.Time
		named bool
		ended int64
	}{
		{named.Record().Header.ExpiresAt().Add(-time.Hour), true, t0.UnixMilli()},
		{named.Record().Header.ExpiresAt(), false, 0}, // both have one lifetime
	} {
		if st, err := s.Standing(club.Identity(), anna.Identity(), row.at); err != nil || st.Named != row.named || st.EndedMillis != row.ended {
			t.Errorf("at %s: %+v, %v", row.at, st, err)
		}
	}
}
