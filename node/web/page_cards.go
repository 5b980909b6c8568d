package web

import "html/template"

// cardOf gives the template of one person the words it speaks.
type cardOf struct {
	Words  Words
	Person person
}

// Cards pairs people with words.
func (v *page) Cards(people []person) []cardOf {
	cards := make([]cardOf, 0, len(people))
	for _, p := range people {
		cards = append(cards, cardOf{Words: v.Words, Person: p})
	}
	return cards
}

// CollectivePlace is where the collective is at home.
func (v *page) CollectivePlace() string { return placeName(v.Collective.Place) }

// SkillAddress searches around here for one skill.
func (v *page) SkillAddress(skill string) template.URL {
	// Only our own path and an encoded query: nothing of the skill can leave
	// its place.
	return template.URL(form{Skill: skill, Lang: v.Form.Lang}.address())
}
