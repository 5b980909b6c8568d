package node

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/libp2p/go-libp2p/core/event"
	"github.com/libp2p/go-libp2p/core/peer"
	libprotocol "github.com/libp2p/go-libp2p/core/protocol"
	"github.com/libp2p/go-libp2p/p2p/host/autonat"
	relayprotocol "github.com/libp2p/go-libp2p/p2p/protocol/circuitv2/proto"
)

func candidates(n *Node, most int) (ids []peer.ID) {
	for p := range n.relayCandidates(context.Background(), most) {
		ids = append(ids, p.ID)
	}
	slices.Sort(ids)
	return ids
}

// Whoever is joined while the node runs can relay for it, and a peer that is
// both listed and connected is one.
func TestRelaysAreWhoIsKnownNow(t *testing.T) {
	n := serviceNode(t, t.TempDir())
	if got := candidates(n, 8); len(got) != 0 {
		t.Fatal("candidates of a lonely node:", got)
	}
	var want []peer.ID
	for i := range 3 {
		id := somePeer(t)
		if _, err := n.bootstrap.add("", []string{fmt.Sprintf("/ip4/20.20.20.%d/tcp/4137/p2p/%s", i+1, id)}); err != nil {
			t.Fatal(err)
		}
		want = append(want, id)
	}
	connected := somePeer(t)
	want = append(want, connected)
	n.gossip.mu.Lock()
	n.gossip.present[connected], n.gossip.present[want[0]] = time.Now(), time.Now()
	n.gossip.mu.Unlock()
	slices.Sort(want)
	if got := candidates(n, 8); !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	seen := map[peer.ID]bool{}
	for range 200 { // in 200 draws of two of four each comes up, but for a chance of 2^-198
		got := candidates(n, 2)
		if len(got) != 2 {
			t.Fatalf("%d candidates, 2 were asked for", len(got))
		}
		seen[got[0]], seen[got[1]] = true, true
	}
	if len(seen) != len(want) {
		t.Errorf("%d of %d are ever asked to relay", len(seen), len(want))
	}
}

// A node that announces its address relays, and dials back for who asks: by
// that alone two others behind routers learn that they want a relay.
func TestAnnouncedNodeServesWhoHasNoAddress(t *testing.T) {
	c := loopConfig(t, t.TempDir())
	c.Announce = []string{"/ip4/20.20.20.1/tcp/4137"}
	n, stop := runNode(t, c)
	defer stop()
	sub, err := n.host.EventBus().Subscribe(new(event.EvtLocalProtocolsUpdated))
	if err != nil {
		t.Fatal(err)
	}
	defer sub.Close()
	for _, want := range []libprotocol.ID{relayprotocol.ProtoIDv2Hop, autonat.AutoNATProto} {
		for !slices.Contains(n.host.Mux().Protocols(), want) {
			select {
			case <-sub.Out():
			case <-time.After(time.Minute):
				t.Fatalf("%s is not spoken; spoken: %v", want, n.host.Mux().Protocols())
			}
		}
	}
}
