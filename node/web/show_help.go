package web

import (
	"context"
	"errors"
	"strings"

	"courtcircuit/node/card"
)

// maxTries bounds the searches made to find what an empty answer lacks.
const maxTries = 4

// help is what an empty answer offers.
type help struct {
	Nearest *hint  // beyond the radius
	Without []hint // one skill less
	Links   []link // other ways to ask
}

// hint is somebody that a slightly other search finds.
type hint struct {
	Text, Address string // of the search
	Name, To      string // of the first found
	Distance      string
}

// helpFor looks for the nearest match beyond the radius and for the one skill
// that nobody here has: two reasons that account for most empty answers.
func (p *Pages) helpFor(ctx context.Context, v *page) (*help, error) {
	h := &help{}
	f := v.Form
	readsMuch := f.Words != "" && f.Kind == kindCollectives // card after card, with all members
	if f.radius() != nil && !readsMuch {
		wider := f.with(func(f *form) { f.Radius = "" })
		first, err := p.try(ctx, v, wider, v.Say("nearest"))
		if err != nil {
			return nil, err
		}
		if h.Nearest = first; first == nil {
			h.Links = append(h.Links, link{wider.address(), v.Say("wider")})
		}
	}
	if !readsMuch {
		if err := p.addWithout(ctx, v, h); err != nil {
			return nil, err
		}
	}
	if len(f.Languages)+len(f.Modes) > 0 || f.By != "" || f.Words != "" {
		loose := f.with(func(f *form) { f.Languages, f.Modes, f.By, f.Words = nil, nil, "", "" })
		h.Links = append(h.Links, link{loose.address(), v.Say("loosen")})
	}
	if f.Skill != "" {
		words := f.with(func(f *form) { f.Words, f.Skill = strings.TrimSpace(strings.Join(f.skills(), " ")+" "+f.Words), "" })
		h.Links = append(h.Links, link{words.address(), v.Say("as_words")})
	}
	return h, nil
}

// addWithout leaves out each skill in turn.
func (p *Pages) addWithout(ctx context.Context, v *page, h *help) error {
	skills := v.Form.skills()
	if len(skills) == 1 {
		all := v.Form.with(func(f *form) { f.Skill = "" })
		h.Links = append(h.Links, link{all.address(), v.Say("without_skill", skills[0])})
		return nil
	}
	for i, skill := range skills[:min(len(skills), maxTries)] {
		less := v.Form.without(i)
		first, err := p.try(ctx, v, less, v.Say("without_finds", skill))
		if err != nil {
			return err
		}
		if first != nil {
			h.Without = append(h.Without, *first)
		}
	}
	return nil
}

// without is the search with one skill less.
func (f form) without(i int) form {
	return f.with(func(f *form) {
		skills := f.skills()
		f.Skill = strings.Join(append(append([]string{}, skills[:i]...), skills[i+1:]...), ", ")
	})
}

// try asks for the first that another form finds; nil is nobody.
func (p *Pages) try(ctx context.Context, v *page, f form, text string) (*hint, error) {
	s := f.search(v.Lang)
	s.Limit = 1
	a, err := p.search(ctx, f.Kind, s)
	var problem *card.Problem
	if errors.As(err, &problem) || (err == nil && a.count() == 0) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	h := &hint{Text: text, Address: f.address()}
	switch {
	case len(a.people) > 0:
		first := a.people[0]
		h.Name, h.To, h.Distance = first.Name, "/p/"+first.ID, v.distance(first.DistanceKm)
	case len(a.missions) > 0:
		first := a.missions[0]
		h.Name, h.To, h.Distance = first.Title, "/missions/"+first.ID, v.distance(first.DistanceKm)
	default:
		first := a.collectives[0]
		h.Name, h.To, h.Distance = first.Name, "/c/"+first.ID, v.distance(first.DistanceKm)
	}
	return h, nil
}

// readSkill says how one skill was read.
type readSkill struct {
	Skill  string
	Remove string // address of the search without it
	Note   string // "" when it was read as it was typed
	Exact  *link  // searches the word as it was typed, anywhere in a card
}

// readSkills says how the skills typed were read, in their order.
func (v *page) readSkills(read []card.UnderstoodSkill) []readSkill {
	typed := v.Form.skills()
	shown := make([]readSkill, 0, len(typed))
	for i, skill := range typed {
		r := readSkill{Skill: skill, Remove: v.Form.without(i).address()}
		if i < len(read) {
			r.Skill = read[i].Skill
			v.noteSkill(&r, read[i], i)
		}
		shown = append(shown, r)
	}
	return shown
}

func (v *page) noteSkill(r *readSkill, u card.UnderstoodSkill, i int) {
	switch {
	case u.Corrected:
		r.Note = v.Say("skill_corrected", u.Skill, u.Query)
	case !u.Known:
		r.Note = v.Say("skill_unknown", u.Query)
	case !strings.EqualFold(u.Query, u.Skill):
		r.Note = v.Say("skill_alias", u.Query, u.Skill)
		return
	default:
		return
	}
	exact := v.Form.without(i).with(func(f *form) { f.Words = strings.TrimSpace(f.Words + " " + u.Query) })
	r.Exact = &link{exact.address(), v.Say("skill_exact", u.Query)}
}
