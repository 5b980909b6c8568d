package web

import (
	"context"
	"net/http"

	"courtcircuit/node/access"
	"courtcircuit/node/card"
)

// mePreview is a card as others see it.
type mePreview struct {
	profilePage
	// Lacks are the sentences for what keeps it from being shown; then the
	// rest is empty.
	Lacks []string
	// Hints are sentences for skills that may be slips; they keep nothing back.
	Hints []string
}

func (p *Pages) previewOf(v *page, c *card.Profile) *mePreview {
	data := &mePreview{profilePage: *p.profilePage(v, c, 0)}
	data.Mark.Large = false
	return data
}

// hintsOf are the sentences for skills that may be slips.
func (p *Pages) hintsOf(ctx context.Context, v *page, c *card.Profile) ([]string, error) {
	if len(c.Skills) == 0 {
		return nil, nil
	}
	hints, err := p.node.SkillHints(ctx, c.Skills, v.Lang)
	var sentences []string
	for _, h := range hints {
		sentences = append(sentences, v.Say("me_skill_hint", h.Skill, h.Meant))
	}
	return sentences, err
}

// showPreview answers the card of the form alone: scripts show it while it is
// being written.
func (p *Pages) showPreview(ctx context.Context, r *http.Request, v *page, who access.Session) (view, error) {
	if err := readMeForm(r); err != nil {
		return view{}, err
	}
	me, err := p.doors.Members.Me(ctx, who.Person)
	if err != nil {
		return view{}, err
	}
	f := readCardForm(r.PostForm)
	data := &meCard{Wrong: map[string]string{}, Fields: f}
	if err := p.check(ctx, v, who, &me, data); err != nil {
		return view{}, err
	}
	v.Data = data.Preview
	return view{Template: "me_preview_alone.html"}, nil
}

// leadToCard and leadHome are for addresses that only a form is sent to.
func (p *Pages) leadToCard(context.Context, *http.Request, *page, access.Session) (view, error) {
	return view{Redirect: meCardPath}, nil
}

func (p *Pages) leadHome(context.Context, *http.Request, *page, access.Session) (view, error) {
	return view{Redirect: mePath}, nil
}
