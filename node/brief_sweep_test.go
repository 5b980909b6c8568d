package node

import (
	"encoding/binary"
	"testing"
	"time"

	"courtcircuit/node/access"
	"courtcircuit/node/card"
	"courtcircuit/node/inbox"
	"courtcircuit/node/notify"
)

// fill puts values in steps of their own, which are bounded.
func fill(t *testing.T, n *Node, count int, put func(tx *inbox.Tx, id inbox.ID) error) {
	t.Helper()
	for from := 0; from < count; from += 100 {
		err := n.inbox.Update(func(tx *inbox.Tx) error {
			for i := from; i < min(from+100, count); i++ {
				var id inbox.ID
				binary.BigEndian.PutUint32(id[:], uint32(i))
				if err := put(tx, id); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// After a long time off everything is over at once; one step cannot take it.
func TestSweepsOfVeryMany(t *testing.T) {
	n := serviceNode(t, t.TempDir())
	now := time.Now()
	links := n.accessStore().links
	fill(t, n, 8_000, func(tx *inbox.Tx, id inbox.ID) error {
		return links.PutIn(tx, id, access.Link{CreatedAt: now.Add(-20 * day), ExpiresAt: now.Add(-2 * day)})
	})
	fill(t, n, 2_000, func(tx *inbox.Tx, id inbox.ID) error {
		if err := n.putNotice(tx, deskKey(id), notice{Subject: id}); err != nil {
			return err
		}
		if err := n.putNotice(tx, clientKey(id), notice{Subject: id}); err != nil {
			return err
		}
		if err := n.briefShelf().PutIn(tx, id, brief{DeleteAt: now.Add(-day)}); err != nil {
			return err
		}
		return n.trackShelf().PutIn(tx, id, track{DeleteAt: now.Add(-day)})
	})
	if err := n.sweepAccess(now); err != nil {
		t.Error(err)
	}
	if deleted, err := n.sweepBriefs(now); err != nil || deleted != 4_000 {
		t.Errorf("%d deleted: %v", deleted, err)
	}
	if left := links.Len() + n.briefShelf().Len() + n.trackShelf().Len() + n.notices.shelf.Len(); left != 0 {
		t.Errorf("%d values left", left)
	}
}

// Settings that were saved under a clock that was ahead put nothing off until
// that day.
func TestNoticesAfterTheClockWentBack(t *testing.T) {
	now := time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)
	v := notice{Due: []dueNotice{{Event: tellBrief, At: now.Add(-time.Hour)}}}
	ahead := now.Add(365 * day)
	v.Due[0].note(byMail, attempt{}.tried(tellBrief, &notify.Failure{Cause: notify.CauseSlow}, ahead, now))
	next, ok := v.plan(byMail, reach{mail: true}, ahead, now)
	if !ok || next.at.After(now.Add(notify.RetryDelay(1))) {
		t.Errorf("tried again at %s, now is %s", next.at, now)
	}
}

// What the collective has ended stays as the client was told, also when their
// own answer found nothing there any more.
func TestAnswerToADeletedBrief(t *testing.T) {
	p := newBriefPair(t)
	form := grocery()
	form.To = p.to()
	done, err := p.here.DepositBrief(t.Context(), form, "", "")
	if err != nil {
		t.Fatal(err)
	}
	p.settle()
	id := theBrief(t, p.there, card.BriefReceived).ID
	if _, err := p.there.ProposeBrief(t.Context(), lou, id, publicText(), card.AudienceNetwork); err != nil {
		t.Fatal(err)
	}
	p.settle()
	tr := wantTrack(t, p.here, done.Secret, card.BriefProposed)
	if err := p.there.DeleteBrief(t.Context(), lou, id); err != nil {
		t.Fatal(err)
	}
	if _, err := p.here.AnswerBrief(t.Context(), done.Secret, card.BriefAnswer{Accept: tr.Text.Digest}); err != nil {
		t.Fatal(err)
	}
	p.pass(p.answer, p.there, p.here) // the report first
	p.settle()
	wantTrack(t, p.here, done.Secret, card.BriefDeclined)
}

// However often a client elsewhere answers, and however long their collective
// is off, one report of a brief waits: each is whole.
func TestReportsDoNotPileUp(t *testing.T) {
	p := newBriefPair(t)
	form := grocery()
	form.To = p.to()
	if _, err := p.here.DepositBrief(t.Context(), form, "", ""); err != nil {
		t.Fatal(err)
	}
	p.settle()
	b := theBrief(t, p.there, card.BriefReceived)
	key, _ := parseID("brief", b.ID)
	held, err := p.there.briefShelf().Get(key)
	if err != nil {
		t.Fatal(err)
	}
	for i := range uint64(20) {
		body, err := encodeBrief(briefAnswer{Ref: held.Ref, Number: i + 1, Act: actAccept, Digest: &inbox.ID{9}, At: 1})
		if err != nil {
			t.Fatal(err)
		}
		m := (&heldPost{from: p.here})
		if _, err := m.QueueIn(nil, p.there.ownIdentity(), kindBriefAnswer, body); err != nil {
			t.Fatal(err)
		}
		if err := p.there.takeMessage(m.out[0]); err != nil {
			t.Fatal(err)
		}
	}
	if waiting := len(p.answer.out) - len(p.answer.back); waiting != 1 {
		t.Errorf("%d reports wait", waiting)
	}
}

// A long name fills no entry: there is always room for the next step.
func TestLongHistoriesFit(t *testing.T) {
	n := serviceNode(t, t.TempDir())
	name := ""
	for range 80 {
		name += "<"
	}
	e := memberEntry{Name: name}
	for range maxMemberSteps {
		e.add(card.MemberStep{At: time.Now(), What: card.StepConfirmed, By: name, Role: "coordinator"})
	}
	if _, err := n.newMember(e); err != nil {
		t.Error(err)
	}
}
