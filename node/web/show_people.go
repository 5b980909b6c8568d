package web

import (
	"slices"
	"strings"

	"courtcircuit/node/card"
)

// maxItemSkills bounds the skills on a card in a list; the page of the person
// or the collective has them all.
const maxItemSkills = 6

// person is one in a list, in the words of the page. It brings its Words, so
// that {{template "person" .}} needs nothing else.
type person struct {
	Words
	ID          string
	Anchor      string // id of the element, unique on the page
	Address     string // of the page of the person
	Name        string
	Fingerprint string
	Headline    string
	Place       string
	Distance    string // "" where distance says nothing
	Skills      []string
	More        int // skills that are not shown
	Languages   string
	Modes       string
	Available   string
	Unavailable bool
	Since       string
	Collectives []collectiveName
	Unknown     bool // no collective of hers is known here yet
	Reasons     []string
	// Apart is what tells her from the others of her name in the same list;
	// nil when there are none.
	Apart []string
}

// collectiveName is a collective named on somebody else's card.
type collectiveName struct {
	Address string // "" when its own record is not held here
	Name    string
	Note    string // "to be verified"; "" otherwise
}

// peopleOf shows what a search found, in its order. Two of one name are told
// apart.
func (w Words) peopleOf(results []card.FoundProfile) []person {
	people := make([]person, 0, len(results))
	for i := range results {
		r := &results[i]
		p := w.personOf(&r.Profile, r.Trust.Tier == "own")
		p.Distance, p.Reasons = w.distance(r.DistanceKm), reasonTexts(r.Reasons)
		people = append(people, p)
	}
	tellApart(people)
	return people
}

// membersOf shows people in the given order without distance or reasons;
// known says that their collective is known here.
func (w Words) membersOf(members []card.Profile, known bool) []person {
	people := make([]person, 0, len(members))
	for i := range members {
		people = append(people, w.personOf(&members[i], known))
	}
	tellApart(people)
	return people
}

func (w Words) personOf(p *card.Profile, known bool) person {
	shown := person{
		Words: w, ID: p.ID, Anchor: "p-" + p.ID, Address: "/p/" + p.ID, Name: p.Name, Fingerprint: p.Fingerprint,
		Headline: p.Headline, Place: placeName(p.Place), Languages: w.languages(p.Languages), Modes: w.all(p.Modes),
		Available: w.availability(p), Unavailable: p.DaysPerWeek != nil && *p.DaysPerWeek == 0, Unknown: !known,
	}
	shown.Skills, shown.More = firstOf(p.Skills, maxItemSkills)
	if p.Since > 0 {
		shown.Since = w.Say("since", p.Since)
	}
	for _, c := range p.Collectives {
		shown.Collectives = append(shown.Collectives, w.collectiveName(c))
	}
	return shown
}

func (w Words) collectiveName(c card.Membership) collectiveName {
	shown := collectiveName{Address: "/c/" + c.ID, Name: c.Name}
	if c.Name == "" {
		shown.Name, shown.Address = w.Say("unnamed_collective"), ""
	}
	if !c.Verified {
		shown.Note = w.Say("unverified")
	}
	return shown
}

// tellApart finds those of one name and says of each what the others do not
// have.
func tellApart(people []person) {
	byName := map[string][]int{}
	for i := range people {
		name := asRead(people[i].Name)
		byName[name] = append(byName[name], i)
	}
	for _, same := range byName {
		if len(same) < 2 {
			continue
		}
		said := map[string]int{}
		for _, i := range same {
			for _, fact := range people[i].facts() {
				said[fact]++
			}
		}
		for _, i := range same {
			people[i].Apart = slices.DeleteFunc(people[i].facts(), func(fact string) bool { return said[fact] == len(same) })
			people[i].Apart = append(people[i].Apart, people[i].Say("fingerprint_is", people[i].Fingerprint))
		}
	}
}

// asRead is a name as people compare it: without case and spaces.
func asRead(name string) string { return strings.ToLower(strings.Join(strings.Fields(name), " ")) }

// facts are what a reader can tell people apart by, the most telling first.
func (p *person) facts() []string {
	facts := []string{p.Headline, p.Place, p.Since}
	for _, c := range p.Collectives {
		facts = append(facts, c.Name)
	}
	facts = append(facts, p.Skills...)
	seen := map[string]bool{"": true}
	return slices.DeleteFunc(facts, func(fact string) bool {
		again := seen[fact]
		seen[fact] = true
		return again
	})
}

func reasonTexts(reasons []card.Reason) []string {
	texts := make([]string, 0, len(reasons))
	for _, r := range reasons {
		texts = append(texts, r.Text)
	}
	return texts
}

// firstOf cuts a list and says how many were cut off.
func firstOf[T any](list []T, n int) ([]T, int) {
	if len(list) <= n {
		return list, 0
	}
	return list[:n], len(list) - n
}
