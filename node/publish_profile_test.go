package node

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"courtcircuit/node/card"
	"courtcircuit/node/httpapi/api"
	"courtcircuit/node/places"
	"courtcircuit/protocol"
)

func TestNamelessNodePublishesNothing(t *testing.T) {
	n := serviceNode(t, t.TempDir())
	ctx := context.Background()
	made, err := n.Init(ctx, card.Collective{})
	if err != nil || made.RecoverySecret == "" {
		t.Fatal(err, made)
	}
	_, err = n.PublishProfile(ctx, camille("Graphiste"), "")
	if p := wantProblem(t, err, card.Conflict, ""); !strings.Contains(p.Detail, "collective edit") {
		t.Errorf("%q does not say what to do", p.Detail)
	}
	if got := len(wiresOf(t, n)); got != 0 {
		t.Errorf("%d records of a nameless node", got)
	}
	again, err := n.Init(ctx, card.Collective{Name: "Les Indés", Place: card.Place{Text: "31000"}})
	if err != nil || again.ID != made.ID || again.RecoverySecret != "" || again.Collective.Nodes[0].Renews != true {
		t.Fatal(err, again)
	}
	_, err = n.Init(ctx, card.Collective{Name: "Autre", Place: card.Place{Text: "31000"}})
	wantProblem(t, err, card.Conflict, "")
}

func TestBothCamilleStayDistinct(t *testing.T) {
	n := namedNode(t)
	ctx := context.Background()
	a := mustPublish(t, n, camille("Graphiste, identité visuelle", "graphisme"), "")
	b := mustPublish(t, n, camille("Graphiste d'édition", "mise en page"), "")
	if a.ID == b.ID || a.Fingerprint == b.Fingerprint {
		t.Fatal("one identity for two people")
	}
	page, err := n.SearchProfiles(ctx, card.Search{Near: "Toulouse", Words: "camille moreau"})
	if err != nil || len(page.Results) != 2 {
		t.Fatalf("%v: %d found", err, len(page.Results))
	}
	_, err = n.ResolveID(ctx, protocol.KindProfile, "camille moreau")
	p := wantProblem(t, err, card.Ambiguous, "id")
	if len(p.Candidates) != 2 || p.Candidates[0].Hint == p.Candidates[1].Hint || p.Candidates[0].Place == nil {
		t.Errorf("candidates %+v", p.Candidates)
	}
	if id, err := n.ResolveID(ctx, protocol.KindProfile, b.ID[:10]); err != nil || id != b.ID {
		t.Error(id, err)
	}
	if id, err := n.ResolveID(ctx, protocol.KindProfile, b.Fingerprint); err != nil || id != b.ID {
		t.Error(id, err)
	}
	if err := n.RemoveProfile(ctx, b.ID); err != nil {
		t.Fatal(err)
	}
	_, err = n.ResolveID(ctx, protocol.KindProfile, "Camille MOREAU")
	if p := wantProblem(t, err, card.Ambiguous, "id"); len(p.Candidates) != 1 {
		t.Error("a name acted because only one bears it here")
	}
	_, err = n.ResolveID(ctx, protocol.KindProfile, a.ID[:3])
	wantProblem(t, err, card.NotFound, "id")
}

func TestPublishedProfile(t *testing.T) {
	n := namedNode(t)
	ctx := context.Background()
	done, err := n.PublishProfile(ctx, camille("Graphiste", "graphisme"), "")
	if err != nil {
		t.Fatal(err)
	}
	p := done.Profile
	if !done.Created || done.RecoverySecret == "" || p.ConfirmedAt == nil || !*p.AvailabilityConfirmed {
		t.Errorf("%+v", done)
	}
	if len(p.Collectives) != 1 || !p.Collectives[0].Verified || p.Collectives[0].Custody != "node" || p.Collectives[0].Name != "Les Indés" {
		t.Errorf("memberships %+v", p.Collectives)
	}
	// What was answered goes back in unchanged, and with a change.
	p.Headline = "Graphiste senior"
	q, err := n.ReplaceProfile(ctx, p.ID, p)
	if err != nil || q.Headline != p.Headline || q.RecordID == p.RecordID || q.Place.Resolved.Name != "Toulouse" {
		t.Fatal(err, q)
	}
	_, err = n.ReplaceProfile(ctx, p.ID, p)
	wantProblem(t, err, card.Conflict, "record_id")
	q.Collectives[0].Custody = "self"
	_, err = n.ReplaceProfile(ctx, p.ID, q)
	wantProblem(t, err, card.Invalid, "collectives")
	for field, change := range map[string]func(*card.Profile){
		"name":           func(p *card.Profile) { p.Name = "" },
		"place":          func(p *card.Profile) { p.Place = card.Place{Text: "Xyzzyqwv"} },
		"modes":          func(p *card.Profile) { p.Modes = []string{"télétravail"} },
		"available_from": func(p *card.Profile) { p.AvailableFrom = "demain" },
		"links.url":      func(p *card.Profile) { p.Links = []card.Link{{Label: "x", URL: "http://example.org"}} },
		"about":          func(p *card.Profile) { p.About = strings.Repeat("a", 5000) },
	} {
		bad := camille("Graphiste")
		change(&bad)
		_, err := n.PublishProfile(ctx, bad, "")
		wantProblem(t, err, card.Invalid, field)
	}
	ambiguous := camille("Graphiste")
	ambiguous.Place = card.Place{Text: "Saint-Denis"}
	_, err = n.PublishProfile(ctx, ambiguous, "")
	if p := wantProblem(t, err, card.Ambiguous, "place"); len(p.Candidates) < 2 || p.Candidates[0].Place == nil {
		t.Errorf("%+v", p)
	}
	// Accents say which of two is meant; to leave them out says nothing.
	for text, country := range map[string]string{"Orléans": "FR", "orléans": "FR", "Orleans": "", "Évry": "", "Saint-Rémy": ""} {
		spelled := camille("Graphiste")
		spelled.Place = card.Place{Text: text}
		done, err := n.PublishProfile(ctx, spelled, "")
		if country == "" {
			wantProblem(t, err, card.Ambiguous, "place")
		} else if err != nil || done.Profile.Place.Resolved.Country != country {
			t.Errorf("%s: %+v, %v", text, done.Profile.Place.Resolved, err)
		}
	}
	// Nobody means half a name, or one with a slip that is also the beginning of another: a guess would be signed.
	for text, meant := range map[string]string{"Toulouze": "Toulouse", "Toulo": "Toulouse"} {
		unfinished := camille("Graphiste")
		unfinished.Place = card.Place{Text: text}
		_, err = n.PublishProfile(ctx, unfinished, "")
		if p := wantProblem(t, err, card.Invalid, "place"); len(p.Candidates) == 0 || p.Candidates[0].Name != meant {
			t.Errorf("%s: %+v", text, p)
		}
	}
	street := camille("Graphiste")
	street.Place = card.Place{Resolved: &card.ResolvedPlace{Name: "12 rue des Lois", Lat: 43.60451, Lon: 1.44391}}
	got := mustPublish(t, n, street, "").Place.Resolved
	if got.Name != "Toulouse" || got.Lat != 43.6 || got.Lon != 1.44 {
		t.Errorf("published place %+v", got)
	}
}

func TestImportUpdatesByReference(t *testing.T) {
	n := namedNode(t)
	ctx := context.Background()
	bad := camille("x")
	bad.Name = ""
	items := []api.Import{{Ref: "1", Profile: camille("Un")}, {Ref: "2", Profile: bad}, {Ref: "1", Profile: camille("Deux")}, {Ref: "3", Profile: camille("Trois")}}
	done, err := n.PublishProfiles(ctx, items)
	if err != nil {
		t.Fatal(err)
	}
	if done[0].Err != nil || done[3].Err != nil || !done[0].Published.Created {
		t.Fatalf("%+v", done)
	}
	wantProblem(t, done[1].Err, card.Invalid, "name")
	wantProblem(t, done[2].Err, card.Invalid, "ref")
	items[0].Profile.Headline = "Un, changé"
	again, err := n.PublishProfiles(ctx, items[:1])
	if err != nil || again[0].Err != nil {
		t.Fatal(err, again[0].Err)
	}
	p := again[0].Published
	if p.Created || p.RecoverySecret != "" || p.Profile.ID != done[0].Published.Profile.ID || p.Profile.Headline != "Un, changé" {
		t.Errorf("%+v", p)
	}
	if own, err := n.OwnProfiles(ctx); err != nil || len(own) != 2 {
		t.Errorf("%v: %d own profiles", err, len(own))
	}
	// Cut off between reference and record: the next import begins anew.
	orphan, _, err := n.keys.CreateMember(zeroReader{7})
	if err != nil {
		t.Fatal(err)
	}
	if err := n.inbox.SetRef("4", orphan.Identity()); err != nil {
		t.Fatal(err)
	}
	made, err := n.PublishProfile(ctx, camille("Quatre"), "4")
	if err != nil || !made.Created || made.RecoverySecret == "" {
		t.Error(err, made)
	}
}

type zeroReader struct{ b byte }

func (z zeroReader) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = z.b
	}
	return len(p), nil
}

func TestEditElsewhereIsForbidden(t *testing.T) {
	n, other := namedNode(t), namedNode(t)
	p := mustPublish(t, n, camille("Graphiste"), "")
	feed(t, other, wiresOf(t, n)...)
	_, err := other.ReplaceProfile(context.Background(), p.ID, p)
	wantProblem(t, err, card.Forbidden, "")
	err = other.RemoveProfile(context.Background(), p.ID)
	wantProblem(t, err, card.Forbidden, "")
}

// A person who holds their own key joins with the collective's grant, and
// ends it by a version without one; or the collective dismisses them.
func TestMembershipEndsEitherWay(t *testing.T) {
	n := namedNode(t)
	ctx := context.Background()
	collective, _ := n.keys.Collective()
	person, _, err := protocol.NewAuthor(zeroReader{3})
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	grant, err := protocol.NewGrant("test", collective, person.Identity(), now, protocol.MaxGrant, protocol.CustodySelf)
	if err != nil {
		t.Fatal(err)
	}
	issue := now.UnixMilli()
	publish := func(g *protocol.Grant) card.Profile {
		t.Helper()
		issue++
		body := &protocol.Profile{Name: "Camille Moreau", Place: protocol.PlaceAt(43.6, 1.44), ConfirmedAtMillis: issue}
		d, err := body.Draft(g, issue)
		if err != nil {
			t.Fatal(err)
		}
		wire, err := protocol.Seal("test", person, d)
		if err != nil {
			t.Fatal(err)
		}
		done, err := n.SubmitRecord(ctx, wire)
		if err != nil || done.Outcome != "stored" {
			t.Fatal(err, done)
		}
		p, err := n.Profile(ctx, done.ID)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	p := publish(&grant)
	if len(p.Collectives) != 1 || p.Collectives[0].Custody != "self" {
		t.Fatalf("%+v", p.Collectives)
	}
	if p := publish(nil); len(p.Collectives) != 0 {
		t.Error("a version without a grant is still a member's")
	}
	if p := publish(&grant); len(p.Collectives) != 1 {
		t.Fatal("the grant no longer counts")
	}
	if err := n.RemoveProfile(ctx, p.ID); err != nil {
		t.Fatal(err)
	}
	q, err := n.Profile(ctx, p.ID)
	if err != nil || len(q.Collectives) != 0 {
		t.Errorf("after a dismissal: %v %+v", err, q.Collectives)
	}
	if p := publish(&grant); len(p.Collectives) != 0 {
		t.Error("a grant older than the dismissal counts")
	}
}

func TestRemoveResumesWhereverItWasCut(t *testing.T) {
	ctx := context.Background()
	for _, steps := range []string{"erasure", "erasure and references"} {
		t.Run(steps, func(t *testing.T) {
			n := namedNode(t)
			p := mustPublish(t, n, camille("Graphiste"), "r")
			id := identityOf(t, p.ID)
			if err := n.erase(ctx, id, time.Now()); err != nil {
				t.Fatal(err)
			}
			if steps != "erasure" {
				if err := n.inbox.DeleteRefsOf(id); err != nil {
					t.Fatal(err)
				}
			}
			if err := n.resumeRemovals(time.Now()); err != nil {
				t.Fatal(err)
			}
			_, hasRef, _ := n.inbox.Ref("r")
			if n.keys.HasMember(id) || hasRef {
				t.Error("key or reference left")
			}
			_, err := n.Profile(ctx, p.ID)
			wantProblem(t, err, card.Gone, "id")
			if err := n.RemoveProfile(ctx, p.ID); err != nil {
				t.Errorf("a second removal: %v", err)
			}
		})
	}
	n := namedNode(t)
	p := mustPublish(t, n, camille("Graphiste"), "r")
	id := identityOf(t, p.ID)
	if err := n.erase(ctx, id, time.Now()); err != nil {
		t.Fatal(err)
	}
	if err := n.RemoveProfile(ctx, p.ID); err != nil || n.keys.HasMember(id) {
		t.Error("removing again does not finish:", err)
	}
}

func TestExtraKeysSurviveAnEdit(t *testing.T) {
	n := namedNode(t)
	p := mustPublish(t, n, camille("Graphiste"), "")
	id := identityOf(t, p.ID)
	rec, body, err := n.recordOf(protocol.KindProfile, id, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	b := body.(*protocol.Profile)
	b.Extra = protocol.Extra{77: {0x18, 0x2a}} // 42
	collective, _ := n.keys.Collective()
	person, _ := n.keys.Member(id)
	sealed, err := n.sealProfile(collective, person, rec, b, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if err := n.publishVerified(context.Background(), []protocol.Verified{sealed}); err != nil {
		t.Fatal(err)
	}
	if _, err := n.ReplaceProfile(context.Background(), p.ID, camille("Autre")); err != nil {
		t.Fatal(err)
	}
	_, body, err = n.recordOf(protocol.KindProfile, id, time.Now())
	if err != nil || len(body.(*protocol.Profile).Extra) != 1 || body.(*protocol.Profile).Headline != "Autre" {
		t.Errorf("%v %+v", err, body)
	}
}

func BenchmarkImport(b *testing.B) {
	n := namedNode(b)
	items := make([]api.Import, 2*importBatch)
	for i := range items {
		items[i] = api.Import{Ref: fmt.Sprint(i), Profile: camille("Graphiste", "graphisme"), Another: true}
	}
	for b.Loop() {
		for i := range items {
			items[i].Ref += "x"
		}
		if _, err := n.PublishProfiles(context.Background(), items); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(len(items)*b.N)/b.Elapsed().Seconds(), "profiles/s")
}

// Of places that differ by their accents alone the one that is spelled so is
// meant, if it is one and all are known.
func TestSpelledSo(t *testing.T) {
	named := func(names ...string) (out []places.Place) {
		for i, name := range names {
			out = append(out, places.Place{Name: name, Population: i})
		}
		return out
	}
	many := append(named("Orléans"), named(slices.Repeat([]string{"Orleans"}, places.MaxAlternatives)...)...)
	for _, row := range []struct {
		text string
		of   []places.Place
		ok   bool
	}{
		{"Orléans", named("Orléans", "Orleans"), true},
		{" orléans ", named("Orleans", "Orléans"), true},
		{"Orleans", named("Orléans", "Orleans"), false},
		{"Orléans", named("Orléans", "Orleans", "Orléans"), false},
		{"Évry", named("Évry-Courcouronnes", "Évry"), false},
		{"Orléans", many[:len(many)-1], true},
		{"Orléans", many, false}, // and perhaps more
	} {
		got, ok := spelledSo(row.text, row.of)
		if ok != row.ok || ok && got.Name != "Orléans" || !ok && got.Name != "" {
			t.Errorf("%q of %v: %v %v", row.text, row.of, got, ok)
		}
	}
}
