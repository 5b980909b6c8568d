package web

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"

	"courtcircuit/node/access"
	"courtcircuit/node/card"
	"courtcircuit/node/httpapi/api"
)

const (
	// readTimeout bounds what a page waits for the node.
	readTimeout = 10 * time.Second
	// maxFormBytes bounds what a visitor may send.
	maxFormBytes = 16 << 10

	langCookie = "lang"
)

// page is what all templates read.
type page struct {
	Words
	Head head
	Site card.Site
	Path string         // of this page
	Form form           // the search form as it stands
	Data any            // of this page
	Who  access.Session // who came in, on private pages only
	// canSwitch: the page reads the same address in the other language
	Switch string
	// Deposit is where a client begins a request; "" when none are taken here.
	Deposit string
	// Entry: members and coordinators come in at this address.
	Entry bool
}

// show fills a page and names its template. A *card.Problem becomes the
// message page of its status; any other error is logged and answers 500.
type show func(ctx context.Context, r *http.Request, v *page) (view, error)

// view names a template and the status it is answered with; 0 is 200. With
// Redirect, a path of these pages, it answers 303 instead: what was written is
// not written again when the reader goes back.
type view struct {
	Template string
	Status   int
	Redirect string
}

// page registers one that is only read.
func (p *Pages) page(pattern string, s show) {
	p.mux.HandleFunc(pattern, p.only(func(w http.ResponseWriter, r *http.Request) { p.serve(w, r, s) }, http.MethodGet, http.MethodHead))
}

// form registers one that visitors write to as well.
func (p *Pages) form(pattern string, read, write show) {
	p.mux.HandleFunc(pattern, p.only(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost {
			p.serve(w, r, read)
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, maxFormBytes)
		p.serve(w, r, write)
	}, http.MethodGet, http.MethodHead, http.MethodPost))
}

// file registers something that is not a page: a feed, a picture, a fragment.
func (p *Pages) file(pattern string, h http.HandlerFunc) {
	p.mux.HandleFunc(pattern, p.only(h, http.MethodGet, http.MethodHead))
}

func (p *Pages) only(h http.HandlerFunc, methods ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if slices.Contains(methods, r.Method) {
			h(w, r)
			return
		}
		for _, m := range methods {
			w.Header().Add("Allow", m)
		}
		p.serveProblem(w, r, http.StatusMethodNotAllowed, nil)
	}
}

// ServeHTTP answers every path; those that are none of the pages say so in
// the reader's language.
func (p *Pages) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Security-Policy", p.contentPolicy("'none'"))
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	if _, pattern := p.mux.Handler(r); pattern == "" {
		p.serveProblem(w, r, http.StatusNotFound, nil)
		return
	}
	p.mux.ServeHTTP(w, r)
}

// contentPolicy lets our own files in and nothing else; ancestors are the
// sites that may show the page in a frame.
func (p *Pages) contentPolicy(ancestors string) string {
	return "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; " +
		"form-action 'self'; base-uri 'none'; frame-ancestors " + ancestors
}

// serve runs one page from the node's answer to the last byte.
func (p *Pages) serve(w http.ResponseWriter, r *http.Request, s show) {
	ctx, cancel := context.WithTimeout(r.Context(), readTimeout)
	defer cancel()
	v, err := p.newPage(ctx, r)
	if err != nil {
		p.serveProblem(w, r, http.StatusInternalServerError, err)
		return
	}
	answer, err := s(ctx, r, v)
	var problem *card.Problem
	switch {
	case errors.As(err, &problem):
		p.serveProblem(w, r, api.ProblemOf(problem).Status, problem)
		return
	case err != nil:
		p.serveProblem(w, r, http.StatusInternalServerError, err)
		return
	}
	p.keepLanguage(w, r)
	if answer.Redirect != "" {
		http.Redirect(w, r, answer.Redirect, http.StatusSeeOther)
		return
	}
	p.render(w, r, answer, v)
}

// newPage reads what every page shows.
func (p *Pages) newPage(ctx context.Context, r *http.Request) (*page, error) {
	v := p.barePage(r)
	site, err := p.node.Site(ctx)
	if err != nil {
		return v, fmt.Errorf("read site: %w", err)
	}
	v.Site, v.Deposit = site, p.depositTo(site, "", "")
	v.Entry = p.doors.Access != nil && p.doors.Access.Open(r)
	return v, nil
}

// barePage needs nothing of the node, so that it can say that it failed.
func (p *Pages) barePage(r *http.Request) *page {
	query := r.URL.Query()
	words := wordsFor(languageOf(r))
	return &page{Words: words, Path: r.URL.Path, Form: readForm(query), Switch: switchAddress(r.URL, words.Other), Head: head{Lang: words.Lang}}
}

// languageOf is what was asked for by name, else what was chosen before, else
// what the browser prefers.
func languageOf(r *http.Request) string {
	asked := r.URL.Query().Get("lang")
	if chosen, err := r.Cookie(langCookie); asked == "" && err == nil {
		asked = chosen.Value
	}
	return api.PickLanguage(asked, r.Header.Get("Accept-Language"))
}

// keepLanguage remembers a choice made with the switch, and nothing else of
// the reader.
func (p *Pages) keepLanguage(w http.ResponseWriter, r *http.Request) {
	if lang := r.URL.Query().Get("lang"); lang == "fr" || lang == "en" {
		http.SetCookie(w, &http.Cookie{Name: langCookie, Value: lang, Path: "/", MaxAge: 365 * 24 * 3600, HttpOnly: true, SameSite: http.SameSiteLaxMode})
	}
}

// switchAddress is the same page in another language.
func switchAddress(u *url.URL, lang string) string {
	query := u.Query()
	query.Set("lang", lang)
	return (&url.URL{Path: u.Path, RawQuery: query.Encode()}).String()
}

// render writes a whole page or none: half a page would look like an answer.
func (p *Pages) render(w http.ResponseWriter, r *http.Request, answer view, v *page) {
	var body bytes.Buffer
	if err := p.templates.ExecuteTemplate(&body, answer.Template, v); err != nil {
		p.log.Error("page template failed", "template", answer.Template, "error", err)
		http.Error(w, v.Say("failed"), http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Language", v.Lang)
	if h.Get("Cache-Control") == "" {
		h.Set("Cache-Control", "no-cache")
	}
	h.Set("Vary", "Accept-Language, Cookie")
	w.WriteHeader(max(answer.Status, http.StatusOK))
	if r.Method == http.MethodHead {
		return
	}
	if _, err := w.Write(body.Bytes()); err != nil {
		p.log.Debug("page not written", "error", err)
	}
}
