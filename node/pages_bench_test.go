package node

import (
	"context"
	"crypto/rand"
	"fmt"
	mathrand "math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"courtcircuit/node/card"
	"courtcircuit/node/httpapi/api"
	"courtcircuit/node/web"
	"courtcircuit/protocol"
)

// benchProfiles is how many strangers' profiles a benchmark is run over.
func benchProfiles(b *testing.B, usual int) int {
	b.Helper()
	text := os.Getenv("COURTCIRCUIT_BENCH")
	if text == "" {
		return usual
	}
	count, err := strconv.Atoi(text)
	if err != nil {
		b.Fatal(err)
	}
	return count
}

// benchMembers is how many members the own collective has:
// COURTCIRCUIT_BENCH_MEMBERS, by default as many as it usually has.
func benchMembers(b *testing.B) int {
	b.Helper()
	text := os.Getenv("COURTCIRCUIT_BENCH_MEMBERS")
	if text == "" {
		return 24
	}
	count, err := strconv.Atoi(text)
	if err != nil {
		b.Fatal(err)
	}
	return count
}

// feedStrangers gives the node profiles as they are in France: half of them
// on the centres of a dozen cities, the others on communes anywhere.
func feedStrangers(b *testing.B, n *Node, count int) {
	b.Helper()
	r := mathrand.New(mathrand.NewPCG(1, 2))
	cities := [][2]float64{{48.86, 2.35}, {45.76, 4.84}, {43.3, 5.37}, {43.6, 1.44}, {44.84, -0.58}, {47.22, -1.55}, {50.63, 3.06}, {48.57, 7.75}, {48.11, -1.68}, {43.61, 3.88}, {45.19, 5.72}, {47.32, 5.04}}
	skills := []string{"graphisme", "illustration", "go", "javascript", "traduction", "photographie", "rédaction", "comptabilité", "formation", "seo", "python", "vidéo", "architecture", "sérigraphie", "reliure"}
	now := time.Now()
	var wires [][]byte
	for i := range count {
		lat, lon := 42.5+8*r.Float64(), -4.5+12*r.Float64()
		if r.IntN(2) == 0 {
			c := cities[r.IntN(1+r.IntN(len(cities)))]
			lat, lon = c[0], c[1]
		}
		place := n.cardPlaceAt(lat, lon)
		p := protocol.Profile{
			Name: fmt.Sprint("Personne ", i), Headline: "Métier de circuit court", About: fmt.Sprintf("Au service de ses voisins depuis %d ans. %0400d", i%30, i),
			Place: place, Languages: []string{"fr"}, Modes: []protocol.WorkMode{protocol.Onsite, protocol.Hybrid}, ConfirmedAtMillis: now.UnixMilli(),
		}
		for len(p.Skills) < 3 {
			if s := skills[r.IntN(1+r.IntN(len(skills)))]; !slices.Contains(p.Skills, s) {
				p.Skills = append(p.Skills, s)
			}
		}
		a, _, err := protocol.NewAuthor(rand.Reader)
		if err != nil {
			b.Fatal(err)
		}
		d, err := p.Draft(nil, now.UnixMilli())
		if err != nil {
			b.Fatal(err)
		}
		wire, err := n.opener.Seal(a, d)
		if err != nil {
			b.Fatal(err)
		}
		if wires = append(wires, wire); len(wires) == ingestBatchRecords || i == count-1 {
			feed(b, n, wires...)
			wires = wires[:0]
		}
	}
}

// cardPlaceAt names the commune at a point.
func (n *Node) cardPlaceAt(lat, lon float64) protocol.Place {
	near, _ := n.places.Nearest(lat, lon)
	p := protocol.PlaceAt(near.Lat, near.Lon)
	p.Name, p.Area = near.Name, near.Department
	return p
}

// hostless knows no peers: the benchmark has no host.
type hostless struct{ webBackend }

func (hostless) Peers(context.Context) ([]api.Peer, error) { return nil, nil }
func (hostless) Info(context.Context) (api.Info, error)    { return api.Info{}, nil }

// BenchmarkPages asks for the HTML of every kind of page. COURTCIRCUIT_BENCH
// sets the number of profiles held.
func BenchmarkPages(b *testing.B) {
	cfg := serviceConfig(b, b.TempDir())
	cfg.PublicURL = "https://lesindes.example"
	n := nameNode(b, openService(b, cfg))
	own := mustPublish(b, n, camille("Graphiste", "graphisme", "branding"), "")
	for i := range benchMembers(b) {
		p := camille("Graphiste", "graphisme")
		p.Name = fmt.Sprint("Membre ", i)
		mustPublish(b, n, p, "")
	}
	mission, err := n.PostMission(b.Context(), card.Mission{Title: "Affiches", Place: card.Place{Text: "Toulouse"}, Needs: []card.Need{{Skill: "graphisme"}}}, true)
	if err != nil {
		b.Fatal(err)
	}
	feedStrangers(b, n, benchProfiles(b, 2000))
	pages, err := web.New(n.webConfig(), hostless{webBackend{n}}, web.Doors{}, n.log)
	if err != nil {
		b.Fatal(err)
	}
	collective, err := n.Collective(b.Context(), "")
	if err != nil {
		b.Fatal(err)
	}
	for _, path := range []string{
		"/", "/recherche", "/recherche?near=Paris", "/recherche?near=Paris&skill=graphiste", "/recherche?near=Toulouse&skill=reliure&skill=comptabilit%C3%A9&language=fr&mode=onsite&radius_km=50",
		"/recherche?near=Gu%C3%A9ret&skill=go", "/recherche?near=Toulouse&language=br", "/recherche?near=Toulouse&q=voisins", "/recherche?near=Toulouse&q=introuvable", "/recherche?near=Toulouse&skill=dentellerie&radius_km=10",
		"/recherche?kind=collectives&near=Toulouse", "/p/" + own.ID, "/c/" + collective.ID, "/missions", "/missions/" + mission.ID,
		"/ville/paris", "/ville/toulouse", "/reseau", "/integrer", "/mentions-legales", "/sitemap.xml", "/missions.atom",
	} {
		b.Run(path, func(b *testing.B) {
			var took []time.Duration
			size := 0
			for b.Loop() {
				w := httptest.NewRecorder()
				began := time.Now()
				pages.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
				took = append(took, time.Since(began))
				if w.Code != http.StatusOK {
					b.Fatalf("%d: %s", w.Code, w.Body)
				}
				size = w.Body.Len()
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
			b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
			b.ReportMetric(float64(size), "bytes")
		})
	}
}
