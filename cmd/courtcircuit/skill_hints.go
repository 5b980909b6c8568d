package main

import (
	"fmt"
	"slices"

	"courtcircuit/node/card"
)

const (
	hintedAtOnce = 32  // skills of one question
	maxHinted    = 512 // different skills of one command that are looked at
)

// hintAsker is the part of the client that knows skills.
type hintAsker interface {
	SkillHints(ctx contextType, written []string, lang string) ([]card.SkillHint, error)
}

// sayHints names the skills that may be slips, each once, at where it first
// stands. A hint only: what is written is published as it is, and no failure
// to ask keeps it back.
func (a *app) sayHints(ctx contextType, c hintAsker, written []writtenSkill) {
	first := map[string]string{}
	var different []string
	for _, w := range written {
		if _, seen := first[w.skill]; !seen && w.skill != "" && len(different) < maxHinted {
			first[w.skill], different = w.where, append(different, w.skill)
		}
	}
	for some := range slices.Chunk(different, hintedAtOnce) {
		hints, err := c.SkillHints(ctx, some, a.lang)
		if err != nil {
			return
		}
		for _, h := range hints {
			where := first[h.Skill]
			if where != "" {
				where += ": "
			}
			fmt.Fprintln(a.err, where+a.t("skill.hint", "Skill", h.Skill, "Meant", h.Meant))
		}
	}
}

// writtenSkill is a skill of a card or mission and where it stands.
type writtenSkill struct{ skill, where string }

func writtenSkills(skills []string, where string) (out []writtenSkill) {
	for _, s := range skills {
		out = append(out, writtenSkill{s, where})
	}
	return out
}
