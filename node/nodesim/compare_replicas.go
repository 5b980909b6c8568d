package nodesim

import (
	"context"
	"fmt"
	"slices"
	"time"

	"courtcircuit/node/card"
	"courtcircuit/protocol"
	"courtcircuit/store"
)

// settleWithin is far more than the two rounds of catch-up that are promised.
const settleWithin = 30 * time.Minute

// settle ends churn, partition and bad weather, waits until every honest
// replica is equal and complete, and then compares each with the model: what
// searches answer while it runs, and every record once it is stopped.
func (r *run) settle() {
	r.t.Helper()
	r.SetWeather(calm)
	r.Heal()
	_, down := r.running()
	for _, n := range down {
		n.Start()
	}
	want := liveOf(r.model.records, time.Now())
	r.out.Live, r.out.Digest = len(want), digestOf(want)
	r.out.Equal = r.untilEqual(want)
	// A liar still offers its records to whoever asks, the last node among them
	// while the others have stopped. So liars leave first, and what they have
	// said comes to everybody.
	for _, a := range r.adversaries {
		a.Close()
	}
	r.adversaries = nil
	r.Sleep(time.Minute)
	r.untilEqual(want)
	for _, n := range r.honest {
		if err := r.searches(n, want); err != nil {
			r.t.Errorf("seed %d, node %d: %v", r.seed, n.Index, err)
		}
	}
	for _, n := range r.honest {
		n.Stop()
	}
	for _, n := range r.honest {
		if err := r.compare(n); err != nil {
			r.t.Errorf("seed %d, node %d: %v", r.seed, n.Index, err)
		}
	}
}

// untilEqual waits until the honest replicas are equal and hold what is live.
func (r *run) untilEqual(want map[protocol.RecordID]*protocol.Record) time.Duration {
	r.t.Helper()
	start := time.Now()
	for !Same(r.honest...) || !r.model.isWhole(r.honest[0], want) {
		if time.Since(start) > settleWithin {
			r.t.Errorf("seed %d: replicas are not equal and complete after %s", r.seed, settleWithin)
			break // the comparison says what differs
		}
		r.Sleep(20 * time.Millisecond)
	}
	return time.Since(start)
}

// isWhole says whether a node holds all that is live and cannot be lacking.
func (m *model) isWhole(n *Node, want map[protocol.RecordID]*protocol.Record) bool {
	for id, rec := range want {
		if !n.HoldsRecord(id) && !m.mayLack(rec) {
			return false
		}
	}
	return true
}

// searches asks for each skill, and compares who is found with the model.
func (r *run) searches(n *Node, live map[protocol.RecordID]*protocol.Record) error {
	for _, skill := range simSkills {
		var want []string
		for _, rec := range live {
			body, err := protocol.DecodeBody(NetworkName, rec)
			if err != nil {
				continue // no body: tombstones and the like
			}
			switch b := body.(type) {
			case *protocol.Profile:
				if slices.Contains(b.Skills, skill) {
					want = append(want, rec.ID.String())
				}
			case *protocol.Mission:
				if b.Needs[0].Skill == skill {
					want = append(want, rec.ID.String())
				}
			}
		}
		got, err := found(n, card.Search{Near: "43.6,1.44", Skills: []string{skill}, Limit: 100})
		if err != nil {
			return err
		}
		got = slices.DeleteFunc(got, func(s string) bool {
			id, err := protocol.ParseRecordID(s)
			return err == nil && r.model.hostile[id]
		})
		slices.Sort(want)
		slices.Sort(got)
		if !slices.Equal(got, want) {
			return fmt.Errorf("searching %s finds\n%v\nthe model\n%v", skill, got, want)
		}
	}
	return nil
}

// found gives the record ids of all profiles and missions found.
func found(n *Node, s card.Search) (ids []string, err error) {
	for next := true; next; next = s.Cursor != "" {
		page, err := n.SearchProfiles(context.Background(), s)
		if err != nil {
			return nil, err
		}
		for _, f := range page.Results {
			ids = append(ids, f.Profile.RecordID)
		}
		s.Cursor = page.NextCursor
	}
	s.Status = "any"
	missions, err := n.SearchMissions(context.Background(), s)
	for _, f := range missions.Results {
		ids = append(ids, f.Mission.RecordID)
	}
	return ids, err
}

// compare opens the replica of a stopped node and compares every record with
// the model. Beside what was acknowledged only what adversaries signed in
// their own name may stand there; the model judges both together.
func (r *run) compare(n *Node) error {
	opener, err := protocol.NewOpener(NetworkName, 1000)
	if err != nil {
		return err
	}
	c := store.DefaultConfig(n.Home + "/store")
	c.Simulated, c.BallastBytes, c.MinFreeBytes = true, 0, -1
	s, err := store.Open(c, opener, nilLog)
	if err != nil {
		return err
	}
	defer s.Close()
	now := time.Now()
	held := map[protocol.RecordID]*protocol.Record{}
	all := slices.Clone(r.model.records)
	if err := s.EachLive(context.Background(), now, func(rec protocol.Record) error {
		held[rec.ID] = &rec
		if r.model.hostile[rec.ID] {
			all = append(all, &rec)
		}
		return nil
	}); err != nil {
		return err
	}
	// What a node lacks and may lack beats nothing there: a version before it
	// can be live.
	want := liveOf(slices.DeleteFunc(all, func(rec *protocol.Record) bool { return held[rec.ID] == nil && r.model.mayLack(rec) }), now)
	for id, rec := range held {
		if want[id] == nil {
			return fmt.Errorf("%s %s is live there and not in the model", rec.Header.Kind, id)
		}
	}
	for id, rec := range want {
		if held[id] == nil {
			return fmt.Errorf("%s %s is missing", rec.Header.Kind, id)
		}
	}
	for id := range r.model.hostile {
		if was := r.heldHostile[id]; r.compared > 0 && was != (held[id] != nil) {
			return fmt.Errorf("hostile %s: held %t here, %t at the nodes before", id, !was, was)
		} else if held[id] != nil {
			r.heldHostile[id] = true
		}
	}
	if err := r.checkEquivocations(s, held, now); err != nil {
		return err
	}
	r.compared++
	if s.Digest(now) != digestOf(held) {
		return fmt.Errorf("the digest is not that of its records")
	}
	v, err := s.Verify(context.Background(), now, false, nil)
	if err == nil && len(v.Faults) > 0 {
		err = fmt.Errorf("verification finds %+v", v.Faults)
	}
	return err
}

// checkEquivocations: who has seen both versions of one moment keeps the
// losing header as a proof, and must hold the version that beats it.
func (r *run) checkEquivocations(s *store.Store, held map[protocol.RecordID]*protocol.Record, now time.Time) error {
	for _, pair := range r.model.rivals {
		loser, seen := s.Equivocation(pair[0].Key().Identity, now)
		if !seen {
			continue
		}
		r.out.Equivocations++
		for _, rec := range pair {
			if won := rec.ID != loser.ID; won != (held[rec.ID] != nil) || won != rec.Beats(&loser) {
				return fmt.Errorf("of two versions of one moment, %s held: %t, where the other lost", rec.ID, held[rec.ID] != nil)
			}
		}
	}
	return nil
}
