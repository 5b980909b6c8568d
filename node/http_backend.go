package node

import (
	"context"
	"fmt"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"

	"courtcircuit/node/card"
	"courtcircuit/node/httpapi/api"
	"courtcircuit/protocol"
)

// httpBackend gives the HTTP interface what it asks for in its own shapes.
// What Node offers in them already is simply passed through.
type httpBackend struct{ *Node }

// Ready is nil when queries are answered and records taken.
func (b httpBackend) Ready() error { return b.CheckReady() }

// Peers lists who is connected, then who is remembered.
func (b httpBackend) Peers(context.Context) ([]api.Peer, error) {
	serves, err := b.servedBy(time.Now())
	if err != nil {
		return nil, err
	}
	list := b.Node.Peers()
	out := make([]api.Peer, len(list))
	for i, p := range list {
		out[i] = peerView(p)
		if c, ok := serves[p.ID]; ok {
			out[i].Collective = &c
		}
	}
	return out, nil
}

// maxListedCollectives bounds the look through all collectives' records for
// the peers they name.
const maxListedCollectives = 10_000

// servedBy finds, by peer id, the collective whose record names the peer, with
// the peer's own signature.
func (n *Node) servedBy(now time.Time) (map[string]api.CollectiveRef, error) {
	ids, err := n.store.ByPrefix(protocol.KindCollective, "", maxListedCollectives, now)
	if err != nil {
		return nil, fmt.Errorf("list collectives: %w", err)
	}
	serves := map[string]api.CollectiveRef{}
	for _, id := range ids {
		if n.hidden.holds(protocol.KindCollective, id) {
			continue
		}
		rec, err := n.store.ByPublicID(protocol.KindCollective, id, now)
		if err != nil {
			continue // gone since the listing
		}
		body, err := protocol.DecodeBody(n.cfg.Network, &rec)
		c, ok := body.(*protocol.Collective)
		if err != nil || !ok {
			continue
		}
		for _, l := range c.Nodes {
			serves[peer.ID(l.PeerID).String()] = api.CollectiveRef{ID: protocol.Identity(id).String(), Name: c.Name}
		}
	}
	return serves, nil
}

func peerView(p PeerInfo) api.Peer {
	return api.Peer{
		PeerID: p.ID, Addresses: p.Addrs, Connected: p.Connected, Direction: map[string]string{"in": "inbound", "out": "outbound"}[p.Direction],
		LastSeen: p.LastSeen, LastSync: p.LastCatchUp,
	}
}

// AddPeer connects to a peer and remembers it.
func (b httpBackend) AddPeer(ctx context.Context, multiaddr string) (api.Peer, error) {
	p, err := b.Node.AddPeer(ctx, multiaddr)
	return peerView(p), err
}

// Bootstrap is the list to start from, of all its sources.
func (b httpBackend) Bootstrap(context.Context) (api.Bootstrap, error) {
	list := api.Bootstrap{Network: string(b.cfg.Network), Peers: []api.BootstrapPeer{}}
	for _, p := range b.BootstrapList() {
		list.Peers = append(list.Peers, api.BootstrapPeer{Name: p.Name, Addrs: p.Addrs})
	}
	return list, nil
}

// AddBootstrap puts a peer on the home's own list.
func (b httpBackend) AddBootstrap(ctx context.Context, p api.BootstrapPeer) (api.Bootstrap, error) {
	if _, err := b.BootstrapAdd(p.Name, p.Addrs); err != nil {
		return api.Bootstrap{}, err
	}
	return b.Bootstrap(ctx)
}

// RemoveBootstrap takes a peer off the home's own list.
func (b httpBackend) RemoveBootstrap(ctx context.Context, peerID string) (api.Bootstrap, error) {
	if err := b.BootstrapRemove(peerID); err != nil {
		return api.Bootstrap{}, err
	}
	return b.Bootstrap(ctx)
}

// Events follows the hub until ctx ends. A reader too slow for the queue is
// cut off; it comes back with Last-Event-ID and misses nothing that is held.
func (b httpBackend) Events(ctx context.Context, lastEventID string) (<-chan api.Event, error) {
	sub, err := b.Node.Events(lastEventID)
	if err != nil {
		return nil, &card.Problem{Cause: card.Unavailable, Detail: err.Error()}
	}
	out := make(chan api.Event)
	go func() {
		defer close(out)
		defer sub.Close()
		for {
			select {
			case e, ok := <-sub.Events:
				if !ok || sub.Dropped() > 0 {
					return
				}
				select {
				case out <- api.Event{ID: e.ID, Type: string(e.Type), Private: e.Type == EventBrief, Data: e}:
				case <-ctx.Done():
					return
				}
			case <-ctx.Done():
				return
			}
		}
	}()
	return out, nil
}

// Warnings are the faults of the home that did not stop the start, as key
// files that others can read.
func (n *Node) Warnings() []string {
	return n.keys.Warnings()
}

// HasNobodyToAsk says that the node knows no peer to start from.
func (n *Node) HasNobodyToAsk() bool {
	return len(n.bootstrap.list()) == 0 && len(n.peers.all()) == 0
}

// PublishCards publishes several new members; the first failure ends it.
func (n *Node) PublishCards(ctx context.Context, cards []card.Profile) error {
	items := make([]api.Import, len(cards))
	for i := range cards {
		items[i] = api.Import{Profile: cards[i], Another: true}
	}
	results, err := n.PublishProfiles(ctx, items)
	if err != nil {
		return err
	}
	for i, r := range results {
		if r.Err != nil {
			return fmt.Errorf("publish %s: %w", cards[i].Name, r.Err)
		}
	}
	return nil
}
