package node

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	pubsub "github.com/libp2p/go-libp2p-pubsub"
	pb "github.com/libp2p/go-libp2p-pubsub/pb"
	"github.com/libp2p/go-libp2p/core/peer"

	"courtcircuit/protocol"
	"courtcircuit/store"
)

// What each message gets, and whether its header is kept. Only what the bytes
// alone prove blames the sender: everything else may differ between two
// honest nodes.
func TestVerdicts(t *testing.T) {
	n, err := New(loopConfig(t, t.TempDir()), testLog())
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close()
	now := time.Now()
	person := newPerson(t)
	good := profileWire(t, "test", person, now)
	broken := append([]byte{}, good...)
	broken[len(broken)-1] ^= 1
	held := profileWire(t, "test", newPerson(t), now)
	replaced := newPerson(t)
	for _, wire := range [][]byte{held, profileWire(t, "test", replaced, now)} {
		if err := n.publishWires(context.Background(), [][]byte{wire}); err != nil {
			t.Fatal(err)
		}
	}
	unknown, err := protocol.Seal("test", person, protocol.Draft{Kind: 1500, IssuedAtMillis: now.UnixMilli(), BodyVersion: 1, Body: []byte("x")})
	if err != nil {
		t.Fatal(err)
	}
	other := peer.ID("somebody else")
	for _, c := range []struct {
		name string
		from peer.ID
		data []byte
		want pubsub.ValidationResult
		kept bool
	}{
		{"good", other, good, pubsub.ValidationAccept, true},
		{"own", n.host.ID(), held, pubsub.ValidationAccept, false},
		{"held already", other, held, pubsub.ValidationIgnore, false},
		{"replaced", other, profileWire(t, "test", replaced, now.Add(-time.Hour)), pubsub.ValidationIgnore, false},
		{"early", other, profileWire(t, "test", newPerson(t), now.Add(time.Hour)), pubsub.ValidationIgnore, false},
		{"expired", other, profileWire(t, "test", newPerson(t), now.Add(-100*24*time.Hour)), pubsub.ValidationIgnore, false},
		{"unknown kind", other, unknown, pubsub.ValidationIgnore, true},
		{"one byte changed", other, broken, pubsub.ValidationReject, false},
		{"another network", other, profileWire(t, "demo", person, now), pubsub.ValidationReject, false},
		{"no record", other, []byte("junk"), pubsub.ValidationReject, false},
		{"empty", other, nil, pubsub.ValidationReject, false},
		{"too large", other, make([]byte, protocol.MaxRecordBytes+1), pubsub.ValidationReject, false},
	} {
		got := n.validateRecord(context.Background(), c.from, &pubsub.Message{Message: &pb.Message{Data: c.data}})
		kept := len(n.gossip.received) == 1
		for len(n.gossip.received) > 0 {
			<-n.gossip.received
		}
		if got != c.want || kept != c.kept {
			t.Errorf("%s: verdict %d kept %t, want %d and %t", c.name, got, kept, c.want, c.kept)
		}
	}
	for _, local := range []error{store.ErrDiskFull, store.ErrClosed, context.Canceled, errors.New("anything"), fmt.Errorf("x: %w", protocol.ErrStale)} {
		if got := n.verdictOf(local); got != pubsub.ValidationIgnore {
			t.Errorf("%v blames the sender: %d", local, got)
		}
	}
}

// A burst that finds no room is counted and asks for a catch-up; it never
// blocks pubsub.
func TestReceiveOverflows(t *testing.T) {
	n, err := New(loopConfig(t, t.TempDir()), testLog())
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close()
	vs, errs := n.opener.OpenBatch([][]byte{profileWire(t, "test", newPerson(t), time.Now())}, time.Now())
	if errs[0] != nil {
		t.Fatal(errs[0])
	}
	for range cap(n.gossip.received) {
		n.receive(vs[0], "sender")
	}
	if n.syncs.waiting() != 0 {
		t.Fatal("a catch-up was asked for while there was room")
	}
	n.receive(vs[0], "sender")
	tasks, _, _ := n.syncs.due(time.Now().Add(time.Minute), nil)
	if len(tasks) != 1 || tasks[0].peer != "sender" || tasks[0].reason != syncAny {
		t.Errorf("a lost record asks for %v", tasks)
	}
}
