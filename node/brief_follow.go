package node

import (
	"context"
	"errors"
	"time"

	"courtcircuit/node/card"
	"courtcircuit/node/inbox"
	"courtcircuit/node/notify"
	"courtcircuit/protocol"
)

// offerAfterDays are the working days after which a brief that nobody
// answered may go to another collective.
const offerAfterDays = 5

// FollowBrief reads how a client's request stands.
func (n *Node) FollowBrief(_ context.Context, secret string) (card.Track, error) {
	id, err := trackID(secret)
	if err != nil {
		return card.Track{}, err
	}
	t, err := n.trackShelf().Get(id)
	if errors.Is(err, inbox.ErrNotFound) {
		return card.Track{}, deadTrack()
	}
	if err != nil {
		return card.Track{}, err
	}
	return n.trackView(t, time.Now()), nil
}

// trackView is a track for its client.
func (n *Node) trackView(t track, now time.Time) card.Track {
	v := card.Track{
		Form: t.Form, To: *n.missionCollective(t.To, now), ToName: t.ToName, State: t.state(), Steps: t.steps(t.To != n.ownIdentity()),
		CanOffer: t.canOffer(now), DeleteAt: t.DeleteAt,
	}
	if t.Offered != (protocol.Identity{}) {
		v.Offered = n.missionCollective(t.Offered, now)
	}
	if t.Heard == nil {
		return v
	}
	if t.Heard.Text != nil {
		v.Text = t.Heard.Text.card(n.cfg.Network)
	}
	if t.Heard.Mission != nil {
		v.MissionID = protocol.StableID(*t.Heard.Mission).String()
		if v.Text != nil && v.Text.Audience == card.AudienceNetwork {
			v.MissionURL = n.pageLink("/missions/" + v.MissionID)
		}
	}
	return v
}

// canOffer says that the collective declined, was not reached, or kept the
// client waiting.
func (t *track) canOffer(now time.Time) bool {
	if t.Offered != (protocol.Identity{}) {
		return false
	}
	switch state := t.state(); state {
	case card.BriefDeclined, card.BriefUndeliverable:
		return true
	default:
		return isUnanswered(state) && !now.Before(notify.AddWorkingDays(t.DepositedAt, offerAfterDays))
	}
}

// AnswerBrief accepts the text proposed, asks for another, or withdraws. An
// accepted text is published before it returns, if the collective is this
// one and nothing stands in the way.
func (n *Node) AnswerBrief(ctx context.Context, secret string, a card.BriefAnswer) (card.Track, error) {
	id, err := trackID(secret)
	if err != nil {
		return card.Track{}, err
	}
	act, digest, words, err := readAnswer(a)
	if err != nil {
		return card.Track{}, err
	}
	now := time.Now()
	err = n.changeTrack(id, func(tx *inbox.Tx, t *track) error {
		if act == actChange && t.Heard != nil && t.Heard.Text != nil {
			current := t.Heard.Text.digest()
			digest = &current
		}
		needed, err := t.answer(id, act, digest, words, now)
		if err != nil || !needed {
			return err
		}
		return n.sendAnswerIn(tx, id, t, now)
	})
	if err != nil {
		return card.Track{}, err
	}
	n.afterBrief()
	n.settleBriefs(ctx)
	return n.FollowBrief(ctx, secret)
}

// readAnswer takes exactly one of the three.
func readAnswer(a card.BriefAnswer) (act briefAct, digest *inbox.ID, words string, err error) {
	asked := 0
	for _, is := range []bool{a.Accept != "", a.Change != "", a.Withdraw} {
		if is {
			asked++
		}
	}
	switch {
	case asked != 1:
		return "", nil, "", invalid("", "exactly one of accept, change and withdraw", "the answer is not clear")
	case a.Withdraw:
		return actWithdraw, nil, "", nil
	case a.Change != "":
		words, err = checkReason("change", a.Change, 1)
		return actChange, nil, words, err
	}
	raw, err := protocol.ParseID(a.Accept)
	if err != nil {
		return "", nil, "", invalid("accept", "the digest of the text that is proposed now", "%q is none", shortWords(a.Accept))
	}
	return actAccept, &raw, "", nil
}

// changeTrack changes a track in one step.
func (n *Node) changeTrack(id inbox.ID, change func(tx *inbox.Tx, t *track) error) error {
	err := n.inbox.Update(func(tx *inbox.Tx) error {
		t, err := n.trackShelf().GetIn(tx, id)
		if errors.Is(err, inbox.ErrNotFound) {
			return deadTrack()
		}
		if err == nil {
			err = change(tx, &t)
		}
		if err != nil {
			return err
		}
		return n.trackShelf().PutIn(tx, id, t)
	})
	return problemOf(err)
}

// sendAnswerIn brings what the client just did to the collective that answers:
// in the same step when that is this one.
func (n *Node) sendAnswerIn(tx *inbox.Tx, id inbox.ID, t *track, now time.Time) error {
	own := n.ownIdentity()
	if t.To != own {
		if t.Asked.Act == actWithdraw {
			if err := n.recallIn(tx, t); err != nil {
				return err
			}
		}
		var err error
		if t.Answer, err = n.sendIn(tx, t.To, kindBriefAnswer, t.Asked); err != nil {
			return err
		}
		return n.noticeStateIn(tx, id, t.state(), now)
	}
	key := briefKey(own, id)
	b, err := n.briefShelf().GetIn(tx, key)
	if err != nil {
		return err
	}
	if err := n.hearAnswerIn(tx, key, &b, *t.Asked, now); err != nil {
		return err
	}
	t.hear(b.report(now), now)
	if err := n.noticeStateIn(tx, id, t.state(), now); err != nil {
		return err
	}
	return n.briefShelf().PutIn(tx, key, b)
}

// hearAnswerIn changes a brief by what its client answered, and tells the
// coordinators.
func (n *Node) hearAnswerIn(tx *inbox.Tx, key inbox.ID, b *brief, a briefAnswer, now time.Time) error {
	if !b.hear(a, now) {
		return nil
	}
	n.briefs.note(key, b.State)
	if a.Act == actChange {
		return n.noticeBriefIn(tx, briefNotice{Brief: key, Event: tellChange, Place: *b.Form.Place.Resolved}, now)
	}
	return n.cancelNoticesIn(tx, key)
}
