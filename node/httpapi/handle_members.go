package httpapi

import (
	"context"
	"net/http"

	"courtcircuit/node/card"
)

type inviteInput struct {
	Body struct {
		Name string `json:"name" minLength:"1" maxLength:"80" doc:"as the collective calls the person; only the collective sees it"`
	} `nameHint:"InviteMember"`
}

func (a *API) registerMembers() {
	register(a, route{id: "list-members", method: http.MethodGet, path: prefix + "/members", access: private,
		summary: "The invited and the members, by name"},
		func(ctx context.Context, _ *none) (*answer[list[card.Member]], error) {
			members, err := a.backend.MemberEntries(ctx)
			return listOf(members), err
		})
	register(a, route{id: "invite-member", method: http.MethodPost, path: prefix + "/members", access: private,
		status: http.StatusCreated, summary: "Invite somebody: answers a link that lets them in once"},
		func(ctx context.Context, in *inviteInput) (*answer[card.MemberLink], error) {
			link, err := a.backend.InviteMember(ctx, in.Body.Name)
			return &answer[card.MemberLink]{Body: link}, err
		})
	register(a, route{id: "link-member", method: http.MethodPost, path: prefix + "/members/{id}/link", access: private,
		status: http.StatusCreated, summary: "A fresh link for a member, or for a card whose key is here; the one before ends"},
		func(ctx context.Context, in *IDPath) (*answer[card.MemberLink], error) {
			link, err := a.backend.LinkMember(ctx, in.ID)
			return &answer[card.MemberLink]{Body: link}, err
		})
	register(a, route{id: "remove-member", method: http.MethodDelete, path: prefix + "/members/{id}", access: private,
		status: http.StatusNoContent, summary: "Delete an invitation or a member's page with every way in; the card stays"},
		func(ctx context.Context, in *IDPath) (*none, error) {
			return &none{}, a.backend.RemoveMember(ctx, in.ID)
		})
}
