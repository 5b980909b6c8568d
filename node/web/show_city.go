package web

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"

	"courtcircuit/node/card"
)

const (
	aroundKm      = 25.0 // how far "around" a city goes
	cityLimit     = 40   // of each kind, in the city and around it together
	maxNeighbours = 8
)

// cityPage is one commune with what it has, and what is around it.
type cityPage struct {
	Place      string
	Counts     []string
	found             // in the commune itself
	Around     found  // what else is within 25 km
	Search     string // address of the search around here
	Neighbours []link
	Map        mapBox
	Deposit    string // the form for a request here, "" when these pages take none
}

// showCity is the page of one commune; one that has nothing has no page, so
// that engines are not fed with thousands of empty ones.
func (p *Pages) showCity(ctx context.Context, r *http.Request, v *page) (view, error) {
	slug := r.PathValue("slug")
	place, ok := p.node.PlaceBySlug(slug)
	if !ok {
		return view{}, &card.Problem{Cause: card.NotFound, Field: "slug", Detail: "no commune of that name"}
	}
	all, err := p.searchCity(ctx, v, place)
	if err != nil {
		return view{}, err
	}
	overview, err := p.node.Overview(ctx)
	if err != nil {
		return view{}, err
	}
	in, around := p.splitCity(all, slug)
	here := countCity(overview, in, place, slug)
	if here.Profiles+here.Missions+here.Collectives == 0 {
		return view{}, &card.Problem{Cause: card.NotFound, Field: "slug", Detail: "nothing of that commune is held here"}
	}
	p.headCity(v, place, slug, here)
	shown := v.itemsOf(in)
	shown.dropDistances() // all of it is here
	v.Head.Scripts = append(v.Head.Scripts, "live.js", "map.js")
	data := cityPage{
		Place: resolvedName(place), Counts: v.countsOf(here), Search: form{Near: placeQuery(place)}.address(), Neighbours: v.neighbours(overview, place, slug),
		found: shown, Around: v.itemsOf(around),
		Map: p.mapOf(v, shapeBeside, v.pointsOfCity(place, all)),
	}
	if v.Deposit != "" {
		data.Deposit = depositAddress(url.Values{"near": {placeQuery(place)}})
	}
	v.Data = data
	return view{Template: "city.html"}, nil
}

// itemsOf shows results in lists that say nothing of why they are there.
func (w Words) itemsOf(a answer) found {
	return found{People: w.peopleOf(a.people), Missions: w.missionItemsOf(a.missions), Collectives: w.collectiveItemsOf(a.collectives)}
}

func (f *found) dropDistances() {
	for i := range f.People {
		f.People[i].Distance = ""
	}
	for i := range f.Missions {
		f.Missions[i].Distance = ""
	}
	for i := range f.Collectives {
		f.Collectives[i].Distance = ""
	}
}

// searchCity asks once for each kind.
func (p *Pages) searchCity(ctx context.Context, v *page, place card.ResolvedPlace) (answer, error) {
	var all answer
	km := aroundKm
	// By coordinates: the name may be that of another commune as well.
	s := card.Search{Near: fmt.Sprintf("%.2f,%.2f", place.Lat, place.Lon), RadiusKm: &km, Limit: cityLimit, Lang: v.Lang}
	for _, kind := range kinds {
		a, err := p.search(ctx, kind, s)
		if err != nil {
			return all, err
		}
		all.people, all.missions, all.collectives = append(all.people, a.people...), append(all.missions, a.missions...), append(all.collectives, a.collectives...)
	}
	all.dropReasons() // nothing was asked for but the place
	return all, nil
}

// splitCity tells what is in the commune from what is around it.
func (p *Pages) splitCity(all answer, slug string) (in, around answer) {
	isIn := func(place card.Place) bool { return place.Resolved != nil && p.node.CitySlug(*place.Resolved) == slug }
	in.people, around.people = split(all.people, func(r card.FoundProfile) bool { return isIn(r.Place) })
	in.missions, around.missions = split(all.missions, func(r card.FoundMission) bool { return isIn(r.Place) })
	in.collectives, around.collectives = split(all.collectives, func(r card.FoundCollective) bool { return isIn(r.Place) })
	return in, around
}

func split[T any](list []T, is func(T) bool) (yes, no []T) {
	for _, item := range list {
		if is(item) {
			yes = append(yes, item)
		} else {
			no = append(no, item)
		}
	}
	return yes, no
}

// countCity prefers the overview, which counts beyond what is listed; it may
// be too old to know what has just come.
func countCity(overview card.Overview, in answer, place card.ResolvedPlace, slug string) card.PlaceCount {
	here := card.PlaceCount{Place: place, Slug: slug}
	for _, count := range overview.Places {
		if count.Slug == slug {
			here = count
		}
	}
	here.Profiles, here.Missions, here.Collectives = max(here.Profiles, len(in.people)), max(here.Missions, len(in.missions)), max(here.Collectives, len(in.collectives))
	return here
}

// countsOf says what a commune has, leaving out what it has not.
func (w Words) countsOf(c card.PlaceCount) []string {
	var said []string
	for _, count := range []struct {
		kind string
		n    int
	}{{kindCollectives, c.Collectives}, {kindProfiles, c.Profiles}, {kindMissions, c.Missions}} {
		if count.n > 0 {
			said = append(said, w.count("found_"+count.kind, count.n))
		}
	}
	return said
}

// neighbours are the nearest cities that have something.
func (w Words) neighbours(overview card.Overview, from card.ResolvedPlace, slug string) []link {
	type neighbour struct {
		*card.PlaceCount
		km float64
	}
	byDistance := func(a, b neighbour) int { return cmp.Or(cmp.Compare(a.km, b.km), cmp.Compare(a.Slug, b.Slug)) }
	// Few of many thousands are kept, so each is put in its place among the
	// few; sorting all of them took most of the page's time.
	var nearest []neighbour
	for i := range overview.Places {
		c := neighbour{&overview.Places[i], kilometresBetween(from, overview.Places[i].Place)}
		if c.Slug == slug || c.Slug == "" {
			continue
		}
		at, _ := slices.BinarySearchFunc(nearest, c, byDistance)
		if at == maxNeighbours {
			continue
		}
		nearest = slices.Insert(nearest[:min(len(nearest), maxNeighbours-1)], at, c)
	}
	var links []link
	for _, c := range nearest {
		links = append(links, link{"/ville/" + c.Slug, w.Say("neighbour", c.Place.Name, w.kilometres(c.km))})
	}
	return links
}
