package node

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	libp2pprotocol "github.com/libp2p/go-libp2p/core/protocol"

	"courtcircuit/protocol/reconcile"
)

func (n *Node) syncProtocol() libp2pprotocol.ID {
	return libp2pprotocol.ID(n.cfg.Network.StreamID("sync"))
}

func (n *Node) serveSync(ctx context.Context) {
	slots := n.streamSlots(n.cfg.Limits.CatchUpStreams, n.cfg.Limits.CatchUpStreamsPerPeer, boundSyncStreams, boundPeerSyncStreams)
	n.host.SetStreamHandler(n.syncProtocol(), func(s network.Stream) {
		n.handleStream(ctx, s, slots, "sync", n.answerSync)
	})
}

// answerSync answers frame after frame. All there is to know stands in each
// question, so the stream may end anywhere; and each answer is sent before
// the next question is read, so the receiver sets the pace.
func (n *Node) answerSync(ctx context.Context, s network.Stream) error {
	p, pace := s.Conn().RemotePeer(), newPace()
	if !n.answers.pay(ctx, streamCharge, n.heldRecords()) {
		return ctx.Err()
	}
	for end := time.Now().Add(syncSessionTimeout); time.Now().Before(end); {
		start := time.Now()
		if err := s.SetDeadline(pace.deadline(start)); err != nil {
			return err
		}
		t, payload, err := readFrame(s)
		if errors.Is(err, io.EOF) {
			return nil
		}
		var kind frameType
		var answer []byte
		var waited, worked time.Duration
		if err == nil {
			waited, worked, err = n.answers.work(ctx, func() (err error) {
				kind, answer, err = n.answerFrame(p, t, payload)
				return err
			})
		}
		if errors.Is(err, errSyncFrame) || errors.Is(err, reconcile.ErrProtocol) {
			n.blame(p, "sync-question", err)
		}
		if err == nil && kind != 0 {
			err = writeFrame(s, kind, answer)
		}
		if err != nil {
			if timedOut(err) {
				n.metrics.limits.reached(boundPatience)
			}
			return err
		}
		pace.spend(time.Since(start) - waited)
		pace.earn(len(answer))
		carried := frameCharge + time.Duration(len(payload)+len(answer))*byteCharge
		if !n.answers.pay(ctx, worked+carried, n.heldRecords()) {
			return ctx.Err()
		}
	}
	return errors.New("the stream was open for too long")
}

// heldRecords is how many records a whole copy of the set has.
func (n *Node) heldRecords() int {
	_, count := n.store.Set().Fold(reconcile.Bound{}, reconcile.Infinity())
	return count
}

// answerFrame gives the answer to one frame; a hint has none, of kind 0.
func (n *Node) answerFrame(p peer.ID, t frameType, payload []byte) (kind frameType, answer []byte, err error) {
	switch t {
	case frameReconcile:
		answer, err = reconcile.Respond(n.store.Set(), hourOf(n.now()), payload, reconcile.DefaultConfig())
		return frameReconciled, answer, err
	case frameWantHeaders:
		answer, err = n.answerHeaders(payload)
		return frameHeaders, answer, err
	case frameWantBodies:
		answer, err = n.answerBodies(payload)
		return frameBodies, answer, err
	case frameHint:
		n.syncs.addHinted(p, time.Now())
		return 0, nil, nil
	default:
		return 0, nil, fmt.Errorf("%w: type %d is an answer, a question expected", errSyncFrame, t)
	}
}

func (n *Node) answerHeaders(payload []byte) ([]byte, error) {
	ids, err := decodeIDs(payload, headersPerRequest)
	if err != nil {
		return nil, err
	}
	headers, err := n.store.HeadersOf(ids)
	if err != nil {
		return nil, fmt.Errorf("read headers: %w", err)
	}
	var out []byte
	for i := range headers {
		next, fits := appendHeader(out, headers[i])
		if !fits {
			break
		}
		out = next
	}
	return out, nil
}

func (n *Node) answerBodies(payload []byte) ([]byte, error) {
	ids, err := decodeIDs(payload, bodiesPerRequest)
	if err != nil {
		return nil, err
	}
	var out []byte
	err = n.store.EachBody(ids, func(body []byte, here bool) (fits bool) {
		out, fits = appendBody(out, body, here)
		return fits
	})
	if err != nil {
		return nil, fmt.Errorf("read bodies: %w", err)
	}
	return out, nil
}

// hourOf counts whole hours since the Unix epoch.
func hourOf(t time.Time) uint32 { return uint32(t.Unix() / 3600) }
