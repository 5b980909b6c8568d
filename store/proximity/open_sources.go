package proximity

import "math"

// source is one segment as one query sees it: the list that drives the search
// and what is checked of each document beside its row.
type source struct {
	list
	dead   dead
	tree   tree
	levels int
	from   [maxLevels]uint32 // of each level, in segment.nodes
	count  [maxLevels]uint32
	others []finger  // lists of further terms that must hold a document
	worded bool      // matched must hold a document; else no words are asked, or known, or the list is theirs
	only   [1]uint64 // language, see filter
	rare   []finger  // lists of languages without a bit, any of which may hold it
	matched
}

// maxLevels is enough for every document number: fanOut^8 leaves.
const maxLevels = 9

// open chooses the rarest term's list. It is false where a term that is
// asked for is not in the segment at all.
func (o *source) open(l *living, q *Query, f *filter) bool {
	s := l.segment
	o.dead = l.dead
	o.others, o.rare = o.others[:0], o.rare[:0]
	best, fewest, rarest := -1, math.MaxInt, uint32(0)
	asked := [sorts][]uint64{skillTerm: q.Skills, collectiveTerm: q.Collectives}
	if f.only {
		o.only[0] = uint64(q.Languages[0])
		asked[languageTerm] = o.only[:]
	}
	for sort, names := range asked {
		for _, name := range names {
			t, ok := s.find(termSort(sort), name)
			if !ok {
				return false
			}
			l := s.list(t)
			if len(l.posts) < fewest {
				best, fewest, rarest = len(o.others), len(l.posts), t
			}
			o.others = append(o.others, finger{posts: l.posts})
		}
	}
	for _, language := range f.rare {
		if t, ok := s.find(languageTerm, uint64(language)); ok {
			o.rare = append(o.rare, finger{posts: s.list(t).posts})
		}
	}
	o.worded = false
	if w := s.words.Load(); w != nil && len(q.Words) > 0 {
		n := o.match(w, q.Words)
		if n == 0 {
			return false
		}
		if n < min(fewest, rankedWords) {
			o.list, o.tree, o.levels = list{s, o.matched.list(), uint32(n)}, tree{}, 0
			return true
		}
		o.worded = true
	}
	if best < 0 {
		o.list, o.tree = list{s, nil, uint32(len(s.ids))}, s.all
	} else {
		o.others = append(o.others[:best], o.others[best+1:]...)
		o.list, o.tree = s.list(rarest), s.trees[rarest]
	}
	o.levels = 0
	for from, n := o.tree.first, o.tree.leaves; n > 0; from, n = from+n, (n+fanOut-1)/fanOut {
		o.from[o.levels], o.count[o.levels] = from, n
		if o.levels++; n <= fanOut {
			break
		}
	}
	return true
}

// asks says that hasAll is not always true.
func (o *source) asks() bool { return len(o.others) > 0 || o.worded }

// lacksWords says that nobody in a node has all words. Nodes over all documents
// are a stretch of bits; high ones are hardly ever empty, and long to look at.
func (o *source) lacksWords(level int, i uint32) bool {
	if !o.worded || o.posts != nil || level > 1 {
		return false
	}
	first, last := i, i
	if level == 1 {
		first, last = i*fanOut, min(i*fanOut+fanOut, o.count[0])-1
	}
	from, _ := o.leaf(first)
	_, to := o.leaf(last)
	return !o.hasAny(from, to)
}

// leaf gives the documents of leaf i: from and to in the list.
func (o *source) leaf(i uint32) (from, to uint32) {
	if i+1 < o.count[0] {
		return o.nodes[o.from[0]+i].from, o.nodes[o.from[0]+i+1].from
	}
	return o.nodes[o.from[0]+i].from, o.n
}

// matches says whether a document passes what neither hasAll nor travels looks
// at.
func (o *source) matches(f *filter, doc uint32) bool {
	r := &o.rows[doc]
	if !f.passes(r) || o.dead.has(doc) {
		return false
	}
	const exact = otherLanguage - 1
	return f.languages&otherLanguage == 0 || f.languages&r.languages&exact != 0 || o.hasRare(doc)
}

// hasAll asks the lists of the other terms. They are read side by side with
// the list that drives, forward: far cheaper than to look for a term among the
// document's own, which lie elsewhere for each document.
func (o *source) hasAll(doc uint32) bool {
	if o.worded && !o.has(doc) {
		return false
	}
	for i := range o.others {
		if !o.others[i].holds(doc) {
			return false
		}
	}
	return true
}

// finger is a place in an ascending list: the first not below the document
// that was asked for last.
type finger struct {
	posts []uint32
	at    int
}

func (f *finger) holds(doc uint32) bool {
	p := f.posts
	lo, hi := 0, f.at // the first not below doc is in [lo, hi]
	if hi == 0 || p[hi-1] < doc {
		lo, hi = f.at, f.at
		for step := 1; hi < len(p) && p[hi] < doc; step *= 2 { // mostly it is near
			lo, hi = hi+1, min(hi+step, len(p))
		}
	}
	for lo < hi {
		if mid := int(uint(lo+hi) / 2); p[mid] < doc {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	f.at = lo
	return lo < len(p) && p[lo] == doc
}

func (o *source) hasRare(doc uint32) bool {
	for i := range o.rare {
		if o.rare[i].holds(doc) {
			return true
		}
	}
	return false
}
