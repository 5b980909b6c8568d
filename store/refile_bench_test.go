package store

import (
	"context"
	"strconv"
	"testing"

	"courtcircuit/protocol"
)

// BenchmarkRefile: opening 20,000 profiles under another table. In the first
// case every card moves, in the second none does. cards/s is the figure.
func BenchmarkRefile(b *testing.B) {
	o := testOpener(b)
	cards := benchCards(b, o, 20_000)
	cfg := DefaultConfig(b.TempDir())
	cfg.BallastBytes = 0
	s, err := Open(cfg, o, quiet)
	if err != nil {
		b.Fatal(err)
	}
	if _, err := s.PutBatch(context.Background(), cards, t0); err != nil {
		b.Fatal(err)
	}
	b.Run("each-profile", func(b *testing.B) {
		for b.Loop() {
			if err := s.EachProfile(context.Background(), t0, func(*protocol.Record, *protocol.Profile) {}); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(b.N*len(cards))/b.Elapsed().Seconds(), "cards/s")
	})
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
	turn := 0
	for _, bench := range []struct {
		name string
		key  func(turn int) func(string) string
	}{
		{"all-move", func(turn int) func(string) string { return func(s string) string { return s + strconv.Itoa(turn) } }},
		{"none-moves", func(int) func(string) string { return func(s string) string { return s } }},
	} {
		b.Run(bench.name, func(b *testing.B) {
			for b.Loop() {
				turn++
				s, err := Open(withTable(cfg, strconv.Itoa(turn), bench.key(turn)), o, quiet)
				if err != nil {
					b.Fatal(err)
				}
				b.StopTimer()
				if err := s.Close(); err != nil {
					b.Fatal(err)
				}
				b.StartTimer()
			}
			b.ReportMetric(float64(b.N*len(cards))/b.Elapsed().Seconds(), "cards/s")
		})
	}
}
