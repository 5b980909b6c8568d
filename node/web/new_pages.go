package web

import (
	"embed"
	"fmt"
	"html/template"
	"log/slog"
	"net/http"

	"courtcircuit/node/web/atlas"
)

//go:embed templates/*.html assets
var files embed.FS

// Pages is the http.Handler of the pages. It is the same on both listeners.
type Pages struct {
	cfg       Config
	node      Reader
	doors     Doors
	log       *slog.Logger
	mux       *http.ServeMux
	templates *template.Template
	assets    *assets
	atlas     *atlas.Atlas
	share     *sharing
	secrets   *shownSecrets
}

// New reads the embedded templates and files. log may be nil.
func New(cfg Config, node Reader, doors Doors, log *slog.Logger) (*Pages, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	p := &Pages{cfg: cfg, node: node, doors: doors, log: log, mux: http.NewServeMux(), share: newSharing(cfg), secrets: newShownSecrets()}
	var err error
	if p.assets, err = loadAssets(files); err != nil {
		return nil, err
	}
	if p.atlas, err = atlas.New(cfg.Dots); err != nil {
		return nil, fmt.Errorf("load map: %w", err)
	}
	funcs := template.FuncMap{"asset": p.assets.address}
	if p.templates, err = template.New("pages").Funcs(funcs).ParseFS(files, "templates/*.html"); err != nil {
		return nil, fmt.Errorf("read page templates: %w", err)
	}
	p.routes()
	return p, nil
}

// routes is the list of all pages.
func (p *Pages) routes() {
	p.page("/{$}", p.showHome)
	p.page("/recherche", p.showSearch)
	p.page("/p/{id}", p.showProfile)
	p.page("/c/{id}", p.showCollective)
	p.page("/missions", p.showMissions)
	p.page("/missions/{id}", p.showMission)
	p.page("/ville/{slug}", p.showCity)
	p.page("/reseau", p.showNetwork)
	p.file("/integrer", p.serveEmbed)
	p.page("/mentions-legales", p.showLegal)
	p.page("/accessibilite", p.showAccessibility)
	p.page("/api", p.showAPI)
	p.form("/signaler/{kind}/{id}", p.showReport, p.takeReport)

	p.file("/carte", p.serveMap)
	p.file("/p/{id}/image.png", p.serveProfilePicture)
	p.file("/c/{id}/image.png", p.serveCollectivePicture)
	p.file("/missions/{id}/image.png", p.serveMissionPicture)
	p.file("/image.png", p.serveHomePicture)
	p.file("/p/{id}/resume.json", p.serveResume)
	p.file("/p/{id}/contact.vcf", p.serveVCard)
	p.file("/missions.atom", p.serveAtom)
	p.file("/missions.json", p.serveJSONFeed)
	p.file("/sitemap.xml", p.serveSitemap)
	p.file("/robots.txt", p.serveRobots)
	p.file("/favicon.ico", p.serveIcon)
	p.mux.Handle("/assets/", p.assets)

	if p.doors.Briefs != nil {
		p.routeBrief()
	}
	if p.doors.Access != nil {
		p.routeAccess()
		if p.doors.Members != nil {
			p.routeMe()
		}
		if p.doors.Console != nil {
			p.routeConsole()
		}
	}
}
