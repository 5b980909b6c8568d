package access

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"
)

// How long links are good for, unless somebody asks for less.
const (
	MemberLinkAge  = 14 * 24 * time.Hour
	ConsoleLinkAge = time.Hour
)

// LinkPath is where a link of a role leads: the page shows whom it is for, and
// its button uses it.
func LinkPath(role Role, secret string) string {
	if role == Coordinator {
		return "/_/entrer/" + secret
	}
	return "/moi/entrer/" + secret
}

// NewLink makes a link for a person, who has no other one from then on. The
// secret is told here and never again; ttl is bounded by Config.MaxLinkAge.
func (k *Keeper) NewLink(_ context.Context, p Person, ttl time.Duration) (secret string, l Link, err error) {
	if p.Role != Member && p.Role != Coordinator {
		return "", l, fmt.Errorf("make link: role is %q, %s or %s expected", p.Role, Member, Coordinator)
	}
	if ttl <= 0 {
		return "", l, fmt.Errorf("make link: it would last %s, more than 0 expected", ttl)
	}
	secret, key := drawSecret()
	now := k.cfg.Now()
	l = Link{Key: key, Person: p, CreatedAt: now, ExpiresAt: now.Add(min(ttl, k.cfg.MaxLinkAge))}
	err = k.store.Update(func(tx Tx) error {
		if _, err := discard(tx.Links(), func(old Link) bool { return old.Person.ID == p.ID }); err != nil {
			return err
		}
		return tx.Links().Put(key, l)
	})
	if err != nil {
		return "", Link{}, fmt.Errorf("make link: %w", err)
	}
	return secret, l, nil
}

// PeekLink says whom a link is for and changes nothing: programs that check
// mail open every link. ErrBadLink for one that lets nobody in.
func (k *Keeper) PeekLink(secret string) (l Link, err error) {
	key, ok := keyOf(secret)
	if !ok {
		return l, ErrBadLink
	}
	err = k.store.View(func(tx Tx) error {
		l, err = liveLink(tx, key, k.cfg.Now())
		return err
	})
	return l, err
}

// UseLink lets in whoever presses the button: it consumes the link, ends the
// browser's former session, starts a new one in the same durable step, and
// sets its cookie. Of any number who press at once, one comes in; the others
// get ErrBadLink. ErrTooOften after too many wrong links of one visitor.
func (k *Keeper) UseLink(w http.ResponseWriter, r *http.Request, secret string) (Session, error) {
	now := k.cfg.Now()
	if err := k.mayTry(r, now); err != nil {
		return Session{}, err
	}
	key, ok := keyOf(secret)
	if !ok {
		return Session{}, k.failed(r, now, ErrBadLink)
	}
	s, err := k.enter(w, r, now, func(tx Tx) (Person, error) {
		l, err := liveLink(tx, key, now)
		if err != nil {
			return Person{}, err
		}
		return l.Person, tx.Links().Delete(key)
	})
	if errors.Is(err, ErrBadLink) {
		return s, k.failed(r, now, ErrBadLink)
	}
	if err != nil {
		return s, fmt.Errorf("use link: %w", err)
	}
	return s, nil
}

func liveLink(tx Tx, key ID, now time.Time) (Link, error) {
	l, err := tx.Links().Get(key)
	if errors.Is(err, ErrNotFound) || err == nil && hasExpired(l, now) {
		return Link{}, ErrBadLink
	}
	l.Key = key
	return l, err
}

// Links are those that still let somebody in, the newest first.
func (k *Keeper) Links() (links []Link, err error) {
	now := k.cfg.Now()
	err = k.store.View(func(tx Tx) error {
		links, err = collect(tx.Links(), func(key ID, l *Link) bool {
			l.Key = key
			return !hasExpired(*l, now)
		})
		return err
	})
	slices.SortFunc(links, func(a, b Link) int { return b.CreatedAt.Compare(a.CreatedAt) })
	return links, err
}

// EndLink takes a link back; one that is not there is no error.
func (k *Keeper) EndLink(key ID) error {
	return k.store.Discard(func(tx Tx) error { return tx.Links().Delete(key) })
}
