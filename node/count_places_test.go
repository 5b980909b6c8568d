package node

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"courtcircuit/node/card"
)

func TestOverviewCountsByCommune(t *testing.T) {
	ctx := context.Background()
	n := namedNode(t)
	for _, place := range []string{"Toulouse", "43.61,1.44", "Blagnac", "Paris 11e", "Paris 4e", "Paris", "46,-30"} {
		p := camille("Graphiste")
		p.Place = card.Place{Text: place}
		mustPublish(t, n, p, "")
	}
	open, err := n.PostMission(ctx, brochure(), true)
	if err != nil {
		t.Fatal(err)
	}
	done, err := n.PostMission(ctx, brochure(), true)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := n.AttributeMission(ctx, done.ID); err != nil {
		t.Fatal(err)
	}
	o, err := n.Overview(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if o.Profiles != 7 || o.Missions != 1 || o.Collectives != 1 || o.At.IsZero() {
		t.Errorf("%+v", o)
	}
	var got []string
	sum := 0
	for _, p := range o.Places {
		got = append(got, p.Slug)
		sum += p.Profiles
		if q, ok := (webBackend{n}).PlaceBySlug(p.Slug); !ok || q.Name != p.Place.Name {
			t.Errorf("%s leads to %+v", p.Slug, q)
		}
	}
	if want := []string{"paris", "toulouse", "blagnac"}; !slices.Equal(got, want) || sum != 6 {
		t.Errorf("%v with %d people, %v with 6 expected", got, sum, want)
	}
	if p := o.Places[1]; p.Missions != 1 || p.Collectives != 1 || p.Profiles != 2 {
		t.Errorf("Toulouse: %+v", p)
	}
	// A mission whose last day is over is not counted any more.
	later, err := n.countPlaces(ctx, time.Now().AddDate(0, 0, 11))
	if err != nil || later.Missions != 0 {
		t.Errorf("%d missions after %s (%v)", later.Missions, open.ApplyBy, err)
	}
}

// Towns of one name are all listed, and no town twice.
func TestOverviewKeepsNamesakesApart(t *testing.T) {
	n := namedNode(t)
	for _, place := range []string{"Saint-Denis (93)", "Saint-Denis (974)", "93200"} {
		p := camille("Graphiste")
		p.Place = card.Place{Text: place}
		mustPublish(t, n, p, "")
	}
	o, err := n.Overview(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	var slugs []string
	for _, p := range o.Places {
		if strings.HasPrefix(p.Slug, "saint-denis") {
			slugs = append(slugs, p.Slug)
		}
	}
	if want := []string{"saint-denis-93", "saint-denis-974"}; !slices.Equal(slugs, want) {
		t.Errorf("%v, %v expected", slugs, want)
	}
}
