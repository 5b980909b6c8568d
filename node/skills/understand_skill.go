package skills

import (
	"slices"
	"strings"

	"courtcircuit/store/fold"
)

// Word is a skill that stands on cards and not in the table.
type Word struct {
	Key   string // as fold.Text gives it
	Shown string // as most cards write it
}

// Cards tells what stands on the cards that are held.
type Cards interface {
	// Seen says whether a card has a skill of this key.
	Seen(key string) bool
	// People is how many have it, as far as is known at once.
	People(key string) int
	// Words lists skills that the table does not know. It is not to be changed.
	Words() []Word
}

// Understood says how a typed skill is read.
type Understood struct {
	Skill     string // what to search for and to show
	Key       string
	Known     bool // in the table or on a card
	Corrected bool // one slip was forgiven
}

// Understand reads a skill that somebody typed. What the table or a card knows
// is taken as it is; only then one slip is forgiven, and only when it leads to
// one skill, or to one that more people have than any other. lang is that of
// the names, "fr" or "en".
func (t *Table) Understand(typed, lang string, cards Cards) Understood {
	folded := fold.Text(typed)
	if i, ok := t.find(folded); ok {
		return Understood{Skill: t.nameFor(i, folded, lang), Key: t.rows[i].key, Known: true}
	}
	plain := Understood{Skill: strings.TrimSpace(typed), Key: folded, Known: cards.Seen(folded)}
	if plain.Known || t.leftAlone(folded) {
		return plain
	}
	best, ok := t.closest(folded, cards)
	if !ok {
		return plain
	}
	return Understood{Skill: best.Shown, Key: best.Key, Known: true, Corrected: true}.named(t, lang)
}

// usedBySeveral is how many cards have a word that is taken for one: the first
// may be the very slip.
const usedBySeveral = 2

// Meant is what a skill written on a card or asked for in a mission may be a
// slip of; "" when the table knows it, when several use it, or when nothing is
// one slip away. Only a hint: what is written is never changed.
func (t *Table) Meant(written, lang string, cards Cards) string {
	folded := fold.Text(written)
	if _, ok := t.find(folded); ok || t.leftAlone(folded) || cards.People(folded) >= usedBySeveral {
		return ""
	}
	best, ok := t.closest(folded, cards)
	if !ok || best.Key == folded {
		return ""
	}
	return Understood{Skill: best.Shown, Key: best.Key}.named(t, lang).Skill
}

// leftAlone says that a text is a real word, to which no slip led.
func (t *Table) leftAlone(folded string) bool {
	return slices.ContainsFunc(variants(folded), func(form string) bool { return t.alone[form] })
}

// nameFor is the row's name in lang, or in the other language when that is
// what was typed.
func (t *Table) nameFor(i int, folded, lang string) string {
	r := &t.rows[i]
	switch folded {
	case r.key:
		return r.french
	case fold.Text(r.inEnglish):
		return r.inEnglish
	}
	return r.name(lang)
}

func (u Understood) named(t *Table, lang string) Understood {
	if name := t.Name(u.Key, lang); name != "" {
		u.Skill = name
	}
	return u
}

// closest is the one skill that is a slip away from a text.
func (t *Table) closest(folded string, cards Cards) (best Word, ok bool) {
	texts := [][]string{bareWords(folded)}
	if len(texts[0]) == 0 || len(texts[0]) > maxWords {
		return best, false
	}
	if one := singular(texts[0]); !slices.Equal(one, texts[0]) {
		texts = append(texts, one)
	}
	for _, typed := range texts {
		found, size := map[string]Word{}, letters(typed)
		for i := range t.forms {
			if f := &t.forms[i]; beginsAlike(typed[0], f.words[0]) && mayBeSlipped(size, f.size) && slipped(typed, f.words) {
				found[t.rows[f.row].key] = Word{Key: t.rows[f.row].key}
			}
		}
		for _, w := range cards.Words() {
			if beginsAlike(typed[0], w.Key) && mayBeSlipped(size, len(w.Key)-strings.Count(w.Key, " ")) && slipped(typed, strings.Fields(w.Key)) {
				found[w.Key] = w
			}
		}
		if best, ok = mostCommon(found, cards); ok || len(found) > 0 {
			return best, ok
		}
	}
	return best, false
}

// mostCommon refuses to guess between two that as many people have.
func mostCommon(found map[string]Word, cards Cards) (best Word, ok bool) {
	most := -1
	for key, w := range found {
		switch n := cards.People(key); {
		case n > most:
			best, most, ok = w, n, true
		case n == most:
			ok = false
		}
	}
	return best, ok
}

// singular takes each word's last variant: one, and a man's.
func singular(words []string) []string {
	out := make([]string, len(words))
	for i, w := range words {
		v := variants(w)
		out[i] = v[len(v)-1]
	}
	return out
}

// NoCards is an empty replica.
type NoCards struct{}

// Seen is false.
func (NoCards) Seen(string) bool { return false }

// People is 0.
func (NoCards) People(string) int { return 0 }

// Words is empty.
func (NoCards) Words() []Word { return nil }
