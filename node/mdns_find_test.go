package node

import (
	"testing"
)

// Two nodes that know nothing of each other meet on the local network.
func TestMDNS(t *testing.T) {
	config := func() Config {
		c := loopConfig(t, t.TempDir())
		c.MDNS = true
		return c
	}
	a, _ := runNode(t, config())
	met := subscribed(t, a)
	b, _ := runNode(t, config())
	awaitEvent(t, met, "neighbour", func(e Event) bool { return e.Type == EventPeerConnected && e.Peer == b.PeerID().String() })
}
