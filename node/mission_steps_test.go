package node

import (
	"context"
	"testing"
	"time"

	"courtcircuit/node/card"
)

func brochure() card.Mission {
	return card.Mission{
		Title: "Identité visuelle", Place: card.Place{Text: "31000"}, Modes: []string{"onsite"}, Languages: []string{"fr"},
		Needs: []card.Need{{Skill: "graphisme", Days: 10}}, ApplyBy: time.Now().AddDate(0, 0, 9).Format(time.DateOnly),
		Budget: &card.Budget{Min: 4000, Max: 6000, Currency: "EUR", Per: "mission"}, Contract: "direct",
	}
}

func TestMissionStepTable(t *testing.T) {
	states := []string{statusDraft, statusOpen, statusExpired, statusAttributed, statusClosed}
	legal := map[string]bool{
		"draft>open": true, "open>attributed": true, "open>closed": true, "expired>attributed": true, "expired>closed": true, "attributed>closed": true,
	}
	for _, from := range states {
		for _, to := range []string{statusOpen, statusAttributed, statusClosed} {
			needed, err := checkStep(from, to)
			if (err == nil) != (legal[from+">"+to] || from == to) || needed != legal[from+">"+to] {
				t.Errorf("%s to %s: %v, %v", from, to, needed, err)
			}
			if err != nil && err.(*card.Problem).Expected == "" {
				t.Errorf("%s to %s does not say what is possible", from, to)
			}
		}
	}
}

func TestMissionKeepsItsID(t *testing.T) {
	n := namedNode(t)
	ctx := context.Background()
	draft, err := n.PostMission(ctx, brochure(), false)
	if err != nil || draft.Status != statusDraft {
		t.Fatal(err, draft)
	}
	if got := len(wiresOf(t, n)); got != 1 {
		t.Fatalf("%d records: a draft is no record", got)
	}
	_, err = n.AttributeMission(ctx, draft.ID)
	wantProblem(t, err, card.Conflict, "status")
	draft.Title = "Identité visuelle d'une coopérative"
	if draft, err = n.UpdateMission(ctx, draft.ID, draft); err != nil {
		t.Fatal(err)
	}
	id, err := n.ResolveID(ctx, 1, draft.ID[:8])
	if err != nil || id != draft.ID {
		t.Error(id, err)
	}
	open, err := n.PublishMission(ctx, draft.ID)
	if err != nil || open.ID != draft.ID || open.Status != statusOpen || open.Title != draft.Title || !open.Collective.Verified {
		t.Fatal(err, open)
	}
	again, err := n.PublishMission(ctx, draft.ID)
	if err != nil || again.RecordID != open.RecordID {
		t.Error("publishing again changed something:", err)
	}
	if own, err := n.OwnMissions(ctx); err != nil || len(own) != 1 {
		t.Errorf("%v: %d own missions", err, len(own))
	}
	done, err := n.AttributeMission(ctx, draft.ID)
	if err != nil || done.ID != draft.ID || done.Status != statusAttributed {
		t.Fatal(err, done)
	}
	_, err = n.PublishMission(ctx, draft.ID)
	wantProblem(t, err, card.Conflict, "status")
	_, err = n.UpdateMission(ctx, draft.ID, brochure())
	wantProblem(t, err, card.Conflict, "status")
	if done, err = n.CloseMission(ctx, draft.ID); err != nil || done.Status != statusClosed {
		t.Fatal(err, done)
	}
	_, err = n.AttributeMission(ctx, draft.ID)
	wantProblem(t, err, card.Conflict, "status")
}

func TestMissionOfAnotherCollective(t *testing.T) {
	n, other := namedNode(t), namedNode(t)
	ctx := context.Background()
	m, err := n.PostMission(ctx, brochure(), true)
	if err != nil {
		t.Fatal(err)
	}
	feed(t, other, wiresOf(t, n)...)
	if seen, err := other.Mission(ctx, m.ID); err != nil || seen.Collective.Name != "Les Indés" {
		t.Fatal(err, seen)
	}
	for _, step := range []func(context.Context, string) (card.Mission, error){other.PublishMission, other.AttributeMission, other.CloseMission} {
		_, err := step(ctx, m.ID)
		wantProblem(t, err, card.Forbidden, "")
	}
	late := brochure()
	late.ApplyBy = "2020-01-01"
	_, err = n.PostMission(ctx, late, true)
	wantProblem(t, err, card.Invalid, "apply_by")
	bad := brochure()
	bad.Needs[0].Skill = ""
	_, err = n.PostMission(ctx, bad, false)
	wantProblem(t, err, card.Invalid, "needs.skill")
}

func TestMissionsAreBounded(t *testing.T) {
	n := namedNode(t)
	ctx := context.Background()
	for range 64 {
		if _, err := n.PostMission(ctx, brochure(), true); err != nil {
			t.Fatal(err)
		}
	}
	_, err := n.PostMission(ctx, brochure(), true)
	wantProblem(t, err, card.Conflict, "")
	if own, err := n.OwnMissions(ctx); err != nil || len(own) != 64 {
		t.Errorf("%v: %d missions", err, len(own))
	}
}
