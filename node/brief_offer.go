package node

import (
	"context"
	"errors"
	"time"

	"courtcircuit/node/card"
	"courtcircuit/node/inbox"
	"courtcircuit/protocol"
)

// OfferBrief sends the same request to another collective, under a link of its
// own. The first collective is told that it was withdrawn, so that there are
// never two missions of one request.
func (n *Node) OfferBrief(ctx context.Context, secret, collectiveID string) (card.Deposited, error) {
	old, err := trackID(secret)
	if err != nil {
		return card.Deposited{}, err
	}
	now := time.Now()
	to, err := n.checkBriefTo(ctx, &card.BriefTo{Collective: collectiveID}, now)
	if err != nil {
		return card.Deposited{}, err
	}
	// The same link each time: a button pressed twice is answered twice, and
	// the browser shows the second answer.
	fresh, id, err := n.briefSecret("offer " + secret + " " + to.collective.String())
	if err != nil {
		return card.Deposited{}, err
	}
	var t track
	err = n.changeTrack(old, func(tx *inbox.Tx, from *track) error {
		if from.Offered == to.collective {
			t, err = n.trackShelf().GetIn(tx, id)
			if errors.Is(err, inbox.ErrNotFound) {
				return deadTrack() // erased since
			}
			return err
		}
		if err := checkOffer(from, to.collective, now); err != nil {
			return err
		}
		if err := n.leaveIn(tx, old, from, now); err != nil {
			return err
		}
		from.Offered = to.collective
		t = track{Words: from.Words, Form: from.Form, To: to.collective, DepositedAt: now.UTC()}
		t.Form.To = &card.BriefTo{Collective: to.collective.String()}
		return n.depositIn(tx, fresh, id, &t, now)
	})
	if errors.Is(err, inbox.ErrFull) {
		return card.Deposited{}, tooManyBriefs()
	}
	if err != nil {
		return card.Deposited{}, err
	}
	n.afterBrief()
	return n.deposited(fresh, t, now), nil
}

func checkOffer(from *track, to protocol.Identity, now time.Time) error {
	switch {
	case to == from.To:
		return invalid("collective", "another collective", "the request went to this one already")
	case from.Offered != (protocol.Identity{}):
		return conflict("the request went to another collective already")
	case !from.canOffer(now):
		return conflict("the request waits for the collective's answer; after five working days it may go to another")
	}
	return nil
}

// leaveIn withdraws a request that the first collective has not ended itself.
func (n *Node) leaveIn(tx *inbox.Tx, id inbox.ID, t *track, now time.Time) error {
	if isOver(t.state()) {
		return n.forgetClientIn(tx, id)
	}
	if _, err := t.answer(id, actWithdraw, nil, "", now); err != nil {
		return err
	}
	return n.sendAnswerIn(tx, id, t, now)
}

// EraseBrief deletes what this node keeps of a request, and has the other
// collective delete it. A mission that came of it is public and stays.
func (n *Node) EraseBrief(_ context.Context, secret string) error {
	id, err := trackID(secret)
	if err != nil {
		return err
	}
	now := time.Now()
	err = n.inbox.Discard(func(tx *inbox.Tx) error {
		t, err := n.trackShelf().GetIn(tx, id)
		if errors.Is(err, inbox.ErrNotFound) {
			return deadTrack()
		}
		if err != nil {
			return err
		}
		if err := n.forgetClientIn(tx, id); err != nil {
			return err
		}
		if err := n.eraseAtIn(tx, id, &t, now); err != nil {
			return err
		}
		return n.trackShelf().DeleteIn(tx, id)
	})
	if err != nil {
		return problemOf(err)
	}
	n.afterBrief()
	n.wakeRetention() // the text leaves the files within a minute
	return nil
}

// eraseAtIn deletes the brief where it is answered.
func (n *Node) eraseAtIn(tx *inbox.Tx, id inbox.ID, t *track, now time.Time) error {
	own := n.ownIdentity()
	if t.To == own {
		return n.dropBriefIn(tx, briefKey(own, id), now)
	}
	if err := n.recallIn(tx, t); err != nil {
		return err
	}
	_, err := n.sendIn(tx, t.To, kindBriefAnswer, briefAnswer{Ref: id, Number: nextNumber(t.Answers, now), Act: actErase, At: now.UnixMilli()})
	return err
}

// recallIn takes a brief that has not arrived out of the outbox. A copy may be
// under way: the withdrawal or erasure that follows ends that one.
func (n *Node) recallIn(tx *inbox.Tx, t *track) error {
	if !t.ArrivedAt.IsZero() {
		return nil
	}
	return inbox.NewShelf[struct{}](n.inbox, inbox.SpaceOutbox).DeleteIn(tx, t.Message)
}

// dropBriefIn deletes a brief; its key stays for as long as a copy may come.
func (n *Node) dropBriefIn(tx *inbox.Tx, key inbox.ID, now time.Time) error {
	b, err := n.briefShelf().GetIn(tx, key)
	if errors.Is(err, inbox.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	n.briefs.note(key, "deleted")
	if err := n.cancelNoticesIn(tx, key); err != nil {
		return err
	}
	if b.From == n.ownIdentity() {
		return n.briefShelf().DeleteIn(tx, key)
	}
	return n.keepKeyIn(tx, key, b.From, b.Ref, now)
}
