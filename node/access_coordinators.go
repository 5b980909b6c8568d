package node

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"time"
	"unicode/utf8"

	"courtcircuit/node/access"
	"courtcircuit/node/inbox"
	"courtcircuit/protocol"
)

// coordinator is one as it lies in the inbox.
type coordinator struct {
	Name    string    `json:"name"` // "" until the first page was filled in
	AddedAt time.Time `json:"added_at"`
}

// knownCoordinator is one with their id.
type knownCoordinator struct {
	coordinator
	id access.ID
}

func (c knownCoordinator) person() access.Person {
	return access.Person{Role: access.Coordinator, ID: c.id, Name: c.Name}
}

func (n *Node) coordinatorShelf() inbox.Shelf[coordinator] {
	return inbox.NewShelf[coordinator](n.inbox, inbox.SpaceCoordinators)
}

// coordinatorsIn are all, the longest known first.
func (n *Node) coordinatorsIn(tx *inbox.Tx) (all []knownCoordinator, err error) {
	err = n.coordinatorShelf().EachIn(tx, func(id inbox.ID, c coordinator) error {
		all = append(all, knownCoordinator{c, id})
		return nil
	})
	slices.SortFunc(all, func(a, b knownCoordinator) int { return a.AddedAt.Compare(b.AddedAt) })
	return all, err
}

// Coordinators are those who may open the console, the longest known first.
func (n *Node) Coordinators() (people []access.Person, err error) {
	err = n.inbox.View(func(tx *inbox.Tx) error {
		all, err := n.coordinatorsIn(tx)
		for _, c := range all {
			people = append(people, c.person())
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read coordinators: %w", err)
	}
	return people, nil
}

// AddCoordinator lets one more person in; a link made for them is their way.
func (n *Node) AddCoordinator(who access.Person, name string) (access.Person, error) {
	name, err := coordinatorName(name)
	if err != nil {
		return access.Person{}, err
	}
	c := knownCoordinator{coordinator{Name: name, AddedAt: time.Now().UTC()}, drawID()}
	err = n.coordinatorShelf().Put(c.id, c.coordinator)
	if errors.Is(err, inbox.ErrFull) {
		return access.Person{}, conflict("there are as many coordinators as are kept; remove one first")
	}
	if err != nil {
		return access.Person{}, fmt.Errorf("add coordinator: %w", problemOf(err))
	}
	n.audit(who, "coordinator-added", name)
	return c.person(), nil
}

func drawID() (id access.ID) {
	rand.Read(id[:])
	return id
}

// RenameCoordinator changes the name by which a coordinator is shown and noted.
func (n *Node) RenameCoordinator(who access.Person, id access.ID, name string) error {
	name, err := coordinatorName(name)
	if err != nil {
		return err
	}
	doors := n.accessStore()
	err = n.inbox.Update(func(tx *inbox.Tx) error {
		err := n.coordinatorShelf().ChangeIn(tx, id, func(c *coordinator) error {
			c.Name = name
			return nil
		})
		if err != nil {
			return err
		}
		return access.RenameIn(doors.in(tx), id, name)
	})
	switch {
	case errors.Is(err, inbox.ErrNotFound):
		return notFound("coordinator", protocol.StableID(id).String())
	case err != nil:
		return fmt.Errorf("rename coordinator: %w", problemOf(err))
	}
	n.audit(who, "coordinator-renamed", name)
	return nil
}

// RemoveCoordinator takes everything from a coordinator that lets them in, in
// one step. The last one stays: nobody else could open the console.
func (n *Node) RemoveCoordinator(who access.Person, id access.ID) error {
	doors, name := n.accessStore(), ""
	err := n.inbox.Discard(func(tx *inbox.Tx) error {
		all, err := n.coordinatorsIn(tx)
		if err != nil {
			return err
		}
		at := slices.IndexFunc(all, func(c knownCoordinator) bool { return c.id == id })
		if at < 0 {
			return notFound("coordinator", protocol.StableID(id).String())
		}
		if len(all) == 1 {
			return conflict("the last coordinator cannot be removed, because nobody could open the console any more; add another one first")
		}
		name = all[at].Name
		if err := n.coordinatorShelf().DeleteIn(tx, id); err != nil {
			return err
		}
		return access.EndAllIn(doors.in(tx), id)
	})
	if err != nil {
		return problemOf(err)
	}
	n.audit(who, "coordinator-removed", name)
	return nil
}

func coordinatorName(name string) (string, error) {
	name = cleanLine(name)
	if runes := utf8.RuneCountInString(name); runes == 0 || runes > protocol.MaxNameRunes {
		return "", invalid("name", fmt.Sprintf("1 to %d characters", protocol.MaxNameRunes), "the name of the person is needed")
	}
	return name, nil
}

// ConsoleLink makes a link by which the first coordinator comes in, whose
// former one is of no use from then on. On a node that has no coordinator yet
// it makes one, without a name. path is that of the page, with the secret; it
// is told once. Whoever reads what the program prints on its machine holds the
// machine, so this opens nothing that was closed to them.
func (n *Node) ConsoleLink(ctx context.Context) (path string, expires time.Time, err error) {
	first, err := n.firstCoordinator(time.Now())
	if err != nil {
		return "", expires, err
	}
	secret, link, err := n.access.NewLink(ctx, first, access.ConsoleLinkAge)
	if err != nil {
		return "", expires, fmt.Errorf("make console link: %w", problemOf(err))
	}
	return access.LinkPath(access.Coordinator, secret), link.ExpiresAt, nil
}

// firstCoordinator is found or made in one step: two who ask at once get one.
func (n *Node) firstCoordinator(now time.Time) (first access.Person, err error) {
	err = n.inbox.Update(func(tx *inbox.Tx) error {
		all, err := n.coordinatorsIn(tx)
		if err != nil {
			return err
		}
		if len(all) == 0 {
			c := knownCoordinator{coordinator{AddedAt: now.UTC()}, drawID()}
			all = append(all, c)
			err = n.coordinatorShelf().PutIn(tx, c.id, c.coordinator)
		}
		first = all[0].person()
		return err
	})
	if err != nil {
		return access.Person{}, fmt.Errorf("find first coordinator: %w", problemOf(err))
	}
	return first, nil
}
