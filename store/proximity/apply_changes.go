package proximity

import "fmt"

// Put adds documents or replaces those with the same id.
func (x *Index) Put(docs ...Document) error { return x.Apply(docs, nil) }

// Delete removes documents; ids that are not there do no harm.
func (x *Index) Delete(ids ...ID) error { return x.Apply(nil, ids) }

// Apply does deletions, then puts, as one change that searches see wholly or
// not at all. Of two puts of one id the later one counts. On an error nothing
// changes. Nothing of what is given is kept.
func (x *Index) Apply(puts []Document, deletes []ID) error {
	err := x.Change(puts, deletes)
	x.Tidy()
	return err
}

// Change is Apply without what can be done once the change is seen: Tidy, which
// is to be called behind it.
func (x *Index) Change(puts []Document, deletes []ID) error {
	for i := range puts {
		if err := puts[i].validate(); err != nil {
			return fmt.Errorf("put: %w", err)
		}
	}
	puts = lastOfEach(puts)
	fresh, err := newSegment(sortDocuments(puts))
	if err != nil {
		return fmt.Errorf("put: %w", err)
	}
	x.write.Lock()
	segments := x.view.Load().without(puts, deletes)
	if len(puts) > 0 {
		segments = append(segments, living{segment: fresh})
	}
	x.view.Store(&view{segments})
	tooMany := len(segments) > maxSegments
	x.write.Unlock()
	if tooMany { // nobody runs merges, or they cannot follow: the writer pays
		x.Merge()
	}
	if len(puts) > 0 && fresh.words.Load() == nil {
		poke(x.unread)
	}
	return nil
}

// Tidy does the merges that a writer does, and has the others begun.
func (x *Index) Tidy() {
	x.write.Lock()
	segments, merged := x.mergeSmall(x.view.Load().segments)
	if merged {
		x.view.Store(&view{segments})
	}
	some := len(due(segments, x.busy, 1<<62)) > 0
	x.write.Unlock()
	if some { // to wake somebody for nothing would cost as much as the rest
		poke(x.wake)
	}
}

// poke lets somebody see what is due.
func poke(waiting chan<- struct{}) {
	select {
	case waiting <- struct{}{}:
	default:
	}
}

// lastOfEach drops documents that a later one of the list replaces.
func lastOfEach(docs []Document) []Document {
	if len(docs) < 2 {
		return docs
	}
	last := make(map[ID]int, len(docs))
	for i := range docs {
		last[docs[i].ID] = i
	}
	if len(last) == len(docs) {
		return docs
	}
	out := make([]Document, 0, len(last))
	for i := range docs {
		if last[docs[i].ID] == i {
			out = append(out, docs[i])
		}
	}
	return out
}

// without gives the segments with documents marked dead. The slice is new.
func (v *view) without(puts []Document, deletes []ID) []living {
	out := make([]living, 0, len(v.segments)+1)
	var gone []uint32
	for _, l := range v.segments {
		gone = gone[:0]
		for i := range puts {
			gone = l.gone(gone, &puts[i].ID)
		}
		for i := range deletes {
			gone = l.gone(gone, &deletes[i])
		}
		if len(gone) > 0 {
			l.dead = l.dead.with(gone, len(l.ids))
		}
		out = append(out, l)
	}
	return out
}

func (l *living) gone(list []uint32, id *ID) []uint32 {
	if doc, ok := l.table.find(l.ids, id); ok && !l.dead.has(doc) {
		return append(list, doc)
	}
	return list
}
