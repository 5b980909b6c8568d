package node

import (
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"courtcircuit/node/access"
	"courtcircuit/node/card"
	"courtcircuit/node/inbox"
	"courtcircuit/protocol"
)

// memberEntry is what this node keeps of one person beside the card: it is
// private, and never in the replica. The key that it lies under is whom a
// session is for, so that no request ever names a card.
type memberEntry struct {
	Name         string            `json:"name"` // as invited
	InvitedBy    string            `json:"invited_by,omitempty"`
	InvitedAt    time.Time         `json:"invited_at"`
	ChangedAt    time.Time         `json:"changed_at"`
	Identity     string            `json:"identity,omitempty"` // of the card, once there is one
	Draft        *card.Profile     `json:"draft,omitempty"`
	Consents     []card.Consent    `json:"consents,omitempty"`
	History      []card.MemberStep `json:"history,omitempty"` // oldest first
	SecretKeptAt *time.Time        `json:"secret_kept_at,omitempty"`
}

// The bounds of one entry; together they stay under that of the shelf.
const (
	maxMemberSteps    = 200
	maxHistoryBytes   = 51 << 10 // of its JSON: what that escapes takes six bytes a character
	maxMemberConsents = 20
	maxMemberDraft    = 40 << 10 // bytes of its JSON
)

// add notes a step; the oldest ones leave.
func (e *memberEntry) add(step card.MemberStep) {
	e.History, e.ChangedAt = append(e.History, step), step.At
	for len(e.History) > maxMemberSteps || bytesOf(e.History) > maxHistoryBytes {
		e.History = slices.Delete(e.History, 0, 1)
	}
}

// consent notes what was agreed to, once for each wording.
func (e *memberEntry) consent(given []card.Consent, now time.Time) {
	for _, c := range given {
		same := func(held card.Consent) bool { return held.What == c.What && held.Wording == c.Wording }
		if slices.ContainsFunc(e.Consents, same) {
			continue
		}
		c.At = now
		e.Consents = append(e.Consents, c)
	}
	if over := len(e.Consents) - maxMemberConsents; over > 0 {
		e.Consents = slices.Delete(e.Consents, 0, over)
	}
}

func (e *memberEntry) identity() (protocol.Identity, bool) {
	if e.Identity == "" {
		return protocol.Identity{}, false
	}
	id, err := protocol.ParseID(e.Identity)
	return id, err == nil
}

// memberBook finds the entry of an identity without reading all entries for
// each record that is published.
type memberBook struct {
	mu         sync.Mutex
	loaded     bool
	byIdentity map[protocol.Identity]inbox.ID
}

func (n *Node) memberShelf() inbox.Shelf[memberEntry] {
	return inbox.NewShelf[memberEntry](n.inbox, inbox.SpaceMembers)
}

// entryOf is the entry of an identity, if it has one.
func (n *Node) entryOf(id protocol.Identity) (inbox.ID, bool, error) {
	b := &n.members
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.loaded {
		b.byIdentity = map[protocol.Identity]inbox.ID{}
		err := n.memberShelf().Each(func(key inbox.ID, e memberEntry) error {
			if held, ok := e.identity(); ok {
				b.byIdentity[held] = key
			}
			return nil
		})
		if err != nil {
			return inbox.ID{}, false, fmt.Errorf("read members: %w", err)
		}
		b.loaded = true
	}
	key, ok := b.byIdentity[id]
	return key, ok, nil
}

// note remembers what an entry became; nil: it was deleted.
func (b *memberBook) note(key inbox.ID, e *memberEntry) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.loaded {
		return // the first question reads them all
	}
	for id, held := range b.byIdentity {
		if held == key {
			delete(b.byIdentity, id)
		}
	}
	if e == nil {
		return
	}
	if id, ok := e.identity(); ok {
		b.byIdentity[id] = key
	}
}

// changeMember changes an entry durably; fn must not ask for the node's other
// entries.
func (n *Node) changeMember(key inbox.ID, fn func(*memberEntry) error) (memberEntry, error) {
	var changed memberEntry
	var moved bool
	err := n.memberShelf().Change(key, func(e *memberEntry) error {
		before := e.Identity
		if err := fn(e); err != nil {
			return err
		}
		changed, moved = *e, e.Identity != before
		return nil
	})
	if err != nil {
		return memberEntry{}, memberProblem(err)
	}
	if moved {
		n.members.note(key, &changed)
	}
	return changed, nil
}

func (n *Node) newMember(e memberEntry) (inbox.ID, error) {
	var key inbox.ID
	if _, err := rand.Read(key[:]); err != nil {
		return key, fmt.Errorf("draw member: %w", err)
	}
	if err := n.memberShelf().Put(key, e); err != nil {
		return key, memberProblem(err)
	}
	n.members.note(key, &e)
	return key, nil
}

// memberOf is the entry behind a session. Somebody whose entry was removed
// while the session still stood is told so, and nothing else.
func (n *Node) memberOf(who access.Person) (memberEntry, error) {
	if who.Role != access.Member {
		return memberEntry{}, forbidden("this page is a member's own")
	}
	e, err := n.memberShelf().Get(who.ID)
	return e, memberProblem(err)
}

// memberProblem says in words what a person can act on.
func memberProblem(err error) error {
	switch {
	case errors.Is(err, inbox.ErrNotFound):
		return &card.Problem{Cause: card.NotFound, Field: "id", Detail: "no such member is known here"}
	case errors.Is(err, inbox.ErrFull), errors.Is(err, inbox.ErrTooLarge):
		return unavailable("there is no room for more members or longer histories here")
	}
	return problemOf(err)
}
