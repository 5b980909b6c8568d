package node

import (
	"context"
	"time"

	"courtcircuit/node/access"
	"courtcircuit/node/card"
	"courtcircuit/protocol"
)

// commandLine is who writes by the interface for programs, whose token says
// no name. What others would ask about afterwards (who erased, hid or renamed
// this?) is noted as what the console does is. Publishing is not: an import of
// a thousand cards would push all else out of the journal.
var commandLine access.Person

// RemoveProfile erases a person whose key is here. The line says the id: the
// name leaves all files with the card.
func (b httpBackend) RemoveProfile(ctx context.Context, id string) error {
	known := false
	if raw, err := parseID("profile", id); err == nil {
		_, err := b.nameOf(protocol.KindProfile, raw, time.Now())
		known = err == nil
	}
	if err := b.Node.RemoveProfile(ctx, id); err != nil || !known { // erased before: nothing happened
		return err
	}
	b.audit(commandLine, "profile-removed", id)
	return nil
}

// EditCollective publishes the own card.
func (b httpBackend) EditCollective(ctx context.Context, c card.Collective) (card.Collective, error) {
	return console(b).NameCollective(ctx, commandLine, c)
}

// Hide stops showing a record here.
func (b httpBackend) Hide(ctx context.Context, kind, id, reason string) (card.Hidden, error) {
	return console(b).Hide(ctx, commandLine, kind, id, reason)
}

// Unhide shows a record again.
func (b httpBackend) Unhide(ctx context.Context, kind, id string) error {
	return console(b).Unhide(ctx, commandLine, kind, id)
}
