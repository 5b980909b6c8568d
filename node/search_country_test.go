package node

import (
	"context"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sort"
	"sync"
	"testing"
	"time"

	"courtcircuit/node/places"
	"courtcircuit/protocol"
	"courtcircuit/store"
)

// benchCountry draws France: people stand on the centres of communes, as many
// as live there, so that tens of thousands of a million share Paris. Each has
// five skills of two hundred, a few of them common, and is a member of one of
// 500 collectives. Person i is always the same.
type benchCountry struct {
	places  []places.Place
	weights []int // running sums of the populations
	rural   []places.Place
	clubs   []protocol.Author
	now     time.Time
}

const (
	benchRareSkill    = "dentellerie"
	benchRareLanguage = "br"
	benchClubs        = 500
)

func newBenchCountry(b *testing.B, g *places.Gazetteer, now time.Time) *benchCountry {
	b.Helper()
	c := &benchCountry{now: now}
	sum := 0
	g.Each(func(p places.Place) bool {
		if p.Country == "FR" && p.Population > 0 && p.Lat > 40 {
			sum += p.Population
			c.places, c.weights = append(c.places, p), append(c.weights, sum)
			if p.Population < 2000 {
				c.rural = append(c.rural, p)
			}
		}
		return true
	})
	for i := range benchClubs {
		a, _, err := protocol.NewAuthor(seededBy(uint64(i), 1))
		if err != nil {
			b.Fatal(err)
		}
		c.clubs = append(c.clubs, a)
	}
	return c
}

func seededBy(i, kind uint64) *rand.ChaCha8 {
	var key [32]byte
	binary.BigEndian.PutUint64(key[:], i)
	binary.BigEndian.PutUint64(key[8:], kind)
	return rand.NewChaCha8(key)
}

func (c *benchCountry) somewhere(r *rand.Rand) places.Place {
	at := r.IntN(c.weights[len(c.weights)-1])
	return c.places[sort.SearchInts(c.weights, at+1)]
}

// benchSkill is a skill of the table where searches ask for it.
func benchSkill(i int) string {
	switch i {
	case 3:
		return "graphisme"
	case 7:
		return "photographie"
	}
	return fmt.Sprintf("compétence %d", i)
}

func (c *benchCountry) person(i int) protocol.Profile {
	r := rand.New(rand.NewPCG(uint64(i), 7))
	place := c.somewhere(r)
	p := protocol.Profile{
		Name: fmt.Sprint("Personne ", i), Headline: "Métier de circuit court", About: fmt.Sprintf("Au service de ses voisins depuis %d ans. %0360d", i%30, i),
		Place: protocol.PlaceAt(place.Lat, place.Lon), Languages: []string{"fr"}, ConfirmedAtMillis: c.now.UnixMilli() - int64(r.IntN(50))*86_400_000,
	}
	p.Place.Name, p.Place.Area, p.Place.Country = place.Name, place.Department, "FR"
	for bits, m := 1+r.IntN(7), 0; m < 3; m++ {
		if bits>>m&1 == 1 {
			p.Modes = append(p.Modes, protocol.WorkMode(m+1))
		}
	}
	for len(p.Skills) < 5 {
		s := benchSkill(int(200 * r.Float64() * r.Float64()))
		if r.IntN(2500) == 0 {
			s = benchRareSkill
		}
		if !slices.Contains(p.Skills, s) {
			p.Skills = append(p.Skills, s)
		}
	}
	switch n := r.IntN(1000); {
	case n == 0:
		p.Languages = append(p.Languages, benchRareLanguage)
	case n < 500:
		p.Languages = append(p.Languages, []string{"en", "es", "de", "it", "pt"}[n%5])
	}
	if r.IntN(4) == 0 {
		from := protocol.Date(c.now.Unix()/86400 + int64(r.IntN(60)))
		p.AvailableFrom = &from
	}
	if r.IntN(3) == 0 {
		km := uint(r.IntN(100))
		p.RadiusKm = &km
	}
	return p
}

// seal signs the cards of people from, to.
func (c *benchCountry) seal(network protocol.Network, from, to int) ([][]byte, error) {
	var wires [][]byte
	for i := from; i < to; i++ {
		a, _, err := protocol.NewAuthor(seededBy(uint64(i), 2))
		if err != nil {
			return nil, err
		}
		g, err := protocol.NewGrant(network, c.clubs[i%benchClubs], a.Identity(), c.now, protocol.MaxGrant, protocol.CustodyNode)
		if err != nil {
			return nil, err
		}
		p := c.person(i)
		d, err := p.Draft(&g, c.now.UnixMilli())
		if err != nil {
			return nil, err
		}
		wire, err := protocol.Seal(network, a, d)
		if err != nil {
			return nil, err
		}
		wires = append(wires, wire)
	}
	return wires, nil
}

// benchHome gives a home with n profiles in it. It is made anew in the folder
// of the benchmark, or once in that which COURTCIRCUIT_BENCH_DIR names: a
// million cards take minutes to sign.
func benchHome(b *testing.B, n int) (Config, *benchCountry) {
	b.Helper()
	dir, keep := os.Getenv("COURTCIRCUIT_BENCH_DIR"), true
	if dir == "" {
		dir, keep = b.TempDir(), false
	}
	home := filepath.Join(dir, fmt.Sprint("search-v1-", n))
	cfg := serviceConfig(b, home)
	cfg.Store, cfg.Inbox = func(c *store.Config) { c.BallastBytes = 0 }, nil
	filled := filepath.Join(home, "filled")
	if at, err := os.ReadFile(filled); err == nil {
		now, err := time.Parse(time.RFC3339, string(at))
		if err != nil {
			b.Fatal(err)
		}
		return cfg, newBenchCountry(b, cfg.Places, now)
	}
	if err := os.RemoveAll(home); err != nil {
		b.Fatal(err)
	}
	now := time.Now().UTC().Truncate(time.Second)
	c := newBenchCountry(b, cfg.Places, now)
	fillHome(b, cfg, c, n)
	if keep {
		if err := os.WriteFile(filled, []byte(now.Format(time.RFC3339)), 0o600); err != nil {
			b.Fatal(err)
		}
	}
	return cfg, c
}

func fillHome(b *testing.B, cfg Config, c *benchCountry, count int) {
	b.Helper()
	began := time.Now()
	n, err := New(cfg, quietLog())
	if err != nil {
		b.Fatal(err)
	}
	defer n.Close()
	nameNode(b, n)
	var clubs [][]byte
	for i, club := range c.clubs {
		place := c.person(i).Place
		body := protocol.Collective{Name: fmt.Sprint("Collectif ", i), Place: place, Languages: []string{"fr"}}
		d, err := body.Draft(c.now.UnixMilli())
		if err != nil {
			b.Fatal(err)
		}
		wire, err := protocol.Seal(cfg.Network, club, d)
		if err != nil {
			b.Fatal(err)
		}
		clubs = append(clubs, wire)
	}
	feed(b, n, clubs...)
	var next sync.Mutex
	at := 0
	var work sync.WaitGroup
	for range runtime.NumCPU() + 1 {
		work.Go(func() {
			for {
				next.Lock()
				from := at
				at = min(at+500, count)
				to := at
				next.Unlock()
				if from == to {
					return
				}
				wires, err := c.seal(cfg.Network, from, to)
				if err == nil {
					vs, _ := n.opener.OpenBatch(wires, c.now)
					_, err = n.store.PutBatch(context.Background(), vs, c.now)
				}
				if err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	work.Wait()
	b.Logf("%d cards sealed and stored in %.1f s", count, time.Since(began).Seconds())
}
