package node

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"courtcircuit/node/access"
	"courtcircuit/node/card"
	"courtcircuit/node/inbox"
	"courtcircuit/protocol"
)

func TestVisitorsAreBounded(t *testing.T) {
	var book visitorBook
	now := time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
	for i := range briefsBurst {
		if wait := book.take("203.0.113.7:4000", now); wait != 0 {
			t.Fatalf("number %d waits %s", i+1, wait)
		}
	}
	if wait := book.take("203.0.113.7:5000", now); wait != 10*time.Minute {
		t.Errorf("one more at once waits %s", wait)
	}
	if wait := book.take("203.0.113.8", now); wait != 0 {
		t.Errorf("another visitor waits %s", wait)
	}
	taken := 0
	for minute := range 24 * 60 {
		if book.take("203.0.113.7", now.Add(time.Duration(minute)*time.Minute)) == 0 {
			taken++
		}
	}
	if taken != 24*briefsPerHour-1 { // the first ten minutes pay for the burst
		t.Errorf("%d in a day", taken)
	}
	for range briefsBurst {
		book.take("[2001:db8:1:2::3]:1", now)
	}
	if book.take("2001:db8:1:2:ffff::4", now) == 0 {
		t.Error("an address of the same network has turns of its own")
	}
	for range 100 {
		if book.take("", now) != 0 {
			t.Fatal("this machine is bounded")
		}
	}
	// Who comes through a proxy of this machine that names nobody is a stranger.
	for _, unknown := range []string{"127.0.0.1:3", "[::1]:4", "nobody", "0.0.0.0:5"} {
		for range briefsBurst {
			book.take(unknown, now)
		}
		if book.take(unknown, now) == 0 {
			t.Errorf("%q has no bound", unknown)
		}
	}
}

// A table full of visitors forgets only those who lose nothing by it.
func TestVisitorBookIsBounded(t *testing.T) {
	var book visitorBook
	now := time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
	for i := range maxBriefVisitors {
		if book.take(fmt.Sprintf("10.0.%d.%d", i/256, i%256), now) != 0 {
			t.Fatal(i)
		}
	}
	if book.take("203.0.113.7", now) == 0 {
		t.Error("a newcomer pushed somebody out")
	}
	if later := now.Add(11 * time.Minute); book.take("203.0.113.7", later) != 0 || len(book.until) != 1 {
		t.Errorf("%d visitors are remembered", len(book.until))
	}
}

func TestDepositsOfAVisitorAreBounded(t *testing.T) {
	n := namedNode(t)
	for range briefsBurst {
		must[card.Deposited](t)(n.DepositBrief(t.Context(), grocery(), "", "203.0.113.7:1"))
	}
	_, err := n.DepositBrief(t.Context(), grocery(), "", "203.0.113.7:2")
	wantProblem(t, err, card.Unavailable, "")
	must[card.Deposited](t)(n.DepositBrief(t.Context(), grocery(), "", "203.0.113.8:1"))
}

// As many as can be answered, and no more; an answer makes room.
func TestUnansweredBriefsAreBounded(t *testing.T) {
	n := namedNode(t)
	now := time.Now()
	var last inbox.ID
	err := n.inbox.Update(func(tx *inbox.Tx) error {
		for i := range maxUnanswered {
			last = inbox.ID{byte(i), byte(i >> 8)}
			if err := n.briefShelf().PutIn(tx, last, newBrief(n.ownIdentity(), last, card.BriefForm{}, "", now)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	_, err = n.DepositBrief(t.Context(), grocery(), "", "")
	wantProblem(t, err, card.Unavailable, "")
	if err := n.briefShelf().Change(last, func(b *brief) error { b.State = card.BriefProposed; return nil }); err != nil {
		t.Fatal(err)
	}
	deposit(t, n, grocery())
}

// Keys of what was deleted are kept up to a bound; the oldest give way.
func TestDeletedKeysAreBounded(t *testing.T) {
	n := namedNode(t)
	now := time.Now()
	err := n.inbox.Update(func(tx *inbox.Tx) error {
		for i := range maxDeletedKeys + 20 {
			ref := inbox.ID{byte(i), byte(i >> 8), 1}
			if err := n.keepKeyIn(tx, briefKey([32]byte{9}, ref), [32]byte{9}, ref, now.Add(time.Duration(i)*time.Second)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if held := n.briefShelf().Len(); held != maxDeletedKeys {
		t.Errorf("%d keys", held)
	}
	if _, err := n.briefShelf().Get(briefKey([32]byte{9}, inbox.ID{0, 0, 1})); err == nil {
		t.Error("the oldest is still there")
	}
	deposit(t, n, grocery())
}

// Five working days without an answer, or a no, let the client go elsewhere.
func TestOfferToAnother(t *testing.T) {
	p := newBriefPair(t)
	ctx := t.Context()
	d := deposit(t, p.here, grocery())
	fabrique := p.there.ownIdentity().String()
	_, err := p.here.OfferBrief(ctx, d.Secret, fabrique)
	wantProblem(t, err, card.Conflict, "")
	id, err := trackID(d.Secret)
	if err != nil {
		t.Fatal(err)
	}
	p.age(id, 12*day) // six working days at least, whatever day it is
	if tr := wantTrack(t, p.here, d.Secret, card.BriefReceived); !tr.CanOffer {
		t.Error("nobody answered for long, and it cannot be offered")
	}
	_, err = p.here.OfferBrief(ctx, d.Secret, p.here.ownIdentity().String())
	wantProblem(t, err, card.Invalid, "collective")
	next := must[card.Deposited](t)(p.here.OfferBrief(ctx, d.Secret, fabrique))
	if next.Secret == d.Secret || next.Track.To.Name != "La Fabrique" || next.Track.State != card.BriefSending {
		t.Errorf("%+v", next)
	}
	if tr := wantTrack(t, p.here, d.Secret, card.BriefWithdrawn); tr.CanOffer || tr.Offered == nil || tr.Offered.Name != "La Fabrique" {
		t.Errorf("%+v", tr)
	}
	// A button pressed twice is answered with the same link.
	if again := must[card.Deposited](t)(p.here.OfferBrief(ctx, d.Secret, fabrique)); again.Secret != next.Secret || again.Link != next.Link {
		t.Errorf("offered twice: %s, then %s", next.Link, again.Link)
	}
	if n := p.here.trackShelf().Len(); n != 2 {
		t.Errorf("%d tracks, 2 expected", n)
	}
	theBrief(t, p.here, card.BriefWithdrawn)
	p.settle()
	wantTrack(t, p.here, next.Secret, card.BriefReceived)
	b := theBrief(t, p.there, card.BriefReceived)
	if b.Contact.Email != canaryEmail {
		t.Errorf("%+v", b)
	}
	must[card.Brief](t)(p.there.DeclineBrief(ctx, lou, b.ID, "Trop loin"))
	p.settle()
	back := must[card.Deposited](t)(p.here.OfferBrief(ctx, next.Secret, p.here.ownIdentity().String()))
	wantTrack(t, p.here, next.Secret, card.BriefDeclined)
	wantTrack(t, p.here, back.Secret, card.BriefReceived)
}

// age lets a client have waited for longer.
func (p *briefPair) age(id inbox.ID, by time.Duration) {
	p.t.Helper()
	if err := p.here.trackShelf().Change(id, func(t *track) error { t.DepositedAt = t.DepositedAt.Add(-by); return nil }); err != nil {
		p.t.Fatal(err)
	}
}

// After the weekend counts as after it: five working days from a Friday are
// the next Friday.
func TestOfferCountsWorkingDays(t *testing.T) {
	friday := time.Date(2026, 11, 13, 9, 0, 0, 0, time.UTC)
	tr := track{DepositedAt: friday, ArrivedAt: friday}
	for after, want := range map[time.Duration]bool{0: false, 5 * day: false, 7*day - time.Hour: false, 7 * day: true} {
		if got := tr.canOffer(friday.Add(after)); got != want {
			t.Errorf("after %s: %t", after, got)
		}
	}
	tr.Heard = &briefReport{Number: 1, State: card.BriefProposed}
	if tr.canOffer(friday.Add(30 * day)) {
		t.Error("a text waits for the client, not the other way round")
	}
}

// The longest words that every field takes, for as long as people like to go
// on: each step still fits its shelf and its message.
func TestLongestBriefFits(t *testing.T) {
	p := newBriefPair(t)
	ctx := t.Context()
	f := card.BriefForm{
		To: p.to(), Title: strings.Repeat("<", maxBriefTitle), Description: strings.Repeat("<", 6_350), Place: card.Place{Text: "31000"},
		When: strings.Repeat("<", maxBriefWhen), Contact: card.BriefContact{Name: strings.Repeat("<", maxBriefName), Phone: canaryPhone},
	}
	over := f
	over.Description = strings.Repeat("<", 7_000)
	_, err := p.here.DepositBrief(ctx, over, "", "")
	wantProblem(t, err, card.Invalid, "description")
	text := publicText()
	text.Title, text.Description = strings.Repeat("🎨", 140), strings.Repeat("🎨", 3_700)
	long := access.Person{Role: access.Coordinator, Name: strings.Repeat("<", maxBriefName)}
	for _, to := range []*card.BriefTo{nil, p.to()} {
		f.To = to
		d := deposit(t, p.here, f)
		p.settle()
		desk := p.here
		if to != nil {
			desk = p.there
		}
		b := theBrief(t, desk, card.BriefReceived)
		for range 30 {
			must[card.Brief](t)(desk.ProposeBrief(ctx, long, b.ID, text, card.AudienceNetwork))
			p.settle()
			must[card.Track](t)(p.here.AnswerBrief(ctx, d.Secret, card.BriefAnswer{Change: strings.Repeat("<", maxBriefWords)}))
			for _, m := range append(p.sent.out, p.answer.out...) {
				if len(m.Body) > protocol.MaxMessageBody {
					t.Fatalf("%s of %d bytes", m.Kind, len(m.Body))
				}
			}
			p.settle()
		}
		if tr := wantTrack(t, p.here, d.Secret, card.BriefRead); tr.Steps[len(tr.Steps)-1].Words == "" {
			t.Errorf("the last words are lost: %+v", tr.Steps)
		}
	}
}
