package httpapi

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"courtcircuit/node/card"
	"courtcircuit/node/httpapi/api"
)

// Visitor is the address of whoever asks, for the bounds on floods.
type Visitor struct {
	address string
}

// Resolve is part of huma.Resolver.
func (v *Visitor) Resolve(ctx huma.Context) []error {
	v.address = ctx.RemoteAddr()
	return nil
}

// BriefSecret is what a client's link ends with. It stands in no address:
// those are kept in logs and passed on.
type BriefSecret struct {
	Secret string `header:"Brief-Secret" maxLength:"64" doc:"what the private link ends with"`
}

type depositInput struct {
	Visitor
	Key  string `header:"Idempotency-Key" maxLength:"200" doc:"drawn at random for each brief: sent again, it answers what the first one answered"`
	Body card.BriefForm
}

// private answers are kept by no cache on their way.
type unkept[T any] struct {
	CacheControl string `header:"Cache-Control"`
	Body         T
}

func unkeptOf[T any](body T, err error) (*unkept[T], error) {
	return &unkept[T]{CacheControl: "no-store", Body: body}, err
}

type followInput struct {
	BriefSecret
}

type followAnswer struct {
	BriefSecret
	Body struct {
		Secret   string `json:"secret,omitempty" maxLength:"64" doc:"in place of the header"`
		Accept   string `json:"accept,omitempty" maxLength:"64" doc:"digest of the text proposed"`
		Change   string `json:"change,omitempty" doc:"what shall be different in it"`
		Withdraw bool   `json:"withdraw,omitempty"`
	} `nameHint:"BriefAnswer"`
}

type briefApproval struct {
	IDPath
	Body struct {
		Mission  card.Mission `json:"mission"`
		Audience string       `json:"audience,omitempty" doc:"collective (default) or network"`
	} `nameHint:"ApproveBrief"`
}

type briefRefusal struct {
	IDPath
	Body struct {
		Reason string `json:"reason,omitempty" doc:"for the client"`
	} `nameHint:"DeclineBrief"`
}

type briefBody struct {
	Body card.Brief
}

func briefOf(b card.Brief, err error) (*briefBody, error) {
	if b.Steps == nil {
		b.Steps = []card.BriefStep{}
	}
	return &briefBody{Body: b}, err
}

func (a *API) registerBriefs() {
	register(a, route{id: "deposit-brief", method: http.MethodPost, path: prefix + "/briefs", status: http.StatusAccepted,
		summary: "Ask a collective for people; the answer has a private link to follow it by"},
		func(ctx context.Context, in *depositInput) (*unkept[card.Deposited], error) {
			visitor := in.Visitor.address
			if !a.public {
				visitor = "" // this machine
			}
			return unkeptOf(a.backend.DepositBrief(ctx, in.Body, in.Key, visitor))
		})
	register(a, route{id: "follow-brief", method: http.MethodGet, path: prefix + "/briefs/follow",
		summary: "How a brief stands, for its client"},
		func(ctx context.Context, in *followInput) (*unkept[card.Track], error) {
			return unkeptOf(a.backend.FollowBrief(ctx, in.Secret))
		})
	register(a, route{id: "answer-brief", method: http.MethodPost, path: prefix + "/briefs/follow", access: local,
		summary: "The client accepts the text proposed, asks for another, or withdraws"},
		func(ctx context.Context, in *followAnswer) (*unkept[card.Track], error) {
			secret := in.Secret
			if in.Body.Secret != "" {
				secret = in.Body.Secret
			}
			return unkeptOf(a.backend.AnswerBrief(ctx, secret, card.BriefAnswer{Accept: in.Body.Accept, Change: in.Body.Change, Withdraw: in.Body.Withdraw}))
		})
	a.registerBriefDesk()
	register(a, route{id: "list-outbox", method: http.MethodGet, path: prefix + "/outbox", access: private,
		summary: "Collectives that messages wait for"},
		func(ctx context.Context, _ *none) (*answer[list[api.Waiting]], error) {
			waiting, err := a.backend.Outbox(ctx)
			return listOf(waiting), err
		})
}

// registerBriefDesk is the coordinators' side.
func (a *API) registerBriefDesk() {
	register(a, route{id: "list-briefs", method: http.MethodGet, path: prefix + "/briefs", access: private,
		summary: "What clients ask of this collective, newest first"},
		func(ctx context.Context, _ *none) (*answer[list[card.Brief]], error) {
			briefs, err := a.backend.Briefs(ctx)
			return listOf(briefs), err
		})
	register(a, route{id: "get-brief", method: http.MethodGet, path: prefix + "/briefs/{id}", access: private,
		summary: "One brief; its client is told nothing"},
		func(ctx context.Context, in *IDPath) (*briefBody, error) { return briefOf(a.backend.Brief(ctx, in.ID)) })
	register(a, route{id: "read-brief", method: http.MethodPost, path: prefix + "/briefs/{id}/read", access: private,
		summary: "One brief; its client is told that it was read"},
		func(ctx context.Context, in *IDPath) (*briefBody, error) {
			return briefOf(a.backend.ReadBrief(ctx, in.ID))
		})
	register(a, route{id: "approve-brief", method: http.MethodPost, path: prefix + "/briefs/{id}/approve", access: private,
		summary: "Propose the exact public text to the client; it is published once they accept it"},
		func(ctx context.Context, in *briefApproval) (*briefBody, error) {
			return briefOf(a.backend.ProposeBrief(ctx, in.ID, in.Body.Mission, in.Body.Audience))
		})
	register(a, route{id: "decline-brief", method: http.MethodPost, path: prefix + "/briefs/{id}/decline", access: private,
		summary: "Tell the client that the collective cannot take it"},
		func(ctx context.Context, in *briefRefusal) (*briefBody, error) {
			return briefOf(a.backend.DeclineBrief(ctx, in.ID, in.Body.Reason))
		})
	register(a, route{id: "delete-brief", method: http.MethodDelete, path: prefix + "/briefs/{id}", access: private,
		status: http.StatusNoContent, summary: "Delete a brief with the client's contact details"},
		func(ctx context.Context, in *IDPath) (*none, error) {
			return &none{}, a.backend.DeleteBrief(ctx, in.ID)
		})
}
