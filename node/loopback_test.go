package node

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"courtcircuit/store"
)

// Two nodes over real sockets, TCP and QUIC each: gossip, then a stop, then
// catch-up of what was missed, over the remembered port and address alone.
func TestLoopback(t *testing.T) {
	for _, transport := range []string{"/ip4/127.0.0.1/tcp/0", "/ip4/127.0.0.1/udp/0/quic-v1"} {
		t.Run(strings.Split(transport, "/")[3], func(t *testing.T) {
			homeA, homeB := t.TempDir(), t.TempDir()
			config := func(home string, bootstrap ...string) Config {
				c := loopConfig(t, home, bootstrap...)
				c.Listen = []string{transport}
				return c
			}
			a, stopA := runNode(t, config(homeA))
			address := a.Addresses()
			b, stopB := runNode(t, config(homeB, address...))
			caughtUp := subscribed(t, b)
			if !b.caughtUp() {
				awaitEvent(t, caughtUp, "catch-up", func(e Event) bool { return e.Type == EventCatchUpDone })
			}
			got := subscribed(t, b)
			wire := profileWire(t, "test", newPerson(t), time.Now())
			if err := a.PublishRecords(context.Background(), [][]byte{wire}); err != nil {
				t.Fatal(err)
			}
			id := recordIDOf(t, wire).String()
			awaitEvent(t, got, "gossip", func(e Event) bool { return e.RecordID == id })

			stopB()
			missed := profileWire(t, "test", newPerson(t), time.Now())
			if err := a.PublishRecords(context.Background(), [][]byte{missed}); err != nil {
				t.Fatal(err)
			}
			stopA()
			a, _ = runNode(t, config(homeA))
			if now := a.Addresses(); !slices.Equal(now, address) {
				t.Errorf("addresses changed over a restart: %v, before %v", now, address)
			}
			b, err := New(config(homeB), testLog()) // no bootstrap: it remembers
			if err != nil {
				t.Fatal(err)
			}
			got = subscribed(t, b)
			ctx, cancel := context.WithCancel(context.Background())
			ended := make(chan error, 1)
			go func() { ended <- b.Run(ctx) }()
			id = recordIDOf(t, missed).String()
			awaitEvent(t, got, "catch-up", func(e Event) bool { return e.RecordID == id })
			if a.ReplicaDigest() != b.ReplicaDigest() {
				t.Error("digests differ")
			}
			cancel()
			if err := <-ended; err != nil {
				t.Error(err)
			}
		})
	}
}

// A home serves one daemon, one network and no older program.
func TestHomeIsRefused(t *testing.T) {
	home := t.TempDir()
	n, err := New(loopConfig(t, home), testLog())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := New(loopConfig(t, home), testLog()); !errors.Is(err, store.ErrLocked) {
		t.Errorf("a second daemon: %v", err)
	} else if !strings.Contains(err.Error(), fmt.Sprint("process ", os.Getpid())) {
		t.Errorf("the holder is not named: %v", err)
	}
	if err := n.Close(); err != nil {
		t.Fatal(err)
	}
	other := loopConfig(t, home)
	other.Network = "demo"
	if _, err := New(other, testLog()); err == nil || !strings.Contains(err.Error(), `"test", not "demo"`) {
		t.Errorf("another network: %v", err)
	}
	version := filepath.Join(home, "VERSION")
	for _, c := range []struct {
		mark  string
		newer bool
	}{{"courtcircuit home 2\n", true}, {"courtcircuit home 0\n", false}, {"something", false}, {"", false}} {
		if err := os.WriteFile(version, []byte(c.mark), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := New(loopConfig(t, home), testLog()); err == nil || errors.Is(err, ErrNewerHome) != c.newer {
			t.Errorf("VERSION %q: %v", c.mark, err)
		}
	}
	strange := t.TempDir()
	if err := os.WriteFile(filepath.Join(strange, "holiday.jpg"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := New(loopConfig(t, strange), testLog()); err == nil || !strings.Contains(err.Error(), "holiday.jpg") {
		t.Errorf("a folder with other things: %v", err)
	}
}
