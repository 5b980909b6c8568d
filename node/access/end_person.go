package access

import (
	"fmt"
	"time"
)

// EndAllOf ends everything by which a person comes in: sessions, links and
// passkeys. It works on a full disk.
func (k *Keeper) EndAllOf(person ID) error {
	err := k.store.Discard(func(tx Tx) error { return EndAllIn(tx, person) })
	if err != nil {
		return fmt.Errorf("end all access of a person: %w", err)
	}
	return nil
}

// EndAllIn is EndAllOf within a step, for whoever deletes the person in it.
func EndAllIn(tx Tx, person ID) error {
	if _, err := discard(tx.Links(), func(l Link) bool { return l.Person.ID == person }); err != nil {
		return err
	}
	if _, err := discard(tx.Sessions(), func(s Session) bool { return s.Person.ID == person }); err != nil {
		return err
	}
	_, err := discard(tx.Passkeys(), func(p Passkey) bool { return p.Person.ID == person })
	return err
}

// EndVisits ends a person's sessions and the link that waits; with a passkey
// they come back.
func (k *Keeper) EndVisits(person ID) error {
	err := k.store.Discard(func(tx Tx) error {
		if _, err := discard(tx.Links(), func(l Link) bool { return l.Person.ID == person }); err != nil {
			return err
		}
		_, err := discard(tx.Sessions(), func(s Session) bool { return s.Person.ID == person })
		return err
	})
	if err != nil {
		return fmt.Errorf("end a person's sessions: %w", err)
	}
	return nil
}

// RenameIn gives a person's links, sessions and passkeys the name that is shown
// from now on.
func RenameIn(tx Tx, person ID, name string) error {
	if err := rename(tx.Links(), person, name, func(l *Link) *Person { return &l.Person }); err != nil {
		return err
	}
	if err := rename(tx.Sessions(), person, name, func(s *Session) *Person { return &s.Person }); err != nil {
		return err
	}
	return rename(tx.Passkeys(), person, name, func(p *Passkey) *Person { return &p.Person })
}

func rename[T keyed](t Table[T], person ID, name string, of func(*T) *Person) error {
	changed := map[ID]T{}
	err := t.Each(func(key ID, v T) error {
		if p := of(&v); p.ID == person && p.Name != name {
			p.Name = name
			changed[key] = v
		}
		return nil
	})
	for key, v := range changed {
		if err != nil {
			return err
		}
		err = t.Put(key, v)
	}
	return err
}

// Rename is RenameIn as a step of its own.
func (k *Keeper) Rename(person ID, name string) error {
	if err := k.store.Update(func(tx Tx) error { return RenameIn(tx, person, name) }); err != nil {
		return fmt.Errorf("rename a person's access: %w", err)
	}
	return nil
}

// linksKept is how long a link that has expired still lies here: that much a
// clock put forward by mistake takes nothing away for good.
const linksKept = 24 * time.Hour

// Sweep deletes the sessions that have ended and the links that expired a day
// ago, and says how many.
func (k *Keeper) Sweep(now time.Time) (gone int, err error) {
	err = k.store.Discard(func(tx Tx) error {
		links, err := discard(tx.Links(), func(l Link) bool {
			l.ExpiresAt = l.ExpiresAt.Add(linksKept)
			return hasExpired(l, now)
		})
		if err != nil {
			return err
		}
		sessions, err := discard(tx.Sessions(), func(s Session) bool { return hasEnded(s, k.cfg.Sessions[s.Person.Role], now) })
		gone = links + sessions
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("sweep links and sessions: %w", err)
	}
	return gone, nil
}
