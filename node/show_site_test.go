package node

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"courtcircuit/node/card"
	"courtcircuit/protocol"
)

func TestSiteSaysWhoServesIt(t *testing.T) {
	ctx := context.Background()
	n := serviceNode(t, t.TempDir())
	s, err := n.Site(ctx)
	if err != nil || s.Collective != nil || !s.Empty || s.Connected || s.Demo {
		t.Errorf("without a name: %+v, %v", s, err)
	}
	nameNode(t, n)
	p := mustPublish(t, n, camille("Graphiste", "graphisme"), "")
	if s, err = n.Site(ctx); err != nil || s.Empty || s.Collective == nil || s.Collective.Name != "Les Indés" || s.Collective.Members != 0 || s.Collective.Skills != nil {
		t.Fatalf("%+v, %v", s, err)
	}
	s.Collective.Name = "changed by a reader"
	// A new version is seen at once, whatever is remembered.
	c, err := n.Collective(ctx, "")
	if err != nil {
		t.Fatal(err)
	}
	c.Contact = "bonjour@example.org"
	if _, err := n.EditCollective(ctx, c); err != nil {
		t.Fatal(err)
	}
	if s, err = n.Site(ctx); err != nil || s.Collective.Contact != "bonjour@example.org" || s.Collective.Name != "Les Indés" {
		t.Errorf("%+v, %v", s.Collective, err)
	}
	if err := n.RemoveProfile(ctx, p.ID); err != nil {
		t.Fatal(err)
	}
	if s, err = n.Site(ctx); err != nil || !s.Empty {
		t.Errorf("nobody is left: %+v, %v", s, err)
	}
	cfg := serviceConfig(t, t.TempDir())
	cfg.Network = "demo-0123"
	if s, err = openService(t, cfg).Site(ctx); err != nil || !s.Demo {
		t.Errorf("a demonstration: %+v, %v", s, err)
	}
}

func TestMembersByName(t *testing.T) {
	ctx := context.Background()
	n, other := namedNode(t), namedNode(t)
	var ids []string
	for _, name := range []string{"Zoé", "émile", "Anne", "Émile", "Bruno"} {
		p := camille("Graphiste")
		p.Name = name
		ids = append(ids, mustPublish(t, n, p, "").ID)
	}
	feed(t, other, wiresOf(t, n)...)
	gone := mustPublish(t, n, camille("Graphiste"), "")
	if err := n.RemoveProfile(ctx, gone.ID); err != nil {
		t.Fatal(err)
	}
	emiles := []string{ids[1], ids[3]}
	slices.Sort(emiles)
	want := []string{ids[2], ids[4], emiles[0], emiles[1], ids[0]}
	own, err := n.Collective(ctx, "")
	if err != nil {
		t.Fatal(err)
	}
	for _, ask := range []struct {
		n     *Node
		id    string
		limit int
	}{{n, "", 500}, {n, own.ID, 500}, {other, own.ID, 500}, {n, "", 2}, {n, "", 1}} {
		got, err := ask.n.Members(ctx, ask.id, ask.limit)
		if err != nil {
			t.Fatal(err)
		}
		var gotIDs []string
		for _, p := range got {
			gotIDs = append(gotIDs, p.ID)
			if len(p.Collectives) != 1 || !p.Collectives[0].Verified {
				t.Errorf("%s is a member of %+v", p.Name, p.Collectives)
			}
		}
		if !slices.Equal(gotIDs, want[:min(ask.limit, len(want))]) {
			t.Errorf("limit %d: %v, %v expected", ask.limit, gotIDs, want)
		}
	}
	if got, err := other.Members(ctx, "", 10); err != nil || len(got) != 0 {
		t.Errorf("%d members of a collective without any (%v)", len(got), err)
	}
	for _, limit := range []int{-1, 0, maxListed + 1} {
		_, err := n.Members(ctx, "", limit)
		wantProblem(t, err, card.Invalid, "limit")
		_, err = n.MissionsOf(ctx, "", limit)
		wantProblem(t, err, card.Invalid, "limit")
	}
	_, err = n.Members(ctx, ids[0], 10)
	wantProblem(t, err, card.NotFound, "id")
	_, err = n.Members(ctx, "x", 10)
	wantProblem(t, err, card.NotFound, "id")
}

func TestMissionsOfNewestFirst(t *testing.T) {
	ctx := context.Background()
	n := namedNode(t)
	var want []string
	for i := range 4 {
		m := brochure()
		m.Title = fmt.Sprint("Mission ", i)
		posted, err := n.PostMission(ctx, m, true)
		if err != nil {
			t.Fatal(err)
		}
		want = append(want, posted.ID)
	}
	if _, err := n.PostMission(ctx, brochure(), false); err != nil {
		t.Fatal(err)
	}
	slices.Reverse(want)
	if _, err := n.AttributeMission(ctx, want[3]); err != nil { // issued again: now the newest
		t.Fatal(err)
	}
	want = []string{want[3], want[0], want[1], want[2]}
	for _, limit := range []int{500, 2} {
		got, err := n.MissionsOf(ctx, "", limit)
		var ids []string
		for _, m := range got {
			ids = append(ids, m.ID)
		}
		if err != nil || !slices.Equal(ids, want[:min(limit, 4)]) {
			t.Errorf("%v (%v), %v expected", ids, err, want)
		}
	}
}

// Pages never show a draft, whoever asks.
func TestPagesSeeNoDraft(t *testing.T) {
	ctx := context.Background()
	n := namedNode(t)
	draft, err := n.PostMission(ctx, brochure(), false)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := n.Mission(ctx, draft.ID); err != nil {
		t.Error(err)
	}
	_, err = webBackend{n}.Mission(ctx, draft.ID)
	wantProblem(t, err, card.NotFound, "id")
	_, err = webBackend{n}.Mission(ctx, "x")
	wantProblem(t, err, card.NotFound, "id")
}

func TestNamesLike(t *testing.T) {
	ctx := context.Background()
	n := namedNode(t)
	one := mustPublish(t, n, camille("Graphiste"), "")
	if count, err := n.NamesLike(ctx, one); err != nil || count != 0 {
		t.Errorf("alone: %d, %v", count, err)
	}
	for _, place := range []string{"Toulouse", "43.61,1.44", "Blagnac", "Paris"} {
		p := camille("Illustratrice")
		p.Name, p.Place = "camille  MOREAU", card.Place{Text: place}
		mustPublish(t, n, p, "")
	}
	other := camille("Graphiste")
	other.Name = "Camille Moreaux"
	mustPublish(t, n, other, "")
	if count, err := n.NamesLike(ctx, one); err != nil || count != 2 {
		t.Errorf("%d namesakes in Toulouse (%v), 2 expected", count, err)
	}
	one.Place = card.Place{}
	if count, err := n.NamesLike(ctx, one); err != nil || count != 0 {
		t.Errorf("of nowhere: %d, %v", count, err)
	}
}

func TestCitySlug(t *testing.T) {
	b := webBackend{serviceNode(t, t.TempDir())}
	for slug, p := range map[string]card.ResolvedPlace{
		"toulouse":  {Lat: 43.6, Lon: 1.44},
		"paris":     {Lat: 48.86, Lon: 2.38}, // the 11th
		"lyon":      {Lat: 45.76, Lon: 4.85},
		"marseille": {Lat: 43.25, Lon: 5.41},
		"":          {Lat: 46, Lon: -30}, // the Atlantic
	} {
		if got := b.CitySlug(p); got != slug {
			t.Errorf("%v: %q, %q expected", p, got, slug)
		}
	}
	for _, wrong := range []card.ResolvedPlace{{Lat: 91}, {Lon: 181}, {Lat: -1e300, Lon: 1e300}} {
		if got := b.CitySlug(wrong); got != "" {
			t.Errorf("%v: %q", wrong, got)
		}
	}
	if p, ok := b.PlaceBySlug("toulouse"); !ok || p.Name != "Toulouse" || b.CitySlug(p) != "toulouse" {
		t.Errorf("%+v, %v", p, ok)
	}
	if p, ok := b.PlaceBySlug("nulle-part"); ok {
		t.Errorf("%+v", p)
	}
}

// The book of communes stays bounded, and gives the same before and after it
// forgets.
func TestCommunesAreBounded(t *testing.T) {
	g, err := gazetteer()
	if err != nil {
		t.Fatal(err)
	}
	b := newCommuneBook(g)
	before := *b.nearest(4360, 144)
	for i := range maxCommunePositions + 100 {
		b.at[uint32(i)] = nil
	}
	if c := b.nearest(4886, 235); c == nil || c.slug != "paris" {
		t.Errorf("%+v", c)
	}
	if len(b.at) > maxCommunePositions {
		t.Errorf("%d positions are remembered", len(b.at))
	}
	if after := b.nearest(4360, 144); after.slug != before.slug || after.place.Name != before.place.Name {
		t.Errorf("%+v, %+v expected", after, before)
	}
}

func BenchmarkSite(b *testing.B) {
	n := namedNode(b)
	feedStrangers(b, n, benchProfiles(b, 2000))
	for b.Loop() {
		if _, err := n.Site(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCountPlaces(b *testing.B) {
	n := namedNode(b)
	feedStrangers(b, n, benchProfiles(b, 2000))
	began := time.Now()
	o, err := n.countPlaces(b.Context(), began)
	if err != nil {
		b.Fatal(err)
	}
	cold := time.Since(began)
	for b.Loop() {
		if o, err = n.countPlaces(b.Context(), time.Now()); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(cold.Microseconds())/1000, "cold-ms")
	b.ReportMetric(float64(len(o.Places)), "places")
	b.ReportMetric(float64(n.store.Counts(time.Now())[protocol.KindProfile]), "profiles")
}
