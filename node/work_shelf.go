package node

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"time"
	"unicode/utf8"

	"courtcircuit/node/access"
	"courtcircuit/node/card"
	"courtcircuit/node/inbox"
	"courtcircuit/protocol"
)

// work is something the collective has done, as it lies in the inbox. It is
// shown on this node's own page and never becomes a record.
type work struct {
	Title     string       `json:"title"`
	Year      int          `json:"year"`
	Text      string       `json:"text,omitempty"`
	Client    string       `json:"client,omitempty"`
	Consent   bool         `json:"consent"`
	Members   []workMember `json:"members,omitempty"`
	CreatedAt time.Time    `json:"created_at"`
}

// workMember is somebody who took part. Agreed is theirs to say.
type workMember struct {
	Profile string `json:"profile"`
	Agreed  bool   `json:"agreed"`
}

// The bounds of a work, in characters and people.
const (
	maxWorkTitle   = protocol.MaxTitleRunes
	maxWorkText    = 2000
	maxWorkClient  = 120
	maxWorkMembers = 24
	firstWorkYear  = 1950
)

func (n *Node) workShelf() inbox.Shelf[work] { return inbox.NewShelf[work](n.inbox, inbox.SpaceWorks) }

// Works are all of them for coordinators, the latest year first.
func (c console) Works(context.Context) ([]card.Work, error) {
	return c.works(func(work) bool { return true })
}

// WorksNaming are the works that name a person by the id of the card, whether
// they agreed or not.
func (n *Node) WorksNaming(_ context.Context, profileID string) ([]card.Work, error) {
	return n.works(func(w work) bool { return w.at(profileID) >= 0 })
}

// Works are what the collective's page shows: a client by name only with
// consent, a person only once they agreed and while their card stands.
func (b webBackend) Works(context.Context) ([]card.Work, error) {
	all, err := b.works(func(work) bool { return true })
	for i := range all {
		w := &all[i]
		if !w.Consent {
			w.Client = ""
		}
		w.Members = slices.DeleteFunc(w.Members, func(m card.WorkMember) bool { return !m.Agreed || m.Name == "" })
	}
	return all, err
}

func (n *Node) works(keep func(work) bool) ([]card.Work, error) {
	type dated struct {
		card.Work
		at time.Time
	}
	var found []dated
	err := n.workShelf().Each(func(id inbox.ID, w work) error {
		if keep(w) {
			found = append(found, dated{n.workCard(id, w), w.CreatedAt})
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read works: %w", err)
	}
	slices.SortFunc(found, func(a, b dated) int {
		return cmp.Or(cmp.Compare(b.Year, a.Year), b.at.Compare(a.at), cmp.Compare(a.ID, b.ID))
	})
	out := make([]card.Work, len(found))
	for i := range found {
		out[i] = found[i].Work
	}
	return out, nil
}

// workCard names those who took part as their cards do now; "" for a card
// that is not shown here any more.
func (n *Node) workCard(id inbox.ID, w work) card.Work {
	c := card.Work{ID: protocol.StableID(id).String(), Title: w.Title, Year: w.Year, Text: w.Text, Client: w.Client, Consent: w.Consent}
	now := time.Now()
	for _, m := range w.Members {
		shown := card.WorkMember{ID: m.Profile, Agreed: m.Agreed}
		if raw, err := protocol.ParseID(m.Profile); err == nil {
			if _, body, err := n.shownRecord(protocol.KindProfile, raw, now); err == nil {
				shown.Name = body.(*protocol.Profile).Name
			}
		}
		c.Members = append(c.Members, shown)
	}
	return c
}

func (w work) at(profileID string) int {
	return slices.IndexFunc(w.Members, func(m workMember) bool { return m.Profile == profileID && profileID != "" })
}

// PutWork keeps a work, or changes the one of that id. What people agreed to
// stays as they said it, unless the words that they agreed to have changed.
func (c console) PutWork(_ context.Context, by access.Person, w card.Work) (card.Work, error) {
	next, err := c.checkWork(w, time.Now())
	if err != nil {
		return card.Work{}, err
	}
	id := inbox.ID{}
	if w.ID == "" {
		rand.Read(id[:])
	} else if id, err = parseID("work", w.ID); err != nil {
		return card.Work{}, err
	}
	shelf := c.workShelf()
	err = c.inbox.Update(func(tx *inbox.Tx) error {
		if w.ID != "" {
			old, err := shelf.GetIn(tx, id)
			if err != nil {
				return err
			}
			next.keepAgreed(old)
		}
		return shelf.PutIn(tx, id, next)
	})
	if err = workProblem(err, w.ID); err != nil {
		return card.Work{}, err
	}
	c.audit(by, "work-kept", next.Title)
	return c.workCard(id, next), nil
}

func (w *work) keepAgreed(old work) {
	w.CreatedAt = old.CreatedAt
	if w.Title != old.Title || w.Text != old.Text || w.Client != old.Client {
		return
	}
	for i := range w.Members {
		if at := old.at(w.Members[i].Profile); at >= 0 {
			w.Members[i].Agreed = old.Members[at].Agreed
		}
	}
}

func (n *Node) checkWork(w card.Work, now time.Time) (work, error) {
	next := work{Title: cleanLine(w.Title), Year: w.Year, Text: cleanText(w.Text), Client: cleanLine(w.Client), Consent: w.Consent, CreatedAt: now.UTC()}
	for field, text := range map[string]struct {
		value       string
		least, most int
	}{"title": {next.Title, 1, maxWorkTitle}, "text": {next.Text, 0, maxWorkText}, "client": {next.Client, 0, maxWorkClient}} {
		if n := utf8.RuneCountInString(text.value); n < text.least || n > text.most {
			return work{}, invalid(field, fmt.Sprintf("%d to %d characters", text.least, text.most), "the text has %d", n)
		}
	}
	if next.Year < firstWorkYear || next.Year > now.Year()+1 {
		return work{}, invalid("year", fmt.Sprintf("%d to %d", firstWorkYear, now.Year()+1), "%d is no year for a work", next.Year)
	}
	if next.Client != "" && !next.Consent {
		return work{}, invalid("consent", "the client's consent, or no name", "a client is named only with their consent")
	}
	if len(w.Members) > maxWorkMembers {
		return work{}, invalid("members", fmt.Sprintf("at most %d people", maxWorkMembers), "%d people are too many", len(w.Members))
	}
	for _, m := range w.Members {
		raw, err := protocol.ParseID(m.ID)
		if err != nil {
			return work{}, invalid("members", "ids of members' cards", "%s is no id", shortWords(m.ID))
		}
		if _, _, err := n.recordOf(protocol.KindProfile, raw, now); err != nil {
			return work{}, invalid("members", "members whose card stands", "no card %s is held here", shortWords(m.ID))
		}
		if next.at(m.ID) < 0 {
			next.Members = append(next.Members, workMember{Profile: m.ID})
		}
	}
	return next, nil
}

// DeleteWork deletes a work with what people agreed to.
func (c console) DeleteWork(_ context.Context, by access.Person, id string) error {
	raw, err := parseID("work", id)
	if err != nil {
		return err
	}
	old, err := c.workShelf().Get(raw)
	if err == nil {
		err = c.workShelf().Delete(raw)
	}
	return c.noted(by, "work-deleted", old.Title, workProblem(err, id))
}

// AgreeWork is what a person says of being named with a work; by is that
// person, profileID their card.
func (n *Node) AgreeWork(_ context.Context, by access.Person, profileID, workID string, agree bool) error {
	raw, err := parseID("work", workID)
	if err != nil {
		return err
	}
	title := ""
	err = n.workShelf().Change(raw, func(w *work) error {
		at := w.at(profileID)
		if at < 0 {
			return notFound("work", workID)
		}
		w.Members[at].Agreed, title = agree, w.Title
		return nil
	})
	if err = workProblem(err, workID); err != nil {
		return err
	}
	n.audit(by, map[bool]string{true: "work-agreed", false: "work-refused"}[agree], title)
	return nil
}

func workProblem(err error, id string) error {
	switch {
	case errors.Is(err, inbox.ErrNotFound):
		return notFound("work", id)
	case errors.Is(err, inbox.ErrFull):
		return conflict("as many works are kept as a node can hold; delete some")
	}
	return problemOf(err)
}
