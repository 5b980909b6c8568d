package node

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/libp2p/go-libp2p/core/network"
)

// questions is the asking end of one catch-up stream. Several goroutines may
// ask at a time: answers are read in the order in which the questions went
// out, so the other side works on the next answer while the last one is
// checked here.
type questions struct {
	stream network.Stream

	// sending holds, for whoever sends next, what is closed when the answer to
	// the question before was read. A channel: waiting for a mutex that is held
	// over a write would stop the clock of simulated networks.
	sending chan chan struct{}

	mu   sync.Mutex
	pace pace
	err  error // the first failure: behind it nobody knows where a frame begins
}

func newQuestions(s network.Stream) *questions {
	q := &questions{stream: s, sending: make(chan chan struct{}, 1), pace: newPace()}
	first := make(chan struct{})
	close(first)
	q.sending <- first
	return q
}

// ask sends one question and reads its answer, within the time that the pace
// of the session leaves.
func (q *questions) ask(t frameType, payload []byte, want frameType) ([]byte, error) {
	mine := make(chan struct{})
	defer close(mine)
	before := <-q.sending
	_ = q.wait(q.stream.SetWriteDeadline, func() error { return writeFrame(q.stream, t, payload) }) // reading finds the error
	q.sending <- mine
	<-before
	var answer []byte
	err := q.wait(q.stream.SetReadDeadline, func() (err error) {
		answer, err = q.read(want)
		return err
	})
	return answer, err
}

// wait does what depends on the other side and charges the time to the pace.
func (q *questions) wait(setDeadline func(time.Time) error, do func() error) error {
	start := time.Now()
	q.mu.Lock()
	err, deadline := q.err, q.pace.deadline(start)
	q.mu.Unlock()
	if err != nil {
		return err
	}
	if err = setDeadline(deadline); err == nil {
		err = do()
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.pace.spend(time.Since(start))
	if q.err == nil {
		q.err = err
	}
	return q.err
}

func (q *questions) read(want frameType) ([]byte, error) {
	got, answer, err := readFrame(q.stream)
	if err != nil {
		return nil, fmt.Errorf("read answer: %w", err)
	}
	if got != want {
		return nil, fmt.Errorf("%w: answer of type %d, %d expected", errSyncFrame, got, want)
	}
	return answer, nil
}

// earn credits bytes that verified.
func (q *questions) earn(usefulBytes int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.pace.earn(usefulBytes)
}

// fail ends all asking, with the error that all get who ask from now on.
func (q *questions) fail(err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.err == nil {
		q.err = err
	}
}

// hint tells the other side that it lacks something.
func (q *questions) hint(payload []byte) error {
	return errors.Join(q.stream.SetWriteDeadline(time.Now().Add(syncFrameTimeout)), writeFrame(q.stream, frameHint, payload))
}
