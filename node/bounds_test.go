package node

import (
	"context"
	"fmt"
	"go/ast"
	"go/parser"
	gotoken "go/token"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	pubsub "github.com/libp2p/go-libp2p-pubsub"
	pb "github.com/libp2p/go-libp2p-pubsub/pb"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/multiformats/go-multiaddr"

	"courtcircuit/protocol"
	"courtcircuit/store"
)

// boundOf says for each constant of config_limits.go which counter tells that
// it bit, or, for what is no bound of a number, why none is needed.
var boundOf = map[string]any{
	"maxStreams": boundStreamsAll, "connectionGrace": "a time for newcomers", "handshakeTimeout": "a time",
	"maxBlockedPeers": boundBlocked, "blockedFor": "a time", "faultsUntilCutOff": "peers_cut_off_total counts it", "maxRememberedFaulty": boundFaulty,

	"maxGossipMessageBytes": "gossip_rejected_total counts it", "maxGossipControlBytes": "pubsub splits what it sends and ends the stream of what is larger",
	"maxMessagesPerPublish": boundGossipBulk, "ingestBatchRecords": "a size of batches: what is over goes into the next",

	"maxPendingSyncs": boundPendingSyncs, "syncFrameTimeout": boundPatience, "syncOpenTimeout": boundPatience, "syncSessionTimeout": boundPatience,
	"syncPatience": boundPatience, "minSyncBytesPerSecond": boundPatience, "maxSyncBackoff": "a time", "diskRetryAfter": "a time", "maxDiskRetry": "a time",
	"maxMissingBodies": boundMissingBodies, "maxBodyAskers": boundBodyAskers, "headersPerRequest": "peer_faults_total counts it",
	"bodiesPerRequest": "peer_faults_total counts it", "maxSyncFrameBytes": "peer_faults_total counts it", "maxRefusedIDs": boundRefused,
	"hintEvery": "a time: hints between are put off, not dropped", "maxUnfitPeers": boundUnfit, "unfitFor": "a time",

	"maxPeersPerAnswer": "peer_faults_total counts it", "maxPeerRecordBytes": "peer_faults_total counts it", "maxAddrsPerPeer": "the first addresses are enough to be dialled",
	"maxDialsWaiting": boundWanted, "maxBackoffPeers": boundBackoffs, "rememberPeersFor": "a time", "keepPeersLeast": "a least number", "maxPeersStreams": boundPeersStreams,
	"maxPeersStreamsOfPeer": boundPeersStreams, "peersTimeout": "a time", "maxParallelDials": "a pace: the others are dialled next", "dialTimeout": "a time; dials_total counts it",

	"eventRingLength": "who resumes too late is told by a gap", "eventQueueLength": boundEvents, "maxEventSubscriptions": boundEventReaders,
}

// A constant that is added without a counter, or without a word on why it
// needs none, fails here; so does an entry of the list for nothing.
func TestEveryConstantHasItsCounter(t *testing.T) {
	file, err := parser.ParseFile(gotoken.NewFileSet(), "config_limits.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	known, found := counters(), map[string]bool{}
	ast.Inspect(file, func(node ast.Node) bool {
		spec, ok := node.(*ast.ValueSpec)
		if !ok {
			return true
		}
		for _, name := range spec.Names {
			found[name.Name] = true
			switch at := boundOf[name.Name].(type) {
			case bound:
				if !known[at] {
					t.Errorf("%s: %q is no counter", name.Name, at)
				}
			case string:
			default:
				t.Errorf("%s has no counter in boundOf", name.Name)
			}
		}
		return true
	})
	for name := range boundOf {
		if !found[name] {
			t.Errorf("boundOf has %s, config_limits.go has not", name)
		}
	}
}

func counters() map[bound]bool {
	known := map[bound]bool{}
	for _, b := range allBounds() {
		known[b] = true
	}
	return known
}

// Every field of Limits has a row with a default that holds, is refused
// outside its bounds, can be set by its name, and stands in the operators' page.
func TestEveryLimitIsChecked(t *testing.T) {
	if rows, fields := len(limitFields), reflect.TypeFor[Limits]().NumField(); rows != fields {
		t.Errorf("%d rows, %d fields", rows, fields)
	}
	page, err := os.ReadFile("../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	at := map[*int]string{}
	one := DefaultLimits()
	if err := one.Validate(); err != nil {
		t.Fatal(err)
	}
	for _, f := range limitFields {
		if other, twice := at[f.at(&one)]; twice {
			t.Errorf("%s and %s are the same field", f.name, other)
		}
		at[f.at(&one)] = f.name
		for _, value := range []int{f.least - 1, f.most + 1, -1} {
			l := DefaultLimits()
			if err := l.Set(f.name, value); err != nil {
				t.Fatal(err)
			}
			if err := l.Validate(); err == nil || !strings.Contains(err.Error(), "limits."+f.name) {
				t.Errorf("%s = %d: %v", f.name, value, err)
			}
		}
		if row := fmt.Sprintf("| `%s` | %d |", f.name, f.byDefault); !strings.Contains(string(page), row) {
			t.Errorf("docs/operations.md has no row that begins %s", row)
		}
	}
	for _, b := range fixedBounds {
		if !strings.Contains(string(page), fmt.Sprintf("| `%s` |", b)) {
			t.Errorf("docs/operations.md has no row for %s", b)
		}
	}
	if err := one.Set("anything", 1); err == nil {
		t.Error("an unknown limit was set")
	}
	if err := (Limits{}).Validate(); err == nil {
		t.Error("no limits at all are valid")
	}
}

// biting has what makes each bound bite, at a node that does not run.
var biting = map[bound]func(*testing.T, *Node){
	boundConnections:     func(t *testing.T, n *Node) { openConnections(t, n, 17, true) },
	boundConnects:        func(t *testing.T, n *Node) { openConnections(t, n, 7, false) },
	boundAddress:         func(t *testing.T, n *Node) { openConnections(t, n, 3, false) },
	boundPeerConnections: manyConnections,
	boundStreams:         func(t *testing.T, n *Node) { openStreams(t, n, 9, 1, 100) },
	boundStreamRate:      func(t *testing.T, n *Node) { openStreams(t, n, 11, 1, 1) },
	boundStreamsAll:      func(t *testing.T, n *Node) { openStreams(t, n, 200, 40, 100) },
	boundMemory: func(t *testing.T, n *Node) {
		_ = guardOf(t, n, nil).ViewSystem(func(s network.ResourceScope) error { return s.ReserveMemory(1<<30, network.ReservationPriorityAlways) })
	},
	boundSyncStreams:     func(_ *testing.T, n *Node) { takeAll(n.streamSlots(3, 2, boundSyncStreams, boundPeerSyncStreams), 4) },
	boundPeerSyncStreams: func(_ *testing.T, n *Node) { takeAll(n.streamSlots(99, 0, boundSyncStreams, boundPeerSyncStreams), 1) },
	boundPeersStreams:    func(_ *testing.T, n *Node) { takeAll(n.streamSlots(1, 1, boundPeersStreams, boundPeersStreams), 2) },
	boundMessageStreams:  func(_ *testing.T, n *Node) { takeAll(n.streamSlots(1, 1, boundMessageStreams, boundMessageStreams), 2) },
	boundSessions: func(_ *testing.T, n *Node) {
		for i := range n.syncs.most + 1 {
			n.syncs.add(peer.ID(fmt.Sprint(i)), syncOnConnect)
		}
		n.syncs.due(time.Now().Add(time.Second), nil)
	},
	boundPendingSyncs: func(_ *testing.T, n *Node) {
		for i := range maxPendingSyncs + 1 {
			n.syncs.add(peer.ID(fmt.Sprint(i)), syncOnConnect)
		}
	},
	boundAnswers: func(_ *testing.T, n *Node) {
		ctx, end := context.WithCancel(context.Background())
		end()
		n.answers.pay(ctx, time.Hour, 0)
		n.answers.pay(ctx, time.Hour, 0)
	},
	boundGossipQueue: func(_ *testing.T, n *Node) {
		(&gossipTracer{n}).DropRPC(&pubsub.RPC{RPC: pb.RPC{Publish: []*pb.Message{{}}}}, "p")
	},
	boundGossipWaiting: func(_ *testing.T, n *Node) {
		for range cap(n.gossip.received) + 1 {
			n.receive(protocol.Verified{}, "p")
		}
	},
	boundGossipBulk: func(t *testing.T, n *Node) {
		if err := n.joinGossip(t.Context()); err != nil {
			t.Fatal(err)
		}
		n.tell(t.Context(), make([][]byte, maxMessagesPerPublish+1))
	},
	boundRemembered: func(t *testing.T, n *Node) {
		for range n.cfg.Limits.RememberedPeers + 1 {
			n.peers.update(somePeer(t), func(p *rememberedPeer) {
				p.Heard, p.addrs = time.Now(), []multiaddr.Multiaddr{multiaddr.StringCast("/ip4/192.0.2.1/tcp/1")}
			})
		}
	},
	boundFreeSpace: func(t *testing.T, n *Node) {
		n = withStore(t, n, func(c *store.Config) { c.MinFreeBytes = 1 << 60 })
		storeForeign(t, n)
	},
	boundDisk: func(_ *testing.T, n *Node) {
		// Badger looks at its files once a minute; that the store refuses and
		// counts is its own test.
		n.metrics.limits.store = func() store.Stats { return store.Stats{RefusedOver: 1} }
	},
	boundPatience: func(t *testing.T, n *Node) {
		if err := n.answerSync(t.Context(), slowStream{n: n}); err == nil {
			t.Error("no error of a slow stream")
		}
	},
	boundMissingBodies: func(_ *testing.T, n *Node) {
		for i := range maxMissingBodies + 1 {
			n.missing.add(protocol.RecordID{byte(i), byte(i >> 8)}, "p")
		}
	},
	boundBodyAskers: func(_ *testing.T, n *Node) {
		for i := range maxBodyAskers + 1 {
			n.missing.add(protocol.RecordID{}, peer.ID(fmt.Sprint(i)))
		}
	},
	boundRefused: func(_ *testing.T, n *Node) {
		for i := range maxRefusedIDs + 2 {
			n.refused.add(protocol.RecordID{byte(i), byte(i >> 8), byte(i >> 16)})
		}
	},
	boundUnfit: func(_ *testing.T, n *Node) {
		for i := range maxUnfitPeers + 1 {
			n.gossip.leaveOut(peer.ID(fmt.Sprint(i)), time.Now().Add(time.Hour))
		}
	},
	boundBlocked: func(_ *testing.T, n *Node) {
		for i := range maxBlockedPeers + 1 {
			n.faults.block(peer.ID(fmt.Sprint(i)), time.Now())
		}
	},
	boundFaulty: func(_ *testing.T, n *Node) {
		for i := range maxRememberedFaulty + 1 {
			n.faults.add(peer.ID(fmt.Sprint(i)), time.Now())
		}
	},
	boundWanted: func(_ *testing.T, n *Node) {
		for i := range maxDialsWaiting + 1 {
			n.dialler.want(peer.AddrInfo{ID: peer.ID(fmt.Sprint(i))})
		}
	},
	boundBackoffs: func(t *testing.T, n *Node) {
		for i := range maxBackoffPeers {
			n.dialler.backoff[peer.ID(fmt.Sprint(i))] = dialBackoff{}
		}
		n.dialler.dial(t.Context(), peer.AddrInfo{ID: somePeer(t)})
	},
	boundEventReaders: func(_ *testing.T, n *Node) {
		for range maxEventSubscriptions + 1 {
			_, _ = n.Events("")
		}
	},
	boundEvents: func(t *testing.T, n *Node) {
		if _, err := n.Events(""); err != nil {
			t.Fatal(err)
		}
		for range eventQueueLength + 1 {
			n.events.emit(Event{Type: EventPeerConnected})
		}
	},
}

// Every bound is made to bite, and its counter, as /metrics shows it, must
// have said so; a bound that is added without a way to bite fails.
func TestEveryBoundIsCounted(t *testing.T) {
	for _, b := range allBounds() {
		t.Run(string(b), func(t *testing.T) {
			bite := biting[b]
			if bite == nil {
				t.Fatal("nothing here makes it bite")
			}
			n, err := New(loopConfig(t, t.TempDir()), testLog())
			if err != nil {
				t.Fatal(err)
			}
			defer func() { n.Close() }()
			if before, shown := limitReached(t, n, b); !shown || before != 0 {
				t.Fatalf("before: %v, shown %t", before, shown)
			}
			bite(t, n)
			if after, _ := limitReached(t, n, b); after == 0 {
				t.Error("it bit and was not counted")
			}
		})
	}
}

// limitReached is what /metrics says of a bound.
func limitReached(t *testing.T, n *Node, b bound) (value float64, shown bool) {
	t.Helper()
	families, err := n.Metrics().Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if f.GetName() != metricsPrefix+"limit_reached_total" {
			continue
		}
		for _, m := range f.GetMetric() {
			if m.GetLabel()[0].GetValue() == string(b) {
				return m.GetCounter().GetValue(), true
			}
		}
	}
	return 0, false
}
