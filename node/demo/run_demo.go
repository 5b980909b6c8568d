package demo

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	mathrand "math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"time"

	"courtcircuit/node"
	"courtcircuit/node/card"
	"courtcircuit/node/places"
	"courtcircuit/protocol"
)

// Config says how large the demonstration is.
type Config struct {
	Nodes    int // collectives, 1 to MaxNodes
	Profiles int // people in all, at most 10,000
}

// Validate names what cannot be used.
func (c Config) Validate() error {
	if c.Nodes < 1 || c.Nodes > MaxNodes {
		return fmt.Errorf("demo: %d nodes, 1 to %d expected", c.Nodes, MaxNodes)
	}
	if c.Profiles < c.Nodes || c.Profiles > 10_000 {
		return fmt.Errorf("demo: %d profiles, %d to 10000 expected", c.Profiles, c.Nodes)
	}
	return nil
}

// Running is one node of the demonstration, ready to be browsed.
type Running struct {
	Collective string `json:"collective"`
	Place      string `json:"place"`
	PageURL    string `json:"page"`
	Home       string `json:"home"`
	PeerID     string `json:"peer_id"`
}

// Run starts the nodes, publishes their people, waits until every node holds
// everything, calls ready and works until ctx ends. Everything it wrote lies
// in a temporary folder that is deleted at the end.
func Run(ctx context.Context, cfg Config, log *slog.Logger, ready func([]Running) error) (err error) {
	if err := cfg.Validate(); err != nil {
		return err
	}
	gazetteer, err := places.Load()
	if err != nil {
		return err
	}
	folder, err := os.MkdirTemp("", "courtcircuit-demo-")
	if err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()

	ctx, cancel := context.WithCancel(ctx)
	f := federation{cfg: cfg, log: log, folder: folder, gazetteer: gazetteer, network: ownNetwork(), failed: make(chan error, cfg.Nodes)}
	defer f.wait()
	defer cancel()
	if err := f.start(ctx); err != nil {
		return err
	}
	if err := f.populate(ctx); err != nil {
		return err
	}
	running, err := f.describe(ctx)
	if err != nil {
		return err
	}
	if err := ready(running); err != nil {
		return err
	}
	select {
	case <-ctx.Done():
		return nil
	case err := <-f.failed:
		return err
	}
}

// ownNetwork draws a name: two demonstrations on one machine must not meet.
func ownNetwork() protocol.Network {
	b := make([]byte, 6)
	_, _ = rand.Read(b) // crypto/rand never fails
	return protocol.Network("demo-" + hex.EncodeToString(b))
}

type federation struct {
	cfg       Config
	log       *slog.Logger
	folder    string
	gazetteer *places.Gazetteer
	network   protocol.Network
	nodes     []*node.Node
	running   sync.WaitGroup
	failed    chan error
}

func (f *federation) wait() { f.running.Wait() }

// start brings up the nodes in a line: each knows only the one before, as
// collectives that met one another would.
func (f *federation) start(ctx context.Context) error {
	for i := range f.cfg.Nodes {
		cfg := f.nodeConfig(i)
		if i > 0 {
			cfg.Bootstrap = f.nodes[i-1].Addresses()[:1]
		}
		setup := node.Setup{Name: cities[i].collective, Place: cities[i].name, About: cities[i].about, Languages: []string{"fr"}, Contact: contact, Links: links}
		if _, err := node.Init(ctx, cfg, setup, f.log); err != nil {
			return fmt.Errorf("demo: set up %s: %w", cities[i].name, err)
		}
		n, err := node.New(cfg, f.log)
		if err != nil {
			return fmt.Errorf("demo: start %s: %w", cities[i].name, err)
		}
		f.nodes = append(f.nodes, n)
		f.running.Go(func() {
			if err := n.Run(ctx); err != nil && ctx.Err() == nil {
				f.failed <- fmt.Errorf("demo: %s: %w", cities[i].name, err)
			}
		})
		select {
		case <-n.Ready():
		case err := <-f.failed:
			return err
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

func (f *federation) nodeConfig(i int) node.Config {
	cfg := node.DefaultConfig(filepath.Join(f.folder, fmt.Sprintf("node-%d", i+1)))
	cfg.Network = f.network
	cfg.Listen = []string{"/ip4/127.0.0.1/tcp/0", "/ip4/127.0.0.1/udp/0/quic-v1"}
	cfg.HTTP = fmt.Sprintf("127.0.0.1:%d", node.DefaultHTTPPort+i)
	cfg.HTTPFallback = true // another program, or a real node, may have the port
	cfg.MDNS = false
	cfg.MinFreeBytes = 64 << 20
	cfg.Places = f.gazetteer
	return cfg
}

func (f *federation) populate(ctx context.Context) error {
	rng, today := mathrand.New(mathrand.NewPCG(7317, 31)), time.Now()
	for i, n := range f.nodes {
		count := f.cfg.Profiles / len(f.nodes)
		if i < f.cfg.Profiles%len(f.nodes) {
			count++
		}
		if err := publishPeople(ctx, n, people(cities[i], count, rng, today)); err != nil {
			return fmt.Errorf("demo: people of %s: %w", cities[i].name, err)
		}
		for _, m := range missions(i, today) {
			if err := publishMission(ctx, n, m); err != nil {
				return fmt.Errorf("demo: mission of %s: %w", cities[i].name, err)
			}
		}
	}
	return f.settle(ctx)
}

func publishPeople(ctx context.Context, n *node.Node, cards []card.Profile) error {
	return n.PublishCards(ctx, cards)
}

func publishMission(ctx context.Context, n *node.Node, m mission) error {
	posted, err := n.PostMission(ctx, m.Mission, true)
	if err == nil && m.end != nil {
		_, err = m.end(n, ctx, posted.ID)
	}
	return err
}

// settle waits until all replicas are equal, woken by their events.
func (f *federation) settle(ctx context.Context) error {
	wake := make(chan struct{}, 1)
	for _, n := range f.nodes {
		sub, err := n.Events("")
		if err != nil {
			return err
		}
		defer sub.Close()
		go func() {
			for range sub.Events {
				select {
				case wake <- struct{}{}:
				default:
				}
			}
		}()
	}
	for !f.equal() {
		select {
		case <-wake:
		case <-ctx.Done():
			return ctx.Err()
		case err := <-f.failed:
			return err
		}
	}
	return nil
}

func (f *federation) equal() bool {
	for _, n := range f.nodes[1:] {
		if n.ReplicaDigest() != f.nodes[0].ReplicaDigest() {
			return false
		}
	}
	return true
}

func (f *federation) describe(ctx context.Context) (list []Running, err error) {
	for i, n := range f.nodes {
		info, err := n.Info(ctx)
		if err != nil {
			return nil, err
		}
		list = append(list, Running{
			Collective: cities[i].collective, Place: cities[i].name, PageURL: n.PageURL(),
			Home: filepath.Join(f.folder, fmt.Sprintf("node-%d", i+1)), PeerID: info.PeerID,
		})
	}
	return list, nil
}
