package node

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/libp2p/go-libp2p"
	pubsub "github.com/libp2p/go-libp2p-pubsub"
	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/peer"

	"courtcircuit/node/card"
	"courtcircuit/protocol"
)

// BenchmarkDelivery measures from topic.Publish at one of two idle nodes until a
// search at the other finds the record, and in turn with it, as the floor, the
// same bytes over gossipsub alone between two idle hosts. All four are on
// loopback. Beside it the parts that come on top of the floor, each alone: the
// check, the commit that makes visible, and the search. What is left of the
// difference is the way from one goroutine to the next.
func BenchmarkDelivery(b *testing.B) {
	from, to := nodePair(b)
	raw := newRawPair(b, nil)
	time.Sleep(3 * time.Second) // until the meshes have formed; not part of the measurement
	took := map[string][]time.Duration{}
	measure := func(what string, do func()) time.Duration {
		began := time.Now()
		do()
		d := time.Since(began)
		took[what] = append(took[what], d)
		return d
	}
	ctx := context.Background()
	n := 0
	events := subscribed(b, to)
	for b.Loop() {
		n++
		skill := fmt.Sprintf("savoir %d", n)
		wire := skilledWire(b, skill)
		find := func() {
			page, err := to.SearchProfiles(ctx, card.Search{Near: "Toulouse", Skills: []string{skill}})
			if err != nil || len(page.Results) != 1 {
				b.Fatal("reported and not found: ", len(page.Results), err)
			}
		}
		floor := measure("raw", func() { raw.deliver(b, wire) })
		vs, err := from.openOwn([][]byte{wire})
		if err != nil {
			b.Fatal(err)
		}
		measure("durable-at-publisher", func() { ingestAll(b, from, vs, sourceLocal) })
		id := vs[0].Record().ID.String()
		all := measure("found", func() {
			if err := from.gossip.joined().Publish(ctx, wire); err != nil {
				b.Fatal(err)
			}
			awaitEvent(b, events, "record", func(e Event) bool { return e.RecordID == id })
			find()
		})
		took["above-raw"] = append(took["above-raw"], all-floor)

		// The same steps by themselves, with somebody else.
		measure("search", find)
		wire = skilledWire(b, "graphisme")
		measure("check", func() {
			v, err := to.judge(wire, to.now())
			if err != nil {
				b.Fatal(err)
			}
			vs[0] = v
		})
		measure("commit", func() { ingestAll(b, to, vs, sourceGossip) })
	}
	for what, all := range took {
		slices.Sort(all)
		b.ReportMetric(float64(all[len(all)/2].Nanoseconds())/1000, what+"-p50-µs")
		if what == "found" || what == "raw" {
			b.ReportMetric(float64(all[len(all)*99/100].Microseconds()), what+"-p99-µs")
		}
	}
}

// BenchmarkDeliveryProcessor measures what a delivery takes of the processor, both
// ends together: between two nodes, where it is checked, admitted and stored, and
// between two hosts that check alone. One by one, so that no commit is shared.
func BenchmarkDeliveryProcessor(b *testing.B) {
	from, to := nodePair(b)
	raw := newRawPair(b, func(data []byte) error {
		v, err := to.opener.Open(data, time.Now())
		return errors.Join(err, v.BodyFault())
	})
	time.Sleep(3 * time.Second)
	ctx := context.Background()
	for _, burst := range []int{1, 64} {
		b.Run(fmt.Sprint(burst), func(b *testing.B) {
			var checked, stored time.Duration
			n := 0
			for b.Loop() {
				wires := make([][]byte, burst)
				for i := range wires {
					wires[i] = skilledWire(b, "graphisme")
				}
				n += burst
				began := processorTime(b)
				raw.deliver(b, wires...)
				between := processorTime(b)
				events := subscribed(b, to)
				for _, w := range wires {
					if err := from.gossip.joined().Publish(ctx, w); err != nil {
						b.Fatal(err)
					}
				}
				left := burst
				awaitEvent(b, events, "records", func(e Event) bool {
					if e.Type == EventRecordStored {
						left--
					}
					return left == 0
				})
				events.Close()
				checked, stored = checked+between-began, stored+processorTime(b)-between
			}
			b.ReportMetric(float64(checked.Nanoseconds())/1000/float64(n), "checked-processor-µs")
			b.ReportMetric(float64(stored.Nanoseconds())/1000/float64(n), "stored-processor-µs")
		})
	}
}

// nodePair is two nodes that are connected.
func nodePair(b *testing.B) (from, to *Node) {
	b.Helper()
	from, _ = runNode(b, loopConfig(b, b.TempDir()))
	to, _ = runNode(b, loopConfig(b, b.TempDir(), from.Addresses()...))
	connected := subscribed(b, from)
	if from.peerCount() == 0 {
		awaitEvent(b, connected, "connection", func(e Event) bool { return e.Type == EventPeerConnected })
	}
	return from, to
}

func ingestAll(b *testing.B, n *Node, vs []protocol.Verified, src source) {
	b.Helper()
	if _, err := n.ingest(context.Background(), vs, src); err != nil {
		b.Fatal(err)
	}
}

func skilledWire(b *testing.B, skill string) []byte {
	b.Helper()
	now := time.Now().UnixMilli()
	p := &protocol.Profile{Name: "Camille Moreau", Place: protocol.PlaceAt(43.6, 1.44), Skills: []string{skill}, ConfirmedAtMillis: now}
	d, err := p.Draft(nil, now)
	if err != nil {
		b.Fatal(err)
	}
	wire, err := protocol.Seal("test", newPerson(b), d)
	if err != nil {
		b.Fatal(err)
	}
	return wire
}

// rawPair is two hosts that speak gossipsub and nothing else.
type rawPair struct {
	from *pubsub.Topic
	at   *pubsub.Subscription
}

// newRawPair connects the two; check, unless it is nil, is their inline
// validator.
func newRawPair(b *testing.B, check func(data []byte) error) *rawPair {
	b.Helper()
	h1, topic, _ := newRawHost(b, check)
	h2, _, sub := newRawHost(b, check)
	if err := h1.Connect(b.Context(), peer.AddrInfo{ID: h2.ID(), Addrs: h2.Addrs()}); err != nil {
		b.Fatal(err)
	}
	return &rawPair{from: topic, at: sub}
}

func newRawHost(b *testing.B, check func(data []byte) error) (host.Host, *pubsub.Topic, *pubsub.Subscription) {
	b.Helper()
	h, err := libp2p.New(libp2p.ListenAddrStrings("/ip4/127.0.0.1/tcp/0", "/ip4/127.0.0.1/udp/0/quic-v1"), libp2p.DisableRelay())
	if err != nil {
		b.Fatal(err)
	}
	ctx, end := context.WithCancel(context.Background())
	b.Cleanup(func() {
		end()
		h.Close()
	})
	ps, err := pubsub.NewGossipSub(ctx, h, pubsub.WithMessageSignaturePolicy(pubsub.StrictNoSign), pubsub.WithNoAuthor(), pubsub.WithMessageIdFn(messageID),
		pubsub.WithPeerOutboundQueueSize(256), pubsub.WithValidateQueueSize(256))
	if err != nil {
		b.Fatal(err)
	}
	if check != nil {
		validate := func(_ context.Context, from peer.ID, m *pubsub.Message) pubsub.ValidationResult {
			if from != h.ID() && check(m.Data) != nil {
				return pubsub.ValidationReject
			}
			return pubsub.ValidationAccept
		}
		if err := ps.RegisterTopicValidator("raw", validate, pubsub.WithValidatorInline(true)); err != nil {
			b.Fatal(err)
		}
	}
	topic, err := ps.Join("raw")
	if err != nil {
		b.Fatal(err)
	}
	sub, err := topic.Subscribe(pubsub.WithBufferSize(256))
	if err != nil {
		b.Fatal(err)
	}
	return h, topic, sub
}

func (r *rawPair) deliver(b *testing.B, messages ...[]byte) {
	b.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	for _, data := range messages {
		if err := r.from.Publish(ctx, data); err != nil {
			b.Fatal(err)
		}
	}
	for range messages {
		if _, err := r.at.Next(ctx); err != nil {
			b.Fatal(err)
		}
	}
}
