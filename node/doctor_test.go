package node

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/libp2p/go-libp2p/core/event"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/p2p/protocol/holepunch"
	"github.com/multiformats/go-multiaddr"

	"courtcircuit/node/httpapi/api"
	"courtcircuit/protocol/reconcile"
)

// wantCheck: what is not well names the next step.
func wantCheck(t *testing.T, what string, c api.Check, state, words string) {
	t.Helper()
	if c.State != state || !strings.Contains(c.Detail, words) || (state != checkOK && c.NextStep == "") || strings.Contains(c.Detail, "%!") {
		t.Errorf("%s: %+v; %s with %q expected", what, c, state, words)
	}
}

func multiaddrs(t *testing.T, texts ...string) (out []multiaddr.Multiaddr) {
	t.Helper()
	for _, s := range texts {
		a, err := multiaddr.NewMultiaddr(s)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, a)
	}
	return out
}

func TestReachability(t *testing.T) {
	const relay = "12D3KooWLbJPVo9bTEFDS9FNRGSdyL6kXo3VtZVEEsQEFoqEMAUQ"
	home, open := multiaddrs(t, "/ip4/192.168.1.2/tcp/4137"), multiaddrs(t, "/ip4/51.15.0.7/tcp/4137")
	relayed := append(slices.Clone(home), multiaddrs(t, "/ip4/51.15.0.9/tcp/4001/p2p/"+relay+"/p2p-circuit")...)
	probed := func(e event.EvtHostReachableAddrsChanged) *reachBook {
		r := &reachBook{}
		r.probed(e)
		return r
	}
	punched := &reachBook{whole: network.ReachabilityPrivate}
	for _, ok := range []bool{true, false, true} {
		punched.Trace(&holepunch.Event{Evt: &holepunch.EndHolePunchEvt{Success: ok}})
	}
	punched.Trace(&holepunch.Event{Evt: &holepunch.StartHolePunchEvt{}})
	for _, c := range []struct {
		what                string
		r                   *reachBook
		addrs               []multiaddr.Multiaddr
		announced, loopback bool
		state, words        string
	}{
		{"nobody looked", &reachBook{}, home, false, false, checkOK, "not known"},
		{"loopback", &reachBook{whole: network.ReachabilityPrivate}, home, false, true, checkOK, "this machine only"},
		{"public", &reachBook{whole: network.ReachabilityPublic}, open, false, false, checkOK, "public"},
		{"dialled", probed(event.EvtHostReachableAddrsChanged{Reachable: open}), open, false, false, checkOK, "51.15.0.7"},
		{"private", &reachBook{whole: network.ReachabilityPrivate}, home, false, false, checkWarning, "unreachable"},
		{"closed", probed(event.EvtHostReachableAddrsChanged{Unreachable: open}), open, false, false, checkWarning, "unreachable"},
		{"relayed", punched, relayed, false, false, checkOK, "relayed by " + relay + "; connections that became direct by hole punching: 2 of 3"},
		{"announced", &reachBook{}, open, true, false, checkOK, "no other node has tried"},
		{"announced in vain", probed(event.EvtHostReachableAddrsChanged{Unreachable: open}), open, true, false, checkFailed, "could not dial /ip4/51.15.0.7"},
		{"announced and dialled", probed(event.EvtHostReachableAddrsChanged{Reachable: open, Unreachable: open}), open, true, false, checkOK, "public"},
	} {
		got := c.r.check(c.addrs, c.announced, c.loopback)
		wantCheck(t, c.what, got, c.state, c.words)
		if c.state == checkWarning && !strings.Contains(got.NextStep, "4137") {
			t.Errorf("%s: the port to forward is not named: %s", c.what, got.NextStep)
		}
	}
}

// One peer with a wrong clock blames nobody here; most of them do.
func TestPeersClocks(t *testing.T) {
	var c clockBook
	wantCheck(t, "nobody", c.check(), checkOK, "no peer")
	for i := range 3 {
		c.note(peer.ID(fmt.Sprint("right ", i)), nil)
	}
	wantCheck(t, "all agree", c.check(), checkOK, "3 peers")
	skew := fmt.Errorf("reconcile: %w", &reconcile.ClockSkewError{MyHour: 100, PeerHour: 103})
	c.note("a", skew)
	wantCheck(t, "one differs", c.check(), checkOK, "1 of 4")
	c.note("b", skew)
	c.note("c", skew)
	wantCheck(t, "half differ", c.check(), checkFailed, "peers with another hour: 3 of 6; the last one differed by +3 h")
	for i := range 200 {
		c.note(peer.ID(fmt.Sprint("many ", i)), nil)
	}
	if len(c.ahead) > maxRememberedClocks {
		t.Errorf("%d clocks remembered", len(c.ahead))
	}
}

func TestDiagnosedClock(t *testing.T) {
	home := t.TempDir()
	now := time.Now()
	file := filepath.Join(home, "f")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if c := diagnoseClock(home, now); c.State == checkFailed {
		t.Error(c)
	}
	wantCheck(t, "long ago", diagnoseClock(home, time.Date(1970, 1, 1, 0, 0, 0, 0, time.UTC)), checkFailed, "1970")
	wantCheck(t, "far off", diagnoseClock(home, time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC)), checkFailed, "2200")
	wantCheck(t, "set back", diagnoseClock(home, now.Add(-3*time.Hour)), checkFailed, "behind the time at which "+file)
}

func TestDiagnosedDisk(t *testing.T) {
	const least = 512 << 20
	for _, c := range []struct {
		what         string
		d            diskState
		state, words string
	}{
		{"plenty", diskState{freeBytes: 4 * least}, checkOK, "2048 MiB"},
		{"soon full", diskState{freeBytes: least + 1}, checkWarning, "under 512 MiB"},
		{"full", diskState{freeBytes: least - 1}, checkFailed, "under 512 MiB"},
		{"no inodes", diskState{freeBytes: 4 * least, inodes: 1 << 20, freeInodes: 12}, checkWarning, "still be made: 12"},
		{"inodes without number", diskState{freeBytes: 4 * least}, checkOK, ""},
		{"read-only", diskState{freeBytes: 4 * least, readOnly: true}, checkFailed, "read-only"},
	} {
		wantCheck(t, c.what, c.d.checkRoom(least), c.state, c.words)
	}
	wantCheck(t, "unwatched", diskState{}.checkRoom(-1), checkOK, "")
	wantCheck(t, "nfs", diskState{kind: "nfs", remote: true}.checkKind(), checkWarning, "network")
	wantCheck(t, "tmpfs", diskState{kind: "tmpfs", volatile: true}.checkKind(), checkWarning, "restart")
	wantCheck(t, "ext4", diskState{kind: "ext4"}.checkKind(), checkOK, "ext4")
	wantCheck(t, "other", diskState{}.checkKind(), checkOK, "local")
}

func TestDiagnosedLimits(t *testing.T) {
	for _, c := range []struct {
		files  uint64
		memory int64
		state  string
	}{{16384, 1 << 30, checkOK}, {0, 0, checkOK}, {512, 1 << 30, checkFailed}, {1500, 1 << 30, checkWarning}, {16384, 100 << 20, checkFailed}, {16384, 256 << 20, checkWarning}, {512, 0, checkFailed}} {
		wantCheck(t, fmt.Sprint(c), limitsCheck(c.files, c.memory), c.state, "")
	}
}

func TestDiagnosedPorts(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	taken := l.Addr().(*net.TCPAddr).Port
	cfg := DefaultConfig(t.TempDir())
	cfg.Listen = []string{"/ip4/127.0.0.1/udp/0/quic-v1", fmt.Sprintf("/ip4/127.0.0.1/tcp/%d", taken)}
	cfg.HTTP = fmt.Sprintf("127.0.0.1:%d", taken)
	checks := diagnosePorts(cfg)
	if len(checks) != 3 {
		t.Fatal(checks)
	}
	wantCheck(t, "drawn", checks[0], checkOK, "draws one")
	wantCheck(t, "listen", checks[1], checkFailed, "is taken, by ")
	wantCheck(t, "http", checks[2], checkFailed, "is taken, by ")
	if holderOf("tcp", taken) != "" && !strings.Contains(checks[1].Detail, fmt.Sprint("process ", os.Getpid())) {
		t.Error("the holder is not named:", checks[1])
	}
	if err := os.WriteFile(filepath.Join(cfg.Home, portFile), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	wantCheck(t, "remembered", diagnosePorts(cfg)[0], checkFailed, "port number")
}

// Whoever is not the owner neither opens the home nor repairs it.
func TestForeignHome(t *testing.T) {
	if err := foreignFault("/srv/cc", 1000, 1000); err != nil {
		t.Error(err)
	}
	if err := foreignFault("/srv/cc", 1000, 0); err == nil || !strings.Contains(err.Error(), "user 1000, and this is user 0") {
		t.Error(err)
	}
	if err := ownerFault(t.TempDir()); err != nil {
		t.Error("one's own folder:", err)
	}
	if err := ownerFault(filepath.Join(t.TempDir(), "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
}

// The diagnosis of a stopped home leaves it as it was: it can be opened, and
// holds the same.
func TestDiagnosisLeavesTheHome(t *testing.T) {
	cfg := loopConfig(t, filepath.Join(t.TempDir(), "home"))
	n, stop := runNode(t, cfg)
	nameNode(t, n)
	running, err := n.Status(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	digest := n.ReplicaDigest()
	for _, c := range Diagnose(t.Context(), cfg, &running) {
		if c.State == checkFailed {
			t.Errorf("of a running node: %+v", c)
		}
	}
	stop()
	states := map[string]string{}
	for _, c := range Diagnose(t.Context(), cfg, nil) {
		states[c.Name] = c.State
		if c.State == checkFailed || c.State != checkOK && c.NextStep == "" {
			t.Errorf("of a stopped one: %+v", c)
		}
	}
	for name, want := range map[string]string{"home": checkOK, "node": checkWarning, "collective": checkOK, "keys": checkOK, "format": checkOK, "backup": checkWarning, "bootstrap": checkWarning} {
		if states[name] != want {
			t.Errorf("%s is %q, %q expected", name, states[name], want)
		}
	}
	n, _ = runNode(t, cfg)
	if n.ReplicaDigest() != digest {
		t.Error("another digest afterwards")
	}
}
