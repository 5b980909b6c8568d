package proximity

import (
	"encoding/binary"
	"fmt"
	"math"

	"pgregory.net/rapid"
)

// Places where a search goes wrong most easily: poles, the antimeridian, one
// place under two names, and many at one place.
var awkward = [][2]int32{
	{9000, 0}, {9000, 7770}, {-9000, -2000}, {8999, 18000}, {8999, -18000}, {0, 18000}, {0, -18000}, {0, 17999}, {1, -17999},
	{-1700, 17940}, {0, 0}, {0, 100}, {0, -100}, {100, 0}, {-100, 0},
	{4886, 235}, {4886, 235}, {4886, 235}, {4886, 235}, {4886, 235}, {4885, 235}, {4360, 144}, {4361, 145}, {4576, 484},
}

const (
	nowHour = 498_000
	today   = 20_750
)

// drawID gives one of a few hundred ids; some share their first eight bytes,
// and many stand close together, as mined ones do.
func drawID(rt *rapid.T) (id ID) {
	n := rapid.Uint16Range(0, 400).Draw(rt, "id")
	switch n % 4 {
	case 0:
		binary.BigEndian.PutUint64(id[:], uint64(n/64))
	case 1:
		binary.BigEndian.PutUint64(id[:], math.MaxUint64-uint64(n/32))
	default:
		binary.BigEndian.PutUint64(id[:], uint64(n)*0x9e3779b97f4a7c15)
	}
	binary.BigEndian.PutUint16(id[30:], n)
	return id
}

func drawSubset[T any](rt *rapid.T, list []T, label string) (out []T) {
	mask := rapid.IntRange(0, 1<<len(list)-1).Draw(rt, label)
	for i := range list {
		if mask>>i&1 == 1 {
			out = append(out, list[i])
		}
	}
	return out
}

var (
	someSkills      = []uint64{0, 7, 1 << 63, math.MaxUint64, 12345}
	someCollectives = []uint64{7, 9}
	someLanguages   = []uint32{0, 1, 14, 15, 16, 5000}
	someWords       = []string{"c", "c#", "go", "gouvernance", "gouverner", "graphisme", "graphiste", "zoologie"}
	askedWords      = []string{"c", "c#", "g", "go", "gouv", "graphisme", "graph", "zoologies", "a", "zz"}
)

func drawDocument(rt *rapid.T) Document {
	place := rapid.SampledFrom(awkward).Draw(rt, "place")
	if rapid.IntRange(0, 4).Draw(rt, "anywhere") == 0 {
		place = [2]int32{rapid.Int32Range(-9000, 9000).Draw(rt, "lat"), rapid.Int32Range(-18000, 18000).Draw(rt, "lon")}
	}
	id, words := drawID(rt), drawSubset(rt, someWords, "words")
	if words != nil {
		words = append(words, fmt.Sprintf("nom%x", id[30:])) // nobody else has it
	}
	return Document{
		ID: id, Lat: place[0], Lon: place[1],
		Tier:          rapid.SampledFrom([]uint8{0, 3, 3, 3, 255}).Draw(rt, "tier"),
		Words:         append([]string{}, words...),
		Skills:        drawSubset(rt, someSkills, "skills"),
		Collectives:   drawSubset(rt, someCollectives, "collectives"),
		Languages:     drawSubset(rt, someLanguages, "languages"),
		Modes:         rapid.Uint8Range(0, 7).Draw(rt, "modes"),
		State:         rapid.SampledFrom([]uint8{0, 1, 2, 7, 8, 255}).Draw(rt, "state"),
		Expiry:        rapid.SampledFrom([]uint32{nowHour - 1, nowHour, nowHour + 1, nowHour + 9, nowHour + 9}).Draw(rt, "expiry"),
		AvailableFrom: rapid.SampledFrom([]uint32{0, 0, today - 9, today + 1, today + 2, today + 40}).Draw(rt, "from"),
		Unavailable:   rapid.IntRange(0, 5).Draw(rt, "unavailable") == 0,
		ConfirmedDay:  rapid.SampledFrom([]uint32{today, today - 1, today - 50, 0}).Draw(rt, "confirmed"),
		Reach:         rapid.SampledFrom([]uint16{0, 0, 1, 2, 31, 501, 20001, math.MaxUint16}).Draw(rt, "reach"),
		ApplyBy:       rapid.SampledFrom([]uint32{0, 0, today, today + 1, today + 9}).Draw(rt, "apply by"),
	}
}

func drawWords(rt *rapid.T) (out []Word) {
	for range rapid.IntRange(1, 3).Draw(rt, "how many words") {
		out = append(out, Word{Text: rapid.SampledFrom(askedWords).Draw(rt, "word asked"), Whole: rapid.IntRange(0, 2).Draw(rt, "whole") == 0})
	}
	return out
}

func drawQuery(rt *rapid.T) Query {
	q := Query{
		RadiusMeters: rapid.SampledFrom([]float64{-1, -1, -1, 0, 700, 50_000, 1e6, 1.2e7, 2.0015e7, 2.1e7, math.Inf(1)}).Draw(rt, "radius"),
		Hour:         nowHour, Today: today, Day: rapid.Uint32Range(today-1, today+5).Draw(rt, "day"),
		WithinReach: rapid.IntRange(0, 3).Draw(rt, "within reach") == 0,
	}
	if rapid.IntRange(0, 2).Draw(rt, "on a place") > 0 {
		p := rapid.SampledFrom(awkward).Draw(rt, "near")
		q.LatDegrees, q.LonDegrees = float64(p[0])/100, float64(p[1])/100
	} else {
		q.LatDegrees, q.LonDegrees = rapid.Float64Range(-90, 90).Draw(rt, "near lat"), rapid.Float64Range(-180, 180).Draw(rt, "near lon")
	}
	sometimes := func(label string, set func()) {
		if rapid.IntRange(0, 3).Draw(rt, label) == 0 {
			set()
		}
	}
	sometimes("skills?", func() { q.Skills = drawSubset(rt, append(someSkills[:3:3], 99), "skills asked") })
	sometimes("collectives?", func() { q.Collectives = drawSubset(rt, someCollectives, "collectives asked") })
	sometimes("languages?", func() { q.Languages = drawSubset(rt, append(someLanguages[1:5:5], 99), "languages asked") })
	sometimes("words?", func() { q.Words = drawWords(rt) })
	sometimes("modes?", func() { q.Modes = rapid.Uint8Range(1, 7).Draw(rt, "modes asked") })
	sometimes("states?", func() { q.States = append([]uint8{}, drawSubset(rt, []uint8{1, 2, 7, 8}, "states asked")...) })
	sometimes("available?", func() {
		q.Available = &Availability{
			By:             rapid.SampledFrom([]uint32{0, today - 1, today, today + 10, math.MaxUint32}).Draw(rt, "by"),
			ConfirmedSince: rapid.SampledFrom([]uint32{today - 45, today, 0}).Draw(rt, "since"),
		}
	})
	return q
}
