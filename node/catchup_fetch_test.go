package node

import (
	"context"
	"errors"
	"net"
	"testing"
	"time"

	"github.com/libp2p/go-libp2p/core/network"

	"courtcircuit/protocol"
	"courtcircuit/protocol/reconcile"
	"courtcircuit/store"
)

// pipeStream is one end of a stream between two nodes, without a network.
type pipeStream struct {
	network.Stream
	pipe net.Conn
}

func (s pipeStream) Read(p []byte) (int, error)         { return s.pipe.Read(p) }
func (s pipeStream) Write(p []byte) (int, error)        { return s.pipe.Write(p) }
func (s pipeStream) SetDeadline(t time.Time) error      { return s.pipe.SetDeadline(t) }
func (s pipeStream) SetReadDeadline(t time.Time) error  { return s.pipe.SetReadDeadline(t) }
func (s pipeStream) SetWriteDeadline(t time.Time) error { return s.pipe.SetWriteDeadline(t) }
func (s pipeStream) Conn() network.Conn                 { return slowConn{} }

// asking is a session in which one node asks the other, as the peer "p".
func asking(t *testing.T, asker, answerer *Node) *catchUp {
	t.Helper()
	here, there := net.Pipe()
	answered := make(chan error, 1)
	go func() { answered <- answerer.answerSync(context.Background(), pipeStream{pipe: there}) }()
	t.Cleanup(func() {
		here.Close()
		<-answered // with an error where it would have set a deadline
	})
	session, err := reconcile.NewSession(reconcile.DefaultConfig(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return &catchUp{n: asker, peer: "p", questions: newQuestions(pipeStream{pipe: here}), session: session, first: true}
}

// stopped is a node that does not run.
func stopped(t *testing.T) *Node {
	t.Helper()
	n, err := New(loopConfig(t, t.TempDir()), testLog())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { n.Close() })
	return n
}

// A body that came and could not be stored is missing still: its header is
// here, so no comparison of ranges would ever ask for it again.
func TestBodyIsMissingUntilStored(t *testing.T) {
	has, lacks := stopped(t), stopped(t)
	wire := profileWire(t, "test", newPerson(t), time.Now())
	id := recordIDOf(t, wire)
	vs, errs := has.opener.OpenBatch([][]byte{wire}, time.Now())
	if errs[0] != nil {
		t.Fatal(errs[0])
	}
	if _, err := has.ingest(t.Context(), vs, sourceLocal); err != nil {
		t.Fatal(err)
	}
	heads, err := has.store.HeadersOf([]protocol.RecordID{id})
	if err != nil {
		t.Fatal(err)
	}
	bare, errs := lacks.opener.OpenHeaders(heads, time.Now())
	if errs[0] != nil {
		t.Fatal(errs[0])
	}
	if _, err := lacks.ingest(t.Context(), bare, sourceCatchUp); err != nil {
		t.Fatal(err)
	}

	full := withStore(t, lacks, func(c *store.Config) { c.MinFreeBytes = 1 << 60 })
	if err := full.recallMissing(); err != nil {
		t.Fatal(err)
	}
	if err := asking(t, full, has).fetchMissing(t.Context()); !errors.Is(err, store.ErrDiskFull) {
		t.Fatal("the disk is full, and:", err)
	}
	if got := full.missing.of("another", 2); len(got) != 1 || got[0] != id {
		t.Errorf("others are asked for %v, want %s", got, id)
	}

	room := withStore(t, full, func(c *store.Config) { c.MinFreeBytes = -1 })
	room.missing = full.missing
	if err := asking(t, room, has).fetchMissing(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, here := room.store.BodyOf(id); !here || len(room.missing.ids) != 0 {
		t.Errorf("stored %t, %d bodies looked for still", here, len(room.missing.ids))
	}
}

// A peer that lists one record and serves another, or lists it where it does
// not expire, is at fault: what is listed elsewhere would be asked for for ever.
func TestHeaderIsTheOneListed(t *testing.T) {
	n := stopped(t)
	var vs []protocol.Verified
	for range 2 {
		v, err := n.opener.Open(profileWire(t, "test", newPerson(t), time.Now()), time.Now())
		if err != nil {
			t.Fatal(err)
		}
		vs = append(vs, v)
	}
	listed := reconcile.Item{ExpiryHour: vs[0].Record().Header.ExpiryHour(), ID: vs[0].Record().ID}
	later := reconcile.Item{ExpiryHour: listed.ExpiryHour + 1, ID: listed.ID}
	if err := n.judgeHeader(vs[0], nil, listed); err != nil {
		t.Errorf("the one listed: %v", err)
	}
	if err := n.judgeHeader(vs[1], nil, listed); !errors.Is(err, errSyncFrame) {
		t.Errorf("another record: %v", err)
	}
	if err := n.judgeHeader(vs[0], nil, later); !errors.Is(err, errSyncFrame) {
		t.Errorf("another hour: %v", err)
	}
}
