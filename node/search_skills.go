package node

import (
	"context"
	"unicode/utf8"

	"courtcircuit/node/card"
	"courtcircuit/node/skills"
	"courtcircuit/protocol"
	"courtcircuit/store"
)

const defaultSkillsLimit = 10

// SearchSkills completes a skill that is being typed, best first. lang is that
// of the names, "fr" unless "en". Skills that only cards know are among them.
// Numbers of people are of a moment ago: the first question after a change
// still gets the old ones.
func (n *Node) SearchSkills(_ context.Context, q, lang string, limit int) ([]card.Skill, error) {
	if limit < 0 || limit > maxSearchLimit {
		return nil, invalid("limit", "1 to 100", "%d skills cannot be asked for", limit)
	}
	if limit == 0 {
		limit = defaultSkillsLimit
	}
	if utf8.RuneCountInString(q) > maxQueryWords {
		return nil, invalid("q", "a word", "%q is no skill", shortWords(q))
	}
	out := []card.Skill{}
	for _, c := range n.skills.Complete(q, lang, limit, n.cards()) {
		out = append(out, card.Skill{Skill: c.Skill, Matched: c.Matched, Aliases: c.Aliases, People: c.People})
	}
	return out, nil
}

// heldCards answers what the table of skills asks of the replica.
type heldCards struct {
	*skillCounts
	store *store.Store
}

func (n *Node) cards() heldCards { return heldCards{n.skillBook.read(), n.store} }

// Seen asks the replica itself: a skill that was published a moment ago is
// never taken for a slip.
func (h heldCards) Seen(key string) bool {
	if h.people[key] > 0 {
		return true
	}
	for _, kind := range []protocol.Kind{protocol.KindProfile, protocol.KindMission} {
		if held, err := h.store.CountSkill(kind, key, 1); held > 0 || err != nil {
			return true // what cannot be read is not corrected either
		}
	}
	return false
}

func (h heldCards) People(key string) int { return h.people[key] }

func (h heldCards) Words() []skills.Word { return h.words }

// readSkills says how each skill of a search is read, in the order typed.
func (n *Node) readSkills(typed []string, lang string) (out []card.UnderstoodSkill) {
	cards := n.cards()
	for _, skill := range typed {
		u := n.skills.Understand(skill, lang, cards)
		out = append(out, card.UnderstoodSkill{Query: skill, Skill: u.Skill, Known: u.Known, Corrected: u.Corrected})
	}
	return out
}

// SkillHints says of each skill that somebody writes, on a card or in a mission,
// what it may be a slip of; those that need no hint are left out.
func (n *Node) SkillHints(_ context.Context, written []string, lang string) ([]card.SkillHint, error) {
	hints := []card.SkillHint{}
	cards := n.cards()
	for _, skill := range written[:min(len(written), maxQuerySkills)] {
		if utf8.RuneCountInString(skill) > maxQueryWords {
			continue // no skill that could be published
		}
		if meant := n.skills.Meant(skill, lang, cards); meant != "" {
			hints = append(hints, card.SkillHint{Skill: skill, Meant: meant})
		}
	}
	return hints, nil
}

func (n *Node) skillKey(skill string) string { return n.skills.Key(store.FoldSkill(skill)) }
