package node

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/libp2p/go-libp2p"
	"github.com/libp2p/go-libp2p/core/host"
	libp2pprotocol "github.com/libp2p/go-libp2p/core/protocol"
	quic "github.com/libp2p/go-libp2p/p2p/transport/quic"
	"github.com/libp2p/go-libp2p/p2p/transport/tcp"

	"courtcircuit/node/httpapi/api"
)

// diagnoseTimeout is how long one peer may take to answer.
const diagnoseTimeout = 10 * time.Second

// diagnoseBootstrap reads every list to start from and dials every entry, as
// somebody without a name: reading, resolving, connecting, the key and the
// network are then proved one after another.
func diagnoseBootstrap(ctx context.Context, cfg Config, running *api.Status) (checks []api.Check) {
	book, err := readBootstrap(cfg, func(faults error) {
		for _, fault := range eachError(faults) {
			checks = append(checks, warned("bootstrap", "correct or remove the entry", "%v", fault))
		}
	})
	if err != nil {
		return append(checks, wrong("bootstrap", "correct bootstrap in courtcircuit.toml, or the file it names", "%v", err))
	}
	entries := book.list()
	if len(entries) == 0 {
		return append(checks, diagnoseNobody(cfg, running))
	}
	h, err := libp2p.New(libp2p.NoListenAddrs, libp2p.Transport(tcp.NewTCPTransport), libp2p.Transport(quic.NewTransport),
		libp2p.UserAgent(userAgent), libp2p.DisableRelay(), libp2p.DisableMetrics(), libp2p.WithDialTimeout(diagnoseTimeout))
	if err != nil {
		return append(checks, wrong("bootstrap", "report this", "no connection can be made: %v", err))
	}
	defer h.Close()
	found := make([]api.Check, len(entries))
	slots := make(chan struct{}, maxParallelDials)
	var dials sync.WaitGroup
	for i, p := range entries {
		dials.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			found[i] = diagnoseEntry(ctx, h, cfg, p)
		})
	}
	dials.Wait()
	return append(checks, found...)
}

func diagnoseEntry(ctx context.Context, h host.Host, cfg Config, p BootstrapPeer) api.Check {
	name := p.Name
	if name == "" {
		name = p.info.ID.String()
	}
	ctx, cancel := context.WithTimeout(ctx, diagnoseTimeout)
	defer cancel()
	if err := h.Connect(ctx, p.info); err != nil {
		next := "ask its people whether it runs and has moved; while others answer, nothing is lost"
		return warned("bootstrap", next, "%s does not answer: %v", name, shortCause(err))
	}
	sync := libp2pprotocol.ID(cfg.Network.StreamID("sync"))
	if speaks, err := h.Peerstore().SupportsProtocols(p.info.ID, sync); err == nil && !slices.Contains(speaks, sync) {
		return wrong("bootstrap", fmt.Sprintf("courtcircuit bootstrap remove %s", p.info.ID), "%s answers, but is not on network %s", name, cfg.Network)
	}
	return well("bootstrap", "%s answers", name)
}

// diagnoseNobody: an empty list is no fault of a node that remembers peers.
func diagnoseNobody(cfg Config, running *api.Status) api.Check {
	if running != nil && running.Info.Peers > 0 {
		return well("bootstrap", "%s", counted(running.Info.Peers, "the list is empty; 1 peer is connected", "the list is empty; %d peers are connected"))
	}
	book, err := openPeerBook(filepath.Join(cfg.Home, "peers.json"), cfg.Limits.RememberedPeers, slog.New(slog.DiscardHandler))
	if err == nil && len(book.all()) > 0 {
		return well("bootstrap", "%s", counted(len(book.all()), "the list is empty; 1 peer is remembered", "the list is empty; %d peers are remembered"))
	}
	return warned("bootstrap", "ask another collective for the line of courtcircuit invite, and type: courtcircuit join LINE", "there is nobody to start from: the list is empty and no peer is remembered")
}

// shortCause leaves out the list of all tries that libp2p appends.
func shortCause(err error) string {
	text := err.Error()
	if errors.Is(err, context.DeadlineExceeded) {
		return "no answer within " + diagnoseTimeout.String()
	}
	const most = 300
	if len(text) > most {
		text = text[:most] + "…"
	}
	return text
}

// eachError takes joined errors apart.
func eachError(err error) []error {
	var joined interface{ Unwrap() []error }
	switch {
	case err == nil:
		return nil
	case errors.As(err, &joined):
		return joined.Unwrap()
	}
	return []error{err}
}
