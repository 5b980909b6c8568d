package node

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/peerstore"
	libp2pprotocol "github.com/libp2p/go-libp2p/core/protocol"
	"github.com/libp2p/go-libp2p/core/record"
	"github.com/multiformats/go-multiaddr"
	manet "github.com/multiformats/go-multiaddr/net"
)

// The peers stream: whoever opens it says nothing and gets up to 32 signed
// peer records, each behind its length in two bytes big-endian, then the end
// of the stream. Each record is signed by the peer it speaks of, so nobody can
// be sent to a wrong address under somebody's name.

func (n *Node) peersProtocol() libp2pprotocol.ID {
	return libp2pprotocol.ID(n.cfg.Network.StreamID("peers"))
}

// toldFor is how long a peer is passed on after it was last seen.
const toldFor = 7 * 24 * time.Hour

func (n *Node) servePeers(ctx context.Context) {
	slots := n.streamSlots(maxPeersStreams, maxPeersStreamsOfPeer, boundPeersStreams, boundPeersStreams)
	n.host.SetStreamHandler(n.peersProtocol(), func(s network.Stream) {
		n.handleStream(ctx, s, slots, "peers", n.answerPeers)
	})
}

func (n *Node) answerPeers(_ context.Context, s network.Stream) error {
	if err := s.SetDeadline(time.Now().Add(peersTimeout)); err != nil {
		return err
	}
	asker := s.Conn().RemotePeer()
	now := time.Now()
	var out []byte
	sent := 0
	for _, p := range n.peers.all() {
		if sent == maxPeersPerAnswer {
			break
		}
		if p.id == asker || len(p.Envelope) == 0 || now.Sub(p.LastSeen) > toldFor {
			continue
		}
		out = binary.BigEndian.AppendUint16(out, uint16(len(p.Envelope)))
		out = append(out, p.Envelope...)
		sent++
	}
	if _, err := s.Write(out); err != nil {
		return err
	}
	return s.CloseWrite()
}

// askPeers asks one peer for others and notes those that may be dialled.
func (n *Node) askPeers(ctx context.Context, p peer.ID) error {
	ctx, cancel := context.WithTimeout(ctx, peersTimeout)
	defer cancel()
	s, err := n.host.NewStream(network.WithNoDial(ctx, "peers"), p, n.peersProtocol())
	if err != nil {
		return err
	}
	defer s.Reset()
	if err := s.SetDeadline(time.Now().Add(peersTimeout)); err != nil {
		return err
	}
	if err := s.CloseWrite(); err != nil {
		return err
	}
	records, err := readPeerRecords(s)
	if err != nil {
		if errors.Is(err, errPeersAnswer) {
			n.blame(p, "peers", err)
		}
		return err
	}
	teller := s.Conn().RemoteMultiaddr()
	for _, r := range records {
		n.heardOf(r, teller)
	}
	return nil
}

// signedPeer is a peer record whose signature was checked.
type signedPeer struct {
	id       peer.ID
	addrs    []multiaddr.Multiaddr
	envelope *record.Envelope
	wire     []byte
}

var errPeersAnswer = errors.New("answer about peers")

// readPeerRecords reads an answer; an error that wraps errPeersAnswer is
// proved by its bytes.
func readPeerRecords(r io.Reader) ([]signedPeer, error) {
	var out []signedPeer
	for {
		var length [2]byte
		if _, err := io.ReadFull(r, length[:]); err != nil {
			if errors.Is(err, io.EOF) {
				return out, nil
			}
			return nil, fmt.Errorf("read answer about peers: %w", err)
		}
		size := binary.BigEndian.Uint16(length[:])
		if size == 0 || size > maxPeerRecordBytes {
			return nil, fmt.Errorf("%w: record of %d bytes, 1 to %d expected", errPeersAnswer, size, maxPeerRecordBytes)
		}
		if len(out) == maxPeersPerAnswer {
			return nil, fmt.Errorf("%w: more than %d records", errPeersAnswer, maxPeersPerAnswer)
		}
		wire := make([]byte, size)
		if _, err := io.ReadFull(r, wire); err != nil {
			return nil, fmt.Errorf("read answer about peers: %w", err)
		}
		p, err := openPeerRecord(wire)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", errPeersAnswer, err)
		}
		out = append(out, p)
	}
}

// openPeerRecord checks the signature, and that its key is the peer's own.
func openPeerRecord(wire []byte) (signedPeer, error) {
	envelope, rec, err := record.ConsumeEnvelope(wire, peer.PeerRecordEnvelopeDomain)
	if err != nil {
		return signedPeer{}, fmt.Errorf("peer record: %w", err)
	}
	p, ok := rec.(*peer.PeerRecord)
	if !ok {
		return signedPeer{}, fmt.Errorf("peer record of type %T", rec)
	}
	if !p.PeerID.MatchesPublicKey(envelope.PublicKey) {
		return signedPeer{}, fmt.Errorf("peer record of %s signed by another key", p.PeerID)
	}
	return signedPeer{id: p.PeerID, addrs: p.Addrs, envelope: envelope, wire: wire}, nil
}

// heardOf notes a peer that another told of. Nobody may make this node knock
// on addresses of its own machine or network from outside: private ones count
// only when the teller itself speaks from such a network.
func (n *Node) heardOf(r signedPeer, teller multiaddr.Multiaddr) {
	if r.id == n.host.ID() || n.faults.isBlocked(r.id) {
		return
	}
	var addrs []multiaddr.Multiaddr
	for _, a := range r.addrs {
		if mayDial(a, teller) && len(addrs) < maxAddrsPerPeer {
			addrs = append(addrs, a)
		}
	}
	if len(addrs) == 0 {
		return
	}
	if book, ok := peerstore.GetCertifiedAddrBook(n.host.Peerstore()); ok && len(addrs) == len(r.addrs) {
		if _, err := book.ConsumePeerRecord(r.envelope, peerstore.TempAddrTTL); err != nil {
			n.log.Debug("peer record not taken", "peer", r.id.String(), "error", err)
		}
	}
	n.peers.update(r.id, func(p *rememberedPeer) {
		p.Heard = time.Now().UTC()
		if p.LastSeen.IsZero() || len(p.addrs) == 0 {
			p.addrs = addrs
		} else {
			p.addrs = uniqueAddrs(append(p.addrs, addrs...))
		}
		if len(p.Envelope) == 0 {
			p.Envelope = r.wire
		}
	})
	n.dialler.wakeUp()
}

func mayDial(a, teller multiaddr.Multiaddr) bool {
	switch {
	case manet.IsIPUnspecified(a):
		return false
	case manet.IsIPLoopback(a):
		return manet.IsIPLoopback(teller)
	case manet.IsPrivateAddr(a):
		return manet.IsPrivateAddr(teller) || manet.IsIPLoopback(teller)
	default:
		return true
	}
}
