package web

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"courtcircuit/node/access"
	"courtcircuit/node/httpapi/api"
)

// consoleNetwork is the acquaintance with other nodes. It may speak of nodes.
type consoleNetwork struct {
	Facts    []fact
	Peers    []peerRow
	More     int
	Outbox   []outboxRow
	Arrivals []arrivalRow
	Add      []consoleField
	Invite   string   // the line to give away; "" while nobody could dial this node
	Own      []string // its addresses
}

type peerRow struct {
	Name, ID, State, Seen, Sync string
	Connected                   bool
}

type outboxRow struct{ To, Messages, Since, Next string }

type arrivalRow struct{ At, Kind, Name, Address string }

const maxPeersShown = 60

func (p *Pages) showConsoleNetwork(ctx context.Context, r *http.Request, v *page, _ access.Session) (view, error) {
	return p.networkView(ctx, r, v, "")
}

func (p *Pages) networkView(ctx context.Context, r *http.Request, v *page, address string) (view, error) {
	c := p.doors.Console
	status, err := c.Status(ctx)
	if err != nil {
		return view{}, err
	}
	peers, err := c.Peers(ctx)
	if err != nil {
		return view{}, err
	}
	waiting, err := c.Outbox(ctx)
	if err != nil {
		return view{}, err
	}
	arrivals, err := c.Arrivals(ctx)
	if err != nil {
		return view{}, err
	}
	now := time.Now()
	data := &consoleNetwork{
		Facts: v.replicaFacts(status.Info), Own: status.Info.Addresses, Arrivals: v.arrivalRows(arrivals),
		Add: []consoleField{v.field("address", address, required, wide, upTo(4096))},
	}
	if invite, err := c.Invite(ctx); err == nil {
		data.Invite = invite.Line
	}
	data.Peers, data.More = v.peerRows(peers, now)
	for _, w := range waiting {
		row := outboxRow{To: w.To.Name, Messages: v.count("console_messages", w.Messages), Since: v.ago(now, w.Since)}
		if w.Next != nil {
			row.Next = v.moment(*w.Next)
		}
		data.Outbox = append(data.Outbox, row)
	}
	return p.consoleView(v, r, "console_network", "console_network.html", data), nil
}

func (v *page) replicaFacts(info api.Info) []fact {
	facts := []fact{
		{Term: v.Say("console_peers_now"), Text: v.count("console_peers", info.Peers)},
		{Term: v.Say("console_holds"), Text: v.heldLine(info.Counts)},
		{Term: v.Say("console_sync"), Text: v.known("console_sync_"+info.Sync.State, info.Sync.State)},
	}
	if info.Sync.Last != nil {
		facts = append(facts, fact{Term: v.Say("console_synced"), Text: v.moment(*info.Sync.Last)})
	}
	return append(facts,
		fact{Term: v.Say("console_digest"), Text: info.Digest[:min(16, len(info.Digest))], Code: true, Why: v.Say("console_digest_why")},
		fact{Term: v.Say("console_network_name"), Text: info.Network},
		fact{Term: v.Say("console_peer_id"), Text: info.PeerID, Code: true},
		fact{Term: v.Say("console_version"), Text: info.Version})
}

// peerRows are the connected ones first, then those seen last.
func (v *page) peerRows(peers []api.Peer, now time.Time) (rows []peerRow, more int) {
	seen := func(p api.Peer) time.Time {
		if p.LastSeen != nil {
			return *p.LastSeen
		}
		return time.Time{}
	}
	sorted := slices.SortedStableFunc(slices.Values(peers), func(a, b api.Peer) int {
		if a.Connected != b.Connected {
			return map[bool]int{true: -1, false: 1}[a.Connected]
		}
		return seen(b).Compare(seen(a))
	})
	shown, more := firstOf(sorted, maxPeersShown)
	for _, peer := range shown {
		row := peerRow{ID: peer.PeerID, Name: v.Say("console_peer_unnamed"), State: v.Say("console_peer_off"), Seen: v.ago(now, seen(peer)), Connected: peer.Connected}
		if peer.Collective != nil && peer.Collective.Name != "" {
			row.Name = peer.Collective.Name
		}
		if peer.Connected {
			row.State, row.Seen = v.Say("console_peer_on"), ""
		}
		if peer.LastSync != nil {
			row.Sync = v.ago(now, *peer.LastSync)
		}
		rows = append(rows, row)
	}
	return rows, more
}

func (v *page) arrivalRows(arrivals []Arrival) (rows []arrivalRow) {
	for _, a := range arrivals {
		row := arrivalRow{At: a.At.UTC().Format("15:04:05"), Kind: v.known("console_kind_"+a.Kind, a.Kind), Name: a.Name}
		if folder, ok := cardPages[a.Kind]; ok && a.Name != "" {
			row.Address = folder + a.ID
		}
		if row.Name == "" {
			row.Name = a.ID[:min(8, len(a.ID))]
		}
		rows = append(rows, row)
	}
	return rows
}

// cardPages are the folders of the kinds that have pages.
var cardPages = map[string]string{"profile": "/p/", "mission": "/missions/", "collective": "/c/"}

func (p *Pages) addPeer(ctx context.Context, r *http.Request, v *page, who access.Session) (view, error) {
	if err := posted(r); err != nil {
		return view{}, err
	}
	address := strings.TrimSpace(typedLine(r.PostForm.Get("address")))
	peer, refusal := p.doors.Console.AddPeer(ctx, who.Person, address)
	switch {
	case refusal == nil && peer.Connected:
		return doneAt(consolePath+"reseau", "peer_added"), nil
	case refusal == nil:
		return doneAt(consolePath+"reseau", "peer_kept"), nil
	}
	answer, err := p.networkView(ctx, r, v, address)
	if err != nil {
		return view{}, err
	}
	answer.Status, err = v.refusedAt(refusal, v.Data.(*consolePage).Body.(*consoleNetwork).Add)
	return answer, err
}
