package proximity

import "slices"

// A term is something that a document has or has not and that has a list of
// its documents. Three sorts of 64-bit names must not be taken for each other.
type termSort uint8

const (
	skillTerm termSort = iota
	collectiveTerm
	languageTerm // only those without a bit
	sorts
)

// dictionary numbers terms: skills in the order of their hashes, then
// collectives, then languages.
type dictionary struct {
	names []uint64
	from  [sorts + 1]uint32
}

func (d *dictionary) find(s termSort, name uint64) (uint32, bool) {
	lo, hi := d.from[s], d.from[s+1]
	for lo < hi {
		if mid := (lo + hi) / 2; d.names[mid] < name {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo, lo < d.from[s+1] && d.names[lo] == name
}

// newDictionary takes names in any order, repeated or not.
func newDictionary(names [sorts][]uint64) dictionary {
	var d dictionary
	for s, list := range names {
		slices.Sort(list)
		d.names = append(d.names, slices.Compact(list)...)
		d.from[s+1] = uint32(len(d.names))
	}
	d.names = slices.Clip(d.names)
	return d
}

// eachTerm calls fn with all terms of a document, repeated ones too.
func (d *Document) eachTerm(fn func(termSort, uint64)) {
	for _, s := range d.Skills {
		fn(skillTerm, s)
	}
	for _, c := range d.Collectives {
		fn(collectiveTerm, c)
	}
	for _, l := range d.Languages {
		if l >= ExactLanguages {
			fn(languageTerm, uint64(l))
		}
	}
}

// transpose turns the terms of documents into the documents of terms, or the
// other way round: values[from[i]:from[i+1]] belong to i, and n is beyond all
// values.
func transpose(from, values []uint32, n int) (backFrom, back []uint32) {
	backFrom = make([]uint32, n+1)
	for _, v := range values {
		backFrom[v+1]++
	}
	for v := range n {
		backFrom[v+1] += backFrom[v]
	}
	back = make([]uint32, len(values))
	at := slices.Clone(backFrom)
	for i := range len(from) - 1 {
		breathe(i)
		for _, v := range values[from[i]:from[i+1]] {
			back[at[v]] = uint32(i)
			at[v]++
		}
	}
	return backFrom, back
}
