package demo

import (
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"

	"courtcircuit/node/card"
)

var today = time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)

func peopleOf(city, count int, seed uint64) []card.Profile {
	return people(cities[city], count, rand.New(rand.NewPCG(seed, 1)), today)
}

func TestPeopleAreFictional(t *testing.T) {
	for i, c := range cities {
		cards := peopleOf(i, 40, 7)
		if len(cards) != 40 {
			t.Fatalf("%d people in %s, 40 expected", len(cards), c.name)
		}
		for _, p := range cards {
			if !strings.Contains(p.About, "Personne fictive") || !strings.Contains(p.About, "Fictional person") {
				t.Errorf("%s of %s does not say that the person is fictional: %q", p.Name, c.name, p.About)
			}
			if p.Name == "" || len(p.Skills) < 2 || p.Place.Text == "" {
				t.Errorf("an empty card in %s: %+v", c.name, p)
			}
		}
		if !strings.Contains(c.about, "fictif") {
			t.Errorf("%s does not say that it is fictional", c.collective)
		}
		open := 0
		for _, m := range missions(i, today) {
			if !strings.Contains(m.Title, "fictive") || !strings.Contains(m.Description, "fictive") {
				t.Errorf("a mission of %s does not say that it is fictional: %q", c.name, m.Title)
			}
			if m.end == nil {
				open++
			}
		}
		if all := len(missions(i, today)); open != 2 || all != 3 {
			t.Errorf("%d of %d missions of %s are open, 2 of 3 expected", open, all, c.name)
		}
	}
}

// Names are free, and the demonstration shows what tells two people apart.
func TestTwoCamilleMoreauInToulouse(t *testing.T) {
	for i, c := range cities {
		var both []card.Profile
		for _, p := range peopleOf(i, 30, 7) {
			if p.Name == "Camille Moreau" {
				both = append(both, p)
			}
		}
		want := 0
		if c.name == "Toulouse" {
			want = 2
		}
		if len(both) != want {
			t.Fatalf("%d Camille Moreau in %s, %d expected", len(both), c.name, want)
		}
		if want == 2 && (both[0].Place.Text != "Toulouse" || both[1].Place.Text != "Toulouse" || both[0].Headline == both[1].Headline) {
			t.Errorf("nothing tells them apart: %+v", both)
		}
	}
}

func TestOneSeedGivesOnePeople(t *testing.T) {
	for i := range cities {
		if !reflect.DeepEqual(peopleOf(i, 25, 3), peopleOf(i, 25, 3)) {
			t.Errorf("other people in %s from the same seed", cities[i].name)
		}
		if reflect.DeepEqual(peopleOf(i, 25, 3), peopleOf(i, 25, 4)) {
			t.Errorf("the same people in %s from another seed", cities[i].name)
		}
	}
}

func TestConfigIsChecked(t *testing.T) {
	for _, c := range []struct {
		cfg  Config
		want string
	}{
		{Config{Nodes: 3, Profiles: 60}, ""},
		{Config{Nodes: MaxNodes, Profiles: 10_000}, ""},
		{Config{Nodes: 0, Profiles: 60}, "0 nodes, 1 to 8 expected"},
		{Config{Nodes: MaxNodes + 1, Profiles: 60}, "9 nodes, 1 to 8 expected"},
		{Config{Nodes: 3, Profiles: 2}, "2 profiles, 3 to 10000 expected"},
		{Config{Nodes: 3, Profiles: 10_001}, "10001 profiles, 3 to 10000 expected"},
	} {
		err := c.cfg.Validate()
		if (err == nil) != (c.want == "") || (err != nil && !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%+v: %v; %q expected", c.cfg, err, c.want)
		}
	}
}
