package nodesim

import (
	"context"
	"encoding/binary"
	"io"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/libp2p/go-libp2p/core/network"
	libp2pprotocol "github.com/libp2p/go-libp2p/core/protocol"

	"courtcircuit/protocol"
	"courtcircuit/protocol/reconcile"
	"courtcircuit/store"
)

// Shelf answers catch-up from records given to it as a node does, except for
// the faults that its fields name. Set them before the first question.
type Shelf struct {
	HoursOff int32         // how far its clock is ahead
	NoBodies bool          // it says of every body that it is not here
	OneEach  bool          // one header or body an answer
	Wait     time.Duration // before each answer
	Refuse   atomic.Bool   // streams are reset
	Streams  atomic.Int32  // how many were opened
	CutAfter int           // answers of a stream before it is reset; 0: never
	// Asked is told of every question, how many of the stream came before it, and the ids that it names.
	Asked func(kind byte, before int, question []byte, ids []protocol.RecordID)

	t       testing.TB
	opener  *protocol.Opener
	store   *store.Store
	serving sync.WaitGroup
	closed  chan struct{}
}

// NewShelf puts the records on a shelf. Close it.
func NewShelf(t testing.TB, wires ...[]byte) *Shelf {
	t.Helper()
	opener, err := protocol.NewOpener(NetworkName, 100)
	if err != nil {
		t.Fatal(err)
	}
	c := store.DefaultConfig("")
	c.InMemory, c.Simulated, c.BallastBytes, c.MinFreeBytes = true, true, 0, -1
	s := &Shelf{t: t, opener: opener, closed: make(chan struct{})}
	if s.store, err = store.Open(c, opener, nilLog); err != nil {
		t.Fatal(err)
	}
	s.Add(wires...)
	return s
}

// Add puts further records on the shelf and tells nobody.
func (s *Shelf) Add(wires ...[]byte) {
	s.t.Helper()
	for _, w := range wires {
		v, err := s.opener.Open(w, time.Now())
		if err == nil {
			_, err = s.store.Put(context.Background(), v, time.Now())
		}
		if err != nil {
			s.t.Fatal(err)
		}
	}
}

// Close ends what is served and frees the shelf; close the liar before.
func (s *Shelf) Close() {
	close(s.closed)
	s.serving.Wait()
	if err := s.store.Close(); err != nil {
		s.t.Error(err)
	}
}

// IDs are those of all records on the shelf.
func (s *Shelf) IDs() (ids []protocol.RecordID) {
	s.store.Set().Walk(reconcile.Bound{}, reconcile.Infinity(), func(item reconcile.Item) bool {
		ids = append(ids, item.ID)
		return true
	})
	return ids
}

// Digest is the digest of what stands on the shelf.
func (s *Shelf) Digest() [32]byte { return s.store.Digest(time.Now()) }

func (s *Shelf) hour() uint32 { return uint32(time.Now().Unix()/3600) + uint32(s.HoursOff) }

// Ask reconciles the shelf with a node as far as one answer, by the shelf's
// clock.
func (s *Shelf) Ask(l *Liar, n *Node) error {
	session, err := reconcile.NewSession(reconcile.DefaultConfig(), nil)
	if err != nil {
		return err
	}
	question, err := session.Open(s.store.Set(), s.hour())
	if err != nil {
		return err
	}
	stream, err := l.Host.NewStream(context.Background(), n.ID(), libp2pprotocol.ID(NetworkName.StreamID("sync")))
	if err != nil {
		return err
	}
	defer stream.Reset()
	if _, err := stream.Write(frameOf(1, question)); err != nil {
		return err
	}
	_, answer, err := readFrame(stream)
	if err == nil {
		_, _, err = session.Step(s.store.Set(), s.hour(), answer)
	}
	return err
}

// Serve answers one stream until its end; it is given to Liar.Answer.
func (s *Shelf) Serve(stream network.Stream) {
	s.serving.Add(1)
	defer s.serving.Done()
	s.Streams.Add(1)
	for answered := 0; !s.Refuse.Load(); answered++ {
		kind, question, err := readFrame(stream)
		if err != nil {
			return
		}
		if s.CutAfter > 0 && answered == s.CutAfter {
			stream.Reset()
			return
		}
		if s.Asked != nil {
			s.Asked(kind, answered, question, idsOf(question))
		}
		select {
		case <-time.After(s.Wait):
		case <-s.closed:
			return
		}
		var answer []byte
		switch kind {
		case 1:
			answer, err = reconcile.Respond(s.store.Set(), s.hour(), question, reconcile.DefaultConfig())
		case 3:
			answer, err = s.headers(question)
		case 5:
			answer = s.bodies(question)
		default:
			continue // a hint
		}
		if err != nil {
			return
		}
		if _, err := stream.Write(frameOf(kind+1, answer)); err != nil {
			return
		}
	}
}

func (s *Shelf) headers(question []byte) (out []byte, err error) {
	headers, err := s.store.HeadersOf(idsOf(question))
	for _, h := range headers {
		out = binary.BigEndian.AppendUint16(out, uint16(len(h.Header)))
		if len(h.Header) > 0 {
			out = append(append(out, h.Header...), h.Signature[:]...)
		}
		if s.OneEach {
			break
		}
	}
	return out, err
}

func (s *Shelf) bodies(question []byte) (out []byte) {
	for _, id := range idsOf(question) {
		body, here := s.store.BodyOf(id)
		if here && !s.NoBodies {
			out = append(binary.BigEndian.AppendUint32(out, uint32(len(body)+1)), body...)
		} else {
			out = binary.BigEndian.AppendUint32(out, 0)
		}
		if s.OneEach {
			break
		}
	}
	return out
}

func idsOf(question []byte) []protocol.RecordID {
	var ids []protocol.RecordID
	for ; len(question) >= 32; question = question[32:] {
		ids = append(ids, protocol.RecordID(question))
	}
	return ids
}

func frameOf(kind byte, payload []byte) []byte {
	return append(binary.BigEndian.AppendUint32([]byte{kind}, uint32(len(payload))), payload...)
}

func readFrame(r io.Reader) (kind byte, payload []byte, err error) {
	var head [5]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return 0, nil, err
	}
	payload = make([]byte, binary.BigEndian.Uint32(head[1:]))
	_, err = io.ReadFull(r, payload)
	return head[0], payload, err
}
