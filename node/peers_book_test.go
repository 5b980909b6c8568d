package node

import (
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/libp2p/go-libp2p/core/crypto"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/multiformats/go-multiaddr"
)

func somePeer(t testing.TB) peer.ID {
	t.Helper()
	_, public, err := crypto.GenerateEd25519Key(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	id, err := peer.IDFromPublicKey(public)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// The book survives a restart, a damaged file is put aside, and whoever tells
// of a thousand peers pushes out nobody that was met.
func TestPeerBook(t *testing.T) {
	const mostPeers = 512
	path := filepath.Join(t.TempDir(), "peers.json")
	open := func() *peerBook {
		b, err := openPeerBook(path, mostPeers, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	b := open()
	now := time.Now().UTC().Truncate(time.Second)
	addr := multiaddr.StringCast("/ip4/192.0.2.1/tcp/1")
	met := somePeer(t)
	b.update(met, func(p *rememberedPeer) {
		p.LastSeen, p.addrs, p.Envelope = now.Add(-24*time.Hour), []multiaddr.Multiaddr{addr}, []byte("signed")
	})
	b.update(somePeer(t), func(p *rememberedPeer) { p.LastSeen = now }) // no address: nothing to remember
	for range mostPeers + 100 {
		b.update(somePeer(t), func(p *rememberedPeer) { p.Heard, p.addrs = now, []multiaddr.Multiaddr{addr} })
	}
	if all := b.all(); len(all) != mostPeers || all[0].id != met {
		t.Fatalf("%d peers, the first %s, want %d and %s", len(all), all[0].id, mostPeers, met)
	}
	if err := b.save(now); err != nil {
		t.Fatal(err)
	}
	got := open().all()
	if len(got) != mostPeers || got[0].id != met || string(got[0].Envelope) != "signed" || !got[0].addrs[0].Equal(addr) || !got[0].LastSeen.Equal(now.Add(-24*time.Hour)) {
		t.Fatalf("%d read back, the first %+v", len(got), got[0])
	}
	late := open()
	if err := late.save(now.Add(rememberPeersFor + time.Hour)); err != nil {
		t.Fatal(err)
	}
	if got := open().all(); len(got) != keepPeersLeast || got[0].id != met {
		t.Errorf("%d peers away for over a month are kept, %d expected, first the only one that was met", len(got), keepPeersLeast)
	}
	if err := os.WriteFile(path, []byte("{broken"), 0o600); err != nil {
		t.Fatal(err)
	}
	if !open().isEmpty() {
		t.Error("peers out of a broken file")
	}
	if _, err := os.Stat(path + ".damaged"); err != nil {
		t.Errorf("the broken file is not kept aside: %v", err)
	}
}

// A write that fails is made up for, though nothing changes any more.
func TestPeerBookIsWrittenAgain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "home", "peers.json")
	b, err := openPeerBook(path, 512, testLog())
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	b.update(somePeer(t), func(p *rememberedPeer) {
		p.LastSeen, p.addrs = now, []multiaddr.Multiaddr{multiaddr.StringCast("/ip4/192.0.2.1/tcp/1")}
	})
	if err := b.save(now); err == nil {
		t.Fatal("written into a folder that is not there")
	}
	if err := os.Mkdir(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := b.save(now); err != nil {
		t.Fatal(err)
	}
	if again, err := openPeerBook(path, 512, testLog()); err != nil || again.isEmpty() {
		t.Error("the peer is not in the file", err)
	}
}

// A clock that was a year ahead for a while, with some peers connected, costs
// none of those that were seen last before.
func TestPeerBookWithAClockAhead(t *testing.T) {
	b, err := openPeerBook(filepath.Join(t.TempDir(), "peers.json"), 512, testLog())
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	seen := func(p peer.ID, at time.Time) {
		b.update(p, func(r *rememberedPeer) {
			r.LastSeen, r.addrs = at, []multiaddr.Multiaddr{multiaddr.StringCast("/ip4/192.0.2.1/tcp/1")}
		})
	}
	var known []peer.ID
	for i := range keepPeersLeast + 20 {
		known = append(known, somePeer(t))
		seen(known[i], now.Add(-time.Duration(i)*time.Hour))
	}
	ahead := now.AddDate(1, 0, 0)
	seen(known[3], ahead)
	if err := errors.Join(b.save(ahead), b.save(now)); err != nil {
		t.Fatal(err)
	}
	here := map[peer.ID]bool{}
	for _, p := range b.all() {
		here[p.id] = true
	}
	for i, p := range known[:keepPeersLeast] {
		if !here[p] {
			t.Errorf("forgotten: the peer seen %d hours before", i)
		}
	}
	if len(here) != keepPeersLeast {
		t.Errorf("%d peers remembered, %d expected", len(here), keepPeersLeast)
	}
}

// Nobody outside can make a node knock on its own machine or network.
func TestMayDial(t *testing.T) {
	const public, private, loopback = "/ip4/93.184.216.34/tcp/1", "/ip4/192.168.1.7/tcp/1", "/ip4/127.0.0.1/tcp/1"
	for _, c := range []struct {
		addr, teller string
		want         bool
	}{
		{public, public, true}, {public, private, true}, {"/dns4/a.example/tcp/1", public, true},
		{private, public, false}, {private, private, true}, {private, loopback, true},
		{loopback, public, false}, {loopback, private, false}, {loopback, loopback, true},
		{"/ip4/0.0.0.0/tcp/1", loopback, false}, {"/ip6/::1/tcp/1", public, false},
	} {
		if got := mayDial(multiaddr.StringCast(c.addr), multiaddr.StringCast(c.teller)); got != c.want {
			t.Errorf("%s told by %s: %t", c.addr, c.teller, got)
		}
	}
}

// The fourth proven fault within an hour cuts off; older ones are forgotten,
// and neither map grows beyond its bound.
func TestFaultBook(t *testing.T) {
	b := newFaultBook()
	p, now := somePeer(t), time.Now()
	for i := range faultsUntilCutOff - 1 {
		if b.add(p, now.Add(-2*time.Hour)) || b.add(p, now) {
			t.Fatalf("cut off after %d faults", i+1)
		}
	}
	if got := b.count(p, now); got != faultsUntilCutOff-1 {
		t.Errorf("%d faults counted", got)
	}
	if !b.add(p, now) {
		t.Error("not cut off")
	}
	b.block(p, now)
	if b.InterceptPeerDial(p) || b.InterceptSecured(0, p, nil) {
		t.Error("a blocked peer gets in")
	}
	b.block(p, now.Add(-2*blockedFor))
	if !b.InterceptPeerDial(p) {
		t.Error("blocked for ever")
	}
	for range 2 * maxRememberedFaulty {
		id := somePeer(t)
		b.add(id, now)
		b.block(id, now)
	}
	if len(b.faults) > maxRememberedFaulty || len(b.blocked) > maxBlockedPeers {
		t.Errorf("%d faulty and %d blocked are remembered", len(b.faults), len(b.blocked))
	}
}

// The queue holds each peer once, starts no more than its slots, and none
// twice at once.
func TestSyncQueue(t *testing.T) {
	q := newSyncQueue()
	now := time.Now()
	var peers []peer.ID
	for i := range maxPendingSyncs + 10 {
		p := peer.ID(fmt.Sprint("peer ", i))
		peers = append(peers, p)
		q.add(p, syncOnConnect)
		q.add(p, syncHinted)
	}
	if len(q.tasks) != maxPendingSyncs || q.dropped != 20 {
		t.Fatalf("%d wait, %d dropped", len(q.tasks), q.dropped)
	}
	tasks, _, _ := q.due(now.Add(time.Second), peers)
	if len(tasks) != q.most {
		t.Fatalf("%d start, want %d", len(tasks), q.most)
	}
	running := tasks[0].peer
	q.add(running, syncPeriodic)
	if again, _, _ := q.due(now.Add(time.Second), peers); len(again) != 0 {
		t.Fatalf("%d more start", len(again))
	}
	q.finished(tasks[1].peer)
	if again, _, _ := q.due(now.Add(time.Second), peers); len(again) != 1 || again[0].peer == running {
		t.Fatalf("%v after one slot was free", again)
	}
	q = newSyncQueue()
	q.addHinted("p", now)
	q.addHinted("p", now)
	if tasks, _, _ := q.due(now, nil); len(tasks) != 1 {
		t.Fatal("the first hint does not count at once")
	}
	q.finished("p")
	q.addHinted("p", now)
	if tasks, _, next := q.due(now, nil); len(tasks) != 0 || !next.After(now) {
		t.Errorf("a second hint at once: %v, next %v", tasks, next)
	}
}

// One number for TCP and UDP, kept over restarts, and another one only when
// it is taken.
func TestListenPortIsRemembered(t *testing.T) {
	home := t.TempDir()
	wanted := []string{"/ip4/0.0.0.0/tcp/0", "/ip4/0.0.0.0/udp/0/quic-v1"}
	log := slog.New(slog.DiscardHandler)
	first, err := chooseListen(home, wanted, log)
	if err != nil || first.port == 0 {
		t.Fatal(first, err)
	}
	if want := fmt.Sprintf("/ip4/0.0.0.0/udp/%d/quic-v1", first.port); first.addrs[1] != want {
		t.Errorf("listens on %v", first.addrs)
	}
	if err := first.remember(home); err != nil {
		t.Fatal(err)
	}
	if again, err := chooseListen(home, wanted, log); err != nil || again.port != first.port {
		t.Errorf("then port %d, before %d, %v", again.port, first.port, err)
	}
	if fixed, err := chooseListen(home, []string{"/ip4/0.0.0.0/tcp/4001"}, log); err != nil || fixed.port != 0 || fixed.addrs[0] != "/ip4/0.0.0.0/tcp/4001" {
		t.Errorf("a fixed port: %+v %v", fixed, err)
	}
	if err := os.WriteFile(filepath.Join(home, portFile), []byte("many"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := chooseListen(home, wanted, log); err == nil {
		t.Error("a broken port file was passed over")
	}
}
