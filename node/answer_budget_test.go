package node

import (
	"bytes"
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/libp2p/go-libp2p/core/network"
)

// A node's whole set is answered for without a wait; who goes on asking, as
// one peer or as many, gets the budget's part of a core and nothing more, and
// what was saved up comes back no faster.
func TestAnswerBudget(t *testing.T) {
	const percent = 20
	for _, records := range []int{0, 20_000, 1_000_000} {
		b, now := newAnswerBudget(percent, nil), time.Now()
		most := max(answerSaved, time.Duration(records)*answerSavedPerRecord)
		// One copy, in answers as they come for 512 headers.
		for spent := time.Duration(0); spent < most; spent += answerSaved / 50 {
			if wait := b.charge(answerSaved/50, records, now); wait > 0 {
				t.Fatalf("%d records: a wait of %s after %s of the %s of one copy", records, wait, spent, most)
			}
		}
		start, worked := now, time.Duration(0)
		for now.Sub(start) < 24*time.Hour {
			worked += answerSaved / 5
			now = now.Add(max(b.charge(answerSaved/5, records, now), time.Millisecond))
		}
		if got, want := worked, now.Sub(start)*percent/100+answerSaved; got > want {
			t.Errorf("%d records: %s of work in a day behind the first copy, at most %s expected", records, got, want)
		}
		now = now.Add(365 * 24 * time.Hour)
		b.charge(0, records, now)
		if b.saved > most {
			t.Errorf("%d records: %s saved up in a year, at most %s expected", records, b.saved, most)
		}
		if b.charge(time.Hour, records, now); b.saved < most-answerSaved {
			t.Errorf("%d records: a disk that hung for an hour left %s", records, b.saved)
		}
	}
}

// However many streams ask, no more answers are worked out at once than the
// budget has cores.
func TestAnswersAtOnce(t *testing.T) {
	for percent, want := range map[int]int64{1: 1, 20: 1, 100: 1, 101: 2, 400: 4} {
		synctest.Test(t, func(t *testing.T) {
			b := newAnswerBudget(percent, nil)
			var now, most atomic.Int64
			var streams sync.WaitGroup
			for range 16 {
				streams.Go(func() {
					waited, worked, err := b.work(t.Context(), func() error {
						if n := now.Add(1); n > most.Load() {
							most.Store(n)
						}
						time.Sleep(time.Second)
						now.Add(-1)
						return nil
					})
					if err != nil || worked != time.Second || waited%time.Second != 0 {
						t.Errorf("waited %s, worked %s: %v", waited, worked, err)
					}
				})
			}
			streams.Wait()
			if most.Load() != want {
				t.Errorf("%d %%: %d answers at once, %d expected", percent, most.Load(), want)
			}
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			for range cap(b.slots) {
				b.slots <- struct{}{}
			}
			if _, _, err := b.work(ctx, func() error { return nil }); err == nil {
				t.Error("worked without a slot")
			}
		})
	}
}

// Each stream pays for its opening, and for every question and its answer.
func TestAnswersArePaidFor(t *testing.T) {
	const frames, payload = 50, 32 * headersPerRequest
	for _, asked := range []int{0, frames} {
		n := stopped(t)
		n.answers = newAnswerBudget(1, n.metrics.limits)
		start := time.Now()
		n.answers.charge(0, 0, start)
		var questions bytes.Buffer
		for range asked {
			if err := writeFrame(&questions, frameWantHeaders, make([]byte, payload)); err != nil {
				t.Fatal(err)
			}
		}
		if err := n.answerSync(t.Context(), readyStream{asked: &questions}); err != nil {
			t.Fatal(err)
		}
		due := streamCharge + time.Duration(asked)*(frameCharge+payload*byteCharge)
		if paid := answerSaved + time.Since(start)/100 - n.answers.saved; paid < due {
			t.Errorf("%d questions: %s paid, at least %s expected", asked, paid, due)
		}
	}
}

// readyStream is a peer whose questions are all there at once.
type readyStream struct {
	network.Stream
	asked *bytes.Buffer
}

func (s readyStream) SetDeadline(time.Time) error { return nil }
func (s readyStream) Read(p []byte) (int, error)  { return s.asked.Read(p) }
func (s readyStream) Write(p []byte) (int, error) { return len(p), nil }
func (s readyStream) Conn() network.Conn          { return slowConn{} }
