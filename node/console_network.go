package node

import (
	"context"
	"errors"
	"strings"
	"time"

	"courtcircuit/node/access"
	"courtcircuit/node/card"
	"courtcircuit/node/httpapi/api"
	"courtcircuit/node/web"
	"courtcircuit/protocol"
)

// Peers lists who is connected, then who is remembered.
func (c console) Peers(ctx context.Context) ([]api.Peer, error) { return httpBackend(c).Peers(ctx) }

// AddPeer connects to another node, by an address of it or by the line that
// it invites with. By a line the node is kept, and tried again when it is off.
func (c console) AddPeer(ctx context.Context, by access.Person, address string) (api.Peer, error) {
	if !strings.HasPrefix(address, invitePrefix) {
		p, err := c.Node.AddPeer(ctx, address)
		return peerView(p), c.noted(by, "peer-added", p.ID, err)
	}
	in, err := c.Join(ctx, address)
	if problem := (*card.Problem)(nil); errors.As(err, &problem) && problem.Field == "line" {
		at := *problem
		at.Field = "address.line"
		err = &at
	}
	return api.Peer{PeerID: in.PeerID, Connected: in.Connected}, c.noted(by, "peer-added", in.PeerID, err)
}

// Outbox is what waits for other collectives.
func (c console) Outbox(context.Context) ([]web.Waiting, error) {
	var out []web.Waiting
	for _, r := range c.OutboxStatus().Recipients {
		w := web.Waiting{To: card.Membership{ID: r.Collective, Name: r.Name}, Messages: r.Waiting, Since: r.Oldest, Failure: r.LastError}
		if w.To.Name == "" {
			w.To.Name = r.Collective[:min(8, len(r.Collective))]
		}
		if next := r.NextTry; !next.IsZero() {
			w.Next = &next
		}
		out = append(out, w)
	}
	return out, nil
}

// shownArrivals is how many of the newest records the console lists.
const shownArrivals = 30

// Arrivals are the newest records of this run, the newest first; of those that
// came several times over, the last.
func (c console) Arrivals(context.Context) ([]web.Arrival, error) {
	now := time.Now()
	var out []web.Arrival
	seen := map[string]bool{}
	for _, e := range c.events.newest() {
		if e.Type != EventRecordStored || seen[e.PublicID] || len(out) == shownArrivals {
			continue
		}
		seen[e.PublicID] = true
		a := web.Arrival{At: e.At, Kind: e.Kind, ID: e.PublicID}
		if kind, err := protocol.ParseKind(e.Kind); err == nil {
			if raw, err := protocol.ParseID(e.PublicID); err == nil {
				a.Name, _ = c.nameOf(kind, raw, now)
			}
		}
		out = append(out, a)
	}
	return out, nil
}

// newest are the held events, the newest first.
func (h *eventHub) newest() []Event {
	h.mu.Lock()
	defer h.mu.Unlock()
	size := uint64(len(h.ring))
	held := min(h.next-1, size)
	out := make([]Event, 0, held)
	for i := range held {
		out = append(out, h.ring[(h.next-1-i)%size])
	}
	return out
}
