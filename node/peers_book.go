package node

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/peerstore"
	"github.com/multiformats/go-multiaddr"
)

// rememberedPeer is a peer of this network that was met, or that others told
// of. Envelope is its own signed peer record, so that it can be passed on.
type rememberedPeer struct {
	ID       string    `json:"id"`
	Addrs    []string  `json:"addrs"`
	LastSeen time.Time `json:"last_seen"` // zero: only heard of
	LastSync time.Time `json:"last_sync"` // of the last completed catch-up from it
	Heard    time.Time `json:"heard"`
	Envelope []byte    `json:"envelope,omitempty"`

	id    peer.ID
	addrs []multiaddr.Multiaddr
}

// peerBook keeps peers over restarts, bounded, in one file.
type peerBook struct {
	path   string
	log    *slog.Logger
	most   int
	limits *limitCounts

	mu      sync.Mutex
	peers   map[peer.ID]*rememberedPeer
	changed bool
}

type peersFile struct {
	Peers []*rememberedPeer `json:"peers"`
}

// openPeerBook reads the file. A damaged one is put aside: losing it costs
// acquaintances, refusing to start would cost more.
func openPeerBook(path string, most int, log *slog.Logger) (*peerBook, error) {
	b := &peerBook{path: path, log: log, most: most, peers: map[peer.ID]*rememberedPeer{}}
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return b, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read remembered peers: %w", err)
	}
	var f peersFile
	if err := json.Unmarshal(data, &f); err != nil {
		log.Warn("remembered peers unreadable, started without; the file is kept aside", "file", path+".damaged", "error", err)
		return b, os.Rename(path, path+".damaged")
	}
	for _, p := range f.Peers[:min(len(f.Peers), most)] {
		if p == nil || p.read() != nil {
			log.Warn("remembered peer skipped", "file", path)
			continue
		}
		b.peers[p.id] = p
	}
	return b, nil
}

func (p *rememberedPeer) read() (err error) {
	if p.id, err = peer.Decode(p.ID); err != nil {
		return err
	}
	for _, s := range p.Addrs[:min(len(p.Addrs), maxAddrsPerPeer)] {
		a, err := multiaddr.NewMultiaddr(s)
		if err != nil {
			return err
		}
		p.addrs = append(p.addrs, a)
	}
	return nil
}

// update makes or changes an entry. Over the bound who was not seen for the
// longest goes, and who was only heard of goes first: else one liar could
// push out everybody met by telling of many.
func (b *peerBook) update(id peer.ID, change func(*rememberedPeer)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	p, ok := b.peers[id]
	if !ok {
		p = &rememberedPeer{ID: id.String(), id: id}
	}
	change(p)
	if len(p.addrs) == 0 {
		return
	}
	if len(p.addrs) > maxAddrsPerPeer {
		p.addrs = p.addrs[:maxAddrsPerPeer]
	}
	b.peers[id] = p
	b.changed = true
	for len(b.peers) > b.most {
		b.limits.reached(boundRemembered)
		delete(b.peers, b.leastSeen())
	}
}

func (b *peerBook) forget(id peer.ID) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.peers, id)
	b.changed = true
}

func (b *peerBook) leastSeen() peer.ID {
	var least *rememberedPeer
	for _, p := range b.peers {
		if least == nil || comparePeers(p, least) < 0 {
			least = p
		}
	}
	return least.id
}

func comparePeers(a, b *rememberedPeer) int {
	if c := a.LastSeen.Compare(b.LastSeen); c != 0 {
		return c
	}
	if c := a.Heard.Compare(b.Heard); c != 0 {
		return c
	}
	return cmp.Compare(a.ID, b.ID)
}

// all lists copies, the last seen first.
func (b *peerBook) all() []rememberedPeer {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.sorted()
}

func (b *peerBook) sorted() []rememberedPeer {
	out := make([]rememberedPeer, 0, len(b.peers))
	for _, p := range b.peers {
		out = append(out, *p)
	}
	slices.SortFunc(out, func(x, y rememberedPeer) int { return comparePeers(&y, &x) })
	return out
}

func (b *peerBook) isEmpty() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.peers) == 0
}

// save forgets who was away for too long and writes the file if something
// changed.
func (b *peerBook) save(now time.Time) error {
	b.mu.Lock()
	b.forgetOld(now)
	changed := b.changed
	b.changed = false // before the list is made: what changes meanwhile is written next time
	b.mu.Unlock()
	if !changed {
		return nil
	}
	err := b.write()
	if err != nil {
		b.mu.Lock()
		b.changed = true // tried again, though nothing else changes
		b.mu.Unlock()
	}
	return err
}

// forgetOld forgets who was away for too long, but never the last seen of all:
// by a clock that is a year ahead everybody is, and who forgets them all finds
// nobody any more once it is set right.
func (b *peerBook) forgetOld(now time.Time) {
	if len(b.peers) <= keepPeersLeast {
		return
	}
	for _, p := range b.sorted()[keepPeersLeast:] {
		if last := maxTime(p.LastSeen, p.Heard); now.Sub(last) > rememberPeersFor {
			delete(b.peers, p.id)
			b.changed = true
		}
	}
}

func (b *peerBook) write() error {
	var f peersFile
	for _, p := range b.all() {
		p.Addrs = p.Addrs[:0:0]
		for _, a := range p.addrs {
			p.Addrs = append(p.Addrs, a.String())
		}
		f.Peers = append(f.Peers, &p)
	}
	data, err := json.MarshalIndent(f, "", " ")
	if err != nil {
		return fmt.Errorf("write remembered peers: %w", err)
	}
	return writeFileAtomic(b.path, data)
}

func maxTime(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// remember notes a connected peer of this network with the addresses under
// which it may be dialled again: what it announces, and where we reached it.
func (n *Node) remember(p peer.ID) {
	addrs := n.host.Peerstore().Addrs(p)
	for _, c := range n.host.Network().ConnsToPeer(p) {
		if c.Stat().Direction == network.DirOutbound && !c.Stat().Limited {
			addrs = append([]multiaddr.Multiaddr{c.RemoteMultiaddr()}, addrs...)
		}
	}
	envelope := n.envelopeOf(p)
	n.peers.update(p, func(r *rememberedPeer) {
		r.LastSeen = time.Now().UTC()
		if len(addrs) > 0 {
			r.addrs = uniqueAddrs(addrs)
		}
		if envelope != nil {
			r.Envelope = envelope
		}
	})
}

// envelopeOf is the peer's own signed record, nil if identify brought none or
// one that is larger than anybody takes.
func (n *Node) envelopeOf(p peer.ID) []byte {
	book, ok := peerstore.GetCertifiedAddrBook(n.host.Peerstore())
	if !ok {
		return nil
	}
	e := book.GetPeerRecord(p)
	if e == nil {
		return nil
	}
	data, err := e.Marshal()
	if err != nil || len(data) > maxPeerRecordBytes {
		return nil
	}
	return data
}

func uniqueAddrs(addrs []multiaddr.Multiaddr) []multiaddr.Multiaddr {
	seen := map[string]bool{}
	var out []multiaddr.Multiaddr
	for _, a := range addrs {
		if s := a.String(); !seen[s] {
			seen[s] = true
			out = append(out, a)
		}
	}
	return out
}
