package node

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"courtcircuit/node/access"
	"courtcircuit/node/card"
	"courtcircuit/node/inbox"
)

// linkMember makes the link of an entry; the one before it ends.
func (n *Node) linkMember(ctx context.Context, key inbox.ID, e *memberEntry, now time.Time) (card.MemberLink, error) {
	m, err := n.memberCard(key, e, now)
	if err != nil {
		return card.MemberLink{}, err
	}
	secret, link, err := n.access.NewLink(ctx, access.Person{Role: access.Member, ID: key, Name: m.Name}, linkAge)
	if err != nil {
		return card.MemberLink{}, memberProblem(err)
	}
	m.LinkExpiresAt = &link.ExpiresAt
	path := access.LinkPath(access.Member, secret)
	return card.MemberLink{Member: m, Path: path, URL: n.privateAddress(path), ExpiresAt: link.ExpiresAt}, nil
}

// privateAddress is the whole address of a private page: the public one where
// it is https, else this machine's.
func (n *Node) privateAddress(path string) string {
	if public, _ := n.PublicPage(); strings.HasPrefix(public, "https://") {
		return strings.TrimSuffix(public, "/") + path
	}
	return strings.TrimSuffix(n.PageURL(), "/") + path
}

// dropMember deletes an entry with every way in, in one step.
func (n *Node) dropMember(key inbox.ID) error {
	_, err := n.dropMemberIf(key, func(memberEntry) bool { return true })
	return err
}

// dropMemberIf asks again in the step itself: the person may have come
// meanwhile.
func (n *Node) dropMemberIf(key inbox.ID, over func(memberEntry) bool) (dropped bool, err error) {
	store, shelf := n.accessStore(), n.memberShelf()
	err = n.inbox.Discard(func(tx *inbox.Tx) error {
		e, err := shelf.GetIn(tx, key)
		if errors.Is(err, inbox.ErrNotFound) || err == nil && !over(e) {
			return nil
		}
		if err != nil {
			return err
		}
		dropped = true
		if err := access.EndAllIn(store.in(tx), key); err != nil {
			return err
		}
		return shelf.DeleteIn(tx, key)
	})
	if err != nil {
		return false, fmt.Errorf("delete member: %w", err)
	}
	if dropped {
		n.members.note(key, nil)
	}
	return dropped, nil
}

// endSessions ends links and sessions of a person, and leaves the passkeys.
func (n *Node) endSessions(person inbox.ID) error {
	links, err := n.access.Links()
	if err != nil {
		return err
	}
	for _, l := range links {
		if l.Person.ID != person {
			continue
		}
		if err := n.access.EndLink(l.Key); err != nil {
			return err
		}
	}
	sessions, err := n.access.Sessions(person)
	if err != nil {
		return err
	}
	for _, s := range sessions {
		if err := n.access.EndSession(s.Key); err != nil {
			return err
		}
	}
	return nil
}

// visits says of each person the last visit, and until when a link waits.
func (n *Node) visits(now time.Time) (seen, waits map[inbox.ID]time.Time, err error) {
	seen, waits = map[inbox.ID]time.Time{}, map[inbox.ID]time.Time{}
	err = n.accessStore().View(func(tx access.Tx) error {
		err := tx.Sessions().Each(func(_ access.ID, s access.Session) error {
			if s.SeenAt.After(seen[s.Person.ID]) {
				seen[s.Person.ID] = s.SeenAt
			}
			return nil
		})
		if err != nil {
			return err
		}
		return tx.Links().Each(func(_ access.ID, l access.Link) error {
			if now.Before(l.ExpiresAt) {
				waits[l.Person.ID] = l.ExpiresAt
			}
			return nil
		})
	})
	return seen, waits, err
}

// sweepMembers deletes invitations that nobody took up, with their drafts,
// and what is left of those whose card was erased by others.
func (n *Node) sweepMembers(now time.Time) error {
	isOver := func(e memberEntry) bool {
		erased := len(e.History) > 0 && e.History[len(e.History)-1].What == card.StepErased
		return (e.Identity == "" || erased) && now.Sub(e.ChangedAt) > invitationKept
	}
	var over []inbox.ID
	err := n.memberShelf().Each(func(key inbox.ID, e memberEntry) error {
		if isOver(e) {
			over = append(over, key)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("sweep invitations: %w", err)
	}
	for _, key := range over {
		if _, err := n.dropMemberIf(key, isOver); err != nil {
			return err
		}
	}
	return nil
}
