package proximity

import "math/bits"

// dead is a set of documents of a segment that do not count any more. It never
// changes: with makes a new one that shares all pages but those it wrote, so
// that a search keeps the set with which it began.
type dead struct {
	pages []*[pageWords]uint64 // nil: none on that page
	count int
}

const (
	pageWords = 64
	pageBits  = 64 * pageWords
)

func (d *dead) has(document uint32) bool {
	if d.pages == nil {
		return false
	}
	p := d.pages[document/pageBits]
	return p != nil && p[document%pageBits/64]>>(document%64)&1 == 1
}

// with adds documents of a segment of n.
func (d *dead) with(documents []uint32, n int) dead {
	out := dead{make([]*[pageWords]uint64, (n+pageBits-1)/pageBits), d.count}
	copy(out.pages, d.pages)
	for _, doc := range documents {
		if out.has(doc) {
			continue
		}
		at := doc / pageBits
		own := out.pages[at] != nil && (d.pages == nil || out.pages[at] != d.pages[at])
		if !own {
			page := new([pageWords]uint64)
			if out.pages[at] != nil {
				*page = *out.pages[at]
			}
			out.pages[at] = page
		}
		out.pages[at][doc%pageBits/64] |= 1 << (doc % 64)
		out.count++
	}
	return out
}

// since calls fn with the documents that are in d and not in before.
func (d *dead) since(before *dead, fn func(uint32)) {
	for at, page := range d.pages {
		var old [pageWords]uint64
		if before.pages != nil && before.pages[at] != nil {
			if before.pages[at] == page {
				continue
			}
			old = *before.pages[at]
		}
		if page == nil {
			continue
		}
		for w, word := range page {
			for word &^= old[w]; word != 0; word &= word - 1 {
				fn(uint32(at*pageBits + w*64 + bits.TrailingZeros64(word)))
			}
		}
	}
}

// within counts those of from to to-1.
func (d *dead) within(from, to uint32) (n int) {
	for doc := from; d.pages != nil && doc < to; {
		page, word := d.pages[doc/pageBits], doc%pageBits/64
		if page == nil {
			doc = (doc/pageBits + 1) * pageBits
			continue
		}
		w := page[word] >> (doc % 64)
		if left := to - doc; left < 64 {
			w &= 1<<left - 1
		}
		n += bits.OnesCount64(w)
		doc = (doc/64 + 1) * 64
	}
	return n
}
