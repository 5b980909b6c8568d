package places

import (
	"strings"

	"courtcircuit/node/places/internal/packed"
)

// chooseTails gives every row the shortest slug tail that sets it apart. Whether a name is shared is
// read off the sorted keys, where equal ones lie together and own names come first.
func (g *Gazetteer) chooseTails() []slugTail {
	tails := make([]slugTail, len(g.rows))
	entries := g.names.entries
	for at := 0; at < len(entries); {
		end := at + 1
		for end < len(entries) && g.names.sameKey(entries[at], entries[end]) {
			end++
		}
		own := at
		for own < end && entries[own].class == classOwn {
			own++
		}
		for _, e := range entries[at:own] {
			communes, inArea := 0, 0
			for _, other := range entries[at:own] {
				if g.rows[other.row].Kind == packed.Commune {
					communes++
				}
				if g.rows[other.row].Area == g.rows[e.row].Area {
					inArea++
				}
			}
			tails[e.row] = tailFor(g.rows[e.row].Kind, communes, inArea)
		}
		at = end
	}
	return tails
}

func tailFor(kind packed.Kind, communes, inArea int) slugTail {
	switch {
	case kind == packed.Foreign && inArea > 1:
		return tailPosition
	case kind == packed.Foreign:
		return tailCountry
	case communes > 1 && inArea > 1:
		return tailCode
	case communes > 1:
		return tailDepartment
	}
	return tailNone
}

// BySlug returns the place whose Slug is slug.
func (g *Gazetteer) BySlug(slug string) (Place, bool) {
	if slug == "" {
		return Place{}, false
	}
	key := strings.ReplaceAll(slug, "-", " ")
	// A slug is a name and a tail of at most four words (country, region, two coordinates).
	for range 5 {
		run := g.names.exact(key)
		for _, e := range g.names.entries[run.from:run.to] {
			if p := g.place(e.row); (e.class == classOwn || e.class == classNumeral) && p.Slug() == slug {
				return p, true
			}
		}
		cut := strings.LastIndexByte(key, ' ')
		if cut < 0 {
			break
		}
		key = key[:cut]
	}
	return Place{}, false
}
