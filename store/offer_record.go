package store

import (
	"bytes"

	"courtcircuit/protocol"
)

// offer is a record that is offered with all that follows from it alone. Who
// offers it makes it, so that the one writer has less to do for each: half of
// its time went into words and index entries.
type offer struct {
	protocol.Verified
	entry entry
	index []keyValue
	words []string  // of a card with a row
	card  *heldCard // for the cache, once it is stored; nil: not made
}

// fewRecords is how many of one call have their cards made ready. What a person
// publishes is looked at next, which then reads nothing; many at once would only
// take the room of cards that were asked for.
const fewRecords = 16

// newOffer takes along what follows from a record, and if it is to be ready for
// searches at once, its card.
func (s *Store) newOffer(v protocol.Verified, ready bool) offer {
	o := offer{Verified: v, entry: s.entryFor(v)}
	claims := s.claimsOf(v.Record(), v.Body())
	o.index = s.indexOf(v.Record(), v.Body(), &o.entry, claims)
	for _, kv := range o.index {
		if kv.key[0] != famPlace {
			continue
		}
		o.words = cardWords(v.Body())
		if ready && s.cards.keeps() {
			o.card = s.cardFor(v, kv, claims)
		}
	}
	return o
}

func (s *Store) newOffers(vs []protocol.Verified, ready bool) []offer {
	out := make([]offer, len(vs))
	for i, v := range vs {
		out[i] = s.newOffer(v, ready)
	}
	return out
}

// cardFor makes the card that a search would read once the record is stored.
func (s *Store) cardFor(v protocol.Verified, row keyValue, claims []protocol.Grant) *heldCard {
	c := candidate{row: row.value}
	c.cell, c.id = placeOf(row.key)
	h := s.newHeldCard(&c, *v.Record(), v.Body(), claims)
	s.finish(h, len(v.Record().Body))
	return h
}

// keepCards puts the cards of a commit that was followed into the cache, but for
// those that a later record of it has replaced or ended.
func (b *batch) keepCards() {
	cards := b.s.cards
	for _, h := range b.cards {
		if !bytes.Equal(b.rows[h.nearKey].row, h.row) {
			continue
		}
		_, erased := b.dossiers[h.key.Identity].erasure()
		h.unerased = !erased
		cards.put(h, cards.changes.Load())
	}
}
