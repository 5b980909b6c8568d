package node

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"

	"courtcircuit/protocol"
	"courtcircuit/protocol/reconcile"
)

// syncResult says what one session did.
type syncResult struct {
	Needed   int // ids that only the other side held
	Received int // records stored
	Absent   int // bodies that the other side did not hold either
	Have     int // ids that only this side holds, afterwards
	Rounds   int
}

// syncWith brings over what the peer holds and this node lacks. With a salt
// it starts from random cuts (see reconcile.NewSession). hint says that the
// peer is told when it lacks something itself.
func (n *Node) syncWith(ctx context.Context, p peer.ID, salt []byte, hint bool) (syncResult, error) {
	ctx, cancel := context.WithTimeout(ctx, syncSessionTimeout)
	defer cancel()
	s, err := n.openSync(ctx, p)
	if err != nil {
		return syncResult{}, err
	}
	done := false
	defer func() {
		if !done {
			s.Reset() // after a good end it would take the hint back
		}
	}()
	stop := context.AfterFunc(ctx, func() { s.Reset() })
	defer stop()

	n.progress.begin(time.Now())
	defer n.progress.end()
	session, err := reconcile.NewSession(reconcile.DefaultConfig(), salt)
	if err != nil {
		return syncResult{}, err
	}
	c := &catchUp{n: n, peer: p, questions: newQuestions(s), session: session, first: true}
	err = c.run(ctx)
	c.result.Rounds = session.Stats().Rounds
	if err != nil {
		if timedOut(err) {
			n.metrics.limits.reached(boundPatience)
		}
		if errors.Is(err, errSyncFrame) || errors.Is(err, reconcile.ErrProtocol) || protocol.VerdictOf(err) == protocol.Reject {
			n.blame(p, "sync-answer", err)
		}
		return c.result, err
	}
	c.result.Have = n.stillHeld(session.Have())
	if hint && c.result.Have > 0 {
		if err := c.questions.hint(binary.BigEndian.AppendUint64(nil, uint64(c.result.Have))); err != nil {
			n.log.Debug("hint not sent", "peer", p.String(), "error", err)
		}
	}
	done = true
	return c.result, s.Close()
}

// errNoSync: the peer is in the topic and does not speak catch-up.
var errNoSync = errors.New("the peer does not speak catch-up")

// openSync opens a stream for questions. The deadline is its own: negotiation
// with a half-open peer would else last as long as a session may.
func (n *Node) openSync(ctx context.Context, p peer.ID) (network.Stream, error) {
	ctx, cancel := context.WithTimeout(ctx, syncOpenTimeout)
	defer cancel()
	s, err := n.host.NewStream(network.WithNoDial(ctx, "catch-up"), p, n.syncProtocol())
	switch {
	case err == nil:
		return s, nil
	case !n.speaksSync(p):
		return nil, fmt.Errorf("open stream: %w: %w", errNoSync, err)
	default:
		return nil, fmt.Errorf("open stream: %w", err)
	}
}

// speaksSync is what the peer said about itself.
func (n *Node) speaksSync(p peer.ID) bool {
	known, err := n.host.Peerstore().SupportsProtocols(p, n.syncProtocol())
	return err != nil || len(known) > 0
}

// catchUp is the asking side of one stream: ranges are compared here, and
// beside that what is missing is fetched, checked and stored (see fetchStage).
type catchUp struct {
	n         *Node
	peer      peer.ID
	questions *questions
	session   *reconcile.Session
	first     bool // no batch was fetched yet

	mu     sync.Mutex
	result syncResult
}

func (c *catchUp) run(ctx context.Context) error {
	stage := c.startFetching(ctx)
	err := c.compare(ctx, stage)
	if failed := stage.finish(); failed != nil { // also after an error: what is under way then is stored
		err = failed
	}
	if err != nil {
		return err
	}
	return c.fetchMissing(ctx)
}

func (c *catchUp) compare(ctx context.Context, stage *fetchStage) error {
	request, err := c.session.Open(c.n.store.Set(), hourOf(c.n.now()))
	if err != nil {
		return fmt.Errorf("reconcile: %w", err)
	}
	for request != nil {
		reply, err := c.questions.ask(frameReconcile, request, frameReconciled)
		if err != nil {
			return fmt.Errorf("reconcile: %w", err)
		}
		var need []reconcile.Item
		if request, need, err = c.session.Step(c.n.store.Set(), hourOf(c.n.now()), reply); err != nil {
			err = fmt.Errorf("reconcile: %w", err)
			if !errors.Is(err, reconcile.ErrBounds) {
				c.questions.fail(err)
			}
			return err
		}
		c.addNeeded(len(need))
		if err := stage.fetch(ctx, c.n.refused.without(need)); err != nil {
			return err
		}
	}
	return nil
}

func (c *catchUp) addNeeded(count int) {
	c.n.progress.add(count, 0)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.result.Needed += count
}

func (c *catchUp) addAbsent() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.result.Absent++
}

// stillHeld counts which of the items, that only this side held during the
// session, it still holds: what it fetched meanwhile replaced the others.
func (n *Node) stillHeld(items []reconcile.Item) int {
	set, held := n.store.Set(), 0
	for _, item := range items {
		set.Walk(item.Bound(), reconcile.Infinity(), func(at reconcile.Item) bool {
			if at == item {
				held++
			}
			return false
		})
	}
	return held
}
