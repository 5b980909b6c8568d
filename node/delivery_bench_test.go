package node

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/libp2p/go-libp2p"
	pubsub "github.com/libp2p/go-libp2p-pubsub"
	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/peer"
)

// BenchmarkDelivery measures from the publication at one node, two group
// commits included, to the moment a reader finds the record at the other; and
// in turn with it, as the floor, the same bytes over gossipsub alone between
// two idle hosts. All four are on loopback.
func BenchmarkDelivery(b *testing.B) {
	from, _ := runNode(b, loopConfig(b, b.TempDir()))
	to, _ := runNode(b, loopConfig(b, b.TempDir(), from.Addresses()...))
	connected := subscribed(b, from)
	if from.peerCount() == 0 {
		awaitEvent(b, connected, "connection", func(e Event) bool { return e.Type == EventPeerConnected })
	}
	raw := newRawPair(b)
	time.Sleep(3 * time.Second) // until the meshes have formed; not part of the measurement
	var stored, found, bare []time.Duration
	for b.Loop() {
		wire := profileWire(b, "test", newPerson(b), time.Now())
		bare = append(bare, raw.deliver(b, wire))
		id := recordIDOf(b, wire)
		events := subscribed(b, to)
		start := time.Now()
		if err := from.PublishRecords(context.Background(), [][]byte{wire}); err != nil {
			b.Fatal(err)
		}
		stored = append(stored, time.Since(start))
		awaitEvent(b, events, "record", func(e Event) bool { return e.RecordID == id.String() })
		if !to.HoldsRecord(id) {
			b.Fatal("reported and not found")
		}
		found = append(found, time.Since(start))
		events.Close()
	}
	for name, all := range map[string][]time.Duration{"published": stored, "found": found, "raw-gossipsub": bare} {
		slices.Sort(all)
		b.ReportMetric(float64(all[len(all)/2].Microseconds()), name+"-p50-µs")
		b.ReportMetric(float64(all[len(all)*99/100].Microseconds()), name+"-p99-µs")
	}
}

// rawPair is two hosts that speak gossipsub and nothing else.
type rawPair struct {
	from *pubsub.Topic
	at   *pubsub.Subscription
}

func newRawPair(b *testing.B) *rawPair {
	b.Helper()
	ctx, end := context.WithCancel(context.Background())
	join := func() (host.Host, *pubsub.Topic, *pubsub.Subscription) {
		h, err := libp2p.New(libp2p.ListenAddrStrings("/ip4/127.0.0.1/tcp/0", "/ip4/127.0.0.1/udp/0/quic-v1"), libp2p.DisableRelay())
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { h.Close() })
		ps, err := pubsub.NewGossipSub(ctx, h, pubsub.WithMessageSignaturePolicy(pubsub.StrictNoSign), pubsub.WithNoAuthor(), pubsub.WithMessageIdFn(messageID))
		if err != nil {
			b.Fatal(err)
		}
		topic, err := ps.Join("raw")
		if err != nil {
			b.Fatal(err)
		}
		sub, err := topic.Subscribe()
		if err != nil {
			b.Fatal(err)
		}
		return h, topic, sub
	}
	h1, topic, _ := join()
	h2, _, sub := join()
	b.Cleanup(end)
	if err := h1.Connect(ctx, peer.AddrInfo{ID: h2.ID(), Addrs: h2.Addrs()}); err != nil {
		b.Fatal(err)
	}
	return &rawPair{from: topic, at: sub}
}

func (r *rawPair) deliver(b *testing.B, data []byte) time.Duration {
	b.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	start := time.Now()
	if err := r.from.Publish(ctx, data); err != nil {
		b.Fatal(err)
	}
	if _, err := r.at.Next(ctx); err != nil {
		b.Fatal(err)
	}
	return time.Since(start)
}
