package node

import (
	"context"
	"strconv"
	"time"

	"courtcircuit/node/access"
	"courtcircuit/node/card"
	"courtcircuit/node/httpapi/api"
	"courtcircuit/protocol"
)

// commandLine is who writes by the interface for programs, whose token says
// no name. What it does is noted as what the console does is, but always by id:
// the words of a card or a mission are not the journal's to keep. Cards that
// come together are one line, or an import would push all else out.
var commandLine access.Person

func (b httpBackend) noted(action, id string, err error) error {
	return console(b).noted(commandLine, action, id, err)
}

// PublishProfile publishes a new card, or replaces the one that ref names.
func (b httpBackend) PublishProfile(ctx context.Context, p card.Profile, ref string) (api.Published, error) {
	done, err := b.Node.PublishProfile(ctx, p, ref)
	return done, b.noted("profile-published", done.ID, err)
}

// PublishProfiles publishes many cards; the line of several says how many.
func (b httpBackend) PublishProfiles(ctx context.Context, items []api.Import) ([]api.Imported, error) {
	done, err := b.Node.PublishProfiles(ctx, items)
	var published []string
	for _, d := range done {
		if d.Err == nil && !d.Published.Unchanged {
			published = append(published, d.Published.ID)
		}
	}
	switch len(published) {
	case 0:
	case 1:
		b.audit(commandLine, "profile-published", published[0])
	default:
		b.audit(commandLine, "profiles-imported", strconv.Itoa(len(published)))
	}
	return done, err
}

// ReplaceProfile publishes a newer version of a card.
func (b httpBackend) ReplaceProfile(ctx context.Context, id string, p card.Profile) (card.Profile, error) {
	done, err := b.Node.ReplaceProfile(ctx, id, p)
	return done, b.noted("profile-published", done.ID, err)
}

// ConfirmProfile publishes a card anew as it is.
func (b httpBackend) ConfirmProfile(ctx context.Context, id string) (card.Profile, error) {
	done, err := b.Node.ConfirmProfile(ctx, id)
	return done, b.noted("profile-published", done.ID, err)
}

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

// PostMission keeps a draft, or publishes at once.
func (b httpBackend) PostMission(ctx context.Context, m card.Mission, publish bool) (card.Mission, error) {
	action := "mission-drafted"
	if publish {
		action = "mission-published"
	}
	done, err := b.Node.PostMission(ctx, m, publish)
	return done, b.noted(action, done.ID, err)
}

// UpdateMission replaces the words of a draft or an open mission.
func (b httpBackend) UpdateMission(ctx context.Context, id string, m card.Mission) (card.Mission, error) {
	done, err := b.Node.UpdateMission(ctx, id, m)
	return done, b.noted("mission-changed", done.ID, err)
}

// PublishMission makes a draft public.
func (b httpBackend) PublishMission(ctx context.Context, id string) (card.Mission, error) {
	done, err := b.Node.PublishMission(ctx, id)
	return done, b.noted("mission-published", done.ID, err)
}

// AttributeMission says that a mission has found its people.
func (b httpBackend) AttributeMission(ctx context.Context, id string) (card.Mission, error) {
	done, err := b.Node.AttributeMission(ctx, id)
	return done, b.noted("mission-attributed", done.ID, err)
}

// CloseMission ends a mission.
func (b httpBackend) CloseMission(ctx context.Context, id string) (card.Mission, error) {
	done, err := b.Node.CloseMission(ctx, id)
	return done, b.noted("mission-closed", done.ID, err)
}

// DeleteMission deletes a draft.
func (b httpBackend) DeleteMission(ctx context.Context, id string) error {
	return b.noted("mission-deleted", id, b.Node.DeleteMission(ctx, id))
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
