package node

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/libp2p/go-libp2p/core/peer"

	"courtcircuit/node/card"
	"courtcircuit/protocol"
)

// bootstrapBook merges the lists of peers to start from: what ships with the
// program, what the configuration names, and the home's own bootstrap.json,
// the only one that is edited here.
type bootstrapBook struct {
	network protocol.Network
	path    string

	mu    sync.Mutex
	given []BootstrapPeer // shipped and configured
	own   []BootstrapPeer // of the home
}

const (
	sourceShipped     = "built in"
	sourceCommandLine = "command line"
)

func openBootstrap(cfg Config, log *slog.Logger) (*bootstrapBook, error) {
	return readBootstrap(cfg, func(err error) {
		if err != nil {
			log.Warn("bootstrap", "error", err)
		}
	})
}

// readBootstrap reads all lists; note gets what is wrong with single entries.
func readBootstrap(cfg Config, note func(error)) (*bootstrapBook, error) {
	b := &bootstrapBook{network: cfg.Network, path: filepath.Join(cfg.Home, "bootstrap.json")}
	if len(cfg.DefaultBootstrap) > 0 {
		peers, faults, err := parseBootstrap(sourceShipped, cfg.DefaultBootstrap, cfg.Network)
		if cfg.Network == protocol.MainNetwork {
			// Elsewhere the list that ships is of course for another network.
			note(errors.Join(append(faults, err)...))
		}
		b.given = append(b.given, peers...)
	}
	for _, s := range cfg.Bootstrap {
		peers, err := readBootstrapArgument(s, cfg.Network, note)
		if err != nil {
			return nil, err
		}
		b.given = append(b.given, peers...)
	}
	data, err := os.ReadFile(b.path)
	if errors.Is(err, fs.ErrNotExist) {
		return b, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read bootstrap list: %w", err)
	}
	peers, faults, err := parseBootstrap(b.path, data, cfg.Network)
	note(errors.Join(append(faults, err)...))
	b.own = peers
	return b, nil
}

// readBootstrapArgument reads what an operator named: a multiaddr or a file.
// What cannot be read at all is an error: the operator is there to see it.
func readBootstrapArgument(s string, n protocol.Network, note func(error)) ([]BootstrapPeer, error) {
	if strings.HasPrefix(s, "/") && strings.Contains(s, "/p2p/") {
		p := BootstrapPeer{Addrs: []string{s}, Source: sourceCommandLine}
		if err := p.resolve(); err != nil {
			return nil, fmt.Errorf("bootstrap: %w", err)
		}
		return []BootstrapPeer{p}, nil
	}
	data, err := os.ReadFile(s)
	if err != nil {
		return nil, fmt.Errorf("bootstrap %q: expected the path of a bootstrap.json or a multiaddr ending in /p2p/…: %w", s, err)
	}
	peers, faults, err := parseBootstrap(s, data, n)
	if err != nil {
		return nil, fmt.Errorf("bootstrap: %w", err)
	}
	note(errors.Join(faults...))
	return peers, nil
}

// list merges all entries by peer, the home's first.
func (b *bootstrapBook) list() []BootstrapPeer {
	b.mu.Lock()
	defer b.mu.Unlock()
	var out []BootstrapPeer
	at := map[peer.ID]int{}
	for _, list := range [][]BootstrapPeer{b.own, b.given} {
		for _, p := range list {
			i, known := at[p.info.ID]
			if !known {
				at[p.info.ID] = len(out)
				out = append(out, p)
				continue
			}
			out[i].Addrs = mergeStrings(out[i].Addrs, p.Addrs)
			_ = out[i].resolve() // both were resolved before
		}
	}
	return out
}

func mergeStrings(a, more []string) []string {
	out := append([]string{}, a...)
	for _, s := range more {
		known := false
		for _, have := range out {
			known = known || have == s
		}
		if !known && len(out) < maxAddrsPerPeer {
			out = append(out, s)
		}
	}
	return out
}

func (b *bootstrapBook) infos() []peer.AddrInfo {
	var out []peer.AddrInfo
	for _, p := range b.list() {
		out = append(out, p.info)
	}
	return out
}

// has is asked at every look at a peer's score, so it builds nothing.
func (b *bootstrapBook) has(id peer.ID) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, list := range [][]BootstrapPeer{b.own, b.given} {
		for i := range list {
			if list[i].info.ID == id {
				return true
			}
		}
	}
	return false
}

type bootstrapFile struct {
	Network protocol.Network `json:"network"`
	Peers   []BootstrapPeer  `json:"peers"`
}

func (b *bootstrapBook) encode(peers []BootstrapPeer) ([]byte, error) {
	f := bootstrapFile{Network: b.network, Peers: peers}
	if f.Peers == nil {
		f.Peers = []BootstrapPeer{}
	}
	out, err := json.MarshalIndent(f, "", "  ")
	return append(out, '\n'), err
}

// change edits the home's list and writes it before it counts.
func (b *bootstrapBook) change(edit func([]BootstrapPeer) ([]BootstrapPeer, error)) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	next, err := edit(append([]BootstrapPeer{}, b.own...))
	if err != nil {
		return err
	}
	data, err := b.encode(next)
	if err != nil {
		return err
	}
	if err := writeFileAtomic(b.path, data); err != nil {
		return err
	}
	b.own = next
	return nil
}

// BootstrapList lists the peers to start from, of all lists together.
func (n *Node) BootstrapList() []BootstrapPeer { return n.bootstrap.list() }

// BootstrapAdd puts a peer into the home's list, or further addresses of one
// that is there, and dials it. Problems are *card.Problem.
func (n *Node) BootstrapAdd(name string, addrs []string) (BootstrapPeer, error) {
	p, err := n.bootstrap.add(name, addrs)
	if err == nil {
		n.dialler.want(p.info)
	}
	return p, err
}

func (b *bootstrapBook) add(name string, addrs []string) (BootstrapPeer, error) {
	p := BootstrapPeer{Name: name, Addrs: addrs, Source: b.path}
	if err := p.resolve(); err != nil {
		return p, &card.Problem{Cause: card.Invalid, Field: "addrs", Detail: err.Error()}
	}
	err := b.change(func(own []BootstrapPeer) ([]BootstrapPeer, error) {
		for i := range own {
			if own[i].info.ID == p.info.ID {
				own[i].Addrs = mergeStrings(p.Addrs, own[i].Addrs)
				if name != "" {
					own[i].Name = name
				}
				p = own[i]
				return own, own[i].resolve()
			}
		}
		if len(own) >= maxBootstrapPeers {
			return nil, &card.Problem{Cause: card.Conflict, Detail: "the bootstrap list is full", Expected: fmt.Sprintf("at most %d peers", maxBootstrapPeers)}
		}
		return append(own, p), nil
	})
	return p, err
}

// BootstrapRemove takes a peer, named by its id, out of the home's list.
func (n *Node) BootstrapRemove(id string) error {
	return n.bootstrap.change(func(own []BootstrapPeer) ([]BootstrapPeer, error) {
		for i := range own {
			if own[i].info.ID.String() == id {
				return append(own[:i], own[i+1:]...), nil
			}
		}
		return nil, &card.Problem{Cause: card.NotFound, Field: "peer", Detail: fmt.Sprintf("%.80q is not in %s", id, n.bootstrap.path)}
	})
}

// BootstrapExport gives a bootstrap.json with the peers of all lists; self
// adds this node under the given name, with the addresses it announces.
func (n *Node) BootstrapExport(self bool, name string) ([]byte, error) {
	peers := n.bootstrap.list()
	if self {
		p := BootstrapPeer{Name: name, Addrs: n.Addresses()}
		if len(p.Addrs) > maxAddrsPerPeer {
			p.Addrs = p.Addrs[:maxAddrsPerPeer]
		}
		peers = append([]BootstrapPeer{p}, peers...)
	}
	return n.bootstrap.encode(peers)
}
