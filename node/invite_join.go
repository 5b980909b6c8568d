package node

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/multiformats/go-multiaddr"
	manet "github.com/multiformats/go-multiaddr/net"

	"courtcircuit/node/card"
	"courtcircuit/node/httpapi/api"
)

// Where the addresses of an invitation lead from.
const (
	reachPublic  = "public"
	reachNetwork = "network" // the local network
	reachMachine = "machine"
)

// reachOf orders addresses: what everybody can dial, relays, the local
// network, this machine.
func reachOf(a multiaddr.Multiaddr) (rank int, reach string) {
	switch {
	case manet.IsIPLoopback(a):
		return 3, reachMachine
	case isRelayed(a):
		return 1, reachPublic
	case manet.IsPrivateAddr(a):
		return 2, reachNetwork
	default: // names too
		return 0, reachPublic
	}
}

func isRelayed(a multiaddr.Multiaddr) bool {
	_, err := a.ValueForProtocol(multiaddr.P_CIRCUIT)
	return err == nil
}

// invitedAddrs are the best addresses for somebody else. Those of this machine
// are for trying out, and stand only when there are no others.
func invitedAddrs(all []multiaddr.Multiaddr) (out []multiaddr.Multiaddr, reach string) {
	out = slices.Clone(all)
	slices.SortStableFunc(out, func(a, b multiaddr.Multiaddr) int {
		x, _ := reachOf(a)
		y, _ := reachOf(b)
		return x - y
	})
	if len(out) == 0 {
		return nil, ""
	}
	if _, reach = reachOf(out[0]); reach != reachMachine {
		out = slices.DeleteFunc(out, func(a multiaddr.Multiaddr) bool { _, r := reachOf(a); return r == reachMachine })
	}
	return out[:min(len(out), maxInvitedAddrs)], reach
}

// Invite gives one line by which another node joins this one.
func (n *Node) Invite(context.Context) (api.Invite, error) {
	addrs, reach := invitedAddrs(n.host.Addrs())
	if len(addrs) == 0 {
		return api.Invite{}, &card.Problem{
			Cause: card.Conflict, Detail: "the node has no address that others could dial", Expected: "listen or announce in courtcircuit.toml",
		}
	}
	i := invitation{Network: string(n.cfg.Network), Peer: []byte(n.host.ID())}
	out := api.Invite{Network: i.Network, PeerID: n.host.ID().String(), Reach: reach}
	for _, a := range addrs {
		i.Addrs = append(i.Addrs, a.Bytes())
		out.Addresses = append(out.Addresses, a.String()+"/p2p/"+out.PeerID)
	}
	if author, _, body, err := n.collective(time.Now()); err == nil {
		id := author.Identity()
		i.Collective, i.Name = id[:], body.Name
		out.Collective = &api.CollectiveRef{ID: id.String(), Name: body.Name}
	}
	var err error
	out.Line, err = i.line()
	return out, err
}

// Join takes another node's line: the peer joins the list to start from and
// is dialled at once. A first connection that fails is no error, it is tried
// again; a peer that answers and is of another network is.
func (n *Node) Join(ctx context.Context, line string) (api.Joined, error) {
	in, err := parseInvite(line)
	if err != nil {
		return api.Joined{}, err
	}
	if err := in.fits(n.cfg); err != nil {
		return api.Joined{}, err
	}
	if in.info.ID == n.host.ID() {
		return api.Joined{}, lineProblem("another node's invitation", "the invitation is this node's own")
	}
	done := in.view()
	_, err = n.connectPeer(ctx, in.info)
	switch {
	case isProblem(err, card.Unavailable):
		done.Failure = err.Error()
	case err != nil:
		return api.Joined{}, err
	default:
		done.Connected = true
	}
	_, err = n.BootstrapAdd(in.name, in.addrs())
	return done, err
}

// JoinHome does the same for a home whose node does not run: it starts from
// that peer then.
func JoinHome(cfg Config, line string) (api.Joined, error) {
	in, err := parseInvite(line)
	if err != nil {
		return api.Joined{}, err
	}
	if err := in.fits(cfg); err != nil {
		return api.Joined{}, err
	}
	if err := openHome(cfg.Home); err != nil {
		return api.Joined{}, err
	}
	book, err := openBootstrap(cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		return api.Joined{}, err
	}
	_, err = book.add(in.name, in.addrs())
	return in.view(), err
}

func (i *invited) fits(cfg Config) error {
	if i.network != cfg.Network {
		return lineProblem(fmt.Sprintf("an invitation to network %q", cfg.Network), "the invitation is to network %q", i.network)
	}
	return nil
}

func (i *invited) view() api.Joined {
	done := api.Joined{Network: string(i.network), PeerID: i.info.ID.String(), Addresses: i.addrs()}
	if i.collective != nil {
		done.Collective = &api.CollectiveRef{ID: i.collective.String(), Name: i.name}
	}
	return done
}
