package node

import (
	"math"
	"sync"

	"courtcircuit/node/card"
	"courtcircuit/node/places"
	"courtcircuit/store"
)

// commune is a place as pages count and link it.
type commune struct {
	place  card.ResolvedPlace
	slug   string
	folded string // the name, to sort by
}

// farFromAll is how far a card may stand from the nearest commune and still
// be counted there: the middle of an ocean or a desert belongs to no town.
const farFromAll = 50_000 // meters

// communeBook remembers which commune is nearest to a position: cards stand on
// few of them, and to find one anew takes 50 µs.
type communeBook struct {
	places *places.Gazetteer

	mu     sync.RWMutex
	at     map[uint32]*commune // nil where nothing is near
	bySlug map[string]*commune // one for each, however many positions lead to it
}

// maxCommunePositions bounds the memory to some megabytes; over it everything
// is forgotten, and what is in use comes back.
const maxCommunePositions = 1 << 16

func newCommuneBook(g *places.Gazetteer) *communeBook {
	return &communeBook{places: g, at: map[uint32]*commune{}, bySlug: map[string]*commune{}}
}

// nearest gives the commune of a position in hundredths of a degree, nil when
// none is near. Arrondissements count as their city.
func (b *communeBook) nearest(latCenti, lonCenti int) *commune {
	key := uint32(latCenti+9000)*36_001 + uint32(lonCenti+18_000)
	b.mu.RLock()
	c, ok := b.at[key]
	b.mu.RUnlock()
	if ok {
		return c
	}
	p, meters := b.places.Nearest(float64(latCenti)/100, float64(lonCenti)/100)
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.at) >= maxCommunePositions {
		clear(b.at)
		clear(b.bySlug)
	}
	if meters <= farFromAll { // also false for the infinite distance of no place
		c = b.one(cityOf(b.places, p))
	}
	b.at[key] = c
	return c
}

// one shares what is said of a commune between the positions that lead to it.
func (b *communeBook) one(p places.Place) *commune {
	slug := p.Slug()
	if c, ok := b.bySlug[slug]; ok {
		return c
	}
	c := &commune{place: resolvedOf(p), slug: slug, folded: store.FoldSkill(p.Name)}
	b.bySlug[slug] = c
	return c
}

// nearestTo is nearest for the place of a card.
func (b *communeBook) nearestTo(p card.ResolvedPlace) *commune {
	if !(math.Abs(p.Lat) <= 90 && math.Abs(p.Lon) <= 180) {
		return nil
	}
	return b.nearest(int(math.Round(p.Lat*100)), int(math.Round(p.Lon*100)))
}

// cityOf gives Paris, Lyon or Marseille for one of their arrondissements,
// which INSEE numbers 75101–75120, 69381–69389 and 13201–13216.
func cityOf(g *places.Gazetteer, p places.Place) places.Place {
	city := ""
	switch {
	case p.Code >= "75101" && p.Code <= "75120":
		city = "paris"
	case p.Code >= "69381" && p.Code <= "69389":
		city = "lyon"
	case p.Code >= "13201" && p.Code <= "13216":
		city = "marseille"
	default:
		return p
	}
	if whole, ok := g.BySlug(city); ok {
		return whole
	}
	return p
}
