package node

import (
	"errors"
	"time"

	"courtcircuit/node/card"
	"courtcircuit/node/delivery"
	"courtcircuit/node/inbox"
	"courtcircuit/protocol"
)

// laterWhenFull is when a brief is offered again that there was no room for.
const laterWhenFull = 6 * time.Hour

// handleBriefs takes messages of the three kinds. Each changes only what came
// from, or went to, the collective that signed it.
func (n *Node) handleBriefs(c *delivery.Courier) {
	n.briefs.post = c
	c.Handle(kindBrief, n.takeBrief, n.briefEnded)
	c.Handle(kindBriefState, n.takeReport, nil)
	c.Handle(kindBriefAnswer, n.takeAnswer, n.answerEnded)
}

func refused(err error) error {
	if errors.Is(err, errBriefForm) || isProblem(err, card.Invalid) {
		return &delivery.Refusal{Words: shortWords(err.Error())}
	}
	return err
}

// errGone refuses an answer or a report about what is not here any more.
func errGone() error { return &delivery.Refusal{Words: "this request is not known here any more"} }

// takeBrief keeps another collective's client's request.
func (n *Node) takeBrief(tx *inbox.Tx, m delivery.Received) error {
	l, err := decodeLetter(m.Body)
	if err != nil {
		return refused(err)
	}
	form, err := l.form(m.To)
	if err != nil {
		return refused(err)
	}
	key := briefKey(m.From, l.Ref)
	if _, err := n.briefShelf().GetIn(tx, key); !errors.Is(err, inbox.ErrNotFound) {
		return err // here already, or deleted before it came
	}
	if err := n.checkRoomFrom(tx, m.From); err != nil {
		return err
	}
	b := newBrief(m.From, l.Ref, form, n.personName(form.To.Profile), m.ReceivedAt)
	if err := n.keepBriefIn(tx, &b, m.ReceivedAt); err != nil {
		return err
	}
	return keptOrLater(n.briefShelf().PutIn(tx, key, b))
}

func (n *Node) checkRoomFrom(tx *inbox.Tx, from protocol.Identity) error {
	c, err := n.countBriefs(tx, from)
	if err != nil {
		return err
	}
	if c.unansweredSent >= maxUnansweredSent || c.unansweredFrom >= maxUnansweredFrom || c.keptFrom >= maxKeptFrom {
		return &delivery.Later{After: laterWhenFull, Words: "more requests wait here than can be answered"}
	}
	return nil
}

func keptOrLater(err error) error {
	if errors.Is(err, inbox.ErrFull) {
		return &delivery.Later{After: laterWhenFull, Words: "there is no room for another request"}
	}
	return err
}

// form is what a letter says, judged as if it were deposited here.
func (l *briefLetter) form(to protocol.Identity) (card.BriefForm, error) {
	p := cardPlace(l.Place)
	f := card.BriefForm{
		To: &card.BriefTo{Collective: to.String()}, Title: l.Title, Description: l.Description, Place: card.Place{Resolved: &p}, When: l.When,
		Contact:  card.BriefContact{Name: l.Name, Email: l.Email, Phone: l.Phone},
		Audience: l.Audience, Language: l.Language,
	}
	if l.Profile != nil {
		f.To.Profile = protocol.StableID(*l.Profile).String()
	}
	if l.Place.Zone() == 0 {
		return f, invalid("place", "latitude in [-90, 90] and longitude in [-180, 180)", "the coordinates are out of range")
	}
	for _, part := range []string{p.Name, p.Department, p.Country} {
		if err := checkWire("place", part, 100, false); err != nil {
			return f, err
		}
	}
	return checkBriefWords(f)
}

// personName is the name on a card that is shown here, or "".
func (n *Node) personName(id string) string {
	raw, err := protocol.ParseID(id)
	if err != nil {
		return ""
	}
	_, body, err := n.shownRecord(protocol.KindProfile, raw, time.Now())
	if p, ok := body.(*protocol.Profile); ok && err == nil {
		return p.Name
	}
	return ""
}

// takeReport follows how the other collective's node says a request stands.
func (n *Node) takeReport(tx *inbox.Tx, m delivery.Received) error {
	r, err := decodeReport(n.cfg.Network, m.Body)
	if err != nil {
		return refused(err)
	}
	t, err := n.trackShelf().GetIn(tx, r.Ref)
	if errors.Is(err, inbox.ErrNotFound) || (err == nil && t.To != m.From) {
		return errGone()
	}
	if err != nil || !t.hear(r, m.ReceivedAt) {
		return err
	}
	n.briefs.noteTrack(t.state())
	if err := n.noticeStateIn(tx, r.Ref, t.state(), m.ReceivedAt); err != nil {
		return err
	}
	return n.trackShelf().PutIn(tx, r.Ref, t)
}

// takeAnswer hears a client of another collective.
func (n *Node) takeAnswer(tx *inbox.Tx, m delivery.Received) error {
	a, err := decodeAnswer(m.Body)
	if err != nil {
		return refused(err)
	}
	key := briefKey(m.From, a.Ref)
	b, err := n.briefShelf().GetIn(tx, key)
	ends := a.Act == actWithdraw || a.Act == actErase
	switch {
	case errors.Is(err, inbox.ErrNotFound) && ends:
		// It overtook the brief, which is then not to be kept.
		return keptOrLater(n.keepKeyIn(tx, key, m.From, a.Ref, m.ReceivedAt))
	case err == nil && b.Deleted && ends:
		return nil
	case errors.Is(err, inbox.ErrNotFound) || (err == nil && b.Deleted):
		return errGone()
	case err != nil:
		return err
	case a.Act == actErase:
		return n.dropBriefIn(tx, key, m.ReceivedAt)
	}
	if err := n.hearAnswerIn(tx, key, &b, a, m.ReceivedAt); err != nil {
		return err
	}
	if err := n.tellClientIn(tx, &b, m.ReceivedAt); err != nil {
		return err
	}
	return n.briefShelf().PutIn(tx, key, b)
}

// briefEnded notes that a brief arrived, or never will.
func (n *Node) briefEnded(tx *inbox.Tx, o delivery.Outcome) error {
	return n.changeSentIn(tx, o, func(t *track) {
		if o.Delivered && t.ArrivedAt.IsZero() {
			t.ArrivedAt = o.At.UTC()
		} else if !o.Delivered && t.Heard == nil {
			t.FailedAt, t.Asked = o.At.UTC(), nil
		}
	})
}

// answerEnded notes that an answer never arrived: nothing more will come of
// the request there.
func (n *Node) answerEnded(tx *inbox.Tx, o delivery.Outcome) error {
	if o.Delivered {
		return nil
	}
	return n.changeSentIn(tx, o, func(t *track) {
		over := t.Heard != nil && isOver(t.Heard.State) // they said how it ended, and that stays
		if t.Asked != nil && t.Asked.Act != actWithdraw && !over {
			t.FailedAt, t.Asked = o.At.UTC(), nil
		}
	})
}

// changeSentIn finds the track by the message that ended; none: it was erased.
func (n *Node) changeSentIn(tx *inbox.Tx, o delivery.Outcome, change func(*track)) error {
	var id inbox.ID
	var found *track
	err := n.trackShelf().EachIn(tx, func(key inbox.ID, t track) error {
		if t.To == o.To && (t.Message == o.ID || t.Answer == o.ID) {
			id, found = key, &t
		}
		return nil
	})
	if err != nil || found == nil {
		return err
	}
	change(found)
	found.DeleteAt = briefEnd(found.state(), found.DepositedAt, o.At)
	n.briefs.noteTrack(found.state())
	if err := n.noticeStateIn(tx, id, found.state(), o.At); err != nil {
		return err
	}
	return n.trackShelf().PutIn(tx, id, *found)
}
