package node

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/multiformats/go-multiaddr"

	"courtcircuit/protocol"
)

// BootstrapPeer is one entry of a bootstrap.json.
type BootstrapPeer struct {
	Name  string   `json:"name"`
	Addrs []string `json:"addrs"` // multiaddrs ending in one and the same /p2p/…
	// Source is the file the entry stands in, or "command line"; it is not
	// part of the file.
	Source string `json:"-"`

	info peer.AddrInfo
}

// PeerID is the id at the end of the addresses.
func (p BootstrapPeer) PeerID() peer.ID { return p.info.ID }

const (
	maxBootstrapBytes = 1 << 20
	maxBootstrapPeers = 256
)

// parseBootstrap reads {"network": "…", "peers": [{"name", "addrs"}]}. Bad
// entries are skipped and named in faults by source, line and what was
// expected. err is for a file of which nothing can be used: no JSON, or one
// for another network.
func parseBootstrap(source string, data []byte, want protocol.Network) (peers []BootstrapPeer, faults []error, err error) {
	if len(data) > maxBootstrapBytes {
		return nil, nil, fmt.Errorf("%s: %d bytes, at most %d expected", source, len(data), maxBootstrapBytes)
	}
	p := bootstrapParser{source: source, data: data, dec: json.NewDecoder(bytes.NewReader(data))}
	p.dec.DisallowUnknownFields()
	if err := p.file(); err != nil {
		return nil, p.faults, fmt.Errorf("%s, line %d: %w", source, p.line(p.dec.InputOffset()), err)
	}
	if p.network != string(want) {
		return nil, nil, fmt.Errorf("%s: peers of network %q, %q expected; the file is not used", source, p.network, string(want))
	}
	return p.peers, p.faults, nil
}

type bootstrapParser struct {
	source  string
	data    []byte
	dec     *json.Decoder
	network string
	peers   []BootstrapPeer
	faults  []error
}

func (p *bootstrapParser) line(offset int64) int {
	return 1 + bytes.Count(p.data[:min(offset, int64(len(p.data)))], []byte("\n"))
}

// file walks the tokens, so that a fault in one entry does not take the rest.
func (p *bootstrapParser) file() error {
	if err := p.delim('{', "an object with network and peers"); err != nil {
		return err
	}
	for p.dec.More() {
		key, err := p.dec.Token()
		if err != nil {
			return err
		}
		switch key {
		case "network":
			if err := p.dec.Decode(&p.network); err != nil {
				return fmt.Errorf("network: expected a name in quotes: %w", err)
			}
		case "peers":
			if err := p.list(); err != nil {
				return err
			}
		default:
			return fmt.Errorf("field %q: expected network or peers", key)
		}
	}
	if err := p.delim('}', "the end of the object"); err != nil {
		return err
	}
	if _, err := p.dec.Token(); !errors.Is(err, io.EOF) {
		return errors.New("something follows after the object, nothing expected")
	}
	return nil
}

func (p *bootstrapParser) list() error {
	if err := p.delim('[', "a list of peers"); err != nil {
		return err
	}
	for p.dec.More() {
		var raw json.RawMessage
		if err := p.dec.Decode(&raw); err != nil {
			return err
		}
		line := p.line(p.dec.InputOffset() - int64(len(raw)))
		entry, err := parseBootstrapEntry(raw)
		if err == nil && len(p.peers) >= maxBootstrapPeers {
			err = fmt.Errorf("more than %d peers", maxBootstrapPeers)
		}
		if err != nil {
			p.faults = append(p.faults, fmt.Errorf("%s, line %d: %w; the entry is skipped", p.source, line, err))
			continue
		}
		entry.Source = p.source
		p.peers = append(p.peers, entry)
	}
	return p.delim(']', "the end of the list")
}

func (p *bootstrapParser) delim(want json.Delim, expected string) error {
	t, err := p.dec.Token()
	if err != nil {
		return fmt.Errorf("expected %s: %w", expected, err)
	}
	if t != want {
		return fmt.Errorf("expected %s, found %v", expected, t)
	}
	return nil
}

func parseBootstrapEntry(raw []byte) (BootstrapPeer, error) {
	var entry BootstrapPeer
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&entry); err != nil {
		return entry, fmt.Errorf(`expected {"name": "…", "addrs": ["/dns4/…/tcp/…/p2p/…"]}: %w`, err)
	}
	return entry, entry.resolve()
}

// resolve reads the addresses into info.
func (p *BootstrapPeer) resolve() error {
	if len(p.Name) > 200 {
		return fmt.Errorf("name has %d bytes, at most 200 expected", len(p.Name))
	}
	if len(p.Addrs) == 0 || len(p.Addrs) > maxAddrsPerPeer {
		return fmt.Errorf("%d addrs, 1 to %d expected", len(p.Addrs), maxAddrsPerPeer)
	}
	p.info = peer.AddrInfo{}
	for _, s := range p.Addrs {
		info, err := parsePeerAddr(s)
		if err != nil {
			return err
		}
		if p.info.ID != "" && p.info.ID != info.ID {
			return fmt.Errorf("address %q names another peer than the one before, the same expected", s)
		}
		p.info.ID = info.ID
		p.info.Addrs = append(p.info.Addrs, info.Addrs...)
	}
	return nil
}

// parsePeerAddr reads one multiaddr that ends in /p2p/….
func parsePeerAddr(s string) (peer.AddrInfo, error) {
	const expected = "expected a multiaddr such as /dns4/node.example/tcp/4001/p2p/12D3KooW…"
	a, err := multiaddr.NewMultiaddr(strings.TrimSpace(s))
	if err != nil {
		return peer.AddrInfo{}, fmt.Errorf("address %.200q: %w (%s)", s, err, expected)
	}
	info, err := peer.AddrInfoFromP2pAddr(a)
	if err != nil || len(info.Addrs) == 0 {
		return peer.AddrInfo{}, fmt.Errorf("address %.200q has no transport or no peer id at its end (%s)", s, expected)
	}
	return *info, nil
}
