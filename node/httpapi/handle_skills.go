package httpapi

import (
	"context"
	"net/http"

	"courtcircuit/node/card"
	"courtcircuit/node/httpapi/api"
)

type skillsInput struct {
	Q     string `query:"q" required:"true" minLength:"1" maxLength:"100" doc:"the beginning of a skill or trade, as people type it; one slip is forgiven when nothing begins so"`
	Limit int    `query:"limit" minimum:"1" maximum:"100" default:"10"`
	ReaderLang
}

type hintsInput struct {
	Skills []string `query:"skill,explode" required:"true" minItems:"1" maxItems:"32" doc:"as they are written; repeated"`
	ReaderLang
}

type hintList struct {
	Vary string `header:"Vary"`
	Body list[card.SkillHint]
}

// skillList says that its names depend on the reader's language.
type skillList struct {
	Vary string `header:"Vary"`
	Body list[card.Skill]
}

func (a *API) registerSkills() {
	register(a, route{id: "search-skills", method: http.MethodGet, path: prefix + "/skills",
		summary: "Skills that what was typed begins, by any of their words, best first; how many people have each"},
		func(ctx context.Context, in *skillsInput) (*skillList, error) {
			found, err := a.backend.SearchSkills(ctx, in.Q, api.PickLanguage(in.Lang, in.AcceptLanguage), in.Limit)
			if err != nil {
				return nil, err
			}
			return &skillList{Vary: varies, Body: listOf(found).Body}, nil
		})
	register(a, route{id: "hint-skills", method: http.MethodGet, path: prefix + "/skills/hints", access: private,
		summary: "For skills about to be written on a card or in a mission: those that may be slips, and of what; nothing is changed"},
		func(ctx context.Context, in *hintsInput) (*hintList, error) {
			found, err := a.backend.SkillHints(ctx, in.Skills, api.PickLanguage(in.Lang, in.AcceptLanguage))
			if err != nil {
				return nil, err
			}
			return &hintList{Vary: varies, Body: listOf(found).Body}, nil
		})
}
