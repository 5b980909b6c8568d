package access

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"
)

// enter starts a session for whom admit answers, in the step in which admit
// consumes what lets in. The session's secret is drawn here, so that nobody
// can have planted it before.
func (k *Keeper) enter(w http.ResponseWriter, r *http.Request, now time.Time, admit func(Tx) (Person, error)) (Session, error) {
	if !k.Open(r) {
		return Session{}, ErrClosed
	}
	secret, key := drawSecret()
	former, hadFormer := k.cookieKey(r)
	s := Session{Key: key, Door: DoorOf(r.Context()), Device: deviceOf(r.UserAgent()), CreatedAt: now, SeenAt: now}
	err := k.store.Update(func(tx Tx) (err error) {
		if s.Person, err = admit(tx); err != nil {
			return err
		}
		if hadFormer {
			if err = tx.Sessions().Delete(former); err != nil {
				return err
			}
		}
		if err = k.makeRoom(tx, s.Person.ID); err != nil {
			return err
		}
		s.ExpiresAt = endOf(s, k.cfg.Sessions[s.Person.Role])
		return tx.Sessions().Put(key, s)
	})
	if err != nil {
		return Session{}, err
	}
	k.setCookie(w, r, secret, k.cfg.Sessions[s.Person.Role].Absolute)
	return s, nil
}

// makeRoom ends the sessions of a person that were used longest ago, so that
// there is room for one more.
func (k *Keeper) makeRoom(tx Tx, person ID) error {
	held, err := sessionsOf(tx, person)
	if err != nil {
		return err
	}
	for len(held) >= k.cfg.MaxSessions {
		if err := tx.Sessions().Delete(held[len(held)-1].Key); err != nil {
			return err
		}
		held = held[:len(held)-1]
	}
	return nil
}

// sessionsOf are a person's, the last used first.
func sessionsOf(tx Tx, person ID) ([]Session, error) {
	held, err := collect(tx.Sessions(), func(key ID, s *Session) bool {
		s.Key = key
		return s.Person.ID == person
	})
	sortByUse(held)
	return held, err
}

// Session is whose request it is. ErrNoSession when nobody came in by this
// door with this browser, or it was too long ago.
func (k *Keeper) Session(r *http.Request) (Session, error) {
	key, ok := k.cookieKey(r)
	if !ok {
		return Session{}, ErrNoSession
	}
	now := k.cfg.Now()
	var s Session
	err := k.store.View(func(tx Tx) (err error) {
		s, err = k.liveSession(tx, key, DoorOf(r.Context()), now)
		return err
	})
	if err != nil {
		return Session{}, err
	}
	if isDue(s, now) {
		k.noteUse(&s, now)
	}
	return s, nil
}

func (k *Keeper) liveSession(tx Tx, key ID, door Door, now time.Time) (Session, error) {
	s, err := tx.Sessions().Get(key)
	if errors.Is(err, ErrNotFound) {
		return Session{}, ErrNoSession
	}
	if err != nil {
		return Session{}, fmt.Errorf("read session: %w", err)
	}
	span, known := k.cfg.Sessions[s.Person.Role]
	if !known || s.Door != door || hasEnded(s, span, now) {
		return Session{}, ErrNoSession
	}
	s.Key, s.ExpiresAt = key, endOf(s, span)
	return s, nil
}

// noteUse writes that a session is used. Without it (on a full disk) the
// session ends sooner, which is no reason to refuse the page.
func (k *Keeper) noteUse(s *Session, now time.Time) {
	err := k.store.Update(func(tx Tx) error {
		kept, err := k.liveSession(tx, s.Key, s.Door, now)
		if err != nil || !isDue(kept, now) { // ended, or another request was first
			return err
		}
		kept.SeenAt = now
		kept.ExpiresAt = endOf(kept, k.cfg.Sessions[kept.Person.Role])
		*s = kept
		return tx.Sessions().Put(s.Key, kept)
	})
	if err != nil && !errors.Is(err, ErrNoSession) {
		k.log.Warn("use of a session not noted; it ends sooner", "error", err)
	}
}

// End ends the session of this browser and takes its cookie away. None is no
// error.
func (k *Keeper) End(w http.ResponseWriter, r *http.Request) error {
	key, ok := k.cookieKey(r)
	if ok {
		if err := k.EndSession(key); err != nil {
			return err
		}
	}
	if k.Open(r) {
		k.dropCookie(w, r)
	}
	return nil
}

// EndSession ends one session; one that is not there is no error.
func (k *Keeper) EndSession(key ID) error {
	err := k.store.Discard(func(tx Tx) error { return tx.Sessions().Delete(key) })
	if err != nil {
		return fmt.Errorf("end session: %w", err)
	}
	return nil
}

// Sessions are a person's that have not ended, the last used first.
func (k *Keeper) Sessions(person ID) (live []Session, err error) {
	now := k.cfg.Now()
	err = k.store.View(func(tx Tx) error {
		held, err := sessionsOf(tx, person)
		for _, s := range held {
			if span := k.cfg.Sessions[s.Person.Role]; !hasEnded(s, span, now) {
				s.ExpiresAt = endOf(s, span)
				live = append(live, s)
			}
		}
		return err
	})
	return live, err
}

// AllSessions are those of everybody with a role that have not ended, the last
// used first.
func (k *Keeper) AllSessions(role Role) (live []Session, err error) {
	now := k.cfg.Now()
	err = k.store.View(func(tx Tx) error {
		live, err = collect(tx.Sessions(), func(key ID, s *Session) bool {
			span := k.cfg.Sessions[s.Person.Role]
			s.Key, s.ExpiresAt = key, endOf(*s, span)
			return s.Person.Role == role && !hasEnded(*s, span, now)
		})
		return err
	})
	sortByUse(live)
	return live, err
}

func sortByUse(sessions []Session) {
	slices.SortFunc(sessions, func(a, b Session) int {
		return cmp.Or(b.SeenAt.Compare(a.SeenAt), b.CreatedAt.Compare(a.CreatedAt))
	})
}
