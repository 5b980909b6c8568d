package node

import (
	"fmt"
	"strings"

	"courtcircuit/node/card"
	"courtcircuit/store/fold"
)

// askedWords are the words of a search as they were typed: those that are
// looked for, and those that are in nearly every card and are not.
type askedWords struct{ sought, leftOut []string }

func splitWords(typed string) (a askedWords) {
	for word := range strings.FieldsSeq(typed) {
		switch {
		case len(fold.Words(word)) > 0:
			a.sought = append(a.sought, word)
		case fold.Text(word) != "": // else it is a dash or the like
			a.leftOut = append(a.leftOut, word)
		}
	}
	return a
}

// understood says what became of the words, nil when there are none.
func (a askedWords) understood(typed, lang string) *card.UnderstoodWords {
	if typed == "" {
		return nil
	}
	out := &card.UnderstoodWords{Query: typed, LeftOut: a.leftOut}
	if len(a.leftOut) == 0 {
		return out
	}
	p := phrasesFor(lang)
	out.Note = fmt.Sprintf(p.leftOut, p.quoted(a.leftOut))
	if len(a.sought) == 0 {
		out.Note += p.noWords
	}
	return out
}

func (p phrases) quoted(words []string) string {
	quoted := make([]string, len(words))
	for i, word := range words {
		quoted[i] = fmt.Sprintf(p.quotes, word)
	}
	return strings.Join(quoted, ", ")
}
