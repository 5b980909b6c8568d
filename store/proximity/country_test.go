package proximity

import (
	"encoding/binary"
	"math/rand/v2"
	"slices"
	"sync"
)

// country is a synthetic France: half of the people stand on the centres of
// twelve cities, a quarter of those in the first; the others on the centres of
// communes. Each has five skills of two hundred, a few of them common, and two
// languages. One in five hundred has rareSkill, one in a thousand rareLanguage.
type country struct {
	r        *rand.Rand
	communes [][2]int32
	skills   [5]uint64
	langs    [2]uint32
	club     [1]uint64
	talks    bool // documents have words, else theirs are not known
	zipf     *rand.Zipf
	words    []string
}

var cities = [][2]int32{
	{4886, 235}, {4576, 484}, {4330, 537}, {4360, 144}, {4484, -58}, {4722, -155},
	{5063, 306}, {4857, 775}, {4811, -168}, {4361, 388}, {4519, 572}, {4732, 504},
}

const (
	rareSkill    = 1 << 40
	rareLanguage = 40
	onsite       = 2
	rareWord     = "zanzibar"
)

var commonWords = [2]string{"accompagnement", "formation"}

func newCountry(seed uint64) *country {
	c := &country{r: rand.New(rand.NewPCG(seed, 1))}
	for range 35_000 {
		c.communes = append(c.communes, [2]int32{int32(4250 + c.r.IntN(800)), int32(-450 + c.r.IntN(1200))})
	}
	return c
}

func skillNumber(i int) uint64 { return uint64(i+1) * 0x9e3779b97f4a7c15 }

func (c *country) city() [2]int32    { return cities[c.r.IntN(1+c.r.IntN(len(cities)))] }
func (c *country) commune() [2]int32 { return c.communes[c.r.IntN(len(c.communes))] }

// person makes document i; its lists are overwritten by the next one.
func (c *country) person(i int) Document {
	r := c.r
	d := Document{Tier: 3, Expiry: nowHour + 1 + uint32(r.IntN(9000)), ConfirmedDay: today - uint32(r.IntN(50)), Modes: 1 + uint8(r.IntN(7))}
	binary.BigEndian.PutUint64(d.ID[:], uint64(i)*0xbf58476d1ce4e5b9)
	binary.BigEndian.PutUint64(d.ID[24:], uint64(i))
	place := c.commune()
	if r.IntN(2) == 0 {
		place = c.city()
	}
	d.Lat, d.Lon = place[0], place[1]
	for n := 0; n < len(c.skills); {
		s := skillNumber(int(200 * r.Float64() * r.Float64()))
		if r.IntN(2500) == 0 {
			s = rareSkill
		}
		c.skills[n] = s
		n++
		for _, before := range c.skills[:n-1] {
			if before == s {
				n--
				break
			}
		}
	}
	c.langs = [2]uint32{0, uint32(1 + r.IntN(1+r.IntN(30)))}
	if r.IntN(1000) == 0 {
		c.langs[1] = rareLanguage
	}
	d.Skills, d.Languages = c.skills[:], c.langs[:]
	if i%10 == 0 {
		c.club[0] = uint64(r.IntN(200))
		d.Collectives = c.club[:]
		if c.club[0] == 0 {
			d.Tier = 0
		}
	}
	if r.IntN(4) == 0 {
		d.AvailableFrom = today + uint32(r.IntN(60))
	}
	if r.IntN(3) == 0 {
		d.Reach = uint16(1 + r.IntN(100))
	}
	if c.talks {
		d.Words = c.text(i)
	}
	return d
}

// vocabulary is 300,000 words that look a little like words, the frequent ones
// first: how often one comes follows Zipf's law.
var vocabulary = sync.OnceValue(func() []string {
	const consonants, vowels = "bcdfglmnprstvhj", "aeiou"
	out := make([]string, 300_000)
	for i := range out {
		n := uint64(i+1) * 0x9e3779b97f4a7c15 >> 20 // 44 bits
		var word []byte
		for range 2 + n%3 {
			word = append(word, consonants[n/3%15], vowels[n/45%5])
			n /= 75
		}
		out[i] = string(word)
	}
	return out
})

// text is some forty different words: rareWord is one document's in 2,500,
// each of the two common ones one's in ten, and both one's in ten thousand.
func (c *country) text(i int) []string {
	if c.zipf == nil {
		c.zipf = rand.NewZipf(c.r, 1.1, 8, 299_999)
	}
	c.words = c.words[:0]
	for range 48 {
		c.words = append(c.words, vocabulary()[c.zipf.Uint64()])
	}
	slices.Sort(c.words)
	c.words = slices.Compact(c.words)
	switch n := c.r.IntN(10_000); {
	case n == 0:
		c.words = append(c.words, commonWords[0], commonWords[1])
	case n < 1000:
		c.words = append(c.words, commonWords[0])
	case n < 2000:
		c.words = append(c.words, commonWords[1])
	case n < 2004:
		c.words = append(c.words, rareWord)
	}
	return c.words
}

func (c *country) people(n int) func(func(Document) bool) {
	return func(yield func(Document) bool) {
		for i := range n {
			if !yield(c.person(i)) {
				return
			}
		}
	}
}

func nearPlace(p [2]int32) Query {
	return Query{LatDegrees: float64(p[0]) / 100, LonDegrees: float64(p[1]) / 100, RadiusMeters: -1, Hour: nowHour, Today: today, Day: today}
}

// questions are the kinds of query that performance.md speaks of.
var questions = []struct {
	name  string
	count bool
	query func(*country) Query
}{
	{"one-skill-city", false, func(c *country) Query {
		q := nearPlace(c.city())
		q.Skills = []uint64{skillNumber(3)}
		return q
	}},
	{"two-skills-filters-50km", false, func(c *country) Query {
		q := filtered(c, 0)
		q.RadiusMeters = 50_000
		return q
	}},
	{"rare-skill-country", false, func(c *country) Query {
		q := nearPlace(c.commune())
		q.Skills = []uint64{rareSkill}
		return q
	}},
	{"all-within-10km", true, func(c *country) Query {
		q := nearPlace(c.commune())
		q.RadiusMeters = 10_000
		return q
	}},
	{"one-skill-rural", false, func(c *country) Query {
		q := nearPlace(c.commune())
		q.Skills = []uint64{skillNumber(3)}
		return q
	}},
	{"two-skills-rare-language", false, func(c *country) Query { return filtered(c, rareLanguage) }},
	{"rare-word", false, func(c *country) Query { return worded(c, rareWord) }},
	{"common-word", false, func(c *country) Query { return worded(c, commonWords[0]) }},
	{"two-words-rarely-together", false, func(c *country) Query { return worded(c, commonWords[:]...) }},
	{"beginning-of-words", false, func(c *country) Query { return worded(c, vocabulary()[c.r.IntN(1000)][:3]) }},
	{"words-skill-50km", false, func(c *country) Query {
		q := worded(c, commonWords[0], vocabulary()[c.r.IntN(100)])
		q.Skills, q.RadiusMeters = []uint64{skillNumber(3)}, 50_000
		return q
	}},
	{"word-of-nobody", false, func(c *country) Query { return worded(c, "xylophone") }},
	{"anybody-city", false, func(c *country) Query { return nearPlace(c.city()) }},
	{"deep-page-city", false, func(c *country) Query {
		q := nearPlace(cities[0])
		q.After = &Position{Tier: 3, Rotated: c.r.Uint64()}
		q.After.Chord2 = func() float64 { a, b := vectorOfCenti(4886, 235), vectorOf(48.86, 2.35); return a.chord2(&b) }()
		return q
	}},
}

func worded(c *country, words ...string) Query {
	q := nearPlace(c.commune())
	for _, w := range words {
		q.Words = append(q.Words, Word{Text: w})
	}
	return q
}

func filtered(c *country, language uint32) Query {
	q := nearPlace(c.city())
	if c.r.IntN(2) == 0 {
		q = nearPlace(c.commune())
	}
	q.Skills = []uint64{skillNumber(3), skillNumber(7)}
	q.Languages = []uint32{language}
	q.Modes, q.WithinReach = onsite, true
	q.Available = &Availability{By: today + 10, ConfirmedSince: today - 45}
	return q
}
