package node

import (
	"errors"
	"testing"
	"time"

	"courtcircuit/node/card"
	"courtcircuit/node/delivery"
)

// sendGrocery deposits a brief for the other collective.
func (p *briefPair) sendGrocery() card.Deposited {
	p.t.Helper()
	f := grocery()
	f.To = p.to()
	return deposit(p.t, p.here, f)
}

func (p *briefPair) propose(id string) {
	p.t.Helper()
	if _, err := p.there.ProposeBrief(p.t.Context(), lou, id, publicText(), card.AudienceNetwork); err != nil {
		p.t.Fatal(err)
	}
}

func TestBriefForAnotherCollective(t *testing.T) {
	p := newBriefPair(t)
	ctx := t.Context()
	d := p.sendGrocery()
	if tr := wantTrack(t, p.here, d.Secret, card.BriefSending); tr.To.Name != "La Fabrique" {
		t.Errorf("%+v", tr.To)
	}
	if list, err := p.here.Briefs(ctx); err != nil || len(list) != 0 {
		t.Errorf("the client's node keeps the brief for itself: %v %+v", err, list)
	}
	p.settle()
	wantTrack(t, p.here, d.Secret, card.BriefReceived)
	b := theBrief(t, p.there, card.BriefReceived)
	if b.From == nil || b.From.Name != "Les Indés" || b.Contact != (card.BriefContact{Name: canaryName, Email: canaryEmail, Phone: canaryPhone}) ||
		b.Description != grocery().Description || b.When != "en mars" || b.Place.Resolved.Name != "Toulouse" || b.Language != "fr" {
		t.Errorf("%+v", b)
	}
	must[card.Brief](t)(p.there.ReadBrief(ctx, lou, b.ID))
	p.settle()
	if tr := wantTrack(t, p.here, d.Secret, card.BriefRead); tr.Steps[len(tr.Steps)-1].By != "Lou Garnier" || len(tr.Steps) != 3 {
		t.Errorf("%+v", tr.Steps)
	}
	p.propose(b.ID)
	p.settle()
	text := wantTrack(t, p.here, d.Secret, card.BriefProposed).Text
	tr := must[card.Track](t)(p.here.AnswerBrief(ctx, d.Secret, card.BriefAnswer{Change: "Plus court"}))
	if tr.State != card.BriefRead || tr.Steps[len(tr.Steps)-1].Words != "Plus court" {
		t.Errorf("%+v", tr)
	}
	p.settle()
	if b = theBrief(t, p.there, card.BriefRead); b.Change != "Plus court" {
		t.Errorf("%q", b.Change)
	}
	p.propose(b.ID)
	p.settle()
	for range 2 {
		if tr = must[card.Track](t)(p.here.AnswerBrief(ctx, d.Secret, card.BriefAnswer{Accept: text.Digest})); tr.State != card.BriefAccepted {
			t.Fatalf("%+v", tr)
		}
	}
	if len(p.sent.out) != 1 {
		t.Errorf("%d messages of one answer", len(p.sent.out))
	}
	p.settle()
	tr = wantTrack(t, p.here, d.Secret, card.BriefPublished)
	if tr.MissionURL != "/missions/"+tr.MissionID || tr.MissionID == "" {
		t.Errorf("%+v", tr)
	}
	if own := must[[]card.Mission](t)(p.there.OwnMissions(ctx)); len(own) != 1 || own[0].ID != tr.MissionID {
		t.Errorf("%+v", own)
	}
}

// Every message of a whole exchange may come again, at any later time, and
// reports may overtake each other.
func TestBriefMessagesAgainAndLate(t *testing.T) {
	p := newBriefPair(t)
	ctx := t.Context()
	d := p.sendGrocery()
	all := p.sent.out
	p.settle()
	b := theBrief(t, p.there, card.BriefReceived)
	must[card.Brief](t)(p.there.ReadBrief(ctx, lou, b.ID))
	p.propose(b.ID)
	reports := p.answer.out
	p.answer.out = []delivery.Received{reports[1], reports[0]}
	p.settle()
	text := wantTrack(t, p.here, d.Secret, card.BriefProposed).Text
	must[card.Track](t)(p.here.AnswerBrief(ctx, d.Secret, card.BriefAnswer{Accept: text.Digest}))
	all = append(all, p.sent.out...)
	p.settle()
	wantTrack(t, p.here, d.Secret, card.BriefPublished)
	for range 2 {
		for _, m := range all {
			if err := p.there.takeMessage(m); err != nil {
				t.Fatal(err)
			}
		}
		for _, m := range reports {
			if err := p.here.takeMessage(m); err != nil {
				t.Fatal(err)
			}
		}
		p.settle()
	}
	wantTrack(t, p.here, d.Secret, card.BriefPublished)
	theBrief(t, p.there, card.BriefPublished)
	if own := must[[]card.Mission](t)(p.there.OwnMissions(ctx)); len(own) != 1 {
		t.Errorf("%d missions", len(own))
	}
}

// The client answers a text while the coordinator replaces it.
func TestAnswerToAnOldText(t *testing.T) {
	for _, act := range []string{"accept", "change"} {
		p := newBriefPair(t)
		d := p.sendGrocery()
		p.settle()
		b := theBrief(t, p.there, card.BriefReceived)
		p.propose(b.ID)
		p.settle()
		old := wantTrack(t, p.here, d.Secret, card.BriefProposed).Text
		a := card.BriefAnswer{Accept: old.Digest}
		if act == "change" {
			a = card.BriefAnswer{Change: "Plus court"}
		}
		must[card.Track](t)(p.here.AnswerBrief(t.Context(), d.Secret, a))
		other := publicText()
		other.Title = "Autre chose"
		must[card.Brief](t)(p.there.ProposeBrief(t.Context(), lou, b.ID, other, card.AudienceNetwork))
		p.settle()
		tr := wantTrack(t, p.here, d.Secret, card.BriefProposed)
		if tr.Text.Mission.Title != "Autre chose" {
			t.Errorf("%s: %+v", act, tr.Text)
		}
		if own := must[[]card.Mission](t)(p.there.OwnMissions(t.Context())); len(own) != 0 {
			t.Errorf("%s: %+v", act, own)
		}
		_, err := p.here.AnswerBrief(t.Context(), d.Secret, card.BriefAnswer{Accept: old.Digest})
		wantProblem(t, err, card.Conflict, "accept")
	}
}

// A withdrawal, or an erasure, may overtake the brief that it is about.
func TestWithdrawalFirst(t *testing.T) {
	for name, leave := range map[string]func(n *Node, secret string) error{
		"withdrawn": func(n *Node, secret string) error {
			_, err := n.AnswerBrief(t.Context(), secret, card.BriefAnswer{Withdraw: true})
			return err
		},
		"erased": func(n *Node, secret string) error { return n.EraseBrief(t.Context(), secret) },
	} {
		p := newBriefPair(t)
		d := p.sendGrocery()
		if err := leave(p.here, d.Secret); err != nil {
			t.Fatal(name, err)
		}
		p.sent.out[0], p.sent.out[1] = p.sent.out[1], p.sent.out[0]
		p.settle()
		if list := must[[]card.Brief](t)(p.there.Briefs(t.Context())); len(list) != 0 {
			t.Errorf("%s: %+v", name, list)
		}
		if name == "withdrawn" {
			wantTrack(t, p.here, d.Secret, card.BriefWithdrawn)
		}
	}
}

func TestRemoteWithdrawInEachState(t *testing.T) {
	for _, state := range []string{card.BriefReceived, card.BriefRead, card.BriefProposed} {
		p := newBriefPair(t)
		d := p.sendGrocery()
		p.settle()
		b := theBrief(t, p.there, card.BriefReceived)
		switch state {
		case card.BriefRead:
			must[card.Brief](t)(p.there.ReadBrief(t.Context(), lou, b.ID))
		case card.BriefProposed:
			p.propose(b.ID)
		}
		p.settle()
		must[card.Track](t)(p.here.AnswerBrief(t.Context(), d.Secret, card.BriefAnswer{Withdraw: true}))
		p.settle()
		wantTrack(t, p.here, d.Secret, card.BriefWithdrawn)
		theBrief(t, p.there, card.BriefWithdrawn)
	}
}

// A withdrawal that crosses the collective's own end of it.
func TestWithdrawalCrossesAnAnswer(t *testing.T) {
	p := newBriefPair(t)
	d := p.sendGrocery()
	p.settle()
	b := theBrief(t, p.there, card.BriefReceived)
	must[card.Track](t)(p.here.AnswerBrief(t.Context(), d.Secret, card.BriefAnswer{Withdraw: true}))
	must[card.Brief](t)(p.there.DeclineBrief(t.Context(), lou, b.ID, "Trop loin")) // crosses it
	p.settle()
	wantTrack(t, p.here, d.Secret, card.BriefDeclined)
}

func TestErasedEverywhere(t *testing.T) {
	p := newBriefPair(t)
	d := p.sendGrocery()
	first := p.sent.out
	p.settle()
	b := theBrief(t, p.there, card.BriefReceived)
	if err := p.here.EraseBrief(t.Context(), d.Secret); err != nil {
		t.Fatal(err)
	}
	p.settle()
	_, err := p.there.Brief(t.Context(), b.ID)
	wantProblem(t, err, card.NotFound, "id")
	if err := p.there.takeMessage(first[0]); err != nil { // a late copy
		t.Fatal(err)
	}
	if list := must[[]card.Brief](t)(p.there.Briefs(t.Context())); len(list) != 0 {
		t.Errorf("an erased brief came back: %+v", list)
	}
	_, err = p.here.FollowBrief(t.Context(), d.Secret)
	wantProblem(t, err, card.NotFound, "secret")
}

// Deleted by the coordinator, a brief is declined for its client, and further
// answers are refused.
func TestDeletedByTheCoordinator(t *testing.T) {
	p := newBriefPair(t)
	d := p.sendGrocery()
	p.settle()
	b := theBrief(t, p.there, card.BriefReceived)
	p.propose(b.ID)
	p.settle()
	text := wantTrack(t, p.here, d.Secret, card.BriefProposed).Text
	if err := p.there.DeleteBrief(t.Context(), lou, b.ID); err != nil {
		t.Fatal(err)
	}
	must[card.Track](t)(p.here.AnswerBrief(t.Context(), d.Secret, card.BriefAnswer{Accept: text.Digest}))
	accept := p.sent.out[0]
	var refusal *delivery.Refusal
	if err := p.there.takeMessage(accept); !errors.As(err, &refusal) {
		t.Errorf("an answer to a deleted brief: %v", err)
	}
	if err := p.here.endMessage(accept, false); err != nil {
		t.Fatal(err)
	}
	wantTrack(t, p.here, d.Secret, card.BriefUndeliverable)
}

func TestUndeliverable(t *testing.T) {
	p := newBriefPair(t)
	d := p.sendGrocery()
	if err := p.here.endMessage(p.sent.out[0], false); err != nil {
		t.Fatal(err)
	}
	tr := wantTrack(t, p.here, d.Secret, card.BriefUndeliverable)
	if !tr.CanOffer || tr.Steps[len(tr.Steps)-1].State != card.BriefUndeliverable {
		t.Errorf("%+v", tr)
	}
}

// A message changes only what came from, or went to, the collective that
// signed it.
func TestMessagesOfOthersChangeNothing(t *testing.T) {
	p := newBriefPair(t)
	mallory := namedNode(t)
	d := p.sendGrocery()
	p.settle()
	b := theBrief(t, p.there, card.BriefReceived)
	id, err := trackID(d.Secret)
	if err != nil {
		t.Fatal(err)
	}
	forge := func(to *Node, kind string, body any) error {
		return to.takeMessage(delivery.Received{ID: [32]byte{7}, From: mallory.ownIdentity(), To: to.ownIdentity(), Kind: kind, Body: encoded(t, body), ReceivedAt: time.Now()})
	}
	var refusal *delivery.Refusal
	report := briefReport{Ref: id, Number: 99, State: card.BriefDeclined, Steps: []briefStep{}}
	if err := forge(p.here, kindBriefState, report); !errors.As(err, &refusal) {
		t.Errorf("a report of somebody else: %v", err)
	}
	if err := forge(p.there, kindBriefAnswer, briefAnswer{Ref: id, Number: 1, Act: actErase, At: 1}); err != nil {
		t.Errorf("an erasure of what is not there: %v", err)
	}
	if err := forge(p.there, kindBriefAnswer, briefAnswer{Ref: id, Number: 1, Act: actAccept, Digest: &[32]byte{1}, At: 1}); !errors.As(err, &refusal) {
		t.Errorf("an answer of somebody else: %v", err)
	}
	wantTrack(t, p.here, d.Secret, card.BriefReceived)
	if got := must[card.Brief](t)(p.there.Brief(t.Context(), b.ID)); got.State != card.BriefReceived {
		t.Errorf("%+v", got)
	}
}

// One collective cannot fill another's inbox, and all together cannot.
func TestBriefsOfOneCollectiveAreBounded(t *testing.T) {
	p := newBriefPair(t)
	letter := func(i int) delivery.Received {
		l := sampleMessages(t)["letter"].(briefLetter)
		l.Ref, l.Profile = [32]byte{byte(i), byte(i >> 8), 1}, nil
		return delivery.Received{From: p.here.ownIdentity(), To: p.there.ownIdentity(), Kind: kindBrief, Body: encoded(t, l), ReceivedAt: time.Now()}
	}
	for i := range maxUnansweredFrom {
		if err := p.there.takeMessage(letter(i)); err != nil {
			t.Fatal(i, err)
		}
	}
	var later *delivery.Later
	if err := p.there.takeMessage(letter(maxUnansweredFrom)); !errors.As(err, &later) {
		t.Fatalf("one more: %v", err)
	}
	if err := p.there.takeMessage(letter(0)); err != nil {
		t.Errorf("one that is here already: %v", err)
	}
	list := must[[]card.Brief](t)(p.there.Briefs(t.Context()))
	must[card.Brief](t)(p.there.DeclineBrief(t.Context(), lou, list[0].ID, ""))
	if err := p.there.takeMessage(letter(maxUnansweredFrom)); err != nil {
		t.Errorf("after an answer: %v", err)
	}
	bad := letter(200)
	bad.Body = bad.Body[1:]
	var refusal *delivery.Refusal
	if err := p.there.takeMessage(bad); !errors.As(err, &refusal) {
		t.Errorf("a letter cut short: %v", err)
	}
}
