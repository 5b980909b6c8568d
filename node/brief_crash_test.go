package node

import (
	"testing"
	"time"

	"courtcircuit/node/card"
	"courtcircuit/node/inbox"
	"courtcircuit/protocol"
	"courtcircuit/store"
)

// diskConfig is a node without network whose databases outlive it.
func diskConfig(t testing.TB, home string) Config {
	c := serviceConfig(t, home)
	c.Store = func(s *store.Config) { s.BallastBytes = 0 }
	c.Inbox = nil
	return c
}

// Cut off at any step between acceptance and the news of the mission, a node
// that starts again ends with exactly one.
func TestCutOffBetweenAcceptanceAndMission(t *testing.T) {
	for _, audience := range []string{card.AudienceNetwork, card.AudienceCollective} {
		for _, cut := range []string{"after the acceptance", "after the mission"} {
			t.Run(audience+" "+cut, func(t *testing.T) {
				cfg := diskConfig(t, t.TempDir())
				n, err := New(cfg, testLog())
				if err != nil {
					t.Fatal(err)
				}
				nameNode(t, n)
				d := deposit(t, n, grocery())
				b := theBrief(t, n, card.BriefReceived)
				must[card.Brief](t)(n.ProposeBrief(t.Context(), lou, b.ID, publicText(), audience))
				acceptOnly(t, n, d.Secret)
				if cut == "after the mission" {
					held := must[brief](t)(n.briefShelf().Get(identityOf(t, b.ID)))
					must[inbox.ID](t)(n.makeMission(t.Context(), &held, time.Now()))
				}
				wantTrack(t, n, d.Secret, card.BriefAccepted)
				if err := n.Close(); err != nil {
					t.Fatal(err)
				}
				n = openService(t, cfg)
				n.settleBriefs(t.Context())
				n.settleBriefs(t.Context())
				tr := wantTrack(t, n, d.Secret, card.BriefPublished)
				own := must[[]card.Mission](t)(n.OwnMissions(t.Context()))
				if len(own) != 1 || own[0].ID != tr.MissionID {
					t.Errorf("%+v of %s", own, tr.MissionID)
				}
			})
		}
	}
}

// acceptOnly is the step of an acceptance, without what follows it.
func acceptOnly(t *testing.T, n *Node, secret string) {
	t.Helper()
	id, err := trackID(secret)
	if err != nil {
		t.Fatal(err)
	}
	err = n.changeTrack(id, func(tx *inbox.Tx, tr *track) error {
		digest := tr.Heard.Text.digest()
		if _, err := tr.answer(id, actAccept, &digest, "", time.Now()); err != nil {
			return err
		}
		return n.sendAnswerIn(tx, id, tr, time.Now())
	})
	if err != nil {
		t.Fatal(err)
	}
}

// An accepted text that the network would refuse goes back to the coordinator;
// one for which there is only no room yet waits.
func TestAcceptedTextThatCannotBePublished(t *testing.T) {
	n := namedNode(t)
	d := deposit(t, n, grocery())
	b := theBrief(t, n, card.BriefReceived)
	m := publicText()
	m.ApplyBy = time.Now().UTC().Format(time.DateOnly)
	must[card.Brief](t)(n.ProposeBrief(t.Context(), lou, b.ID, m, card.AudienceNetwork))
	err := n.briefShelf().Change(identityOf(t, b.ID), func(b *brief) error { // days pass before the client accepts
		body, err := b.Text.mission(n.cfg.Network)
		if err != nil {
			return err
		}
		past := protocol.Date(100)
		body.ApplyBy = &past
		draft, err := body.Draft(b.Slot, 1)
		b.Text.Body = draft.Body
		b.State = card.BriefAccepted
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	n.settleBriefs(t.Context())
	wantTrack(t, n, d.Secret, card.BriefRead)
	if b = theBrief(t, n, card.BriefRead); b.Change == "" {
		t.Error("the coordinator is not told why")
	}

	full := namedNode(t)
	for range 64 {
		must[card.Mission](t)(full.PostMission(t.Context(), brochure(), true))
	}
	d = deposit(t, full, grocery())
	b = theBrief(t, full, card.BriefReceived)
	must[card.Brief](t)(full.ProposeBrief(t.Context(), lou, b.ID, publicText(), card.AudienceNetwork))
	tr := must[card.Track](t)(full.AnswerBrief(t.Context(), d.Secret, card.BriefAnswer{Accept: wantTrack(t, full, d.Secret, card.BriefProposed).Text.Digest}))
	if tr.State != card.BriefAccepted {
		t.Errorf("%+v", tr)
	}
}

// What is over is deleted in time, with everything that was still to be told.
func TestBriefsAreSwept(t *testing.T) {
	n := namedNode(t)
	d := deposit(t, n, grocery())
	open := deposit(t, n, grocery())
	list := must[[]card.Brief](t)(n.Briefs(t.Context()))
	for _, b := range list {
		must[card.Brief](t)(n.ReadBrief(t.Context(), lou, b.ID))
	}
	must[card.Track](t)(n.AnswerBrief(t.Context(), d.Secret, card.BriefAnswer{Withdraw: true}))
	for _, c := range []struct {
		after   time.Duration
		deleted int
	}{{briefKept - time.Hour, 0}, {briefKept + time.Hour, 2}, {briefWaitingKept - time.Hour, 0}, {briefWaitingKept + time.Hour, 2}} {
		if got, err := n.sweepBriefs(time.Now().Add(c.after)); err != nil || got != c.deleted {
			t.Errorf("after %s: %d deleted (%v), %d expected", c.after, got, err, c.deleted)
		}
	}
	for _, secret := range []string{d.Secret, open.Secret} {
		_, err := n.FollowBrief(t.Context(), secret)
		wantProblem(t, err, card.NotFound, "secret")
	}
	if left := n.notices.shelf.Len(); left != 0 {
		t.Errorf("%d notices are left", left)
	}
}
