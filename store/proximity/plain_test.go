package proximity

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"math"
	"slices"
	"sort"
	"strings"

	"github.com/golang/geo/s2"
)

// plainIndex is the search written again as naively as can be: a map, a loop
// and a sort.
type plainIndex map[ID]Document

func (p plainIndex) near(q Query) (hits []Hit) {
	turn := sha256.Sum256(binary.BigEndian.AppendUint32([]byte("courtcircuit order of the day"), q.Day))
	for id, d := range p {
		chord2, meters := plainDistance(&d, &q)
		if !plainMatch(&d, &q, meters) {
			continue
		}
		h := Hit{Cell: plainCell(&d), Meters: meters, Position: Position{
			Chord2: chord2, Tier: d.Tier, ID: id,
			Rotated: binary.BigEndian.Uint64(id[:8]) - binary.BigEndian.Uint64(turn[:8]),
		}}
		if q.After != nil && !plainLess(*q.After, h.Position) {
			continue
		}
		hits = append(hits, h)
	}
	sort.Slice(hits, func(i, j int) bool { return plainLess(hits[i].Position, hits[j].Position) })
	return hits
}

func plainCell(d *Document) uint64 {
	return uint64(s2.CellIDFromLatLng(s2.LatLngFromDegrees(float64(d.Lat)/100, float64(d.Lon)/100)))
}

func plainLess(a, b Position) bool {
	switch {
	case a.Chord2 != b.Chord2:
		return a.Chord2 < b.Chord2
	case a.Tier != b.Tier:
		return a.Tier < b.Tier
	case a.Rotated != b.Rotated:
		return a.Rotated < b.Rotated
	}
	return bytes.Compare(a.ID[:], b.ID[:]) < 0
}

func plainDistance(d *Document, q *Query) (chord2, meters float64) {
	rad := func(degrees float64) float64 { return degrees * math.Pi / 180 }
	point := func(lat, lon float64) [3]float64 {
		return [3]float64{math.Cos(rad(lat)) * math.Cos(rad(lon)), math.Cos(rad(lat)) * math.Sin(rad(lon)), math.Sin(rad(lat))}
	}
	a, b := point(float64(d.Lat)/100, float64(d.Lon)/100), point(q.LatDegrees, q.LonDegrees)
	for i := range a {
		chord2 += float64((b[i] - a[i]) * (b[i] - a[i]))
	}
	return chord2, 2 * 6371008.8 * math.Asin(math.Min(1, math.Sqrt(chord2)/2))
}

func plainMatch(d *Document, q *Query, meters float64) bool {
	if d.Expiry <= q.Hour || q.RadiusMeters >= 0 && meters > q.RadiusMeters {
		return false
	}
	for _, s := range q.Skills {
		if !slices.Contains(d.Skills, s) {
			return false
		}
	}
	if !plainWords(d, q) {
		return false
	}
	for _, c := range q.Collectives {
		if !slices.Contains(d.Collectives, c) {
			return false
		}
	}
	if len(q.Languages) > 0 && !slices.ContainsFunc(q.Languages, func(l uint32) bool { return slices.Contains(d.Languages, l) }) {
		return false
	}
	if q.Modes != 0 && q.Modes&d.Modes == 0 {
		return false
	}
	if q.States != nil && (d.ApplyBy != 0 && d.ApplyBy-1 < q.Today || !slices.Contains(q.States, d.State)) {
		return false
	}
	if a := q.Available; a != nil {
		from := q.Today
		if d.AvailableFrom != 0 {
			from = d.AvailableFrom - 1
		}
		if d.Unavailable || from > a.By || d.ConfirmedDay < a.ConfirmedSince {
			return false
		}
	}
	return !q.WithinReach || d.Reach == 0 || meters <= float64(d.Reach-1)*1000
}

func plainWords(d *Document, q *Query) bool {
	for _, w := range q.Words {
		if !slices.ContainsFunc(d.Words, func(word string) bool { return word == w.Text || !w.Whole && strings.HasPrefix(word, w.Text) }) {
			return false
		}
	}
	return true
}
