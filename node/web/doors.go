package web

import (
	"context"

	"courtcircuit/node/access"
	"courtcircuit/node/card"
)

// Doors are what the pages need to take something from people. A nil part has
// no pages.
type Doors struct {
	Access  *access.Keeper
	Briefs  Briefs
	Members Members
	Console Console
}

// Briefs takes clients' requests. Errors that the client can act on are
// *card.Problem.
type Briefs interface {
	// DepositBrief is durable when it returns. The same key with the same words
	// answers what the first call answered; visitor is the address of whoever
	// sends it, for the bounds on floods.
	DepositBrief(ctx context.Context, f card.BriefForm, key, visitor string) (card.Deposited, error)
	FollowBrief(ctx context.Context, secret string) (card.Track, error)
	AnswerBrief(ctx context.Context, secret string, a card.BriefAnswer) (card.Track, error)
	// OfferBrief sends the same request to another collective; it has a link of its own.
	OfferBrief(ctx context.Context, secret, collectiveID string) (card.Deposited, error)
	// EraseBrief deletes what this node keeps of it, and asks the other node to.
	EraseBrief(ctx context.Context, secret string) error
}

// BriefDesk is the coordinators' side of briefs. by is who does it.
type BriefDesk interface {
	Briefs(ctx context.Context) ([]card.Brief, error) // newest first
	Brief(ctx context.Context, id string) (card.Brief, error)
	// ReadBrief notes the first opening and tells the client who it was.
	ReadBrief(ctx context.Context, by access.Person, id string) (card.Brief, error)
	// ProposeBrief sends the client the exact public text.
	ProposeBrief(ctx context.Context, by access.Person, id string, m card.Mission, audience string) (card.Brief, error)
	DeclineBrief(ctx context.Context, by access.Person, id, reason string) (card.Brief, error)
	DeleteBrief(ctx context.Context, by access.Person, id string) error
}
