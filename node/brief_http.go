package node

import (
	"context"
	"time"

	"courtcircuit/node/access"
	"courtcircuit/node/card"
	"courtcircuit/node/httpapi/api"
)

// tokenHolder is who acts by the command line or another program: the token is
// the collective's, so that is the name clients read.
func (n *Node) tokenHolder() access.Person {
	name, _ := n.collectiveName(n.ownIdentity(), time.Now())
	return access.Person{Role: access.Coordinator, Name: name}
}

// ReadBrief is Node.ReadBrief for the holder of the token.
func (b httpBackend) ReadBrief(ctx context.Context, id string) (card.Brief, error) {
	return b.Node.ReadBrief(ctx, b.tokenHolder(), id)
}

// ProposeBrief is Node.ProposeBrief for the holder of the token.
func (b httpBackend) ProposeBrief(ctx context.Context, id string, m card.Mission, audience string) (card.Brief, error) {
	return b.Node.ProposeBrief(ctx, b.tokenHolder(), id, m, audience)
}

// DeclineBrief is Node.DeclineBrief for the holder of the token.
func (b httpBackend) DeclineBrief(ctx context.Context, id, reason string) (card.Brief, error) {
	return b.Node.DeclineBrief(ctx, b.tokenHolder(), id, reason)
}

// DeleteBrief is Node.DeleteBrief for the holder of the token.
func (b httpBackend) DeleteBrief(ctx context.Context, id string) error {
	return b.Node.DeleteBrief(ctx, b.tokenHolder(), id)
}

// Outbox lists for whom messages wait.
func (b httpBackend) Outbox(context.Context) ([]api.Waiting, error) {
	out := []api.Waiting{}
	for _, r := range b.OutboxStatus().Recipients {
		w := api.Waiting{
			Collective: api.CollectiveRef{ID: r.Collective, Name: r.Name}, Messages: r.Waiting, Oldest: r.Oldest, LastError: r.LastError,
		}
		if !r.NextTry.IsZero() {
			w.NextTry = &r.NextTry
		}
		out = append(out, w)
	}
	return out, nil
}
