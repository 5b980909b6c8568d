package web

import (
	"strings"
	"unicode/utf8"

	"courtcircuit/node/card"
)

// maxItemText bounds a description on a card in a list, in characters.
const maxItemText = 240

// missionItem is a mission in a list; it brings its Words.
type missionItem struct {
	Words
	ID, Anchor, Address string
	Title               string
	Text                string // the beginning of the description
	Place               string
	Distance            string
	Needs               []need
	Modes, Languages    string
	Start, ApplyBy      string
	Status              string // open, attributed, closed, expired
	StatusText          string
	Collective          *collectiveName
	Unknown             bool
	Reasons             []string
}

// need is one skill that a mission asks for.
type need struct {
	Skill  string
	Amount string // how many people, how many days; "" when neither says more than one person
}

// missionItemsOf shows what a search found, in its order.
func (w Words) missionItemsOf(results []card.FoundMission) []missionItem {
	items := make([]missionItem, 0, len(results))
	for i := range results {
		r := &results[i]
		item := w.missionItemOf(&r.Mission, r.Trust.Tier == "own")
		item.Distance, item.Reasons = w.distance(r.DistanceKm), reasonTexts(r.Reasons)
		items = append(items, item)
	}
	return items
}

// missionsOf shows missions of one collective in the given order, without
// distance or reasons; known says that it is known here.
func (w Words) missionsOf(missions []card.Mission, known bool) []missionItem {
	items := make([]missionItem, 0, len(missions))
	for i := range missions {
		items = append(items, w.missionItemOf(&missions[i], known))
	}
	return items
}

func (w Words) missionItemOf(m *card.Mission, known bool) missionItem {
	item := missionItem{
		Words: w, ID: m.ID, Anchor: "m-" + m.ID, Address: "/missions/" + m.ID, Title: m.Title, Text: beginning(m.Description, maxItemText),
		Place: placeName(m.Place), Needs: w.needs(m.Needs), Modes: w.all(m.Modes), Languages: w.languages(m.Languages),
		Status: m.Status, StatusText: w.Say("status_" + m.Status), Unknown: !known,
	}
	if m.Start != "" {
		item.Start = w.day(m.Start)
	}
	if m.ApplyBy != "" {
		item.ApplyBy = w.day(m.ApplyBy)
	}
	if m.Collective != nil {
		c := w.collectiveName(*m.Collective)
		item.Collective = &c
	}
	return item
}

func (w Words) needs(needs []card.Need) []need {
	shown := make([]need, 0, len(needs))
	for _, n := range needs {
		var amount string
		if n.Count > 1 {
			amount = w.Say("need_people", n.Count)
		}
		if n.Days > 0 {
			if amount != "" {
				amount += ", "
			}
			amount += w.days(n.Days)
		}
		shown = append(shown, need{Skill: n.Skill, Amount: amount})
	}
	return shown
}

// collectiveItem is a collective in a list; it brings its Words.
type collectiveItem struct {
	Words
	ID, Anchor, Address string
	Name, Fingerprint   string
	Text                string // the beginning of what it says of itself
	Place, Distance     string
	Members             string
	Skills              []string
	More                int
	Languages           string
	Unknown             bool
	Connected           string // on the page of the federation only
	Reasons             []string
}

// collectiveItemsOf shows what a search found, in its order.
func (w Words) collectiveItemsOf(results []card.FoundCollective) []collectiveItem {
	items := make([]collectiveItem, 0, len(results))
	for i := range results {
		r := &results[i]
		item := w.collectiveItemOf(&r.Collective, r.Trust.Tier == "own")
		item.Distance, item.Reasons = w.distance(r.DistanceKm), reasonTexts(r.Reasons)
		items = append(items, item)
	}
	return items
}

func (w Words) collectiveItemOf(c *card.Collective, known bool) collectiveItem {
	item := collectiveItem{
		Words: w, ID: c.ID, Anchor: "c-" + c.ID, Address: "/c/" + c.ID, Name: c.Name, Fingerprint: c.Fingerprint, Text: beginning(c.About, maxItemText),
		Place: placeName(c.Place), Languages: w.languages(c.Languages), Members: w.countMembers(c.Members), Unknown: !known,
	}
	if item.Name == "" {
		item.Name = w.Say("unnamed_collective")
	}
	skills, more := firstOf(c.Skills, maxItemSkills)
	item.More = more
	for _, s := range skills {
		item.Skills = append(item.Skills, s.Skill)
	}
	return item
}

// beginning is the first n characters or so, cut at a space, in one paragraph.
func beginning(text string, n int) string {
	text = strings.Join(strings.Fields(text), " ")
	if utf8.RuneCountInString(text) <= n {
		return text
	}
	runes := []rune(text)[:n]
	for i := n - 1; i > n*3/4; i-- {
		if runes[i] == ' ' {
			runes = runes[:i]
			break
		}
	}
	return string(runes) + "…"
}
