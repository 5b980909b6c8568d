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

// sweepStep is how many links, and how many sessions, one step of Sweep
// deletes: after a long time off all are over at once, and a step that is too
// large would be refused for ever.
const sweepStep = 1_000

// Sweep deletes the sessions that have ended and the links that expired a day
// ago, and says how many.
func (k *Keeper) Sweep(now time.Time) (gone int, err error) {
	for {
		links, sessions := 0, 0
		err := k.store.Discard(func(tx Tx) (err error) {
			links, err = discard(tx.Links(), func(l Link) bool {
				l.ExpiresAt = l.ExpiresAt.Add(linksKept)
				return hasExpired(l, now) && upTo(sweepStep, &links)
			})
			if err != nil {
				return err
			}
			sessions, err = discard(tx.Sessions(), func(s Session) bool {
				return hasEnded(s, k.cfg.Sessions[s.Person.Role], now) && upTo(sweepStep, &sessions)
			})
			return err
		})
		if err != nil {
			return gone, fmt.Errorf("sweep links and sessions: %w", err)
		}
		gone += links + sessions
		if links < sweepStep && sessions < sweepStep {
			return gone, nil
		}
	}
}

// upTo counts one more, unless that would be too many.
func upTo(most int, count *int) bool {
	if *count == most {
		return false
	}
	*count++
	return true
}
