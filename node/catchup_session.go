package node

import (
	"context"
	"errors"
	"fmt"
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

	session, err := reconcile.NewSession(reconcile.DefaultConfig(), salt)
	if err != nil {
		return syncResult{}, err
	}
	c := &catchUp{n: n, peer: p, stream: s, session: session, pace: newPace()}
	c.stores = newStoreStage(ctx, n, p)
	err = c.run(ctx)
	stored, storeErr := c.stores.finish()
	c.result.Received = stored
	c.result.Rounds = session.Stats().Rounds
	if err = errors.Join(err, storeErr); err != nil {
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
		if err := c.sendHint(c.result.Have); err != nil {
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

// catchUp is the asking side of one stream. Reading and checking is here;
// storing runs beside it in a storeStage, so that the network and the disk
// work at the same time.
type catchUp struct {
	n       *Node
	peer    peer.ID
	stream  network.Stream
	session *reconcile.Session
	stores  *storeStage
	result  syncResult
	pace    pace
}

func (c *catchUp) run(ctx context.Context) error {
	request, err := c.session.Open(c.n.store.Set(), hourOf(c.n.now()))
	if err != nil {
		return fmt.Errorf("reconcile: %w", err)
	}
	for request != nil {
		reply, err := c.ask(frameReconcile, request, frameReconciled)
		if err != nil {
			return fmt.Errorf("reconcile: %w", err)
		}
		var need []reconcile.Item
		if request, need, err = c.session.Step(c.n.store.Set(), hourOf(c.n.now()), reply); err != nil {
			return fmt.Errorf("reconcile: %w", err)
		}
		c.result.Needed += len(need)
		if err := c.fetch(ctx, c.n.refused.without(need)); err != nil {
			return err
		}
	}
	return c.fetchMissing(ctx)
}

// ask sends one question and reads its answer, within the time that the pace
// of the session leaves.
func (c *catchUp) ask(t frameType, payload []byte, want frameType) ([]byte, error) {
	start := time.Now()
	defer func() { c.pace.spend(time.Since(start)) }()
	if err := c.stream.SetDeadline(c.pace.deadline(start)); err != nil {
		return nil, err
	}
	if err := writeFrame(c.stream, t, payload); err != nil {
		return nil, fmt.Errorf("send question: %w", err)
	}
	got, answer, err := readFrame(c.stream)
	if err != nil {
		return nil, fmt.Errorf("read answer: %w", err)
	}
	if got != want {
		return nil, fmt.Errorf("%w: answer of type %d, %d expected", errSyncFrame, got, want)
	}
	return answer, nil
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
