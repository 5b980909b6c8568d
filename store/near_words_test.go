package store

import (
	"context"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"courtcircuit/protocol"
)

// Words are found in every text of a card, and nowhere else.
func TestWordsOfCards(t *testing.T) {
	w := newWorld(t)
	s := openStore(t, memoryConfig(), w.o)
	long := strings.Repeat("anticonstitutionnellement", 4)
	put(t, s, w.people[0].profile(t, w.o, protocol.Profile{
		Name: "Zoé Œuvrard", Headline: "Cheffe de projet d'avenir", About: "Du C++ à l'international ; " + long, Skills: []string{"Go", "UX design"},
	}, nil, t0), t0)
	put(t, s, w.people[1].profile(t, w.o, protocol.Profile{Name: "Gouvernante de la maison"}, nil, t0), t0)
	for words, want := range map[string]int{
		"": 2, "zoe": 1, "ZOÉ oeuv": 1, "projet": 1, "avenir chef": 1, "c++": 1, "inter": 1, "go": 1, "gou": 1, "design": 1, "esign": 0,
		"av": 0, "xylo": 0, "zoé gouvernante": 0, "la maison": 1, "de la": 2, "chef de projet": 1, "c": 0,
		long: 1, long[:90]: 1, long[:70] + "x": 0,
	} {
		page, err := s.Near(context.Background(), Query{Kind: protocol.KindProfile, RadiusMeters: -1, Words: words, Now: t0})
		if err != nil || len(page.Results) != want {
			t.Errorf("%q: %d cards (%v), expected %d", words, len(page.Results), err, want)
		}
	}
	if !s.KnowsWords(protocol.KindProfile) || s.KnowsWords(protocol.KindCollective) {
		t.Error("words of profiles that commits brought are known, and never all by which a collective is found")
	}
}

// With the index a query for words reads the cards that it gives; without one
// it reads all, which MaxRead bounds.
func TestWordsAreNotReadCardByCard(t *testing.T) {
	w := newWorld(t)
	s := openStore(t, memoryConfig(), w.o)
	for i, p := range w.people {
		card := protocol.Profile{Headline: "jardinier"}
		if i == 0 {
			card.Headline = "luthier"
		}
		put(t, s, p.profile(t, w.o, card, nil, t0), t0)
	}
	q := Query{Kind: protocol.KindProfile, RadiusMeters: -1, Words: "luthier", Now: t0, MaxRead: 1}
	page, err := s.Near(context.Background(), q)
	if err != nil || page.Partial || len(page.Results) != 1 {
		t.Fatalf("%d cards, partial %t (%v)", len(page.Results), page.Partial, err)
	}
	if err := s.exec(context.Background(), s.buildNear); err != nil {
		t.Fatal(err)
	}
	if st := s.Stats().Words; st.Waiting != len(w.people) || s.KnowsWords(protocol.KindProfile) {
		t.Fatalf("%+v", st)
	}
	if page, err = s.Near(context.Background(), q); err != nil || !page.Partial {
		t.Fatalf("%d cards, partial %t (%v)", len(page.Results), page.Partial, err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error)
	known := make(chan struct{}, 1)
	s.log = slog.New(saidHandler{slog.DiscardHandler, "words of cards are known", known})
	go func() { done <- s.Run(ctx) }()
	<-known
	if page, err = s.Near(context.Background(), q); err != nil || page.Partial || len(page.Results) != 1 {
		t.Errorf("%d cards, partial %t (%v)", len(page.Results), page.Partial, err)
	}
	stop()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}

// What was erased is a word of nobody, and leaves memory with the next merge.
func TestErasedWords(t *testing.T) {
	w := newWorld(t)
	s := openStore(t, memoryConfig(), w.o)
	for _, p := range w.people {
		put(t, s, p.profile(t, w.o, protocol.Profile{Headline: "jardinier"}, nil, t0), t0)
	}
	put(t, s, w.people[0].profile(t, w.o, protocol.Profile{Headline: "secretissime"}, nil, t0.Add(1e9)), t0)
	index := s.near.kinds[protocol.KindProfile]
	index.MergeAll()
	if !index.KnowsWord("secretissime") {
		t.Fatal("not there before")
	}
	put(t, s, w.people[0].seal(t, w.o, protocol.ErasureDraft(nil, t0.Add(2e9).UnixMilli())), t0)
	page, err := s.Near(context.Background(), Query{Kind: protocol.KindProfile, RadiusMeters: -1, Words: "secretissime", Now: t0})
	if err != nil || len(page.Results) != 0 {
		t.Fatal(len(page.Results), err)
	}
	index.MergeAll()
	if index.KnowsWord("secretissime") || !index.KnowsWord("jardinier") {
		t.Fatal("the word outlived the merge")
	}
}

// Without any merge, too: words leave memory soon after the text left the
// files, from segments of which nobody writes.
func TestErasedWordsAreForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := memoryConfig()
		c.Simulated, c.PurgeDelay = true, time.Second
		o := testOpener(t)
		s, err := Open(c, o, quiet)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(context.Background())
		done := make(chan struct{})
		go func() { defer close(done); s.Run(ctx) }()
		now := time.Now()
		for i := range 6 {
			headline := "jardinier " + strings.Repeat("a", i+3)
			put(t, s, newActor(t, uint64(i)).profile(t, o, protocol.Profile{Headline: headline}, nil, now), now)
		}
		index := s.near.kinds[protocol.KindProfile]
		index.MergeAll()
		time.Sleep(2 * forgetEvery)
		now = time.Now()
		put(t, s, newActor(t, 0).seal(t, o, protocol.ErasureDraft(nil, now.UnixMilli())), now)
		if !index.KnowsWord("aaa") {
			t.Error("forgotten before its time: this test shows nothing")
		}
		time.Sleep(2 * forgetEvery)
		synctest.Wait()
		if index.KnowsWord("aaa") || !index.KnowsWord("aaaa") || !index.KnowsWord("jardinier") {
			t.Error("the word outlived the erasure, or took others along")
		}
		cancel()
		<-done
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	})
}

// saidHandler tells when a message is logged.
type saidHandler struct {
	slog.Handler
	message string
	said    chan struct{}
}

func (h saidHandler) Enabled(context.Context, slog.Level) bool { return true }

func (h saidHandler) Handle(_ context.Context, r slog.Record) error {
	if r.Message == h.message {
		h.said <- struct{}{}
	}
	return nil
}
