package node

import (
	"slices"

	"courtcircuit/node/card"
)

// briefAct is what somebody does with a brief.
type briefAct string

const (
	// Of a coordinator:
	actRead    briefAct = "read"
	actPropose briefAct = "propose"
	actDecline briefAct = "decline"
	// Of the client:
	actAccept   briefAct = "accept"
	actChange   briefAct = "change"
	actWithdraw briefAct = "withdraw"
	// Of the node, after an acceptance: the mission is there, or its text
	// cannot be one any more.
	actPublish briefAct = "publish"
	actReturn  briefAct = "return"
)

var briefActs = []briefAct{actRead, actPropose, actDecline, actAccept, actChange, actWithdraw, actPublish, actReturn}

// briefSteps are the legal steps of a brief. Nothing leads out of an
// acceptance but its publication: a withdrawal that came between the two
// would leave a mission that nobody asks for. Declined and withdrawn are
// final, so that what the client was told stays true; who changes their mind
// deposits anew.
var briefSteps = map[string]map[briefAct]string{
	card.BriefSending:       {actWithdraw: card.BriefWithdrawn},
	card.BriefUndeliverable: {actWithdraw: card.BriefWithdrawn},
	card.BriefReceived: {
		actRead: card.BriefRead, actPropose: card.BriefProposed, actDecline: card.BriefDeclined, actWithdraw: card.BriefWithdrawn,
	},
	card.BriefRead: {actPropose: card.BriefProposed, actDecline: card.BriefDeclined, actWithdraw: card.BriefWithdrawn},
	card.BriefProposed: {
		actPropose: card.BriefProposed, actDecline: card.BriefDeclined,
		actAccept: card.BriefAccepted, actChange: card.BriefRead, actWithdraw: card.BriefWithdrawn,
	},
	card.BriefAccepted:  {actPublish: card.BriefPublished, actReturn: card.BriefRead},
	card.BriefPublished: {},
	card.BriefDeclined:  {},
	card.BriefWithdrawn: {},
}

// briefRepeats are the states in which an act was done already. Doing it again
// is no error and changes nothing: whoever presses twice, or whose answer got
// lost, finds what they wanted.
var briefRepeats = map[briefAct][]string{
	actRead:     {card.BriefRead, card.BriefProposed, card.BriefAccepted, card.BriefPublished, card.BriefDeclined, card.BriefWithdrawn},
	actDecline:  {card.BriefDeclined},
	actAccept:   {card.BriefAccepted, card.BriefPublished},
	actWithdraw: {card.BriefWithdrawn},
	actPublish:  {card.BriefPublished},
}

// nextBrief says where an act leads: (same state, false, nil) when it was done
// already.
func nextBrief(state string, act briefAct) (next string, needed bool, err error) {
	if next, ok := briefSteps[state][act]; ok {
		return next, true, nil
	}
	if slices.Contains(briefRepeats[act], state) {
		return state, false, nil
	}
	return state, false, illegalStep(state)
}

// illegalStep says why nothing can be done; clients read it too.
func illegalStep(state string) error {
	p := conflict("no text waits for an answer; read the request again")
	switch state {
	case card.BriefSending:
		p = conflict("the request has not arrived yet")
	case card.BriefUndeliverable:
		p = conflict("the request did not arrive")
	case card.BriefProposed:
		p = conflict("the text waits for the client's answer")
	case card.BriefAccepted:
		p = conflict("the text was accepted and is being published")
	case card.BriefPublished:
		p = conflict("the request is a mission already; the collective can close it")
	case card.BriefDeclined:
		p = conflict("the collective has declined the request")
	case card.BriefWithdrawn:
		p = conflict("the client has withdrawn the request")
	}
	p.Field = "state"
	return p
}

// isUnanswered says that the collective owes the client something.
func isUnanswered(state string) bool {
	return state == card.BriefSending || state == card.BriefReceived || state == card.BriefRead
}

// isOver says that a brief goes no further.
func isOver(state string) bool { return len(briefSteps[state]) == 0 }
