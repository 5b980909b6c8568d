package proximity

import "sync/atomic"

// A leaf holds at most leafDocuments, except that documents of one stand are
// never parted; a branch holds fanOut nodes.
const (
	leafDocuments = 32
	fanOut        = 16
)

// node is a part of a tree, of 52 bytes. Leaves know where
// their documents begin in the list; the children of branch i are the nodes
// from fanOut*i of the level below.
type node struct {
	box
	summary
	from  uint32 // leaves only
	skips uint32 // one more than the first of a long leaf's; 0: not long
}

// tree lies over a list: leaves first, then level upon level.
type tree struct {
	first  uint32 // in segment.nodes
	leaves uint32
}

// segment is an immutable index of some documents.
type segment struct {
	columns   // without the terms of documents, which posts say too
	ranks     []rank
	postFrom  []uint32 // the documents with term t: posts[postFrom[t]:postFrom[t+1]]
	posts     numbers
	all       tree            // over all documents
	trees     map[uint32]tree // of terms with more than leafDocuments
	nodes     []node
	skips     []summary // of each leafDocuments of a long leaf
	table     idTable
	words     atomic.Pointer[words] // nil: not known yet; instead of that of columns
	forgotten int                   // of how many of the dead the words are gone
}

// newSegment indexes columns, in which an id may come once.
func newSegment(c columns) (*segment, error) {
	s := &segment{columns: c}
	s.words.Store(c.words)
	s.columns.words = nil
	var err error
	if s.table, err = newIDTable(s.ids); err != nil {
		return nil, err
	}
	s.ranks = ranksOf(s.stands, len(s.ids))
	var posts []uint32
	s.postFrom, posts = transpose(s.termFrom, s.terms, len(s.names))
	s.termFrom, s.terms = nil, nil
	s.posts = numbersOf(posts, uint32(len(s.ids)))
	s.all = s.plant(list{s, numbers{}, uint32(len(s.ids))})
	s.trees = map[uint32]tree{}
	for t := range uint32(len(s.names)) {
		if l := s.list(t); l.n > leafDocuments {
			s.trees[t] = s.plant(l)
		}
	}
	s.clip()
	return s, nil
}

// clip gives back the room that growing left.
func (s *segment) clip() {
	s.nodes = append(make([]node, 0, len(s.nodes)), s.nodes...)
	s.skips = append(make([]summary, 0, len(s.skips)), s.skips...)
	s.stands = append(make([]stand, 0, len(s.stands)), s.stands...)
}

// list is some documents of a segment, in its order. posts has none for all.
type list struct {
	*segment
	posts numbers
	n     uint32
}

func (s *segment) list(term uint32) list {
	posts := s.posts.part(s.postFrom[term], s.postFrom[term+1])
	return list{s, posts, uint32(posts.n)}
}

func (l *list) document(i uint32) uint32 {
	if l.posts.n == 0 {
		return i
	}
	return l.posts.at(int(i))
}

// runEnd is where, after i, the documents of a stand end.
func (l *list) runEnd(i, to, stand uint32) uint32 {
	end := l.standEnd(stand)
	if l.posts.n == 0 {
		return min(to, end)
	}
	for i++; i < to && l.posts.at(int(i)) < end; i++ {
	}
	return i
}

// plant builds the tree of a list.
func (s *segment) plant(l list) tree {
	t := tree{first: uint32(len(s.nodes))}
	var leaf node
	full := uint32(leafDocuments) // where the current leaf is too long
	open, runs := false, 0
	for i := uint32(0); i < l.n; {
		stand := s.standOf(l.document(i))
		end := l.runEnd(i, l.n, stand)
		runs++
		breathe(runs)
		if !open || end > full {
			if open {
				s.nodes = append(s.nodes, leaf)
			}
			leaf, open, full = node{box: noBox, summary: noRows, from: i}, true, i+leafDocuments
		}
		leaf.box.add(&s.stands[stand].at)
		if end-i > leafDocuments {
			leaf.skips = s.skipsOf(l, i, end)
			for _, k := range s.skips[leaf.skips-1:] {
				leaf.summary.join(&k)
			}
		} else {
			for ; i < end; i++ {
				leaf.summary.add(&s.rows[l.document(i)])
			}
		}
		i = end
	}
	if open {
		s.nodes = append(s.nodes, leaf)
	}
	t.leaves = uint32(len(s.nodes)) - t.first
	for from, n := t.first, t.leaves; n > fanOut; from, n = from+n, (n+fanOut-1)/fanOut {
		s.branch(s.nodes[from : from+n])
	}
	return t
}

func (s *segment) skipsOf(l list, from, to uint32) uint32 {
	first := uint32(len(s.skips)) + 1
	for i := from; i < to; {
		k := noRows
		for end := min(i+leafDocuments, to); i < end; i++ {
			k.add(&s.rows[l.document(i)])
		}
		s.skips = append(s.skips, k)
	}
	return first
}

// branch adds the level above one.
func (s *segment) branch(below []node) {
	for len(below) > 0 {
		n := min(fanOut, len(below))
		up := node{box: noBox, summary: noRows}
		for i := range below[:n] {
			up.box.join(&below[i].box)
			up.summary.join(&below[i].summary)
		}
		s.nodes = append(s.nodes, up)
		below = below[n:]
	}
}
