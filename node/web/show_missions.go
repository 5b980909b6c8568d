package web

import (
	"context"
	"net/http"
)

// showMissions lists missions near here or near a place: the search for
// missions under an address that readers may keep and engines may index.
func (p *Pages) showMissions(ctx context.Context, r *http.Request, v *page) (view, error) {
	v.Form.Kind, v.Form.path = kindMissions, missionsPath
	path, query := missionsPath, r.URL.Query()
	query.Del("lang") // the same list in the other language
	if len(query) > 0 {
		path = "" // one of countless searches
	}
	p.headPlain(v, v.Say("title_missions"), v.Say("missions_about"), path)
	data, _, err := p.find(ctx, v)
	if err != nil {
		return view{}, err
	}
	return v.showFound(r, "missions.html", data), nil
}
