package proximity

import "unsafe"

// Stats tells how large an index is.
type Stats struct {
	Documents      int
	Segments       int
	DeltaDocuments int    // outside the largest segment
	Dead           int    // replaced or deleted, not yet merged away
	Bytes          int    // of memory, without what a merge needs while it runs
	Words          int    // different ones, in the largest segment
	WordBytes      int    // of Bytes, those that words take
	Wordless       int    // documents whose words are not known yet
	Merges         uint64 // since the start
	Merged         uint64 // documents that merges wrote
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
		s.Bytes += l.segment.bytes() + l.dead.bytes()
		w := l.words.Load()
		s.WordBytes += w.bytes()
		if w == nil {
			s.Wordless += n
		}
		if n > largest && w != nil {
			s.Words = w.count()
		}
		largest = max(largest, n)
	}
	s.DeltaDocuments = s.Documents - largest
	return s
}

// mapEntryBytes is about what a map of small keys and values takes for each.
const mapEntryBytes = 24

func (s *segment) bytes() int {
	return s.words.Load().bytes() + cap(s.ids)*len(ID{}) + cap(s.rows)*int(unsafe.Sizeof(row{})) + cap(s.points)*int(unsafe.Sizeof(point{})) +
		cap(s.tiers) + (cap(s.pointOf)+cap(s.termFrom)+cap(s.terms)+cap(s.postFrom)+cap(s.posts)+cap(s.table))*4 + cap(s.names)*8 +
		cap(s.nodes)*int(unsafe.Sizeof(node{})) + cap(s.skips)*int(unsafe.Sizeof(summary{})) + len(s.trees)*mapEntryBytes
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
