package places

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"unicode/utf8"
)

// The bounds of a question and of its answer.
const (
	MaxQueryRunes   = 100
	MaxAlternatives = 8
	MaxSearchLimit  = 100
)

// ambiguousFactor is how many times more populated the first of two places of one name must be to be
// meant without asking.
const ambiguousFactor = 10

// completionFactor is how many times heavier a longer name must be to be offered before the exact one.
const completionFactor = 20

// farMeters is how far a position may lie from the nearest place and still be called by its name.
const farMeters = 100_000

// Errors of a question that no data could answer.
var (
	ErrQueryEmpty   = errors.New("no place given")
	ErrQueryTooLong = fmt.Errorf("the place is longer than %d characters", MaxQueryRunes)
)

// UnknownError says that a question was well formed but names no place.
type UnknownError struct {
	Query       string
	Suggestions []Place // at most MaxAlternatives, nearest in writing first
}

func (e *UnknownError) Error() string { return fmt.Sprintf("resolve place: %q is not known", e.Query) }

// Resolution is what a query was understood as.
type Resolution struct {
	Place        Place
	Alternatives []Place // at most MaxAlternatives, best first
	// Ambiguous asks a publisher to choose: two or more places bear exactly the given name and the first
	// is not ten times more populated than each other one; or the name is a village's and begins that
	// of a commune ten times as large ("Évry"); or a number can mean an arrondissement and a department
	// ("Marseille 13"); or the name breaks off within a word ("Toulo") or fits several that go on behind it
	// ("Saint-Jean"); or it could be unfinished as well as mistyped ("Toulouze"), or is both.
	Ambiguous bool
	Matched   string // "latlon", "postcode", "exact", "prefix", "one-edit"
}

// Resolve understands a place as people type it. It returns *UnknownError when nothing fits,
// ErrQueryEmpty or ErrQueryTooLong for such a text, and ParseLatLon's error for a position out of range.
func (g *Gazetteer) Resolve(text string) (Resolution, error) {
	if utf8.RuneCountInString(text) > MaxQueryRunes {
		return Resolution{}, ErrQueryTooLong
	}
	if isBlank(text) {
		return Resolution{}, ErrQueryEmpty
	}
	lat, lon, ok, err := ParseLatLon(text)
	if err != nil {
		return Resolution{}, err
	}
	if ok {
		return Resolution{Place: g.placeAt(lat, lon), Matched: "latlon"}, nil
	}
	f := g.find(text, MaxAlternatives+1)
	if len(f.rows) == 0 {
		return Resolution{}, &UnknownError{Query: text, Suggestions: g.places(g.suggest(text))}
	}
	return Resolution{
		Place: g.place(f.rows[0]), Alternatives: g.places(f.rows[1:]),
		Ambiguous: f.ambiguous, Matched: f.matched,
	}, nil
}

// Search completes what is being typed: the places that Resolve finds, then those whose names only
// start with it, best first, at most limit (and MaxSearchLimit). What is too long or empty finds none.
func (g *Gazetteer) Search(text string, limit int) []Place {
	limit = min(limit, MaxSearchLimit)
	if limit <= 0 || utf8.RuneCountInString(text) > MaxQueryRunes || isBlank(text) {
		return nil
	}
	if lat, lon, ok, err := ParseLatLon(text); ok {
		if err != nil {
			return nil
		}
		return []Place{g.placeAt(lat, lon)}
	}
	f := g.find(text, limit)
	if f.matched == "exact" {
		f.rows = g.complete(f.rows, g.parseQuery(text), limit)
	}
	if len(f.rows) == 0 {
		f.rows = g.startingPostcodes(strings.TrimSpace(text), limit)
	}
	return g.places(f.rows)
}

// complete puts what begins like a query behind what it names exactly, but for cities so much larger
// that the query is more likely a beginning of theirs: "par" is Paris before it is Par in Cornwall.
func (g *Gazetteer) complete(exact []uint32, q query, limit int) []uint32 {
	begun := best{limit: limit}
	g.collect(&begun, g.names.prefixed(g.names.all(), q.key), q.only, g.namesArrondissement(q.key))
	f := found{}
	for _, row := range begun.rows[:min(2, len(begun.rows))] {
		if g.names.weights[row] > completionFactor*g.names.weights[exact[0]] {
			f.append([]uint32{row}, limit)
		}
	}
	f.append(exact, max(limit/2, len(f.rows)+1))
	f.append(begun.rows, limit)
	f.append(exact, limit)
	return f.rows
}

// placeAt returns the nearest place with the given position, rounded as positions are published. Far
// from every place (on the sea, in a desert) only the position is left to name it.
func (g *Gazetteer) placeAt(lat, lon float64) Place {
	p, distance := g.Nearest(lat, lon)
	lat, lon = roundHundredth(lat, lon)
	if distance > farMeters {
		return Place{Name: fmt.Sprintf("%.2f, %.2f", lat, lon), Lat: lat, Lon: lon}
	}
	p.Lat, p.Lon, p.Approximate = lat, lon, false
	return p
}

// suggest returns places for a text that names none: those of the name alone, which a department or
// another word behind it hid, then those of the postcode, then those that share the longest beginning.
func (g *Gazetteer) suggest(text string) []uint32 {
	q := g.parseQuery(text)
	f := found{}
	for key := q.key; key != "" && len(f.rows) == 0; key = key[:max(0, strings.LastIndexByte(key, ' '))] {
		f.append(g.findExact(key, narrowing{}, MaxAlternatives/2).rows, MaxAlternatives)
	}
	for _, p := range q.only.postcodes {
		f.append([]uint32{p.row}, MaxAlternatives)
	}
	for size := len(q.key); size >= 3 && len(f.rows) < MaxAlternatives/2; size-- {
		b := best{limit: MaxAlternatives}
		g.collect(&b, g.names.prefixed(g.names.all(), q.key[:size]), narrowing{}, false)
		f.append(b.rows, MaxAlternatives)
	}
	return f.rows
}

// startingPostcodes returns the places of every postcode that begins with two to four digits, the
// most populated first.
func (g *Gazetteer) startingPostcodes(digits string, limit int) []uint32 {
	if !isDigits(digits) || len(digits) < 2 || len(digits) > 4 {
		return nil
	}
	from := uint32(0)
	for _, c := range []byte(digits) {
		from = 10*from + uint32(c-'0')
	}
	width := uint32(math.Pow10(5 - len(digits)))
	b := best{limit: limit}
	for _, p := range g.postcodeRange(from*width, (from+1)*width) {
		b.add(p.row, g.names.weights[p.row])
	}
	return b.rows
}
