package protocol

import "bytes"

// Beats says whether r replaces other, a version under the same key: the
// higher generation, then the newest issued_at, then the lowest id. Nothing
// else decides, least of all the order of arrival.
func (r *Record) Beats(other *Record) bool {
	g, o := r.Header.Signer.Generation(), other.Header.Signer.Generation()
	if g != o {
		return g.Above(o)
	}
	if r.Header.IssuedAtMillis != other.Header.IssuedAtMillis {
		return r.Header.IssuedAtMillis > other.Header.IssuedAtMillis
	}
	return bytes.Compare(r.ID[:], other.ID[:]) < 0
}

// OutlivesBound orders the keys of one identity when there are more than
// BoundClass allows: the newest, then the lowest id. Among versions of one key
// it agrees with Beats, so a version never loses by the bound what it won by
// its key: with tombstones first, three old records replayed in turn replaced
// one another for ever. Where a class holds one kind that speaks of nobody, a
// tombstone that gives way takes nothing back: what it ended is older than all
// that stayed, and none of those expires first.
func (r *Record) OutlivesBound(other *Record) bool {
	if r.Header.IssuedAtMillis != other.Header.IssuedAtMillis {
		return r.Header.IssuedAtMillis > other.Header.IssuedAtMillis
	}
	return bytes.Compare(r.ID[:], other.ID[:]) < 0
}

// Equivocates says that one key signed two records for the same moment.
func (r *Record) Equivocates(other *Record) bool {
	return r.ID != other.ID && r.Header.IssuedAtMillis == other.Header.IssuedAtMillis &&
		r.Header.Signer.Generation() == other.Header.Signer.Generation() && r.Key() == other.Key()
}
