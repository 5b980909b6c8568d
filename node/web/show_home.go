package web

import (
	"context"
	"net/http"
	"net/url"
	"strconv"

	"courtcircuit/node/card"
)

// homePage is the vitrine of the own collective; Own is nil until it has a
// name and a place.
type homePage struct {
	Own *collectivePage
	Map mapBox // the surroundings; empty without a place
	How []step

	Works []shownWork
}

// shownWork is something the collective has done.
type shownWork struct {
	Title, Year, Client string
	About               []string
	People              []link
}

const maxWorksShown = 12

// step is one sentence of how it works.
type step struct{ Title, Text string }

func (p *Pages) showHome(ctx context.Context, r *http.Request, v *page) (view, error) {
	data := &homePage{How: []step{
		{v.Say("how_direct"), v.Say("how_direct_text")}, {v.Say("how_free"), v.Say("how_free_text")}, {v.Say("how_near"), v.Say("how_near_text")},
	}}
	v.Data = data
	if v.Site.Collective == nil {
		p.headHome(v, nil, nil, nil)
		return view{Template: "home.html"}, nil
	}
	own, err := p.node.Collective(ctx, "")
	if err != nil {
		return view{}, err
	}
	shown, members, missions, err := p.collectivePage(ctx, v, &own)
	if err != nil {
		return view{}, err
	}
	overview, err := p.node.Overview(ctx)
	if err != nil {
		return view{}, err
	}
	works, err := p.node.Works(ctx)
	if err != nil {
		return view{}, err
	}
	data.Works = shownWorks(works)
	data.Own, shown.Around = shown, v.around(overview)
	data.Map = p.mapOfHome(v, own.Place, overview)
	v.Head.Scripts = append(v.Head.Scripts, "complete.js", "live.js", "map.js")
	p.headHome(v, &own, members, missions)
	return view{Template: "home.html"}, nil
}

func shownWorks(works []card.Work) (out []shownWork) {
	shown, _ := firstOf(works, maxWorksShown)
	for _, w := range shown {
		s := shownWork{Title: w.Title, Year: strconv.Itoa(w.Year), Client: w.Client, About: paragraphs(w.Text)}
		for _, m := range w.Members {
			s.People = append(s.People, link{"/p/" + url.PathEscape(m.ID), m.Name})
		}
		out = append(out, s)
	}
	return out
}

// homeKm is how wide the map of the vitrine is: a city and its surroundings.
// The whole country would weigh ten times as much.
const homeKm = 60

// mapOfHome shows the collectives around, this one in the middle.
func (p *Pages) mapOfHome(v *page, place card.Place, o card.Overview) mapBox {
	if place.Resolved == nil {
		return ""
	}
	points := v.collectivePoints(o)
	view := v.view(shapeWide, points)
	if v.Form.Map == "" {
		view.Lat, view.Lon, view.WidthKm = place.Resolved.Lat, place.Resolved.Lon, homeKm
	}
	return p.drawMap(v, view.Clamp(), points)
}

// around says who else there is. Alone, a collective says nothing of it.
func (w Words) around(o card.Overview) string {
	if o.Collectives < 2 || o.Profiles < 2 || len(o.Places) < 2 {
		return ""
	}
	return w.Say("around_us", o.Profiles, o.Collectives, len(o.Places))
}
