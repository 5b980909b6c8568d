package web

import (
	"context"
	"errors"
	"net/http"

	"courtcircuit/node/card"
	"courtcircuit/node/httpapi/api"
)

// serveProblem says what went wrong in the reader's words. err may be nil, a
// *card.Problem, or a fault of ours, which is logged and not shown.
func (p *Pages) serveProblem(w http.ResponseWriter, r *http.Request, status int, err error) {
	v := p.barePage(r)
	ctx, cancel := context.WithTimeout(r.Context(), readTimeout)
	defer cancel()
	if site, siteErr := p.node.Site(ctx); siteErr == nil {
		v.Site = site // the page is good without it, better with it
	}
	var problem *card.Problem
	switch {
	case err == nil || errors.As(err, &problem):
	case r.Context().Err() != nil:
		p.log.Debug("reader left before the page was ready", "path", api.LogPath(r.URL.Path)) // any visitor can, as often as he likes
	case errors.Is(err, context.DeadlineExceeded):
		status = http.StatusServiceUnavailable
		w.Header().Set("Retry-After", "5")
		p.log.Debug("page took too long", "path", api.LogPath(r.URL.Path))
	default:
		p.log.Error("page cannot be shown", "path", api.LogPath(r.URL.Path), "error", err)
	}
	key := problemKey(status, problem)
	v.Head.Title = v.Say("problem_" + key)
	v.Data = message{Title: v.Head.Title, Text: v.Say("problem_" + key + "_text"), Status: status, Search: key == "missing" || key == "gone" || key == "hidden"}
	p.render(w, r, view{Template: "message.html", Status: status}, v)
}

// message is a page of a sentence or two.
type message struct {
	Title, Text string
	Status      int   // said to the reader from 400 on
	Search      bool  // the search form stands below
	Back        *link // where the reader came from, nil when only home helps
}

// problemKey names the sentences for a status.
func problemKey(status int, problem *card.Problem) string {
	switch {
	case problem != nil && problem.Field == "hidden":
		return "hidden"
	case status == http.StatusGone:
		return "gone"
	case status == http.StatusNotFound:
		return "missing"
	case status == http.StatusMethodNotAllowed:
		return "method"
	case status >= 500:
		return "failed"
	}
	return "refused"
}
