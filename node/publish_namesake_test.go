package node

import (
	"context"
	"strings"
	"testing"

	"courtcircuit/node/card"
	"courtcircuit/node/httpapi/api"
)

// person is a card of somebody in Albi.
func person(name, headline string) card.Profile {
	p := camille(headline)
	p.Name, p.Place = name, card.Place{Text: "Albi"}
	return p
}

// imported publishes and wants each row to become what is said of it: new,
// same (as the card before), changed, or refused.
func imported(t *testing.T, n *Node, items []api.Import, want ...string) []api.Imported {
	t.Helper()
	done, err := n.PublishProfiles(context.Background(), items)
	if err != nil {
		t.Fatal(err)
	}
	for i, d := range done {
		got := "changed"
		switch {
		case d.Err != nil:
			got = "refused"
			p := wantProblem(t, d.Err, card.Conflict, "name")
			if p.Expected == "" || len(p.Candidates) == 0 || !strings.Contains(p.Detail, p.Candidates[0].ID) {
				t.Errorf("row %d: %+v", i, p)
			}
		case d.Published.Created:
			got = "new"
		case d.Published.Unchanged:
			got = "same"
		}
		if (got == "new") != (d.Published.RecoverySecret != "") || (got == "refused") != (d.Published.ID == "") {
			t.Errorf("row %d is %s: %+v", i, got, d.Published)
		}
		if got != want[i] {
			t.Errorf("row %d is %s, %s expected (%v)", i, got, want[i], d.Err)
		}
	}
	return done
}

func wantOwn(t *testing.T, n *Node, count int) {
	t.Helper()
	if own, err := n.OwnProfiles(context.Background()); err != nil || len(own) != count || len(n.keys.Members()) != count {
		t.Errorf("%v: %d cards and %d keys, %d expected", err, len(own), len(n.keys.Members()), count)
	}
}

// A list that comes again without references makes nobody twice.
func TestImportAgainMakesNobodyTwice(t *testing.T) {
	n := namedNode(t)
	list := []api.Import{{Profile: person("Léa Roux", "Brodeuse")}, {Profile: person("Jo Blanc", "Luthier")}}
	first := imported(t, n, list, "new", "new")
	again := imported(t, n, list, "same", "same")
	if again[0].Published.ID != first[0].Published.ID || again[0].Published.RecordID != first[0].Published.RecordID || again[1].Published.ID != first[1].Published.ID {
		t.Errorf("%+v", again)
	}
	imported(t, n, []api.Import{{Profile: person("LÉA  ROUX", "Relieuse")}}, "refused")
	elsewhere := person("Léa Roux", "Relieuse")
	elsewhere.Place = card.Place{Text: "Toulouse"}
	imported(t, n, []api.Import{{Profile: elsewhere}}, "new") // another place: the words do not say that it is she
	wantOwn(t, n, 3)

	// The card's id changes it, and a reference beside it names it from then on.
	byID := api.Import{ProfileID: first[0].Published.ID, Ref: "7", Profile: person("Léa Roux", "Relieuse")}
	if done := imported(t, n, []api.Import{byID}, "changed"); done[0].Published.ID != first[0].Published.ID {
		t.Errorf("%+v", done)
	}
	if done := imported(t, n, []api.Import{{Ref: "7", Profile: person("Léa Roux", "Relieuse d'art")}}, "changed"); done[0].Published.ID != first[0].Published.ID {
		t.Errorf("%+v", done)
	}
	wantOwn(t, n, 3)
}

// Within one list, too; and whoever says that it is somebody else is believed.
func TestNamesakesInOneList(t *testing.T) {
	n := namedNode(t)
	twice := imported(t, n, []api.Import{{Profile: person("Léa Roux", "Brodeuse")}, {Profile: person("Léa Roux", "Brodeuse")}, {Profile: person("Léa Roux", "Relieuse")}}, "new", "same", "refused")
	if twice[0].Published.ID != twice[1].Published.ID {
		t.Errorf("%+v", twice)
	}
	imported(t, n, []api.Import{{Another: true, Profile: person("Léa Roux", "Relieuse")}, {Another: true, Profile: person("Léa Roux", "Relieuse")}}, "new", "new")
	wantOwn(t, n, 3)
	// Two references are two people, the first time and later.
	listed := []api.Import{{Ref: "1", Profile: person("Jo Blanc", "Luthier")}, {Ref: "2", Profile: person("Jo Blanc", "Luthière")}}
	imported(t, n, listed, "new", "new")
	imported(t, n, listed, "changed", "changed")
	imported(t, n, []api.Import{{Ref: "3", Profile: person("Jo Blanc", "Facteur d'orgues")}}, "new")
	imported(t, n, []api.Import{{Profile: person("Jo Blanc", "Archetier")}}, "refused")
	wantOwn(t, n, 6)
}

// A list that gets references only later finds its people.
func TestReferencesThatComeLater(t *testing.T) {
	n := namedNode(t)
	first := imported(t, n, []api.Import{{Profile: person("Léa Roux", "Brodeuse")}}, "new")
	imported(t, n, []api.Import{{Ref: "1", Profile: person("Léa Roux", "Relieuse")}}, "refused")
	imported(t, n, []api.Import{{Ref: "1", Profile: person("Léa Roux", "Brodeuse")}}, "same")
	if done := imported(t, n, []api.Import{{Ref: "1", Profile: person("Léa Roux", "Relieuse")}}, "changed"); done[0].Published.ID != first[0].Published.ID {
		t.Errorf("%+v", done)
	}
	wantOwn(t, n, 1)
	done, err := n.PublishProfiles(context.Background(), []api.Import{{ProfileID: "nobody", Profile: person("X", "Y")}, {ProfileID: fullIDExample, Profile: person("X", "Y")}})
	if err != nil {
		t.Fatal(err)
	}
	wantProblem(t, done[0].Err, card.Invalid, "profile_id")
	wantProblem(t, done[1].Err, card.NotFound, "id")
}
