package node

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"courtcircuit/node/card"
	"courtcircuit/protocol"
)

// neighbours are two nodes that hold the same records: of the first's
// collective Les Indés with three people and a mission, and the second's own.
type neighbours struct {
	other, here *Node // the second one hides
	camille     card.Profile
	mission     card.Mission
	collective  card.Collective
}

func newNeighbours(t *testing.T) neighbours {
	t.Helper()
	ctx := context.Background()
	w := neighbours{other: serviceNode(t, t.TempDir()), here: serviceNode(t, t.TempDir())}
	for n, name := range map[*Node]string{w.other: "Les Indés", w.here: "La Ruche"} {
		c := card.Collective{Name: name, Place: card.Place{Text: "Toulouse"}, Languages: []string{"fr"}, URL: "https://collectif.example"}
		if _, err := n.Init(ctx, c); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 3 {
		p := camille("Graphiste", "graphisme")
		p.Name = fmt.Sprint("Personne ", i)
		mustPublish(t, w.other, p, "")
	}
	w.camille = mustPublish(t, w.other, camille("Graphiste", "sérigraphie"), "")
	var err error
	if w.mission, err = w.other.PostMission(ctx, brochure(), true); err != nil {
		t.Fatal(err)
	}
	if w.collective, err = w.other.Collective(ctx, ""); err != nil {
		t.Fatal(err)
	}
	feed(t, w.here, wiresOf(t, w.other)...)
	return w
}

func (w neighbours) hide(t *testing.T, kind, id string) {
	t.Helper()
	if _, err := w.here.Hide(context.Background(), kind, id, "usurpation"); err != nil {
		t.Fatal(err)
	}
}

// profileIDs reads all pages of two and says how full they were.
func profileIDs(t *testing.T, n *Node) (ids []string, pages []int) {
	t.Helper()
	s := card.Search{Limit: 2}
	for {
		page, err := n.SearchProfiles(context.Background(), s)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range page.Results {
			ids = append(ids, p.ID)
		}
		pages = append(pages, len(page.Results))
		if s.Cursor = page.NextCursor; s.Cursor == "" {
			return ids, pages
		}
	}
}

func TestHiddenProfileIsShownNowhere(t *testing.T) {
	w := newNeighbours(t)
	ctx := context.Background()
	before, _ := profileIDs(t, w.here)
	w.hide(t, "profile", w.camille.ID)

	after, pages := profileIDs(t, w.here)
	want := slices.DeleteFunc(before, func(id string) bool { return id == w.camille.ID })
	if !slices.Equal(after, want) || pages[0] != 2 {
		t.Errorf("found %v in pages of %v, %v expected", after, pages, want)
	}
	_, err := w.here.Profile(ctx, w.camille.ID)
	wantProblem(t, err, card.Gone, "hidden")
	_, _, err = w.here.Record(ctx, w.camille.RecordID)
	wantProblem(t, err, card.Gone, "hidden")
	members, err := w.here.Members(ctx, w.collective.ID, 500)
	if err != nil || len(members) != 3 {
		t.Errorf("%d members (%v), 3 expected", len(members), err)
	}
	c, err := w.here.Collective(ctx, w.collective.ID)
	if err != nil || c.Members != 3 || slices.ContainsFunc(c.Skills, func(s card.SkillCount) bool { return s.Skill == "sérigraphie" }) {
		t.Errorf("%v: %d members who can do %v", err, c.Members, c.Skills)
	}
	if o, err := w.here.Overview(ctx); err != nil || o.Profiles != 3 {
		t.Errorf("%d profiles in the overview (%v), 3 expected", o.Profiles, err)
	}
	namesake := mustPublish(t, w.here, camille("Illustratrice"), "")
	if count, err := w.here.NamesLike(ctx, namesake); err != nil || count != 0 {
		t.Errorf("%d people of her name (%v): the other one is hidden", count, err)
	}
	_, err = w.here.Report(ctx, card.Report{Kind: "profile", Subject: w.camille.ID, Reason: "spam"})
	wantProblem(t, err, card.Gone, "hidden")

	id := identityOf(t, w.camille.ID)
	if rec, err := w.here.store.ByPublicID(protocol.KindProfile, id, time.Now()); err != nil || !rec.HasBody {
		t.Errorf("a hidden record is no longer held: %v", err)
	}
	if _, err := w.other.Profile(ctx, w.camille.ID); err != nil {
		t.Errorf("hidden at the other node too: %v", err)
	}

	if err := w.here.Unhide(ctx, "profile", w.camille.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := w.here.Profile(ctx, w.camille.ID); err != nil {
		t.Errorf("after it is shown again: %v", err)
	}
	err = w.here.Unhide(ctx, "profile", w.camille.ID)
	wantProblem(t, err, card.NotFound, "id")
}

func TestHiddenMissionIsShownNowhere(t *testing.T) {
	w := newNeighbours(t)
	w.hide(t, "mission", w.mission.ID)
	wantNoMission(t, w)
	if list, err := w.here.MissionsOf(context.Background(), w.collective.ID, 10); err != nil || len(list) != 0 {
		t.Errorf("%d missions of the collective (%v)", len(list), err)
	}
}

func wantNoMission(t *testing.T, w neighbours) {
	t.Helper()
	ctx := context.Background()
	for _, read := range []func(context.Context, string) (card.Mission, error){w.here.Mission, webBackend{w.here}.Mission} {
		_, err := read(ctx, w.mission.ID)
		wantProblem(t, err, card.Gone, "hidden")
	}
	if page, err := w.here.SearchMissions(ctx, card.Search{Status: "any"}); err != nil || len(page.Results) != 0 {
		t.Errorf("%d missions found (%v)", len(page.Results), err)
	}
	if o, err := w.here.Overview(ctx); err != nil || o.Missions != 0 {
		t.Errorf("%d missions in the overview (%v)", o.Missions, err)
	}
}

// A hidden collective takes its missions and its name along, and leaves its
// people.
func TestHiddenCollective(t *testing.T) {
	w := newNeighbours(t)
	ctx := context.Background()
	if u, err := (webBackend{w.here}).CollectiveURL(ctx, w.collective.ID); err != nil || u == "" || !isServed(t, w) {
		t.Fatalf("before it is hidden: %q, %v", u, err)
	}
	w.hide(t, "collective", w.collective.ID)
	wantNoMission(t, w)
	_, err := w.here.Collective(ctx, w.collective.ID)
	wantProblem(t, err, card.Gone, "hidden")
	_, err = w.here.Members(ctx, w.collective.ID, 10)
	wantProblem(t, err, card.Gone, "hidden")
	_, err = w.here.MissionsOf(ctx, w.collective.ID, 10)
	wantProblem(t, err, card.Gone, "hidden")
	if u, err := (webBackend{w.here}).CollectiveURL(ctx, w.collective.ID); err != nil || u != "" {
		t.Errorf("its address is still given: %q, %v", u, err)
	}
	page, err := w.here.SearchCollectives(ctx, card.Search{})
	if err != nil || len(page.Results) != 1 || page.Results[0].Name != "La Ruche" {
		t.Errorf("collectives found (%v): %+v", err, page.Results)
	}
	person, err := w.here.Profile(ctx, w.camille.ID)
	if err != nil || len(person.Collectives) != 0 {
		t.Errorf("%v: %+v", err, person.Collectives)
	}
	people, err := w.here.SearchProfiles(ctx, card.Search{})
	if err != nil || len(people.Results) != 4 {
		t.Fatalf("%d people found (%v), 4 expected", len(people.Results), err)
	}
	for _, p := range people.Results {
		for _, r := range p.Reasons {
			if len(p.Collectives) != 0 || r.Code == "collective" && r.Text != inFrench.noCollective {
				t.Errorf("the name of the collective is shown: %+v %+v", p.Collectives, r)
			}
		}
	}
	if isServed(t, w) {
		t.Error("listed among the peers' collectives")
	}
	if o, err := w.here.Overview(ctx); err != nil || o.Collectives != 1 || o.Profiles != 4 {
		t.Errorf("%v: %+v", err, o)
	}
}

func isServed(t *testing.T, w neighbours) bool {
	t.Helper()
	serves, err := w.here.servedBy(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range serves {
		if c.ID == w.collective.ID {
			return true
		}
	}
	return false
}

func TestHideChecksWhatItIsGiven(t *testing.T) {
	w := newNeighbours(t)
	ctx := context.Background()
	own, err := w.here.Collective(ctx, "")
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		kind, id, reason string
		cause            card.Cause
		field            string
	}{
		"kind":      {"erasure", w.camille.ID, "", card.Invalid, "kind"},
		"no kind":   {"", w.camille.ID, "", card.Invalid, "kind"},
		"id":        {"profile", "camille", "", card.NotFound, "id"},
		"not held":  {"mission", w.camille.ID, "", card.NotFound, "id"},
		"the own":   {"collective", own.ID, "", card.Conflict, ""},
		"too long":  {"profile", w.camille.ID, string(make([]rune, 10)) + longText(501), card.Invalid, "reason"},
		"not there": {"collective", w.camille.ID, "", card.NotFound, "id"},
	} {
		_, err := w.here.Hide(ctx, c.kind, c.id, c.reason)
		var p *card.Problem
		if !errors.As(err, &p) || p.Cause != c.cause || p.Field != c.field {
			t.Errorf("%s: %v", name, err)
		}
	}
	if list, err := w.here.HiddenRecords(ctx); err != nil || len(list) != 0 {
		t.Errorf("%v: %+v", err, list)
	}
}

func longText(runes int) string {
	text := make([]rune, runes)
	for i := range text {
		text[i] = 'é'
	}
	return string(text)
}

func TestHiddenRecordsAreListedAndSurvive(t *testing.T) {
	ctx := context.Background()
	cfg := serviceConfig(t, t.TempDir())
	cfg.Inbox, cfg.Store = nil, onDisk
	n, err := New(cfg, testLog())
	if err != nil {
		t.Fatal(err)
	}
	n.service.sealWork = 10
	nameNode(t, n)
	p := mustPublish(t, n, camille("Graphiste"), "")
	if _, err := n.Hide(ctx, "profile", p.ID, " faux\x00 profil "); err != nil {
		t.Fatal(err)
	}
	if _, err := n.Hide(ctx, "profile", p.ID, "faux profil, confirmé"); err != nil {
		t.Fatal(err)
	}
	if err := n.Close(); err != nil {
		t.Fatal(err)
	}
	n = openService(t, cfg)
	list, err := n.HiddenRecords(ctx)
	if err != nil || len(list) != 1 || list[0].Name != "Camille Moreau" || list[0].Reason != "faux profil, confirmé" || list[0].Subject != p.ID || list[0].Kind != "profile" || list[0].At.IsZero() {
		t.Errorf("%v: %+v", err, list)
	}
	_, err = n.Profile(ctx, p.ID)
	wantProblem(t, err, card.Gone, "hidden")
	// Its own collective still corrects it.
	p.Headline = "Illustratrice"
	if got, err := n.ReplaceProfile(ctx, p.ID, p); err != nil || got.Headline != "Illustratrice" {
		t.Errorf("%v: %+v", err, got)
	}
	if err := n.RemoveProfile(ctx, p.ID); err != nil {
		t.Fatal(err)
	}
	_, err = n.Profile(ctx, p.ID)
	wantProblem(t, err, card.Gone, "id")
	if list, err := n.HiddenRecords(ctx); err != nil || len(list) != 1 || list[0].Name != "" {
		t.Errorf("the name outlived the erasure: %v, %+v", err, list)
	}
}

// Searches go on while records are hidden and shown again.
func TestHidingWhileOthersSearch(t *testing.T) {
	w := newNeighbours(t)
	ctx, cancel := context.WithCancel(context.Background())
	var readers sync.WaitGroup
	for range 3 {
		readers.Go(func() {
			for ctx.Err() == nil {
				page, err := w.here.SearchProfiles(context.Background(), card.Search{})
				if n := len(page.Results); err != nil || n != 3 && n != 4 {
					t.Errorf("%d found, %v", n, err)
				}
				if _, err := w.here.countPlaces(context.Background(), time.Now()); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for range 20 {
		w.hide(t, "profile", w.camille.ID)
		if err := w.here.Unhide(ctx, "profile", w.camille.ID); err != nil {
			t.Error(err)
		}
	}
	cancel()
	readers.Wait()
}
