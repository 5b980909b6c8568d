package web

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"courtcircuit/node/card"
	"courtcircuit/node/httpapi/api"
)

// fakeReader holds what it answers in plain sight. Its searches answer
// everything it holds of the kind, unless a page is set for them; they filter
// and sort nothing, which is the store's to do.
type fakeReader struct {
	site        card.Site
	collectives map[string]card.Collective
	profiles    map[string]card.Profile
	missions    map[string]card.Mission
	gone        map[string]*card.Problem // by id: what Profile, Collective and Mission answer instead
	alike       int                      // people of the same name, for every card
	places      map[string]card.ResolvedPlace
	overview    card.Overview
	info        api.Info
	peers       []api.Peer
	skills      []card.Skill
	works       []card.Work

	profilePage    *card.Page[card.FoundProfile]
	missionPage    *card.Page[card.FoundMission]
	collectivePage *card.Page[card.FoundCollective]

	searched []card.Search
	reports  []card.Report

	siteErr   error // of Site
	searchErr error // of the three searches
	fail      error // of everything else
}

// today is the day on which all of the fake's records are fresh.
var today = time.Date(2026, 11, 23, 9, 30, 0, 0, time.UTC)

// fakeID is an id of the right shape: 52 letters of base32, told apart by its
// beginning.
func fakeID(name string) string { return (name + strings.Repeat("a", 52))[:52] }

func pointer[T any](v T) *T { return &v }

// newFakeReader has a collective of its own with two members of one name, two
// missions, and another collective that is not known here.
func newFakeReader() *fakeReader {
	own := fakeCollective("own", "Les Indés de la Garonne", "Toulouse", "Haute-Garonne", 43.6, 1.44)
	own.Contact = "bonjour@lesindes.example"
	other := fakeCollective("other", "La Fabrique des Chartrons", "Bordeaux", "Gironde", 44.84, -0.58)
	f := &fakeReader{
		site:        card.Site{Collective: &own, Connected: true},
		collectives: map[string]card.Collective{own.ID: own, other.ID: other},
		profiles:    map[string]card.Profile{}, missions: map[string]card.Mission{}, gone: map[string]*card.Problem{},
		places: map[string]card.ResolvedPlace{"toulouse": *own.Place.Resolved, "bordeaux": *other.Place.Resolved},
		info:   api.Info{Network: "main", Peers: 2, Collective: &api.CollectiveRef{ID: own.ID, Name: own.Name}},
	}
	camille := fakeProfile("camille", "Camille Moreau", own)
	second := fakeProfile("moreau", "Camille Moreau", own)
	second.Headline, second.Skills, second.Since = "Graphiste, édition et affiches", []string{"graphisme", "sérigraphie"}, 2008
	malik := fakeProfile("malik", "Malik Benali", other)
	malik.Place = other.Place
	for _, p := range []card.Profile{camille, second, malik} {
		f.profiles[p.ID] = p
	}
	for _, m := range []card.Mission{fakeMission("open", "Identité visuelle d’une coopérative", "open", own), fakeMission("done", "Refonte d’un site associatif", "attributed", own)} {
		f.missions[m.ID] = m
	}
	f.overview = card.Overview{At: today, Profiles: 3, Missions: 1, Collectives: 2, Places: []card.PlaceCount{
		{Place: *own.Place.Resolved, Slug: "toulouse", Profiles: 2, Missions: 1, Collectives: 1},
		{Place: *other.Place.Resolved, Slug: "bordeaux", Profiles: 1, Collectives: 1},
	}}
	return f
}

// namelessReader is a node that nobody has set up yet.
func namelessReader() *fakeReader { return &fakeReader{site: card.Site{Empty: true}} }

func fakePlace(name, department string, lat, lon float64) card.Place {
	return card.Place{Resolved: &card.ResolvedPlace{Name: name, Department: department, Country: "FR", Lat: lat, Lon: lon}}
}

func fakeCollective(id, name, place, department string, lat, lon float64) card.Collective {
	return card.Collective{
		Name: name, About: "Nous travaillons ensemble, chacun à son compte.\n\nEt près de chez vous.", Place: fakePlace(place, department, lat, lon),
		Languages: []string{"fr"}, Links: []card.Link{{Label: "Notre site", URL: "https://example.org/" + id}}, Members: 2,
		Meta:   fakeMeta(id),
		Skills: []card.SkillCount{{Skill: "graphisme", Count: 2}, {Skill: "c++ & co", Count: 1}},
	}
}

func fakeProfile(id, name string, in card.Collective) card.Profile {
	return card.Profile{
		Name: name, Headline: "Graphiste, identité visuelle", About: "Des marques qui durent.\n\nEt des livres.", Place: in.Place, RadiusKm: pointer(uint(50)),
		Skills: []string{"graphisme", "identité visuelle"}, Languages: []string{"fr", "oc"}, Modes: []string{"onsite", "hybrid"},
		AvailableFrom: "2026-12-01", DaysPerWeek: pointer(uint(4)), Since: 2015,
		Links: []card.Link{{Label: "Portfolio", URL: "https://example.org/portfolio"}},
		Meta:  fakeMeta(id), Collectives: []card.Membership{{ID: in.ID, Name: in.Name, Verified: true, Custody: "self"}},
		ConfirmedAt: pointer(today.AddDate(0, 0, -3)), AvailabilityConfirmed: pointer(true),
	}
}

func fakeMission(id, title, status string, from card.Collective) card.Mission {
	return card.Mission{
		Title: title, Description: "Un nom, un signe, des affiches.", Place: from.Place, Modes: []string{"onsite"}, Languages: []string{"fr"},
		Needs: []card.Need{{Skill: "graphisme", Count: 1, Days: 10}}, Start: "2027-01-05", ApplyBy: "2026-12-15",
		Budget: &card.Budget{Min: 4000, Max: 6000, Currency: "EUR", Per: "mission"}, Contract: "direct",
		Meta: fakeMeta(id), Status: status, Collective: &card.Membership{ID: from.ID, Name: from.Name, Verified: true, Custody: "node"},
	}
}

func fakeMeta(id string) card.Meta {
	return card.Meta{
		ID: fakeID(id), Fingerprint: "K7QF-2MZA-XW3B", RecordID: fakeID("record" + id),
		IssuedAt: pointer(today.AddDate(0, 0, -3)), ExpiresAt: pointer(today.AddDate(0, 6, 0)),
	}
}

func (f *fakeReader) Site(context.Context) (card.Site, error) { return f.site, f.siteErr }

func (f *fakeReader) Collective(_ context.Context, id string) (card.Collective, error) {
	if id == "" && f.site.Collective != nil {
		id = f.site.Collective.ID
	}
	return held(f, f.collectives, id)
}

func (f *fakeReader) CollectiveURL(_ context.Context, id string) (string, error) {
	return f.collectives[id].URL, f.fail
}

func (f *fakeReader) Profile(_ context.Context, id string) (card.Profile, error) {
	return held(f, f.profiles, id)
}

func (f *fakeReader) Mission(_ context.Context, id string) (card.Mission, error) {
	return held(f, f.missions, id)
}

// held is a record, or the problem that stands in its place.
func held[T any](f *fakeReader, records map[string]T, id string) (T, error) {
	record, ok := records[id]
	switch problem := f.gone[id]; {
	case f.fail != nil:
		return record, f.fail
	case problem != nil:
		return record, problem
	case !ok:
		return record, &card.Problem{Cause: card.NotFound, Detail: "no live record " + id}
	}
	return record, nil
}

func (f *fakeReader) Members(_ context.Context, id string, limit int) ([]card.Profile, error) {
	members := sorted(f.profiles, func(p card.Profile) string { return p.Name + p.ID }, func(p card.Profile) bool {
		return slices.ContainsFunc(p.Collectives, func(c card.Membership) bool { return c.ID == id })
	})
	return members[:min(limit, len(members))], f.fail
}

func (f *fakeReader) MissionsOf(_ context.Context, id string, limit int) ([]card.Mission, error) {
	missions := sorted(f.missions, func(m card.Mission) string { return m.ID }, func(m card.Mission) bool {
		return m.Collective != nil && m.Collective.ID == id
	})
	return missions[:min(limit, len(missions))], f.fail
}

// sorted are the records that keep answers true for, in the order of key.
func sorted[T any](records map[string]T, key func(T) string, keep func(T) bool) []T {
	var list []T
	for _, r := range records {
		if keep(r) {
			list = append(list, r)
		}
	}
	slices.SortFunc(list, func(a, b T) int { return strings.Compare(key(a), key(b)) })
	return list
}

func (f *fakeReader) NamesLike(context.Context, card.Profile) (int, error) { return f.alike, f.fail }

func (f *fakeReader) SearchProfiles(_ context.Context, s card.Search) (card.Page[card.FoundProfile], error) {
	f.searched = append(f.searched, s)
	if f.profilePage != nil {
		return *f.profilePage, f.searchErr
	}
	page := card.Page[card.FoundProfile]{Near: f.near(s)}
	for i, p := range sorted(f.profiles, func(p card.Profile) string { return p.ID }, every) {
		page.Results = append(page.Results, card.FoundProfile{Profile: p, Found: f.found(i, p.Collectives...)})
	}
	return page, f.searchErr
}

func (f *fakeReader) SearchMissions(_ context.Context, s card.Search) (card.Page[card.FoundMission], error) {
	f.searched = append(f.searched, s)
	if f.missionPage != nil {
		return *f.missionPage, f.searchErr
	}
	page := card.Page[card.FoundMission]{Near: f.near(s)}
	for i, m := range sorted(f.missions, func(m card.Mission) string { return m.ID }, every) {
		page.Results = append(page.Results, card.FoundMission{Mission: m, Found: f.found(i, *m.Collective)})
	}
	return page, f.searchErr
}

func (f *fakeReader) SearchCollectives(_ context.Context, s card.Search) (card.Page[card.FoundCollective], error) {
	f.searched = append(f.searched, s)
	if f.collectivePage != nil {
		return *f.collectivePage, f.searchErr
	}
	page := card.Page[card.FoundCollective]{Near: f.near(s)}
	for i, c := range sorted(f.collectives, func(c card.Collective) string { return c.ID }, every) {
		page.Results = append(page.Results, card.FoundCollective{Collective: c, Found: f.found(i, card.Membership{ID: c.ID})})
	}
	return page, f.searchErr
}

func every[T any](T) bool { return true }

func (f *fakeReader) near(s card.Search) *card.Understood {
	place, ok := f.places[strings.ToLower(s.Near)]
	if !ok && f.site.Collective != nil {
		place = *f.site.Collective.Place.Resolved
	}
	return &card.Understood{Query: s.Near, Place: place}
}

func (f *fakeReader) found(i int, in ...card.Membership) card.Found {
	km := 1.5 * float64(i)
	found := card.Found{DistanceKm: km, Trust: card.Trust{Tier: "unknown", Path: []string{}}, Reasons: []card.Reason{{Code: "distance", Text: fmt.Sprintf("à %.1f km", km)}}}
	if own := f.site.Collective; own != nil && slices.ContainsFunc(in, func(c card.Membership) bool { return c.ID == own.ID }) {
		found.Trust.Tier = "own"
	}
	return found
}

func (f *fakeReader) SearchPlaces(_ context.Context, q string, limit int) ([]card.ResolvedPlace, error) {
	places := sorted(f.places, func(p card.ResolvedPlace) string { return p.Name }, func(p card.ResolvedPlace) bool {
		return strings.HasPrefix(strings.ToLower(p.Name), strings.ToLower(q))
	})
	return places[:min(limit, len(places))], f.fail
}

func (f *fakeReader) SkillHints(_ context.Context, written []string, _ string) (hints []card.SkillHint, err error) {
	for _, skill := range written {
		if skill == "graphsime" {
			hints = append(hints, card.SkillHint{Skill: skill, Meant: "graphisme"})
		}
	}
	return hints, nil
}

func (f *fakeReader) SearchSkills(_ context.Context, q, _ string, limit int) ([]card.Skill, error) {
	var skills []card.Skill
	for _, s := range f.skills {
		if strings.HasPrefix(s.Skill, strings.ToLower(q)) && len(skills) < limit {
			skills = append(skills, s)
		}
	}
	return skills, f.fail
}

func (f *fakeReader) PlaceBySlug(slug string) (card.ResolvedPlace, bool) {
	p, ok := f.places[slug]
	return p, ok
}

func (f *fakeReader) CitySlug(p card.ResolvedPlace) string {
	for slug, place := range f.places {
		if place.Name == p.Name {
			return slug
		}
	}
	return ""
}

func (f *fakeReader) Overview(context.Context) (card.Overview, error) { return f.overview, f.fail }
func (f *fakeReader) Info(context.Context) (api.Info, error)          { return f.info, f.fail }
func (f *fakeReader) Works(context.Context) ([]card.Work, error)      { return f.works, f.fail }
func (f *fakeReader) Peers(context.Context) ([]api.Peer, error)       { return f.peers, f.fail }

func (f *fakeReader) Report(_ context.Context, r card.Report) (card.Report, error) {
	r.ID, r.At = fakeID("report"), today
	f.reports = append(f.reports, r)
	return r, f.fail
}
