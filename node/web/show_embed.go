package web

import (
	"context"
	"net/http"
	"strings"
)

// maxEmbedded bounds the members in the frame.
const maxEmbedded = 12

// embedPage is the frame for the collective's own site, or the help that says
// how to put it there.
type embedPage struct {
	Own     *collectivePage // nil: the collective has no name yet
	Address string          // of the frame, for the snippet
	Sites   []string        // whose pages may show it
}

// serveEmbed shows the frame under a policy that lets the configured sites
// show it; every other page stays out of frames.
func (p *Pages) serveEmbed(w http.ResponseWriter, r *http.Request) {
	if _, sites := p.cfg.live(); len(sites) > 0 && !asksHelp(r) {
		w.Header().Set("Content-Security-Policy", p.contentPolicy(strings.Join(sites, " ")))
	}
	p.serve(w, r, p.showEmbed)
}

func asksHelp(r *http.Request) bool { return r.URL.Query().Get("aide") == "1" }

func (p *Pages) showEmbed(ctx context.Context, r *http.Request, v *page) (view, error) {
	p.headPlain(v, v.Say("embed_title"), "", "")
	_, sites := p.cfg.live()
	data := &embedPage{Address: strings.TrimSuffix(p.cfg.PublicURL, "/") + "/integrer", Sites: sites}
	v.Data = data
	if asksHelp(r) {
		return view{Template: "embed_help.html"}, nil
	}
	if v.Site.Collective != nil {
		own, err := p.node.Collective(ctx, "")
		if err != nil {
			return view{}, err
		}
		members, err := p.node.Members(ctx, own.ID, maxEmbedded+1)
		if err != nil {
			return view{}, err
		}
		shown := &collectivePage{Words: v.Words, Name: own.Name, Own: true}
		shown.addMembers(members, own.Members)
		shown.Members, _ = firstOf(shown.Members, maxEmbedded)
		shown.MoreMembers = shown.Total > len(shown.Members)
		data.Own = shown
	}
	return view{Template: "embed.html"}, nil
}
