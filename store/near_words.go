package store

import (
	"bytes"
	"context"
	"errors"
	"time"

	"github.com/dgraph-io/badger/v4"

	"courtcircuit/protocol"
	"courtcircuit/store/fold"
	"courtcircuit/store/proximity"
)

// maxWordBytes is how much of a word the index knows. The card itself says
// whether the rest is the same.
const maxWordBytes = 64

func cutWord(word string) string { return word[:min(len(word), maxWordBytes)] }

// askedWords are the words of a query. Stop words are left out, and where
// there is nothing else nothing is asked: everybody has those.
func askedWords(text string) []string { return fold.Words(text) }

// texts are the parts of a card in which words are searched, beside skills.
func texts(body any) []string {
	switch b := body.(type) {
	case *protocol.Profile:
		return []string{b.Name, b.Headline, b.About}
	case *protocol.Mission:
		return []string{b.Title, b.Description}
	case *protocol.Collective:
		return []string{b.Name, b.About}
	}
	return nil
}

// cardWords are the words by which the index finds a card. It has none of a
// collective's: what that can do its members' cards say, which change without
// it, and collectives are few.
func cardWords(body any) []string {
	if _, ok := body.(*protocol.Collective); ok {
		return []string{}
	}
	words := fold.Words(append(texts(body), cardSkills(body)...)...)
	for i := range words {
		words[i] = cutWord(words[i])
	}
	return words
}

// indexWords are the words asked for as the index knows them.
func (f *filter) indexWords() []proximity.Word {
	out := make([]proximity.Word, len(f.words))
	for i, w := range f.words {
		out[i] = proximity.Word{Text: cutWord(w), Whole: fold.IsWhole(w)}
	}
	return out
}

// noteWords remembers for the commit the words of a card whose row was noted.
func (b *batch) noteWords(kind protocol.Kind, id [32]byte, words []string) {
	k := nearKey{kind: kind, id: id}
	if c, ok := b.rows[k]; ok {
		c.words = words
		b.rows[k] = c
	}
}

// KnowsWords says whether the words of all cards of a kind are in the index,
// so that a query for words reads few cards but those it gives.
func (s *Store) KnowsWords(kind protocol.Kind) bool {
	return kind != protocol.KindCollective && s.near.kinds[kind].Stats().Wordless == 0
}

const retryWords = time.Minute

// forgetEvery is how often the words of erased texts leave memory at most:
// each time costs a walk over all words.
const forgetEvery = time.Minute

// forgetWords follows the purges of texts until ctx ends.
func (s *Store) forgetWords(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.near.erased:
		}
		for _, index := range s.near.kinds {
			if !index.ForgetWords() {
				s.near.noteErased()
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(forgetEvery):
		}
	}
}

func (x *nearIndex) noteErased() {
	select {
	case x.erased <- struct{}{}:
	default:
	}
}

// readWords reads the words of the cards whose rows were read at start, and of
// those that a repair put, until ctx ends.
func (s *Store) readWords(ctx context.Context, kind protocol.Kind) {
	index := s.near.kinds[kind]
	for ctx.Err() == nil {
		began, n := time.Now(), 0
		err := index.ReadWords(ctx, s.wordReader(kind), func(read int) {
			if n += read; n/100_000 != (n-read)/100_000 {
				s.log.Debug("words of cards are read for searches", "kind", kind.String(), "cards", n, "waiting", index.Stats().Wordless)
			}
		})
		retry := make(<-chan time.Time)
		switch {
		case err != nil && ctx.Err() == nil && !errors.Is(err, ErrClosed):
			s.log.Warn("words of cards not read; searches for words read the cards", "kind", kind.String(), "error", err, "again_in", retryWords)
			retry = time.After(retryWords)
		case err == nil && n > 0:
			s.log.Debug("words of cards are known", "kind", kind.String(), "cards", n, "took", time.Since(began))
		}
		select {
		case <-ctx.Done():
		case <-retry:
		case <-index.Unread():
		}
	}
}

// wordReader reads cards from Badger. One that is not there, or damaged, is
// left out: it is no result either.
func (s *Store) wordReader(kind protocol.Kind) proximity.WordReader {
	return func(_ context.Context, some []proximity.Placed, each func(int, []string)) error {
		filing := s.newFiling(kind, some)
		return s.view(func(txn *badger.Txn) error {
			rows := rowsInOrder(txn, kind)
			defer rows.Close()
			for i := range some {
				c := candidate{position: position{id: some[i].ID}, cell: some[i].Cell}
				rec, body, err := s.cardAt(txn, rows, kind, &c)
				if err != nil {
					return err
				}
				if body == nil {
					continue
				}
				each(i, cardWords(body))
				if err := filing.keep(txn, i, &c, rec, body); err != nil {
					return err
				}
			}
			return nil
		})
	}
}

func rowsInOrder(txn *badger.Txn, kind protocol.Kind) *badger.Iterator {
	opts := badger.DefaultIteratorOptions
	opts.Prefix, opts.PrefetchValues = kindPrefix(famPlace, kind), false
	return txn.NewIterator(opts)
}

// cardAt reads the card of a place and its row; no body where there is none.
// Places mostly come in the order of rows, where the next row costs far less
// than one that is looked for.
func (s *Store) cardAt(txn *badger.Txn, rows *badger.Iterator, kind protocol.Kind, c *candidate) (rec protocol.Record, body any, err error) {
	key := placeKey(kind, c.cell, c.id)
	if rows.Valid() {
		rows.Next()
	}
	if !rows.Valid() || !bytes.Equal(rows.Item().Key(), key) {
		if rows.Seek(key); !rows.Valid() || !bytes.Equal(rows.Item().Key(), key) {
			return rec, nil, nil
		}
	}
	row, err := rows.Item().ValueCopy(nil)
	if c.row = row; err != nil || !c.row.ok() {
		return rec, nil, err
	}
	if rec, err = readRecord(txn, c.row.id()); errors.Is(err, ErrNotFound) {
		return rec, nil, nil
	}
	if err != nil {
		return rec, nil, err
	}
	if body, err = protocol.DecodeJudgedBody(s.opener.Network(), &rec); err != nil {
		return rec, nil, nil
	}
	return rec, body, nil
}

// filing keeps cards that were read for their words in the file of cards too:
// places that nobody asked about yet would be read from Badger else. They lie
// there in the order of space, neighbours together.
type filing struct {
	s      *Store
	kind   protocol.Kind
	stamps []uint32 // of each card, before the view was opened; nil: nothing is kept
}

func (s *Store) newFiling(kind protocol.Kind, some []proximity.Placed) filing {
	f := filing{s: s, kind: kind}
	if s.cards.file.wantsMore() {
		f.stamps = make([]uint32, len(some))
		for i := range some {
			f.stamps[i] = s.cards.stampOf(nearKey{kind, some[i].ID}).Load()
		}
	}
	return f
}

func (f *filing) keep(txn *badger.Txn, i int, c *candidate, rec protocol.Record, body any) error {
	if f.stamps == nil || f.kind == protocol.KindCollective {
		return nil
	}
	h := f.s.newHeldCard(c, rec, body, f.s.claimsOf(&rec, body))
	if len(h.grants) > 0 {
		d, err := readDossier(txn, h.key.Identity)
		if err != nil {
			return err
		}
		_, erased := d.erasure()
		h.unerased = !erased
	}
	f.s.finish(h, len(rec.Body))
	stamp := f.s.cards.stampOf(h.nearKey)
	f.s.cards.file.putCard(h, func() bool { return stamp.Load() == f.stamps[i] })
	return nil
}
