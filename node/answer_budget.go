package node

import (
	"context"
	"time"

	"golang.org/x/time/rate"
)

// answerBudget bounds the processor time that goes into answering catch-up,
// of all peers together: whatever they ask for, and however fast.
//
// One budget for all is fair to each, because a stream goes on only after it
// has paid for its last answer: whoever asks for what is dear waits for
// longer, and a peer has few streams. Time on the clock is charged, since a
// goroutine's own processor time cannot be read; so on a busy machine peers
// are answered less, which is right too.
type answerBudget struct {
	limiter *rate.Limiter // its tokens are microseconds
	limits  *limitCounts
}

const (
	// answerSavedUp is how much unused time counts later: a catch-up of some
	// ten thousand records is answered at full speed.
	answerSavedUp = 500 * time.Millisecond
	// What libp2p does for each frame and each stream, before and after the
	// answer itself: measured, see DESIGN.md.
	frameCharge  = 150 * time.Microsecond
	streamCharge = time.Millisecond
)

func newAnswerBudget(percent int, limits *limitCounts) *answerBudget {
	perSecond := rate.Limit(percent) / 100 * rate.Limit(time.Second/time.Microsecond)
	return &answerBudget{limiter: rate.NewLimiter(perSecond, int(answerSavedUp/time.Microsecond)), limits: limits}
}

// pay takes the time out of the budget and waits until there is room for it;
// false when ctx ended first.
func (b *answerBudget) pay(ctx context.Context, spent time.Duration) bool {
	r := b.limiter.ReserveN(time.Now(), int(min(spent, answerSavedUp)/time.Microsecond))
	wait := r.Delay()
	if wait == 0 {
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
