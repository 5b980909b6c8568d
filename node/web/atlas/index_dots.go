package atlas

import (
	"cmp"
	"iter"
	"math"
	"slices"
	"sort"
)

// field is all dots, from north to south, one for each spot: of places known to be at the same one, the
// largest. 32 bytes a dot, names not counted.
type field struct {
	xs, ys []float32
	sizes  []uint32 // populations
	ranks  []uint32 // what they count for where not all can be shown
	names  []string
	vague  []bool
}

// abroadLess is how many times larger a place abroad must be to get its name.
const abroadLess = 4

func indexDots(dots iter.Seq[Dot]) field {
	type placed struct {
		x, y       float32
		size, rank uint32
		name       string
		vague      bool
	}
	var all []placed
	for d := range dots {
		if !finite(d.Lat, d.Lon) || math.Abs(d.Lat) > maxLat {
			continue // nowhere on this map
		}
		s := project(d.Lat, d.Lon)
		size := uint32(max(0, min(d.Population, math.MaxUint32)))
		rank := size
		if d.Abroad {
			rank /= abroadLess
		}
		all = append(all, placed{float32(s.x - math.Floor(s.x)), float32(s.y), size, rank, d.Name, d.Vague})
	}
	slices.SortStableFunc(all, func(a, b placed) int {
		return cmp.Or(cmp.Compare(a.y, b.y), cmp.Compare(a.x, b.x), cmp.Compare(b.size, a.size))
	})
	all = slices.CompactFunc(all, func(a, b placed) bool { return a.x == b.x && a.y == b.y })
	f := field{
		xs: make([]float32, len(all)), ys: make([]float32, len(all)),
		sizes: make([]uint32, len(all)), ranks: make([]uint32, len(all)), names: make([]string, len(all)), vague: make([]bool, len(all)),
	}
	for i, p := range all {
		f.xs[i], f.ys[i], f.sizes[i], f.ranks[i], f.names[i], f.vague[i] = p.x, p.y, p.size, p.rank, p.name, p.vague
	}
	return f
}

// within yields the dots in the window, each with the turns that bring it there. A band of latitudes is
// found by halving; across it every dot is looked at, which is cheap enough: at most some 57,000.
func (f *field) within(w window, yield func(i int, turn float64)) {
	from := sort.Search(len(f.ys), func(i int) bool { return float64(f.ys[i]) >= w.top })
	for i := from; i < len(f.ys) && float64(f.ys[i]) <= w.bottom; i++ {
		x := float64(f.xs[i])
		for turn := math.Ceil(w.left - x); turn <= w.right-x; turn++ {
			yield(i, turn)
		}
	}
}

// nearest returns the name to give to a spot: the largest place within reach pixels of it, else the
// nearest within four times that, else "".
func (f *field) nearest(fr frame, s spot, reach float64) string {
	x, y := fr.pixel(s)
	r := 4 * reach / fr.scale
	largest, closest, closestSquare := -1, -1, math.Pow(4*reach, 2)
	f.within(window{s.x - r, s.y - r, s.x + r, s.y + r}, func(i int, _ float64) {
		dx, dy := fr.pixel(spot{float64(f.xs[i]), float64(f.ys[i])})
		square := (dx-x)*(dx-x) + (dy-y)*(dy-y)
		if square <= reach*reach && (largest < 0 || f.sizes[i] > f.sizes[largest]) {
			largest = i
		}
		if square < closestSquare {
			closest, closestSquare = i, square
		}
	})
	if largest >= 0 {
		closest = largest
	}
	if closest < 0 {
		return ""
	}
	return shortName(f.names[closest])
}
