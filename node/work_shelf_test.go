package node

import (
	"strings"
	"testing"

	"courtcircuit/node/access"
	"courtcircuit/node/card"
)

func festival(people ...string) card.Work {
	w := card.Work{Title: "Un festival", Year: 2025, Text: "Affiches et site.", Client: "La Halle", Consent: true}
	for _, id := range people {
		w.Members = append(w.Members, card.WorkMember{ID: id, Agreed: true}) // the coordinator cannot agree for them
	}
	return w
}

// What is shown to everybody: the client with consent, a person once they said
// so themselves and while their card stands.
func TestWorksNameNobodyUnasked(t *testing.T) {
	n := namedNode(t)
	ctx := t.Context()
	c, page := console{n}, webBackend{n}
	person := mustPublish(t, n, camille("Graphiste"), "")
	kept, err := c.PutWork(ctx, ada, festival(person.ID))
	if err != nil || kept.ID == "" || kept.Members[0].Agreed || kept.Members[0].Name != "Camille Moreau" {
		t.Fatal(err, kept)
	}
	shown := func() card.Work {
		t.Helper()
		works, err := page.Works(ctx)
		if err != nil || len(works) != 1 {
			t.Fatal(err, works)
		}
		return works[0]
	}
	if w := shown(); len(w.Members) != 0 || w.Client != "La Halle" {
		t.Errorf("%+v", w)
	}
	if naming, err := n.WorksNaming(ctx, person.ID); err != nil || len(naming) != 1 || naming[0].Members[0].Agreed {
		t.Error(err, naming)
	}
	me := access.Person{Role: access.Member, Name: "Camille Moreau"}
	if err := n.AgreeWork(ctx, me, person.ID, kept.ID, true); err != nil {
		t.Fatal(err)
	}
	if w := shown(); len(w.Members) != 1 || w.Members[0].Name != "Camille Moreau" {
		t.Errorf("%+v", w)
	}
	// Other years leave the consent, other words ask again.
	next := festival(person.ID)
	next.ID, next.Year = kept.ID, 2024
	if _, err := c.PutWork(ctx, ada, next); err != nil || len(shown().Members) != 1 {
		t.Error(err, "the consent is lost")
	}
	next.Text = "Un tout autre texte."
	if _, err := c.PutWork(ctx, ada, next); err != nil || len(shown().Members) != 0 {
		t.Error(err, "agreed to words that they never read")
	}
	if err := n.AgreeWork(ctx, me, person.ID, kept.ID, true); err != nil {
		t.Fatal(err)
	}
	if err := n.AgreeWork(ctx, me, person.ID, kept.ID, false); err != nil || len(shown().Members) != 0 {
		t.Error(err, "still named after taking it back")
	}
	if err := n.AgreeWork(ctx, me, person.ID, kept.ID, true); err != nil {
		t.Fatal(err)
	}
	if _, err := n.Hide(ctx, "profile", person.ID, ""); err != nil || len(shown().Members) != 0 {
		t.Error(err, "a card that is hidden here is named")
	}
	if err := n.Unhide(ctx, "profile", person.ID); err != nil {
		t.Fatal(err)
	}
	if err := n.RemoveProfile(ctx, person.ID); err != nil || len(shown().Members) != 0 {
		t.Error(err, "somebody who was erased is named")
	}
	if err := c.DeleteWork(ctx, ada, kept.ID); err != nil {
		t.Fatal(err)
	}
	if works, err := page.Works(ctx); err != nil || len(works) != 0 {
		t.Error(err, works)
	}
	if len(wiresOf(t, n)) != 2 { // the collective, and the erasure
		t.Errorf("%d records: works are none", len(wiresOf(t, n)))
	}
}

func TestWorksAreRefused(t *testing.T) {
	n := namedNode(t)
	c, ctx := console{n}, t.Context()
	for name, c2 := range map[string]struct {
		change func(*card.Work)
		field  string
	}{
		"no title":              {func(w *card.Work) { w.Title = " " }, "title"},
		"a long title":          {func(w *card.Work) { w.Title = strings.Repeat("é", maxWorkTitle+1) }, "title"},
		"a long text":           {func(w *card.Work) { w.Text = strings.Repeat("é", maxWorkText+1) }, "text"},
		"a year long ago":       {func(w *card.Work) { w.Year = 1949 }, "year"},
		"a year far ahead":      {func(w *card.Work) { w.Year = 2999 }, "year"},
		"no consent":            {func(w *card.Work) { w.Consent = false }, "consent"},
		"somebody unknown":      {func(w *card.Work) { w.Members = []card.WorkMember{{ID: fullIDExample}} }, "members"},
		"no id":                 {func(w *card.Work) { w.Members = []card.WorkMember{{ID: "camille"}} }, "members"},
		"more than take part":   {func(w *card.Work) { w.Members = make([]card.WorkMember, maxWorkMembers+1) }, "members"},
		"one that is not kept":  {func(w *card.Work) { w.ID = fullIDExample }, "id"},
		"an id that is no such": {func(w *card.Work) { w.ID = "x" }, "id"},
	} {
		w := festival()
		c2.change(&w)
		_, err := c.PutWork(ctx, ada, w)
		cause := card.Invalid
		if c2.field == "id" {
			cause = card.NotFound
		}
		t.Run(name, func(t *testing.T) { wantProblem(t, err, cause, c2.field) })
	}
	wantProblem(t, c.DeleteWork(ctx, ada, fullIDExample), card.NotFound, "id")
	wantProblem(t, n.AgreeWork(ctx, ada, fullIDExample, fullIDExample, true), card.NotFound, "id")
	kept, err := c.PutWork(ctx, ada, festival())
	if err != nil {
		t.Fatal(err)
	}
	// Nobody agrees to a work that does not name them.
	wantProblem(t, n.AgreeWork(ctx, ada, fullIDExample, kept.ID, true), card.NotFound, "id")
}
