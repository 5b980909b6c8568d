package main

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/libp2p/go-libp2p"
	"github.com/libp2p/go-libp2p/core/host"
	corenet "github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	libp2pprotocol "github.com/libp2p/go-libp2p/core/protocol"
	"github.com/libp2p/go-libp2p/p2p/net/swarm"

	"courtcircuit/protocol/reconcile"
)

// attacker makes hosts that attack one node.
type attacker struct {
	node  string // multiaddr with /p2p/…
	items []reconcile.Item
	from  string // local address, "" for any
}

// attack does its worst until ctx ends; done counts what it got through.
type attack struct {
	name string
	what string
	run  func(a *attacker, ctx context.Context, done *atomic.Int64)
}

var attacks = []attack{
	{"none", "nothing: a connected peer that is silent", idle},
	{"frames", "frames of no known type, a new identity whenever it is cut off", frames(func(*attacker) []byte { return []byte{99, 0, 0, 0, 0} }, false)},
	{"questions", "questions for one header that does not exist, as fast as answers come", frames(func(*attacker) []byte { return frameOf(3, make([]byte, 32)) }, true)},
	{"splits", "reconciliation over 4,096 ranges of the real set", frames((*attacker).manyRanges, true)},
	{"lists", "reconciliation that asks for every id", frames((*attacker).wholeList, true)},
	{"headers", "512 headers, again and again", frames(func(a *attacker) []byte { return frameOf(3, a.ids(512)) }, true)},
	{"bodies", "256 bodies, again and again", frames(func(a *attacker) []byte { return frameOf(5, a.ids(256)) }, true)},
	{"slow", "256 bodies, never read, from eight identities", slow},
	{"lengths", "frames announced at their longest and never sent, from eight identities", lengths},
	{"abandon", "catch-up streams opened and abandoned", streams("sync", true)},
	{"hints", "a hint in each of very many streams", streams("sync", false)},
	{"unknown", "streams of a protocol that nobody speaks", streams("nothing", true)},
	{"reconnect", "connections made and dropped, one identity", reconnect(false)},
	{"identities", "connections made and dropped, a new identity each", reconnect(true)},
}

func (a *attacker) host() (host.Host, error) {
	opts := []libp2p.Option{libp2p.ResourceManager(&corenet.NullResourceManager{}), libp2p.DisableRelay(), libp2p.DisableMetrics()}
	if a.from == "" {
		opts = append(opts, libp2p.NoListenAddrs)
	} else {
		opts = append(opts, libp2p.ListenAddrStrings("/ip4/"+a.from+"/tcp/0", "/ip4/"+a.from+"/udp/0/quic-v1"))
	}
	return libp2p.New(opts...)
}

func (a *attacker) connect(ctx context.Context, h host.Host) (peer.ID, error) {
	info, err := peer.AddrInfoFromString(a.node)
	if err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	return info.ID, h.Connect(ctx, *info)
}

// withHost gives a connected host to do, and another one when do returns,
// until ctx ends.
func (a *attacker) withHost(ctx context.Context, do func(h host.Host, p peer.ID)) {
	for ctx.Err() == nil {
		h, err := a.host()
		if err != nil {
			panic(err)
		}
		if p, err := a.connect(ctx, h); err == nil {
			do(h, p)
		} else {
			pause(ctx, 20*time.Millisecond)
		}
		h.Close()
	}
}

func open(ctx context.Context, h host.Host, p peer.ID, name string) (corenet.Stream, error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	return h.NewStream(corenet.WithNoDial(ctx, "attack"), p, libp2pprotocol.ID(network.StreamID(name)))
}

func idle(a *attacker, ctx context.Context, _ *atomic.Int64) {
	a.withHost(ctx, func(host.Host, peer.ID) { <-ctx.Done() })
}

// frames asks the same on as many streams as there are, reading answers or not.
func frames(of func(*attacker) []byte, read bool) func(*attacker, context.Context, *atomic.Int64) {
	return func(a *attacker, ctx context.Context, done *atomic.Int64) {
		frame := of(a)
		a.withHost(ctx, func(h host.Host, p peer.ID) {
			var lanes sync.WaitGroup
			for range 4 { // two are answered
				lanes.Go(func() {
					for ctx.Err() == nil && h.Network().Connectedness(p) == corenet.Connected {
						s, err := open(ctx, h, p, "sync")
						if err != nil {
							pause(ctx, 50*time.Millisecond)
							continue
						}
						if ask(ctx, s, frame, read, done) != nil {
							pause(ctx, 50*time.Millisecond)
						}
						s.Reset()
					}
				})
			}
			lanes.Wait()
		})
	}
}

func ask(ctx context.Context, s corenet.Stream, frame []byte, read bool, done *atomic.Int64) error {
	stop := context.AfterFunc(ctx, func() { s.Reset() })
	defer stop()
	for {
		if _, err := s.Write(frame); err != nil {
			return err
		}
		done.Add(1)
		if !read {
			continue
		}
		var head [5]byte
		if _, err := io.ReadFull(s, head[:]); err != nil {
			return err
		}
		if _, err := io.CopyN(io.Discard, s, int64(binary.BigEndian.Uint32(head[1:]))); err != nil {
			return err
		}
	}
}

// slow asks for much and reads nothing, with more identities than one.
func slow(a *attacker, ctx context.Context, done *atomic.Int64) {
	a.each(ctx, 8, func(s corenet.Stream) {
		for range 64 {
			if _, err := s.Write(frameOf(5, a.ids(256))); err != nil {
				return
			}
			done.Add(1)
		}
	})
}

func lengths(a *attacker, ctx context.Context, done *atomic.Int64) {
	a.each(ctx, 8, func(s corenet.Stream) {
		if _, err := s.Write([]byte{4, 0, 8, 0, 0}); err == nil { // 512 KiB, the longest of all
			done.Add(1)
		}
	})
}

// each does it on two streams of each of several identities and keeps them.
func (a *attacker) each(ctx context.Context, identities int, do func(corenet.Stream)) {
	var all sync.WaitGroup
	for range identities {
		all.Go(func() {
			a.withHost(ctx, func(h host.Host, p peer.ID) {
				for ctx.Err() == nil && h.Network().Connectedness(p) == corenet.Connected {
					s, err := open(ctx, h, p, "sync")
					if err != nil {
						pause(ctx, 50*time.Millisecond)
						continue
					}
					stop := context.AfterFunc(ctx, func() { s.Reset() })
					do(s)
					io.ReadFull(s, make([]byte, 1)) // until the node ends it, reading next to nothing
					pause(ctx, 20*time.Millisecond)
					stop()
				}
			})
		})
	}
	all.Wait()
}

// streams opens them as fast as it can, and leaves them at once or says a hint.
func streams(name string, abandon bool) func(*attacker, context.Context, *atomic.Int64) {
	return func(a *attacker, ctx context.Context, done *atomic.Int64) {
		a.withHost(ctx, func(h host.Host, p peer.ID) {
			var lanes sync.WaitGroup
			for range 16 {
				lanes.Go(func() {
					for ctx.Err() == nil && h.Network().Connectedness(p) == corenet.Connected {
						s, err := h.Network().NewStream(corenet.WithNoDial(ctx, "attack"), p)
						if err != nil {
							continue
						}
						id := string(network.StreamID(name))
						hello := fmt.Sprintf("\x13/multistream/1.0.0\n%c%s\n", len(id)+1, id)
						s.SetDeadline(time.Now().Add(time.Second))
						s.Write([]byte(hello))
						if abandon {
							s.Reset()
						} else {
							s.Write(frameOf(7, make([]byte, 8)))
							s.CloseWrite()
							io.Copy(io.Discard, s)
							s.Close()
						}
						done.Add(1)
					}
				})
			}
			lanes.Wait()
		})
	}
}

func reconnect(newIdentity bool) func(*attacker, context.Context, *atomic.Int64) {
	return func(a *attacker, ctx context.Context, done *atomic.Int64) {
		var lanes sync.WaitGroup
		for range 8 {
			lanes.Go(func() {
				h, err := a.host()
				if err != nil {
					panic(err)
				}
				defer func() { h.Close() }()
				for ctx.Err() == nil {
					p, err := a.connect(ctx, h)
					if err == nil {
						done.Add(1)
						h.Network().ClosePeer(p)
					}
					clearBackoff(h, p)
					if newIdentity {
						h.Close()
						if h, err = a.host(); err != nil {
							panic(err)
						}
					}
				}
			})
		}
		lanes.Wait()
	}
}

func clearBackoff(h host.Host, p peer.ID) {
	if s, ok := h.Network().(interface{ Backoff() *swarm.DialBackoff }); ok {
		s.Backoff().Clear(p)
	}
}

// ids names records that the node holds, each time others.
func (a *attacker) ids(count int) []byte {
	var out []byte
	for range count {
		out = append(out, a.items[rand.IntN(len(a.items))].ID[:]...)
	}
	return out
}

// manyRanges is a frame of as many fingerprints as one may hold, of the set
// that the node has: each costs a fold, and the answer is short.
func (a *attacker) manyRanges() []byte {
	cfg := reconcile.DefaultConfig()
	cfg.AuditCuts = reconcile.MaxRangesPerFrame
	session, err := reconcile.NewSession(cfg, make([]byte, 16))
	if err != nil {
		panic(err)
	}
	question, err := session.Open(newItemSet(a.items), uint32(time.Now().Unix()/3600))
	if err != nil {
		panic(err)
	}
	return frameOf(1, question)
}

// wholeList is what a node without records asks.
func (a *attacker) wholeList() []byte {
	session, err := reconcile.NewSession(reconcile.DefaultConfig(), nil)
	if err != nil {
		panic(err)
	}
	question, err := session.Open(itemSet(nil), uint32(time.Now().Unix()/3600))
	if err != nil {
		panic(err)
	}
	return frameOf(1, question)
}

func frameOf(kind byte, payload []byte) []byte {
	return append(binary.BigEndian.AppendUint32([]byte{kind}, uint32(len(payload))), payload...)
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}
