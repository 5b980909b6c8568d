package atlas

import (
	"math"
	"slices"
	"sort"
)

// classes of places by population: each is one path, its discs all of one width.
var classFrom = []uint32{0, 400, 1_500, 5_000, 15_000, 50_000, 200_000, 1_000_000}

// classWidth is the width of a disc in pixels where a pixel is one kilometre.
var classWidth = []float64{1.2, 1.25, 1.35, 1.6, 2.2, 3.1, 4.6, 6.5}

func classOf(population uint32) int {
	return sort.Search(len(classFrom), func(i int) bool { return classFrom[i] > population }) - 1
}

// discWidth grows more slowly than the map, so that a city's disc covers its country at no scale.
func discWidth(class int, kmPerPixel float64) float64 {
	growth := math.Pow(1/kmPerPixel, 0.4)
	if kmPerPixel > 1 {
		growth = math.Pow(1/kmPerPixel, 0.45)
	}
	return math.Round(10*min(classWidth[class]*growth, 5+3*float64(class))) / 10
}

// leastClass leaves out the small places where they would only be a grey: it bounds the dots of a drawing.
func leastClass(kmPerPixel float64) int {
	switch {
	case kmPerPixel > 15:
		return 6
	case kmPerPixel > 8:
		return 5
	case kmPerPixel > 3.5:
		return 4
	default:
		return 0
	}
}

// Abroad, towns below this class are left out at the scale of a country.
const (
	leastAbroad          = 5
	abroadFromKmPerPixel = 0.8
)

// vagueFromKmPerPixel is the scale from which on the few kilometres by which
// an estimated position is off are few pixels.
const vagueFromKmPerPixel = 0.5

func (f *field) shown(i int, kmPerPixel float64) bool {
	if f.vague[i] && kmPerPixel < vagueFromKmPerPixel {
		return false
	}
	class := classOf(f.sizes[i])
	abroad := f.ranks[i] < f.sizes[i]
	return class >= leastClass(kmPerPixel) && (!abroad || class >= leastAbroad || kmPerPixel <= abroadFromKmPerPixel)
}

// maxDots bounds a drawing's dots whatever the gazetteer holds; the largest places stay.
const maxDots = 24_000

// dotPath is one class of dots.
type dotPath struct {
	class int
	width float64 // pixels
	data  []byte
}

// dotPaths draws the dots of a view, at most one for each half pixel, neighbours near one another in the
// path so that the steps are short.
func (a *Atlas) dotPaths(f frame) (paths []dotPath) {
	spots := make([][]uint64, len(classFrom))
	a.dots.within(f.window(overscan), func(i int, turn float64) {
		if !a.dots.shown(i, f.kmPerPixel) {
			return
		}
		class := classOf(a.dots.sizes[i])
		x := step((float64(a.dots.xs[i])+turn-f.left)*f.scale + overscan*f.width)
		y := step((float64(a.dots.ys[i])-f.top)*f.scale + overscan*f.height)
		spots[class] = append(spots[class], interleave(uint32(max(0, x)), uint32(max(0, y))))
	})
	room := maxDots
	for class := len(spots) - 1; class >= 0 && room > 0; class-- {
		slices.Sort(spots[class])
		list := slices.Compact(spots[class])
		list = thin(list, room)
		room -= len(list)
		if len(list) == 0 {
			continue
		}
		var w pathWriter
		offX, offY := step(overscan*f.width), step(overscan*f.height)
		for _, s := range list {
			w.dot(int(gather(s))-offX, int(gather(s>>1))-offY)
		}
		paths = append(paths, dotPath{class, discWidth(class, f.kmPerPixel), w.out})
	}
	slices.Reverse(paths) // the largest last, on top
	return paths
}

// thin keeps at most so many, from everywhere alike.
func thin(list []uint64, most int) []uint64 {
	if len(list) <= most {
		return list
	}
	every := (len(list) + most - 1) / most
	kept := list[:0]
	for i := 0; i < len(list); i += every {
		kept = append(kept, list[i])
	}
	return kept
}

// interleave mixes the bits of x and y (Morton 1966): numbers near one another are places near one another.
func interleave(x, y uint32) uint64 { return spread(x) | spread(y)<<1 }

func spread(n uint32) uint64 {
	v := uint64(n)
	v = (v | v<<16) & 0x0000ffff0000ffff
	v = (v | v<<8) & 0x00ff00ff00ff00ff
	v = (v | v<<4) & 0x0f0f0f0f0f0f0f0f
	v = (v | v<<2) & 0x3333333333333333
	return (v | v<<1) & 0x5555555555555555
}

// gather takes every other bit, the inverse of spread.
func gather(v uint64) uint32 {
	v &= 0x5555555555555555
	v = (v | v>>1) & 0x3333333333333333
	v = (v | v>>2) & 0x0f0f0f0f0f0f0f0f
	v = (v | v>>4) & 0x00ff00ff00ff00ff
	v = (v | v>>8) & 0x0000ffff0000ffff
	return uint32(v | v>>16)
}
