package proximity

// ForgetWords lets go of words that only deleted documents had, without
// waiting for their segments to be merged: on a large one that may take as
// long as until the next start. It costs a walk over all words of each segment
// with somebody deleted since the last time. Searches and writers go on
// meanwhile; it waits for a merge that is under way. It is false when a segment
// was left out because its words are being read just now.
func (x *Index) ForgetWords() (all bool) {
	x.merge.Lock()
	defer x.merge.Unlock()
	chosen, all := x.mourning()
	for _, l := range chosen {
		fresh := l.segment.withWords(l.livingWords())
		fresh.forgotten = l.dead.count
		x.write.Lock()
		out := make([]living, 0, len(chosen))
		for _, now := range x.view.Load().segments {
			if now.segment == l.segment {
				now.segment = fresh // who died meanwhile is dead in it too
			}
			out = append(out, now)
		}
		x.view.Store(&view{out})
		delete(x.busy, l.segment)
		x.write.Unlock()
	}
	poke(x.wake)
	return all
}

// mourning chooses segments that have words of the dead, and keeps writers from
// merging them.
func (x *Index) mourning() (chosen []living, all bool) {
	x.write.Lock()
	defer x.write.Unlock()
	all = true
	for _, l := range x.view.Load().segments {
		switch {
		case l.dead.count == l.forgotten:
		case x.busy[l.segment]: // not by a merge, since x.merge is held
			all = false
		case l.words.Load() != nil:
			x.busy[l.segment] = true
			chosen = append(chosen, l)
		}
	}
	return chosen, all
}

func (l *living) livingWords() *words {
	number := make([]uint32, len(l.ids))
	for doc := range number {
		if number[doc] = uint32(doc); l.dead.has(uint32(doc)) {
			number[doc] = nobody
		}
	}
	return joinWords([]wordPart{{words: l.words.Load(), number: number}}, len(l.ids))
}

// withWords is the segment with other words. Searches under way keep the old
// one: a document that died for them only later must still be found.
func (s *segment) withWords(w *words) *segment {
	out := &segment{
		columns: s.columns, ranks: s.ranks, postFrom: s.postFrom, posts: s.posts, all: s.all, trees: s.trees,
		nodes: s.nodes, skips: s.skips, table: s.table,
	}
	out.words.Store(w)
	return out
}
