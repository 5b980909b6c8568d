package web

import (
	"bytes"
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"html/template"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"courtcircuit/node/card"
	"courtcircuit/node/httpapi/api"
)

//go:embed templates/*.html assets/style.css
var files embed.FS

// Reader is what the pages ask of the node.
type Reader interface {
	Info(ctx context.Context) (api.Info, error)
	Collective(ctx context.Context, id string) (card.Collective, error) // "" is the own one
	SearchProfiles(ctx context.Context, s card.Search) (card.Page[card.FoundProfile], error)
}

const (
	searchPath = "/recherche"
	stylePath  = "/assets/style.css"

	// maxPeople is how many members the first page shows.
	maxPeople = 100

	// readTimeout bounds what a page waits for the node.
	readTimeout = 10 * time.Second

	contentPolicy = "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)

// Pages is the http.Handler of the pages.
type Pages struct {
	node      Reader
	log       *slog.Logger
	templates *template.Template
	style     []byte
	styleTag  string // ETag
}

// New reads the embedded templates. log may be nil.
func New(node Reader, log *slog.Logger) (*Pages, error) {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	templates, err := template.New("pages").ParseFS(files, "templates/*.html")
	if err != nil {
		return nil, fmt.Errorf("read page templates: %w", err)
	}
	style, err := files.ReadFile("assets/style.css")
	if err != nil {
		return nil, fmt.Errorf("read page style: %w", err)
	}
	sum := sha256.Sum256(style)
	return &Pages{node: node, log: log, templates: templates, style: style, styleTag: `"` + hex.EncodeToString(sum[:8]) + `"`}, nil
}

// ServeHTTP answers every path; those that are none of the pages say so in
// the reader's language.
func (p *Pages) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Security-Policy", contentPolicy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		h.Set("Allow", "GET, HEAD")
		p.showMessage(w, r, http.StatusMethodNotAllowed, "no_method")
		return
	}
	switch r.URL.Path {
	case "/":
		if isSearch(r.URL.Query()) {
			p.showSearch(w, r)
			return
		}
		p.showHome(w, r)
	case searchPath:
		p.showSearch(w, r)
	case stylePath:
		p.serveStyle(w, r)
	default:
		p.showMessage(w, r, http.StatusNotFound, "no_page")
	}
}

func (p *Pages) serveStyle(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/css; charset=utf-8")
	w.Header().Set("Cache-Control", "max-age=3600")
	w.Header().Set("ETag", p.styleTag)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(p.style))
}

// page is what all templates read.
type page struct {
	Words
	Title      string
	Style      string
	Switch     string // address of this page in the other language
	Demo       bool
	Connected  bool // other collectives are reached
	Empty      bool // nobody at all is known yet
	Collective *card.Collective
	Form       form
	People     []person
	Found      *found
	Message    string
}

// newPage reads what every page shows. A node that cannot say who it is
// still shows its form.
func (p *Pages) newPage(ctx context.Context, r *http.Request) (*page, error) {
	query := r.URL.Query()
	words := wordsFor(api.PickLanguage(query.Get("lang"), r.Header.Get("Accept-Language")))
	v := &page{Words: words, Style: stylePath, Switch: switchAddress(r.URL, words.Other), Form: readForm(query)}
	info, err := p.node.Info(ctx)
	if err != nil {
		return v, fmt.Errorf("read info: %w", err)
	}
	v.Demo = info.Demo || strings.HasPrefix(info.Network, "demo")
	v.Connected = info.Peers > 0
	v.Empty = info.Counts["profile"] == 0
	if info.Collective == nil {
		return v, nil
	}
	own, err := p.node.Collective(ctx, "")
	if err != nil {
		return v, fmt.Errorf("read collective: %w", err)
	}
	v.Collective = &own
	return v, nil
}

func (p *Pages) showHome(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), readTimeout)
	defer cancel()
	v, err := p.newPage(ctx, r)
	if err != nil {
		p.showFailure(w, r, v, err)
		return
	}
	v.Title = v.Say("title_home")
	if v.Collective != nil {
		v.Title = v.Collective.Name
		members, err := p.node.SearchProfiles(ctx, card.Search{Collective: v.Collective.ID, Limit: maxPeople, Lang: v.Lang})
		var problem *card.Problem
		if err != nil && !errors.As(err, &problem) {
			p.showFailure(w, r, v, fmt.Errorf("read members: %w", err))
			return
		}
		v.People = v.peopleOf(members.Results, false)
	}
	p.render(w, r, http.StatusOK, "home.html", v)
}

func (p *Pages) showSearch(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), readTimeout)
	defer cancel()
	v, err := p.newPage(ctx, r)
	if err != nil {
		p.showFailure(w, r, v, err)
		return
	}
	v.Title = v.Say("title_search")
	answer, err := p.node.SearchProfiles(ctx, v.Form.search(v.Lang))
	var problem *card.Problem
	switch {
	case errors.As(err, &problem):
		v.Found = v.refused(problem, v.Form)
		p.render(w, r, http.StatusUnprocessableEntity, "search.html", v)
	case err != nil:
		p.showFailure(w, r, v, fmt.Errorf("search: %w", err))
	default:
		v.Found = v.foundOf(answer, v.Form)
		p.render(w, r, http.StatusOK, "search.html", v)
	}
}

// showMessage says one sentence, and needs nothing of the node.
func (p *Pages) showMessage(w http.ResponseWriter, r *http.Request, status int, key string) {
	words := wordsFor(api.PickLanguage(r.URL.Query().Get("lang"), r.Header.Get("Accept-Language")))
	v := &page{Words: words, Style: stylePath, Switch: switchAddress(r.URL, words.Other), Title: words.Say(key), Message: words.Say(key)}
	p.render(w, r, status, "message.html", v)
}

func (p *Pages) showFailure(w http.ResponseWriter, r *http.Request, v *page, err error) {
	p.log.Error("page cannot be shown", "path", r.URL.Path, "error", err)
	v.Title, v.Message = v.Say("failed"), v.Say("failed")
	p.render(w, r, http.StatusInternalServerError, "message.html", v)
}

// render writes a whole page or none: half a page would look like an answer.
func (p *Pages) render(w http.ResponseWriter, r *http.Request, status int, name string, v *page) {
	var body bytes.Buffer
	if err := p.templates.ExecuteTemplate(&body, name, v); err != nil {
		p.log.Error("page template failed", "template", name, "error", err)
		http.Error(w, v.Say("failed"), http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Language", v.Lang)
	h.Set("Cache-Control", "no-cache")
	h.Set("Vary", "Accept-Language")
	w.WriteHeader(status)
	if r.Method == http.MethodHead {
		return
	}
	if _, err := w.Write(body.Bytes()); err != nil {
		p.log.Debug("page not written", "error", err)
	}
}
