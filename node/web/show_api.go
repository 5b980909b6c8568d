package web

import (
	"context"
	"net/http"
	"strings"
)

// apiPage is /api.
type apiPage struct {
	Base  string // of the addresses in the examples
	Doors []door
	Feeds []door
}

// door is one address with what it answers.
type door struct{ Path, What, Example string }

func (p *Pages) showAPI(ctx context.Context, r *http.Request, v *page) (view, error) {
	p.headPlain(v, v.Say("api_title"), v.Say("api_description"), "/api")
	base := strings.TrimSuffix(p.cfg.PublicURL, "/")
	if base == "" {
		base = "http://127.0.0.1:7317"
	}
	v.Data = &apiPage{
		Base: base,
		Doors: []door{
			{"/api/v1/profiles", v.Say("api_profiles"), "near=Toulouse&radius_km=50&skill=graphisme&language=fr"},
			{"/api/v1/profiles/{id}", v.Say("api_profile"), ""},
			{"/api/v1/collectives", v.Say("api_collectives"), "near=31000"},
			{"/api/v1/missions", v.Say("api_missions"), "near=43.6,1.44&skill=go"},
			{"/api/v1/places", v.Say("api_places"), "q=toul"},
			{"/api/v1/records/{id}", v.Say("api_records"), ""},
			{"/api/v1/events", v.Say("api_events"), ""},
			{"/api/v1/info", v.Say("api_info"), ""},
		},
		Feeds: []door{
			{"/missions.atom", v.Say("api_atom"), ""}, {"/missions.json", v.Say("api_jsonfeed"), ""},
			{"/p/{id}/contact.vcf", v.Say("api_vcard"), ""}, {"/p/{id}/resume.json", v.Say("api_resume"), ""}, {"/sitemap.xml", v.Say("api_sitemap"), ""},
		},
	}
	return view{Template: "api.html"}, nil
}
