package places

import (
	"cmp"
	"encoding/binary"
	"slices"
	"sort"
	"strings"

	"courtcircuit/node/places/internal/fold"
	"courtcircuit/node/places/internal/packed"
)

// class orders the ways a key can belong to a row.
type class uint8

const (
	classOwn     class = iota // the place's name
	classOther                // a reviewed other name of a foreign city
	classLoose                // the name without its article, or of a commune that was merged into it
	classNumeral              // an arrondissement: "lyon" must not complete to nine of them
)

// entry is one key of one row. head holds the key's first eight bytes, big-endian: most comparisons
// end there without touching the text.
type entry struct {
	head  uint64
	at    uint32
	row   uint32
	size  uint8
	class class
}

// nameIndex is all keys in order, equal keys by class and then by weight.
type nameIndex struct {
	text    string
	entries []entry
	weights []uint64 // by row
	longest int
}

// frenchFactor is how many times larger a foreign place must be to come before a French one.
const frenchFactor = 100

func weightOf(r *packed.Row) uint64 {
	w := uint64(r.Population) + 1
	if r.Kind != packed.Foreign {
		w *= frenchFactor
	}
	return w
}

func indexNames(t *packed.Table) nameIndex {
	x := nameIndex{weights: make([]uint64, len(t.Rows)), entries: make([]entry, 0, len(t.Rows)*11/10)}
	text := make([]byte, 0, 16*len(t.Rows))
	add := func(at, row uint32, c class) {
		key := text[at:]
		if len(key) == 0 || len(key) > 255 {
			return
		}
		x.entries = append(x.entries, entry{headOf(key), at, row, uint8(len(key)), c})
		x.longest = max(x.longest, len(key))
	}
	for i := range t.Rows {
		r := &t.Rows[i]
		x.weights[i] = weightOf(r)
		at := uint32(len(text))
		text = fold.Append(text, r.Name)
		switch r.Kind {
		case packed.Arrondissement:
			add(at, uint32(i), classNumeral)
		case packed.Foreign:
			add(at, uint32(i), classOwn)
		default:
			add(at, uint32(i), classOwn)
			add(at+articleSize(text[at:]), uint32(i), classLoose)
		}
	}
	for _, a := range t.Aliases {
		c := classOther
		if a.Former {
			c = classLoose
		}
		at := uint32(len(text))
		text = fold.Append(text, a.Name)
		add(at, a.Row, c)
	}
	x.text = string(text)
	slices.SortFunc(x.entries, func(a, b entry) int {
		if a.head != b.head {
			return cmp.Compare(a.head, b.head)
		}
		// Step by step: cmp.Or would work out every comparison each time.
		if c := strings.Compare(x.key(a), x.key(b)); c != 0 {
			return c
		}
		return cmp.Or(cmp.Compare(a.class, b.class), cmp.Compare(x.weights[b.row], x.weights[a.row]), cmp.Compare(a.row, b.row))
	})
	return x
}

// articleSize returns the bytes before the rest of a name such as "La Rochelle", or all of it.
func articleSize(key []byte) uint32 {
	for _, article := range [...]string{"le ", "la ", "les ", "l "} {
		if len(key) > len(article) && string(key[:len(article)]) == article {
			return uint32(len(article))
		}
	}
	return uint32(len(key))
}

func headOf[T string | []byte](key T) uint64 {
	var b [8]byte
	copy(b[:], key)
	return binary.BigEndian.Uint64(b[:])
}

func (x *nameIndex) key(e entry) string { return x.text[e.at : e.at+uint32(e.size)] }

func (x *nameIndex) sameKey(a, b entry) bool {
	return a.head == b.head && a.size == b.size && x.key(a) == x.key(b)
}

// span is a run of entries, from inclusive, to exclusive.
type span struct{ from, to int }

func (x *nameIndex) all() span { return span{0, len(x.entries)} }

// prefixed returns the entries of within whose key starts with prefix; within must be a run that
// shares a shorter prefix of it, or all.
func (x *nameIndex) prefixed(within span, prefix string) span {
	part := x.entries[within.from:within.to]
	head := headOf(prefix)
	from := sort.Search(len(part), func(i int) bool {
		if part[i].head != head || len(prefix) <= 8 {
			return part[i].head >= head
		}
		return x.key(part[i]) >= prefix
	})
	rest := part[from:]
	n := sort.Search(len(rest), func(i int) bool { return !strings.HasPrefix(x.key(rest[i]), prefix) })
	return span{within.from + from, within.from + from + n}
}

// exactly returns the entries of a prefixed run whose key is no longer than its prefix: they come first.
func (x *nameIndex) exactly(run span, size int) span {
	part := x.entries[run.from:run.to]
	n := sort.Search(len(part), func(i int) bool { return int(part[i].size) > size })
	return span{run.from, run.from + n}
}

func (x *nameIndex) exact(key string) span {
	return x.exactly(x.prefixed(x.all(), key), len(key))
}
