package node

import (
	"context"
	"sync"
	"time"
)

// answerBudget bounds the processor time that goes into answering catch-up,
// of all peers together: whatever they ask for, and however fast.
//
// One budget for all is fair to each, because a stream goes on only after it
// has paid for its last answer: whoever asks for what is dear waits for
// longer, and a peer has few streams. Time on the clock is charged, since a
// goroutine's own processor time cannot be read; so on a busy machine peers
// are answered less, which is right too.
//
// What is not used is saved up, as much as one whole copy of the set costs: a
// new node is then answered as fast as it checks. Saving belongs to the node
// and not to the peers, else each new identity, which costs nothing, would
// bring savings of its own; so over any time that is long beside one copy the
// average is the budget, whoever asks.
type answerBudget struct {
	percent float64
	limits  *limitCounts
	slots   chan struct{} // answers worked out at once: as many as the budget has cores, at least one

	mu    sync.Mutex
	saved time.Duration // below 0: owed
	at    time.Time     // of that state
}

const (
	// answerSaved is saved up at least, and answerSavedPerRecord more for each
	// record held. The latter is what header, body and their part of the
	// comparing take on the clock of a busy machine: measured, see DESIGN.md.
	answerSaved          = 500 * time.Millisecond
	answerSavedPerRecord = 30 * time.Microsecond
	// What libp2p does for each stream, each frame and each byte of question and
	// answer, before and after the answer itself: measured, see DESIGN.md.
	streamCharge = time.Millisecond
	frameCharge  = 150 * time.Microsecond
	byteCharge   = 4 * time.Nanosecond
)

func newAnswerBudget(percent int, limits *limitCounts) *answerBudget {
	return &answerBudget{percent: float64(percent), limits: limits, slots: make(chan struct{}, (percent+99)/100)}
}

// work works out an answer when a slot is free, and says how long it waited
// and worked.
func (b *answerBudget) work(ctx context.Context, do func() error) (waited, worked time.Duration, err error) {
	start := time.Now()
	select {
	case b.slots <- struct{}{}:
	case <-ctx.Done():
		return 0, 0, ctx.Err()
	}
	defer func() { <-b.slots }()
	begun := time.Now()
	err = do()
	return begun.Sub(start), time.Since(begun), err
}

// pay takes the time out of the budget of a node that holds so many records
// and waits until there is room for it; false when ctx ended first.
func (b *answerBudget) pay(ctx context.Context, spent time.Duration, records int) bool {
	wait := b.charge(spent, records, time.Now())
	if wait <= 0 {
		return true
	}
	b.limits.reached(boundAnswers)
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// charge says how long to wait after it took the time out.
func (b *answerBudget) charge(spent time.Duration, records int, now time.Time) time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	most := max(answerSaved, time.Duration(records)*answerSavedPerRecord)
	if b.at.IsZero() {
		b.saved = most
	} else {
		b.saved = min(b.saved+time.Duration(float64(now.Sub(b.at))*b.percent/100), most)
	}
	b.at = now
	b.saved -= min(spent, answerSaved) // a disk that hung is not the asker's debt
	return time.Duration(float64(-b.saved) * 100 / b.percent)
}
