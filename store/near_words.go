package store

import (
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
func (b *batch) noteWords(kind protocol.Kind, id [32]byte, body any) {
	k := nearKey{kind: kind, id: id}
	if c, ok := b.rows[k]; ok {
		c.words = cardWords(body)
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
		return s.view(func(txn *badger.Txn) error {
			for i := range some {
				body, err := s.bodyAt(txn, placeKey(kind, some[i].Cell, some[i].ID))
				if err != nil {
					return err
				}
				if body != nil {
					each(i, cardWords(body))
				}
			}
			return nil
		})
	}
}

// bodyAt gives the body of the card whose row has a key, nil without one.
func (s *Store) bodyAt(txn *badger.Txn, key []byte) (any, error) {
	row, err := get(txn, key)
	if errors.Is(err, ErrNotFound) || err == nil && !rowView(row).ok() {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	rec, err := readRecord(txn, rowView(row).id())
	if errors.Is(err, ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	body, err := protocol.DecodeBody(s.opener.Network(), &rec)
	if err != nil {
		return nil, nil
	}
	return body, nil
}
