package proximity

import (
	"fmt"
	"iter"
)

// buildDocuments are sorted at a time while an index is built, so that no
// more than this many wait beside what is sorted already.
const buildDocuments = 1 << 16

// Build makes an index of many documents at once; each id may come once. The
// slices of a document may be used again as soon as the next one is asked for.
func Build(docs iter.Seq[Document]) (*Index, error) {
	var parts []part
	var some []Document
	var arena arena
	sorted := func() {
		c := sortDocuments(some)
		parts = append(parts, part{columns: &c})
		some, arena = some[:0], arena.empty()
	}
	for d := range docs {
		some = append(some, arena.keep(d))
		if err := some[len(some)-1].validate(); err != nil {
			return nil, fmt.Errorf("build index: %w", err)
		}
		if len(some) == buildDocuments {
			sorted()
		}
	}
	if len(some) > 0 {
		sorted()
	}
	x := New()
	if len(parts) == 0 {
		return x, nil
	}
	all := *parts[0].columns
	if len(parts) > 1 {
		all = mergeColumns(parts)
	}
	s, err := newSegment(all)
	if err != nil {
		return nil, fmt.Errorf("build index: %w", err)
	}
	x.view.Store(&view{[]living{{segment: s}}})
	return x, nil
}

// arena keeps copies of the lists of documents in two slices, where each
// document's own would be millions of small ones.
type arena struct {
	names     []uint64
	languages []uint32
	words     []string
}

func (a arena) empty() arena { return arena{a.names[:0], a.languages[:0], a.words[:0]} }

// keep copies a document's lists. Growing moves to new memory; what was given
// before keeps the old.
func (a *arena) keep(d Document) Document {
	d.Skills, a.names = keepList(a.names, d.Skills)
	d.Collectives, a.names = keepList(a.names, d.Collectives)
	d.Languages, a.languages = keepList(a.languages, d.Languages)
	if d.Words != nil {
		d.Words, a.words = keepList(a.words, d.Words)
		if d.Words == nil {
			d.Words = []string{} // known to be none
		}
	}
	return d
}

func keepList[T any](all, list []T) (kept, grown []T) {
	from := len(all)
	all = append(all, list...)
	return all[from:len(all):len(all)], all
}
