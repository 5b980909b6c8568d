package web

import (
	"context"

	"courtcircuit/node/access"
	"courtcircuit/node/card"
	"courtcircuit/node/httpapi/api"
)

// Members is what a member's own page asks of the node. Whose card it is
// follows from who, as the session has it: no request names one. Errors that
// the person can act on are *card.Problem.
type Members interface {
	Me(ctx context.Context, who access.Person) (card.Me, error)
	// CheckCard answers the card as it would be published; nothing is kept.
	CheckCard(ctx context.Context, who access.Person, p card.Profile) (card.Profile, error)
	KeepDraft(ctx context.Context, who access.Person, p card.Profile) error
	// PublishCard publishes the first version or the next one. The recovery
	// secret is in the answer to the first, and never again.
	PublishCard(ctx context.Context, who access.Person, p card.Profile, consents []card.Consent) (api.Published, error)
	SetAvailability(ctx context.Context, who access.Person, a card.Availability) (card.Profile, error)
	ConfirmCard(ctx context.Context, who access.Person) (card.Profile, error)
	// KeepSecret notes that the person has put the recovery secret away.
	KeepSecret(ctx context.Context, who access.Person) error
	// MoveIn brings a card from another collective, by its recovery secret.
	MoveIn(ctx context.Context, who access.Person, id, secret string, consents []card.Consent) (card.Profile, error)
	ExportKey(ctx context.Context, who access.Person, passphrase string) ([]byte, error)
	// EraseMember erases the card everywhere and everything else here.
	EraseMember(ctx context.Context, who access.Person) error
	// MissionsNear are the nearest ones, those for members only among them.
	MissionsNear(ctx context.Context, who access.Person, lang string) ([]card.FoundMission, error)
	// MissionFor is one of those that never leave the collective.
	MissionFor(ctx context.Context, who access.Person, id string) (card.Mission, error)
	// WorksOf are the collective's works that name the person.
	WorksOf(ctx context.Context, who access.Person) ([]card.Work, error)
	AgreeWork(ctx context.Context, who access.Person, workID string, agree bool) error
}
