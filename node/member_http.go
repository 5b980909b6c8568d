package node

import (
	"context"

	"courtcircuit/node/access"
	"courtcircuit/node/card"
)

// Who holds the token is nobody in particular: a program, or the command line.

// InviteMember invites somebody new.
func (b httpBackend) InviteMember(ctx context.Context, name string) (card.MemberLink, error) {
	return b.Node.InviteMember(ctx, access.Person{}, name)
}

// LinkMember makes a fresh link.
func (b httpBackend) LinkMember(ctx context.Context, id string) (card.MemberLink, error) {
	return b.Node.LinkMember(ctx, access.Person{}, id)
}

// RemoveMember deletes an entry and every way in.
func (b httpBackend) RemoveMember(ctx context.Context, id string) error {
	return b.Node.RemoveMember(ctx, access.Person{}, id)
}
