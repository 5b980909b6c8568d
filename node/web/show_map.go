package web

import (
	"context"
	"fmt"
	"html/template"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"courtcircuit/node/card"
	"courtcircuit/node/web/atlas"
)

// mapBox is the figure of a map: drawing, links that move it, the same in
// words. "" is no map.
type mapBox = template.HTML

// shape is the size of a drawing in its own pixels; style scales it.
type shape struct{ widthPx, heightPx int }

var (
	shapeBeside = shape{560, 600} // beside a list
	shapeWide   = shape{960, 540} // across the page
)

const (
	mapPath     = "/carte"
	networkPath = "/reseau"
	homePath    = "/"
	cityPrefix  = "/ville/"
)

// mapOf draws points as they fit, or as the reader moved the map. The points
// decide what it begins with; marks that should be there without widening the
// view are added by mapAround.
func (p *Pages) mapOf(v *page, s shape, points []atlas.Point) mapBox {
	return p.drawMap(v, v.view(s, points), points)
}

// mapAround draws points as they fit and, of others, those in the same view.
func (p *Pages) mapAround(v *page, s shape, points, others []atlas.Point) mapBox {
	view := v.view(s, points)
	middle := card.ResolvedPlace{Lat: view.Lat, Lon: view.Lon}
	others = slices.DeleteFunc(slices.Clone(others), func(o atlas.Point) bool {
		return kilometresBetween(middle, card.ResolvedPlace{Lat: o.Lat, Lon: o.Lon}) > view.WidthKm
	})
	return p.drawMap(v, view, append(slices.Clone(points), others...))
}

// view is where the reader moved the map, else where the points are.
func (v *page) view(s shape, points []atlas.Point) atlas.View {
	if view, err := atlas.ParseView(v.Form.Map, s.widthPx, s.heightPx); err == nil {
		return view
	}
	return atlas.Fit(points, s.widthPx, s.heightPx)
}

var kindOfCluster = map[atlas.Kind]string{atlas.Person: kindProfiles, atlas.Mission: kindMissions, atlas.Collective: kindCollectives}

func (p *Pages) drawMap(v *page, view atlas.View, points []atlas.Point) mapBox {
	w := atlas.French()
	if v.Lang == "en" {
		w = atlas.English()
	}
	w.Link = func(to atlas.View) string {
		f := v.Form
		f.Map, f.path = to.String(), v.Path
		return f.address() + "#" + w.ID
	}
	// By coordinates: the name of the nearest commune may be that of another.
	w.List = func(c atlas.Cluster) string {
		f := v.Form.with(func(f *form) { f.Near, f.Radius, f.path = fmt.Sprintf("%.2f,%.2f", c.Lat, c.Lon), "", searchPath })
		if kind, ok := kindOfCluster[c.Kind]; ok {
			f.Kind = kind
		}
		return f.address()
	}
	drawing := p.atlas.Draw(view, points, w)
	// The atlas escapes every text that it writes; nothing else is in it.
	return template.HTML(drawing.Figure(v.mapSource(), w))
}

// mapSource is where a script asks for the same map in another view.
func (v *page) mapSource() string {
	f := v.Form
	f.Map, f.path = "", mapPath
	query := f.values(searchPath)
	if v.Path != searchPath {
		query.Set("page", v.Path)
	}
	return mapPath + "?" + query.Encode()
}

// mapOfSearch shows a page of results, up to 100 that come after it, the
// collectives in the same view, and where the search began.
func (p *Pages) mapOfSearch(ctx context.Context, v *page, s shape, a answer) (mapBox, error) {
	points := originPoints(v.Form, a.near)
	points = append(points, pointsOf(a)...)
	others, err := p.pointsAfter(ctx, v, a)
	if err != nil {
		return "", err
	}
	if v.Form.Kind != kindCollectives {
		overview, err := p.node.Overview(ctx)
		if err != nil {
			return "", err
		}
		others = append(others, v.collectivePoints(overview)...)
	}
	return p.mapAround(v, s, points, others), nil
}

// pointsAfter are the matches that come after those listed.
func (p *Pages) pointsAfter(ctx context.Context, v *page, a answer) ([]atlas.Point, error) {
	if a.next == "" || a.partial {
		return nil, nil
	}
	s := v.Form.search(v.Lang)
	s.Cursor, s.Limit = a.next, mapLimit
	further, err := p.search(ctx, v.Form.Kind, s)
	return pointsOf(further), err
}

func originPoints(f form, near *card.Understood) []atlas.Point {
	if near == nil {
		return nil
	}
	origin := atlas.Point{Kind: atlas.Origin, Lat: near.Place.Lat, Lon: near.Place.Lon, Label: resolvedName(near.Place)}
	if km := f.radius(); km != nil {
		origin.RadiusKm = *km
	}
	return []atlas.Point{origin}
}

// pointsOf marks results; each is tied to its card in the list by its id.
func pointsOf(a answer) []atlas.Point {
	points := make([]atlas.Point, 0, a.count())
	add := func(kind atlas.Kind, id, label, path string, place card.Place) {
		if place.Resolved != nil {
			points = append(points, atlas.Point{ID: id, Kind: kind, Lat: place.Resolved.Lat, Lon: place.Resolved.Lon, Label: label, Href: path + id})
		}
	}
	for _, r := range a.people {
		add(atlas.Person, r.ID, r.Name, "/p/", r.Place)
	}
	for _, r := range a.missions {
		add(atlas.Mission, r.ID, r.Title, "/missions/", r.Place)
	}
	for _, r := range a.collectives {
		add(atlas.Collective, r.ID, r.Name, "/c/", r.Place)
	}
	return points
}

// collectivePoints mark the communes that have a collective.
func (w Words) collectivePoints(overview card.Overview) []atlas.Point {
	var points []atlas.Point
	for _, c := range overview.Places {
		if c.Collectives > 0 {
			points = append(points, atlas.Point{
				Kind: atlas.Collective, Lat: c.Place.Lat, Lon: c.Place.Lon, Count: c.Collectives, Href: cityPrefix + c.Slug,
				Label: w.count("found_collectives", c.Collectives) + w.Say("in_place", w.At(c.Place.Name)),
			})
		}
	}
	return points
}

// pointsOfCity are a commune and what is in and around it.
func (w Words) pointsOfCity(place card.ResolvedPlace, a answer) []atlas.Point {
	origin := atlas.Point{Kind: atlas.Origin, Lat: place.Lat, Lon: place.Lon, Label: resolvedName(place)}
	return append([]atlas.Point{origin}, pointsOf(a)...)
}

// serveMap answers the figure alone, for scripts: of a search as its form
// says, or of the page named. A page moves its map by links as well.
func (p *Pages) serveMap(w http.ResponseWriter, r *http.Request) {
	p.serve(w, r, func(ctx context.Context, r *http.Request, v *page) (view, error) {
		query := r.URL.Query()
		s := shape{pixels(query.Get("w"), shapeBeside.widthPx), pixels(query.Get("h"), shapeBeside.heightPx)}
		if v.Form.Map == "" && query.Has("lat") {
			v.Form.Map = query.Get("lat") + "," + query.Get("lon") + "," + query.Get("km")
		}
		var err error
		v.Path = query.Get("page")
		v.Data, err = p.mapNamed(ctx, v, s)
		return view{Template: "map_fragment"}, err
	})
}

// pixels are bounded by the atlas.
func pixels(text string, otherwise int) int {
	if n, err := strconv.Atoi(text); err == nil {
		return n
	}
	return otherwise
}

// mapNamed is the map of one page; any page that has none is the search.
func (p *Pages) mapNamed(ctx context.Context, v *page, s shape) (mapBox, error) {
	slug, isCity := strings.CutPrefix(v.Path, cityPrefix)
	switch {
	case v.Path == networkPath || v.Path == homePath:
		overview, err := p.node.Overview(ctx)
		return p.mapOf(v, s, v.collectivePoints(overview)), err
	case isCity:
		place, ok := p.node.PlaceBySlug(slug)
		if !ok {
			return "", &card.Problem{Cause: card.NotFound, Field: "page", Detail: "no commune of that name"}
		}
		all, err := p.searchCity(ctx, v, place)
		return p.mapOf(v, s, v.pointsOfCity(place, all)), err
	}
	v.Path = searchPath
	a, problem, err := p.searchForm(ctx, v)
	if err != nil {
		return "", err
	}
	if problem != nil {
		return "", problem
	}
	return p.mapOfSearch(ctx, v, s, a)
}
