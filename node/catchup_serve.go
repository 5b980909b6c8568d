package node

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/libp2p/go-libp2p/core/network"
	libp2pprotocol "github.com/libp2p/go-libp2p/core/protocol"

	"courtcircuit/protocol/reconcile"
)

func (n *Node) syncProtocol() libp2pprotocol.ID {
	return libp2pprotocol.ID(n.cfg.Network.StreamID("sync"))
}

func (n *Node) serveSync(ctx context.Context) {
	slots := newStreamSlots(maxSyncStreams, maxSyncStreamsPerPeer)
	n.host.SetStreamHandler(n.syncProtocol(), func(s network.Stream) {
		n.handleStream(ctx, s, slots, "sync", n.answerSync)
	})
}

// answerSync answers frame after frame. All there is to know stands in each
// question, so the stream may end anywhere; and each answer is sent before
// the next question is read, so the receiver sets the pace.
func (n *Node) answerSync(_ context.Context, s network.Stream) error {
	for end := time.Now().Add(syncSessionTimeout); time.Now().Before(end); {
		if err := s.SetDeadline(time.Now().Add(syncFrameTimeout)); err != nil {
			return err
		}
		t, payload, err := readFrame(s)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil {
			err = n.answerFrame(s, t, payload)
		}
		if errors.Is(err, errSyncFrame) || errors.Is(err, reconcile.ErrProtocol) {
			n.blame(s.Conn().RemotePeer(), "sync-question", err)
		}
		if err != nil {
			return err
		}
	}
	return errors.New("the stream was open for too long")
}

func (n *Node) answerFrame(s network.Stream, t frameType, payload []byte) error {
	switch t {
	case frameReconcile:
		reply, err := reconcile.Respond(n.store.Set(), hourOf(time.Now()), payload, reconcile.DefaultConfig())
		if err != nil {
			return err
		}
		return writeFrame(s, frameReconciled, reply)
	case frameWantHeaders:
		return n.answerHeaders(s, payload)
	case frameWantBodies:
		return n.answerBodies(s, payload)
	case frameHint:
		n.syncs.addHinted(s.Conn().RemotePeer(), time.Now())
		return nil
	default:
		return fmt.Errorf("%w: type %d is an answer, a question expected", errSyncFrame, t)
	}
}

func (n *Node) answerHeaders(s network.Stream, payload []byte) error {
	ids, err := decodeIDs(payload, headersPerRequest)
	if err != nil {
		return err
	}
	headers, err := n.store.HeadersOf(ids)
	if err != nil {
		return fmt.Errorf("read headers: %w", err)
	}
	var out []byte
	for i := range headers {
		next, fits := appendHeader(out, headers[i])
		if !fits {
			break
		}
		out = next
	}
	return writeFrame(s, frameHeaders, out)
}

func (n *Node) answerBodies(s network.Stream, payload []byte) error {
	ids, err := decodeIDs(payload, bodiesPerRequest)
	if err != nil {
		return err
	}
	var out []byte
	for _, id := range ids {
		body, here := n.store.BodyOf(id)
		next, fits := appendBody(out, body, here)
		if !fits {
			break
		}
		out = next
	}
	return writeFrame(s, frameBodies, out)
}

// hourOf counts whole hours since the Unix epoch.
func hourOf(t time.Time) uint32 { return uint32(t.Unix() / 3600) }
