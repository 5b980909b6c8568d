package proximity

import "unsafe"

// Stats tells how large an index is.
type Stats struct {
	Documents      int
	Segments       int
	DeltaDocuments int    // outside the largest segment
	Dead           int    // replaced or deleted, not yet merged away
	Bytes          Bytes  // of memory, without what a merge needs while it runs
	Words          int    // different ones, in the largest segment
	Wordless       int    // documents whose words are not known yet
	Merges         uint64 // since the start
	Merged         uint64 // documents that merges wrote
}

// Bytes are those that each part of an index takes.
type Bytes struct{ IDs, Table, Rows, Places, Lists, Trees, Words, Dead int }

// Sum is all of them.
func (b Bytes) Sum() int {
	return b.IDs + b.Table + b.Rows + b.Places + b.Lists + b.Trees + b.Words + b.Dead
}

// Add adds those of another index.
func (b *Bytes) Add(o Bytes) {
	b.IDs, b.Table, b.Rows, b.Places = b.IDs+o.IDs, b.Table+o.Table, b.Rows+o.Rows, b.Places+o.Places
	b.Lists, b.Trees, b.Words, b.Dead = b.Lists+o.Lists, b.Trees+o.Trees, b.Words+o.Words, b.Dead+o.Dead
}

// Stats looks at the index as it is now.
func (x *Index) Stats() Stats {
	s := Stats{Merges: x.merges.Load(), Merged: x.written.Load()}
	largest := 0
	for _, l := range x.view.Load().segments {
		n := l.count()
		s.Documents += n
		s.Dead += l.dead.count
		s.Segments++
		s.Bytes.Add(l.bytes())
		w := l.words.Load()
		if w == nil {
			s.Wordless += n
		}
		if n > largest && w != nil {
			s.Words = w.count
		}
		largest = max(largest, n)
	}
	s.DeltaDocuments = s.Documents - largest
	return s
}

// mapEntryBytes is about what a map of small keys and values takes for each.
const mapEntryBytes = 24

func (l *living) bytes() Bytes {
	s := l.segment
	return Bytes{
		IDs: cap(s.ids) * len(ID{}), Table: cap(s.table.bytes), Rows: cap(s.rows) * int(unsafe.Sizeof(row{})),
		Places: cap(s.stands)*int(unsafe.Sizeof(stand{})) + cap(s.ranks)*int(unsafe.Sizeof(rank{})),
		Lists:  cap(s.names)*8 + cap(s.postFrom)*4 + cap(s.posts.bytes),
		Trees:  cap(s.nodes)*int(unsafe.Sizeof(node{})) + cap(s.skips)*int(unsafe.Sizeof(summary{})) + len(s.trees)*mapEntryBytes,
		Words:  s.words.Load().bytes(), Dead: l.dead.bytes(),
	}
}

func (d *dead) bytes() int {
	n := cap(d.pages) * 8
	for _, p := range d.pages {
		if p != nil {
			n += len(p) * 8
		}
	}
	return n
}
