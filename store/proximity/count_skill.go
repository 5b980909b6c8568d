package proximity

// CountSkill is how many documents have a skill, counted up to atMost. It
// costs a look into each segment's terms and, where documents died, the list.
func (x *Index) CountSkill(skill uint64, atMost int) (n int) {
	for _, l := range x.view.Load().segments {
		t, ok := l.find(skillTerm, skill)
		if !ok {
			continue
		}
		posts := l.list(t).posts
		if l.dead.count == 0 {
			n += len(posts)
			continue
		}
		for _, doc := range posts {
			if !l.dead.has(doc) {
				n++
			}
			if n >= atMost {
				return atMost
			}
		}
	}
	return min(n, atMost)
}
