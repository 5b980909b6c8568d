package node

import (
	"context"
	"testing"
	"time"

	"courtcircuit/node/card"
)

// A card that comes back without its memberships keeps them, and what else only
// the server sets is looked at all the same; none at all is not without.
func TestEditWithoutMemberships(t *testing.T) {
	n := namedNode(t)
	ctx := context.Background()
	p := mustPublish(t, n, camille("Graphiste"), "")
	other := time.Now().Add(time.Hour)
	for field, change := range map[string]func(*card.Profile){
		"id":           func(q *card.Profile) { q.ID = "x" },
		"fingerprint":  func(q *card.Profile) { q.Fingerprint = "x" },
		"issued_at":    func(q *card.Profile) { q.IssuedAt = &other },
		"expires_at":   func(q *card.Profile) { q.ExpiresAt = &other },
		"confirmed_at": func(q *card.Profile) { q.ConfirmedAt = &other },
		"collectives":  func(q *card.Profile) { q.Collectives = []card.Membership{} },
	} {
		bad := p
		bad.Collectives = nil
		change(&bad)
		_, err := n.ReplaceProfile(ctx, p.ID, bad)
		wantProblem(t, err, card.Invalid, field)
	}
	bad := p
	bad.Collectives, bad.RecordID = nil, "x"
	_, err := n.ReplaceProfile(ctx, p.ID, bad)
	wantProblem(t, err, card.Conflict, "record_id")
	sent := p
	sent.Collectives = nil
	if got, err := n.ReplaceProfile(ctx, p.ID, sent); err != nil || len(got.Collectives) != 1 {
		t.Errorf("%v; memberships %+v", err, got.Collectives)
	}
}
