package nodesim

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"time"

	pubsub "github.com/libp2p/go-libp2p-pubsub"
	pb "github.com/libp2p/go-libp2p-pubsub/pb"
	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peerstore"
	libp2pprotocol "github.com/libp2p/go-libp2p/core/protocol"
	"google.golang.org/protobuf/proto"

	"courtcircuit/protocol/reconcile"
)

// Liar is a host in the topic that sends what it likes.
type Liar struct {
	Host  host.Host
	nw    *Network
	topic *pubsub.Topic
	end   context.CancelFunc
}

// Join makes a liar and connects it to the named nodes.
func (nw *Network) Join(index int, to ...int) *Liar {
	nw.t.Helper()
	ctx, end := context.WithCancel(context.Background())
	l := &Liar{Host: nw.NewHost(index), nw: nw, end: end}
	ps, err := pubsub.NewGossipSub(ctx, l.Host,
		pubsub.WithMessageSignaturePolicy(pubsub.StrictNoSign), pubsub.WithNoAuthor(), pubsub.WithFloodPublish(true),
		pubsub.WithMessageIdFn(func(m *pb.Message) string { s := sha256.Sum256(m.GetData()); return string(s[:]) }))
	if err != nil {
		nw.t.Fatal(err)
	}
	if l.topic, err = ps.Join(NetworkName.Topic()); err != nil {
		nw.t.Fatal(err)
	}
	if _, err := l.topic.Relay(); err != nil {
		nw.t.Fatal(err)
	}
	for _, i := range to {
		if err := Connect(ctx, l.Host, i); err != nil {
			nw.t.Fatal(err)
		}
	}
	time.Sleep(3 * time.Second) // subscriptions are exchanged
	return l
}

// Send gossips the bytes as they are.
func (l *Liar) Send(data []byte) {
	l.nw.t.Helper()
	if err := l.topic.Publish(context.Background(), data); err != nil {
		l.nw.t.Fatal(err)
	}
}

// Close ends the liar.
func (l *Liar) Close() {
	l.end()
	l.Host.Close()
}

// Hears says whether the node still keeps a connection to the liar.
func (n *Node) Hears(l *Liar) bool {
	return n.Host.Network().Connectedness(l.Host.ID()) == network.Connected
}

// Answer lets the liar answer catch-up as it likes.
func (l *Liar) Answer(handle func(network.Stream)) {
	l.Host.SetStreamHandler(libp2pprotocol.ID(NetworkName.StreamID("sync")), func(s network.Stream) {
		handle(s)
		s.Reset()
	})
}

// Hint tells a node that there is something to fetch from the liar.
func (l *Liar) Hint(n *Node) error {
	s, err := l.Host.NewStream(context.Background(), n.ID(), libp2pprotocol.ID(NetworkName.StreamID("sync")))
	if err != nil {
		return err
	}
	if _, err := s.Write(frameOf(7, make([]byte, 8))); err != nil {
		return err
	}
	return s.Close()
}

func emptyDigest() [32]byte { return reconcile.Digest(reconcile.Sum{}, 0) }

// Trickle asks for one header that does not exist, again and again after each
// wait, and gives the error that ends it.
func (l *Liar) Trickle(n *Node, wait time.Duration) <-chan error {
	ended := make(chan error, 1)
	go func() {
		s, err := l.Host.NewStream(context.Background(), n.ID(), libp2pprotocol.ID(NetworkName.StreamID("sync")))
		for err == nil {
			time.Sleep(wait)
			if _, err = s.Write(frameOf(3, make([]byte, 32))); err == nil {
				_, _, err = readFrame(s)
			}
		}
		ended <- err
	}()
	return ended
}

// PruneTo has gossipsub of the node told, in the words of its peer exchange,
// to look for another host.
func (l *Liar) PruneTo(n *Node, other host.Host) error {
	book, ok := peerstore.GetCertifiedAddrBook(other.Peerstore())
	if !ok {
		return errors.New("the host signs no addresses")
	}
	signed, err := book.GetPeerRecord(other.ID()).Marshal()
	if err != nil {
		return err
	}
	topic, backoff := NetworkName.Topic(), uint64(60)
	return l.write(n, &pb.RPC{Control: &pb.ControlMessage{Prune: []*pb.ControlPrune{{
		TopicID: &topic, Backoff: &backoff, Peers: []*pb.PeerInfo{{PeerID: []byte(other.ID()), SignedPeerRecord: signed}},
	}}}})
}

// SendTogether gossips many messages to one node in one packet, as gossipsub
// answers those who ask for what they missed.
func (l *Liar) SendTogether(n *Node, messages ...[]byte) error {
	topic, rpc := NetworkName.Topic(), &pb.RPC{}
	for _, data := range messages {
		rpc.Publish = append(rpc.Publish, &pb.Message{Data: data, Topic: &topic})
	}
	return l.write(n, rpc)
}

func (l *Liar) write(n *Node, message *pb.RPC) error {
	rpc, err := proto.Marshal(message)
	if err != nil {
		return err
	}
	s, err := l.Host.NewStream(context.Background(), n.ID(), pubsub.GossipSubID_v11)
	if err != nil {
		return err
	}
	_, err = s.Write(append(binary.AppendUvarint(nil, uint64(len(rpc))), rpc...))
	return err
}
