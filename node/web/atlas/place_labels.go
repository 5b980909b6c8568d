package atlas

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"unicode"
)

// label is a place's name beside its dot.
type label struct {
	text   string
	x, y   float64 // where the text begins, middle of its height
	size   float64 // of the letters, pixels
	weight int     // 0 quiet, 1 plain, 2 large
	box    rect
}

type rect struct{ left, top, right, bottom float64 }

func (r rect) meets(o rect) bool {
	return r.left < o.right && o.left < r.right && r.top < o.bottom && o.top < r.bottom
}

func (r rect) with(o rect) rect {
	return rect{min(r.left, o.left), min(r.top, o.top), max(r.right, o.right), max(r.bottom, o.bottom)}
}

func (r rect) grown(by float64) rect {
	return rect{r.left - by, r.top - by, r.right + by, r.bottom + by}
}

const (
	// labelGap is what stays free around a label.
	labelGap = 3
	// pixelsPerLabel bounds the labels of a drawing by its area.
	pixelsPerLabel = 9_000
	// tries is how many of the largest places are tried for each label there is room for.
	tries = 5
	// On a map of a region or wider, what lies so near to a named city is a part of it to the reader.
	suburbPixels     = 34
	suburbKmPerPixel = 0.25
)

// candidate is a place in view that may get its name.
type candidate struct {
	dot  int
	x, y float64
}

// placeLabels names the largest places that leave room to one another and to what is taken.
func (a *Atlas) placeLabels(f frame, clusters []Cluster, taken ...rect) (labels []label) {
	for i := range clusters {
		c := &clusters[i]
		r := c.radius() * 1.3
		taken = append(taken, rect{c.x - r, c.y - r, c.x + r, c.y + r})
	}
	room := int(f.width*f.height/pixelsPerLabel) + 3
	inside := rect{4, 4, f.width - 4, f.height - 4}
	var named []candidate
	crowded := func(c candidate) bool {
		return slices.ContainsFunc(named, func(n candidate) bool { return math.Hypot(n.x-c.x, n.y-c.y) < suburbPixels })
	}
	for rank, c := range a.largest(f, room*tries) {
		if len(labels) == room {
			break
		}
		text := shortName(a.dots.names[c.dot])
		if text == "" || (f.kmPerPixel > suburbKmPerPixel && crowded(c)) {
			continue
		}
		class := classOf(a.dots.sizes[c.dot])
		l := label{text: text, weight: min(weightOf(rank, room), class/2)}
		l.size = []float64{11, 12, 14}[l.weight]
		radius := discWidth(class, f.kmPerPixel) / 2
		if over := covering(clusters, c); over != nil { // the name stands beside what hides the dot
			c.x, c.y, radius = over.x, over.y, over.radius()*1.3+labelGap
		}
		for _, box := range boxesAround(c, radius, textWidth(text)*l.size, l.size*1.25) {
			blocked := box.left < inside.left || box.top < inside.top || box.right > inside.right || box.bottom > inside.bottom ||
				slices.ContainsFunc(taken, box.grown(labelGap).meets)
			if blocked {
				continue
			}
			l.box, l.x, l.y = box, box.left, (box.top+box.bottom)/2
			labels, taken, named = append(labels, l), append(taken, box), append(named, c)
			break
		}
	}
	return labels
}

func covering(clusters []Cluster, c candidate) *Cluster {
	for i := range clusters {
		if math.Hypot(clusters[i].x-c.x, clusters[i].y-c.y) < clusters[i].radius() {
			return &clusters[i]
		}
	}
	return nil
}

// weightOf gives large letters to the first few and quiet ones to the last.
func weightOf(rank, room int) int {
	switch {
	case rank < max(2, room/8):
		return 2
	case rank < room/2:
		return 1
	default:
		return 0
	}
}

// boxesAround are where a name may stand, best first: right of its dot, left, above, below.
func boxesAround(c candidate, radius, width, height float64) [4]rect {
	away := radius + 4
	return [4]rect{
		{c.x + away, c.y - height/2, c.x + away + width, c.y + height/2},
		{c.x - away - width, c.y - height/2, c.x - away, c.y + height/2},
		{c.x - width/2, c.y - radius - height, c.x + width/2, c.y - radius},
		{c.x - width/2, c.y + radius, c.x + width/2, c.y + radius + height},
	}
}

// quarterKmPerPixel is the scale from which on the quarters of a city are named beside it.
const quarterKmPerPixel = 0.06

// largest returns the largest places in view, at most so many, largest first.
func (a *Atlas) largest(f frame, most int) []candidate {
	var found []candidate
	least := uint32(0) // rank known to be too small
	order := func(p, q candidate) int {
		return cmp.Or(cmp.Compare(a.dots.ranks[q.dot], a.dots.ranks[p.dot]), cmp.Compare(p.dot, q.dot), cmp.Compare(p.x, q.x))
	}
	cut := func() {
		slices.SortFunc(found, order)
		if len(found) > most {
			found = found[:most]
			least = a.dots.ranks[found[most-1].dot]
		}
	}
	a.dots.within(f.window(0), func(i int, turn float64) {
		if a.dots.ranks[i] < least || a.dots.vague[i] || !a.dots.shown(i, f.kmPerPixel) || (f.kmPerPixel > quarterKmPerPixel && isQuarter(a.dots.names[i])) {
			return
		}
		x, y := (float64(a.dots.xs[i])+turn-f.left)*f.scale, (float64(a.dots.ys[i])-f.top)*f.scale
		if found = append(found, candidate{i, x, y}); len(found) >= 4*most {
			cut()
		}
	})
	cut()
	return found
}

const quarter = " Arrondissement"

func isQuarter(name string) bool { return strings.HasSuffix(name, quarter) }

// shortName is a place's name as the map writes it: "Paris 11e".
func shortName(name string) string { return plain(strings.TrimSuffix(name, quarter), 40) }

// textWidth estimates a text's width in parts of the size of its letters, rather too wide than too
// narrow: which font the reader has is not known.
func textWidth(text string) (width float64) {
	for _, r := range text {
		switch {
		case strings.ContainsRune("ijl.,'’ ()|!:;", r):
			width += 0.32
		case strings.ContainsRune("fr-tI/", r):
			width += 0.42
		case strings.ContainsRune("mwMWŒœ", r):
			width += 0.9
		case r >= 0x2E80:
			width += 1.05
		case unicode.IsUpper(r) || unicode.IsDigit(r):
			width += 0.68
		case !unicode.Is(unicode.Mn, r):
			width += 0.57
		}
	}
	return math.Max(width, 0.5)
}
