package proximity

import "math/bits"

// rank is where stands begin among 64 documents: a sixteenth of the memory of
// a number for each document, for one line of cache as well.
type rank struct {
	starts uint64
	before uint32 // stands that begin before these documents
}

const rankDocuments = 64

func ranksOf(stands []stand, documents int) []rank {
	out := make([]rank, (documents+rankDocuments-1)/rankDocuments)
	for i := range stands {
		first := stands[i].first
		out[first/rankDocuments].starts |= 1 << (first % rankDocuments)
	}
	before := uint32(0)
	for i := range out {
		out[i].before = before
		before += uint32(bits.OnesCount64(out[i].starts))
	}
	return out
}

// standOf gives the number of a document's stand.
func (s *segment) standOf(document uint32) uint32 {
	r := &s.ranks[document/rankDocuments]
	return r.before + uint32(bits.OnesCount64(r.starts<<(rankDocuments-1-document%rankDocuments))) - 1
}

// standEnd is behind the last document of a stand.
func (s *segment) standEnd(stand uint32) uint32 {
	if int(stand)+1 < len(s.stands) {
		return s.stands[stand+1].first
	}
	return uint32(len(s.ids))
}
