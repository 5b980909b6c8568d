package store

import (
	"context"
	"testing"
	"time"

	"courtcircuit/protocol"
)

func TestEachProfileCallsEveryLiveOneOnce(t *testing.T) {
	defer func(n int) { eachViewCards = n }(eachViewCards)
	eachViewCards = 7 // several views
	o := testOpener(t)
	s := openStore(t, memoryConfig(), o)
	want := map[protocol.RecordID]bool{}
	var first protocol.Verified
	for _, v := range drawnCards(t, o, 50) {
		put(t, s, v, t0)
		if v.Record().Header.Kind == protocol.KindProfile {
			want[v.Record().ID] = true
			first = v
		}
	}
	look := func(now time.Time) (n int) {
		err := s.EachProfile(context.Background(), now, func(r *protocol.Record, p *protocol.Profile) {
			if n++; !want[r.ID] || p.Name == "" {
				t.Errorf("%s: %+v", r.ID, p)
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	if n := look(t0); n != len(want) {
		t.Errorf("%d of %d", n, len(want))
	}
	if n := look(first.Record().Header.ExpiresAt()); n != 0 {
		t.Errorf("%d expired ones", n)
	}
	ctx, stop := context.WithCancel(context.Background())
	stop()
	if err := s.EachProfile(ctx, t0, func(*protocol.Record, *protocol.Profile) {}); err == nil {
		t.Error("went on")
	}
}
