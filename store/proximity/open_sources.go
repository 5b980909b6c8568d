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
			if l.posts.n < fewest {
				best, fewest, rarest = len(o.others), l.posts.n, t
			}
			o.others = append(o.others, newFinger(l))
		}
	}
	for _, language := range f.rare {
		if t, ok := s.find(languageTerm, uint64(language)); ok {
			o.rare = append(o.rare, newFinger(s.list(t)))
		}
	}
	o.worded = false
	found := rankedWords
	if w := s.words.Load(); w != nil && len(q.Words) > 0 {
		if found = o.match(w, q.Words); found == 0 {
			return false
		}
		o.worded = found >= min(fewest, rankedWords)
	}
	switch {
	case found < min(fewest, rankedWords):
		o.list, o.tree = list{s, o.matched.list(found), uint32(found)}, tree{}
	case best < 0:
		o.list, o.tree = list{s, numbers{}, uint32(len(s.ids))}, s.all
	default:
		o.others = append(o.others[:best], o.others[best+1:]...)
		o.list, o.tree = s.list(rarest), s.trees[rarest]
	}
	begin(o.others)
	begin(o.rare)
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
	if !o.worded || o.posts.n > 0 || level > 1 {
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

// finger is a place in an ascending list: the first not below the document that
// was asked for last. Between it and the one before nothing needs to be read.
type finger struct {
	posts numbers
	share uint64 // of all documents, in the list: in 2^32 parts
	at    uint
	from  uint32 // one more than the one before it, 0 at the first
	here  uint32 // what is there, nobody at the end
}

func newFinger(l list) finger {
	return finger{posts: l.posts, at: l.posts.from, share: uint64(l.n) << 32 / uint64(len(l.ids))}
}

// begin reads the first of each; that of the list that drives is not needed.
func begin(fingers []finger) {
	for i := range fingers {
		fingers[i].here = fingers[i].posts.at(0)
	}
}

func (f *finger) holds(doc uint32) bool {
	if doc < f.from || doc > f.here {
		f.seek(doc)
	}
	return doc == f.here
}

// seek is for a document that is not between those two. It looks first where
// that would be if the list were even, then further and further from there.
func (f *finger) seek(doc uint32) {
	p, width, mask := f.posts.bytes, f.posts.width, f.posts.mask
	var lo, hi, step, next uint // the first not below doc is in [lo, hi]
	var from, here uint32
	if doc > f.here {
		lo, hi, from, here = f.at+1, f.posts.from+uint(f.posts.n), f.here+1, nobody
		step = uint(uint64(doc-f.here) * f.share >> 32)
		next = lo + step
	} else {
		lo, hi, from, here = f.posts.from, f.at-1, 0, f.from-1
		step = uint(uint64(f.from-doc) * f.share >> 32)
		next = hi - 1 - step
	}
	step = step/8 + 1
	for lo < hi {
		if next-lo >= hi-lo {
			next = (lo + hi) / 2
		}
		if v := number(p, next*width, mask); v < doc {
			lo, from = next+1, v+1
			next = lo + step
		} else {
			hi, here = next, v
			next = hi - step
		}
		step *= 2
	}
	f.at, f.from, f.here = lo, from, here
}

func (o *source) hasRare(doc uint32) bool {
	for i := range o.rare {
		if o.rare[i].holds(doc) {
			return true
		}
	}
	return false
}
