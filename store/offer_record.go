package store

import "courtcircuit/protocol"

// offer is a record that is offered with all that follows from it alone. Who
// offers it makes it, so that the one writer has less to do for each: half of
// its time went into words and index entries.
type offer struct {
	protocol.Verified
	entry entry
	index []keyValue
	words []string // of a card with a row
}

func (s *Store) newOffer(v protocol.Verified) offer {
	o := offer{Verified: v, entry: s.entryFor(v)}
	o.index = s.indexOf(v.Record(), v.Body(), &o.entry)
	for _, kv := range o.index {
		if kv.key[0] == famPlace {
			o.words = cardWords(v.Body())
		}
	}
	return o
}

func (s *Store) newOffers(vs []protocol.Verified) []offer {
	out := make([]offer, len(vs))
	for i, v := range vs {
		out[i] = s.newOffer(v)
	}
	return out
}
