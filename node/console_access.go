package node

import (
	"context"
	"fmt"
	"time"

	"courtcircuit/node/access"
	"courtcircuit/node/inbox"
	"courtcircuit/node/web"
	"courtcircuit/protocol"
)

// coordinatorLinkAge is how long a link for a coordinator waits: less than a
// member's, because it opens everything.
const coordinatorLinkAge = 3 * day

// Coordinators lists who may open the console, the longest known first.
func (c console) Coordinators(context.Context) ([]web.Coordinator, error) {
	var all []knownCoordinator
	err := c.inbox.View(func(tx *inbox.Tx) (err error) {
		all, err = c.coordinatorsIn(tx)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read coordinators: %w", err)
	}
	seen, waits, err := c.visits(time.Now())
	if err != nil {
		return nil, err
	}
	out := make([]web.Coordinator, 0, len(all))
	for _, k := range all {
		keys, err := c.access.Passkeys(k.id)
		if err != nil {
			return nil, err
		}
		w := web.Coordinator{ID: protocol.StableID(k.id).String(), Person: k.person(), CreatedAt: k.AddedAt, Passkeys: len(keys)}
		if at, ok := seen[k.id]; ok {
			w.SeenAt = &at
		}
		if at, ok := waits[k.id]; ok {
			w.LinkExpiresAt = &at
		}
		out = append(out, w)
	}
	return out, nil
}

// InviteCoordinator lets one more person in.
func (c console) InviteCoordinator(ctx context.Context, by access.Person, name string) (web.PrivateLink, error) {
	who, err := c.AddCoordinator(by, name)
	if err != nil {
		return web.PrivateLink{}, err
	}
	return c.linkFor(ctx, who)
}

// LinkCoordinator makes a fresh link for somebody who may come in already.
func (c console) LinkCoordinator(ctx context.Context, by access.Person, id string) (web.PrivateLink, error) {
	raw, err := parseID("coordinator", id)
	if err != nil {
		return web.PrivateLink{}, err
	}
	people, err := c.Node.Coordinators()
	if err != nil {
		return web.PrivateLink{}, err
	}
	for _, who := range people {
		if who.ID == raw {
			l, err := c.linkFor(ctx, who)
			return l, c.noted(by, "coordinator-link", who.Name, err)
		}
	}
	return web.PrivateLink{}, notFound("coordinator", id)
}

func (c console) linkFor(ctx context.Context, who access.Person) (web.PrivateLink, error) {
	secret, l, err := c.access.NewLink(ctx, who, coordinatorLinkAge)
	if err != nil {
		return web.PrivateLink{}, problemOf(err)
	}
	return web.PrivateLink{Name: who.Name, URL: c.privateAddress(access.LinkPath(access.Coordinator, secret)), ExpiresAt: l.ExpiresAt}, nil
}

// NameCoordinator changes the name by which a coordinator is shown and noted.
func (c console) NameCoordinator(_ context.Context, by access.Person, id, name string) error {
	raw, err := parseID("coordinator", id)
	if err != nil {
		return err
	}
	return c.RenameCoordinator(by, raw, name)
}

// RemoveCoordinator takes everything from a coordinator that lets them in.
func (c console) RemoveCoordinator(_ context.Context, by access.Person, id string) error {
	raw, err := parseID("coordinator", id)
	if err != nil {
		return err
	}
	return c.Node.RemoveCoordinator(by, raw)
}

// Sessions are those of the coordinators, latest use first.
func (c console) Sessions(context.Context) ([]access.Session, error) {
	return c.access.AllSessions(access.Coordinator)
}

// EndSession sends one device out. Only coordinators' sessions end here: a
// member's are the member's own.
func (c console) EndSession(ctx context.Context, by access.Person, key access.ID) error {
	sessions, err := c.Sessions(ctx)
	if err != nil {
		return err
	}
	for _, s := range sessions {
		if s.Key == key {
			return c.noted(by, "session-ended", s.Person.Name, c.access.EndSession(key))
		}
	}
	return notFound("session", protocol.StableID(key).String())
}
