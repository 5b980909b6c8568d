package node

import (
	"bytes"
	"context"
	"encoding/json"
	"reflect"
	"testing"

	"courtcircuit/node/card"
)

func plainJSON(t *testing.T, v any) string {
	t.Helper()
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// What a search answers of a card is the card as it is read by itself, and
// what was written beforehand is its JSON; also after the card, or what is
// said of it elsewhere, has changed.
func TestReadyCardsAreWholeCards(t *testing.T) {
	n := namedNode(t)
	ctx := context.Background()
	p := camille("Graphiste <&> \"illustratrice\"", "graphisme", "illustration")
	p.Links = []card.Link{{Label: "Site", URL: "https://exemple.fr/?a=1&b=2"}}
	done := mustPublish(t, n, p, "")
	mustPublish(t, n, camille("Autre"), "")
	m, err := n.PostMission(ctx, card.Mission{Title: "Affiche", Place: card.Place{Text: "Toulouse"}, Needs: []card.Need{{Skill: "graphisme"}}, Budget: &card.Budget{Max: 3000, Currency: "EUR", Per: "mission"}}, true)
	if err != nil {
		t.Fatal(err)
	}
	compare := func() {
		t.Helper()
		for range 2 { // read, then kept
			people, err := n.SearchProfiles(ctx, card.Search{})
			if err != nil || len(people.Results) != 2 {
				t.Fatal(err, people)
			}
			toWrite, err := n.SearchProfiles(ctx, card.Search{ToWrite: true})
			if err != nil || len(toWrite.Results) != 2 {
				t.Fatal(err, toWrite)
			}
			for i := range people.Results {
				f := &people.Results[i]
				want, err := n.Profile(ctx, f.ID)
				if err != nil || !reflect.DeepEqual(f.Profile, want) || f.Ready == nil {
					t.Errorf("%v: found %+v, expected %+v", err, f.Profile, want)
				}
				got, err := f.AppendJSON(nil)
				if err != nil || string(got)+"\n" != plainJSON(t, f) {
					t.Errorf("%v: written %s, expected %s", err, got, plainJSON(t, f))
				}
				if less, err := toWrite.Results[i].AppendJSON(nil); err != nil || string(less) != string(got) {
					t.Errorf("%v: with ToWrite %s, expected %s", err, less, got)
				}
			}
			missions, err := n.SearchMissions(ctx, card.Search{})
			if err != nil || len(missions.Results) != 1 {
				t.Fatal(err, missions)
			}
			missionsToWrite, err := n.SearchMissions(ctx, card.Search{ToWrite: true})
			if err != nil || len(missionsToWrite.Results) != 1 {
				t.Fatal(err, missionsToWrite)
			}
			f := &missions.Results[0]
			want, err := n.Mission(ctx, m.ID)
			if err != nil || !reflect.DeepEqual(f.Mission, want) || f.Ready == nil {
				t.Errorf("%v: found %+v, expected %+v", err, f.Mission, want)
			}
			if got, err := f.AppendJSON(nil); err != nil || string(got)+"\n" != plainJSON(t, f) {
				t.Errorf("%v: written %s, expected %s", err, got, plainJSON(t, f))
			}
			if got, err := missionsToWrite.Results[0].AppendJSON(nil); err != nil || string(got)+"\n" != plainJSON(t, f) {
				t.Errorf("%v: with ToWrite %s, expected %s", err, got, plainJSON(t, f))
			}
		}
	}
	compare()
	p.About, p.ID = "Une autre", done.ID
	if _, err := n.ReplaceProfile(ctx, done.ID, p); err != nil {
		t.Fatal(err)
	}
	compare()
	if _, err := n.EditCollective(ctx, card.Collective{Name: "Les Indés & Cie", Place: card.Place{Text: "Toulouse"}}); err != nil {
		t.Fatal(err)
	}
	compare()
}
