package web

import (
	"context"
	"net/http"
	"sync"
	"time"

	"courtcircuit/node/access"
)

// shownSecret is what the page of a new recovery secret shows.
type shownSecret struct {
	ID, Fingerprint, Name, Secret string
	Token                         string // of the form that it answers
}

// shownSecrets gives a doubled press, and a page that was lost on its way to
// the phone, the answer of the first: the same form of the same person. It is
// memory alone, for minutes, and empty as soon as the person has noted it.
type shownSecrets struct {
	mu   sync.Mutex
	held map[access.ID]*heldSecret
}

type heldSecret struct {
	mu    sync.Mutex // held while the card is being published
	token string
	shown shownSecret
	until time.Time
}

const (
	secretShownFor  = 10 * time.Minute
	maxShownSecrets = 1024
)

func newShownSecrets() *shownSecrets { return &shownSecrets{held: map[access.ID]*heldSecret{}} }

// once runs make for a form of a person, and answers the same to every copy of
// the form.
func (s *shownSecrets) once(person access.ID, token string, make func() (shownSecret, error)) (shownSecret, error) {
	h := s.of(person)
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.token == token && h.shown.Secret != "" && time.Now().Before(h.until) {
		return h.shown, nil
	}
	shown, err := make()
	if err == nil {
		h.token, h.shown, h.until = token, shown, time.Now().Add(secretShownFor)
	}
	return shown, err
}

func (s *shownSecrets) get(person access.ID, token string) (shownSecret, bool) {
	h := s.of(person)
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.shown, h.token == token && h.shown.Secret != "" && time.Now().Before(h.until)
}

// of makes room by forgetting those whose time is over, then any.
func (s *shownSecrets) of(person access.ID) *heldSecret {
	s.mu.Lock()
	defer s.mu.Unlock()
	h, ok := s.held[person]
	if ok {
		return h
	}
	for id, old := range s.held {
		if len(s.held) < maxShownSecrets && !old.isOver() {
			continue
		}
		delete(s.held, id)
	}
	h = &heldSecret{}
	s.held[person] = h
	return h
}

// isOver does not wait for one that is just being made.
func (h *heldSecret) isOver() bool {
	if !h.mu.TryLock() {
		return false
	}
	defer h.mu.Unlock()
	return time.Now().After(h.until)
}

func (s *shownSecrets) forget(person access.ID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.held, person)
}

// meSecretPage shows a recovery secret.
type meSecretPage struct {
	Words
	shownSecret
	Wrong string
}

func (p *Pages) secretPage(v *page, shown shownSecret) view {
	p.headMe(v, v.Say("me_secret_title"))
	v.Head.Scripts = append(v.Head.Scripts, "me.js")
	v.Data = &meSecretPage{Words: v.Words, shownSecret: shown}
	return view{Template: "me_secret.html"}
}

// takeSecret notes the tick. Sent without it, the page comes again while it
// can.
func (p *Pages) takeSecret(ctx context.Context, r *http.Request, v *page, who access.Session) (view, error) {
	if err := readMeForm(r); err != nil {
		return view{}, err
	}
	if r.PostForm.Get("kept") == "" {
		shown, ok := p.secrets.get(who.Person.ID, firstBytes(r.PostForm.Get("token"), maxReportToken))
		if !ok {
			return view{Redirect: mePath}, nil
		}
		answer := p.secretPage(v, shown)
		v.Data.(*meSecretPage).Wrong = v.Say("me_secret_unticked")
		answer.Status = http.StatusUnprocessableEntity
		return answer, nil
	}
	if err := p.doors.Members.KeepSecret(ctx, who.Person); err != nil {
		return view{}, err
	}
	p.secrets.forget(who.Person.ID)
	return view{Redirect: mePath + "?fait=secret"}, nil
}
