package node

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/multiformats/go-multiaddr"

	"courtcircuit/node/access"
	"courtcircuit/node/card"
)

// One node invites, another joins: at once while it runs, or for its next
// start.
func TestInviteAndJoin(t *testing.T) {
	a, _ := runNode(t, loopConfig(t, t.TempDir()))
	nameNode(t, a)
	invite, err := a.Invite(t.Context())
	if err != nil || invite.Reach != reachMachine || invite.Collective == nil || invite.Collective.Name != "Les Indés" || len(invite.Addresses) == 0 || invite.PeerID != a.PeerID().String() {
		t.Fatal(err, invite)
	}
	b, _ := runNode(t, loopConfig(t, t.TempDir()))
	done, err := b.Join(t.Context(), invite.Line)
	if err != nil || !done.Connected || done.PeerID != invite.PeerID || done.Collective.ID != invite.Collective.ID {
		t.Fatal(err, done)
	}
	if list := b.BootstrapList(); len(list) != 1 || list[0].PeerID() != a.PeerID() || list[0].Name != "Les Indés" {
		t.Errorf("to start from: %+v", list)
	}
	if _, err := b.Join(t.Context(), invite.Line); err != nil || len(b.BootstrapList()) != 1 {
		t.Error("a second time:", err)
	}
	_, err = a.Join(t.Context(), invite.Line)
	wantProblem(t, err, card.Invalid, "line")
	// The console's form takes the line, too.
	if p, err := (console{b}).AddPeer(t.Context(), access.Person{}, invite.Line); err != nil || !p.Connected || p.PeerID != invite.PeerID {
		t.Error("in the console:", p, err)
	}
	_, err = console{b}.AddPeer(t.Context(), access.Person{}, invite.Line[:40])
	wantProblem(t, err, card.Invalid, "address.line")

	home := filepath.Join(t.TempDir(), "new")
	if done, err = JoinHome(loopConfig(t, home), invite.Line); err != nil || done.Connected {
		t.Fatal(err, done)
	}
	c, _ := runNode(t, loopConfig(t, home))
	if list := c.BootstrapList(); len(list) != 1 || list[0].PeerID() != a.PeerID() {
		t.Errorf("the joined home starts from %+v", list)
	}
	other := loopConfig(t, t.TempDir())
	other.Network = "elsewhere"
	_, err = JoinHome(other, invite.Line)
	if p := wantProblem(t, err, card.Invalid, "line"); !strings.Contains(p.Detail, `"test"`) || !strings.Contains(p.Expected, `"elsewhere"`) {
		t.Error(p)
	}
}

// A peer that does not answer is noted; one of another network is not.
func TestJoinWhoDoesNotAnswer(t *testing.T) {
	a, stop := runNode(t, loopConfig(t, t.TempDir()))
	invite, err := a.Invite(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	stop()
	b, _ := runNode(t, loopConfig(t, t.TempDir()))
	done, err := b.Join(t.Context(), invite.Line)
	if err != nil || done.Connected || done.Failure == "" || len(b.BootstrapList()) != 1 {
		t.Fatal(err, done)
	}
	foreign := loopConfig(t, t.TempDir())
	foreign.Network = "elsewhere"
	c, _ := runNode(t, foreign)
	in, err := c.Invite(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	forged, err := parseInvite(in.Line)
	if err != nil {
		t.Fatal(err)
	}
	line, err := (invitation{Network: "test", Peer: []byte(forged.info.ID), Addrs: [][]byte{forged.info.Addrs[0].Bytes()}}).line()
	if err != nil {
		t.Fatal(err)
	}
	if _, err = b.Join(t.Context(), line); !isProblem(err, card.Conflict) || len(b.BootstrapList()) != 1 {
		t.Errorf("a node of another network: %v, %d to start from", err, len(b.BootstrapList()))
	}
}

func testInvitation(t testing.TB) invitation {
	t.Helper()
	id, err := peer.Decode("12D3KooWLbJPVo9bTEFDS9FNRGSdyL6kXo3VtZVEEsQEFoqEMAUQ")
	if err != nil {
		t.Fatal(err)
	}
	a, err := multiaddr.NewMultiaddr("/dns4/noeud.example.org/tcp/4137")
	if err != nil {
		t.Fatal(err)
	}
	return invitation{Network: "test", Peer: []byte(id), Addrs: [][]byte{a.Bytes()}, Collective: make([]byte, 32), Name: "Les Indés"}
}

// However a line is pasted, it is read; whatever is cut or changed is refused
// with words.
func TestInviteLines(t *testing.T) {
	line, err := testInvitation(t).line()
	if err != nil || strings.ContainsAny(line, " &?'\"$\\_*") || len(line) > 250 {
		t.Fatal(err, len(line), line)
	}
	for _, pasted := range []string{line, " " + line + "\n", strings.ToUpper(line), line[:60] + "\r\n " + line[60:], "courtcircuit join " + line} {
		in, err := parseInvite(pasted)
		if err != nil || in.name != "Les Indés" || in.addrs()[0] != "/dns4/noeud.example.org/tcp/4137/p2p/12D3KooWLbJPVo9bTEFDS9FNRGSdyL6kXo3VtZVEEsQEFoqEMAUQ" {
			t.Errorf("%.40q: %v", pasted, err)
		}
	}
	for i := range len(line) {
		if _, err := parseInvite(line[:i]); err == nil {
			t.Errorf("cut to %d characters it is taken", i)
		}
		if i >= len(invitePrefix) {
			changed := []byte(line)
			if changed[i]++; changed[i] > 'z' {
				changed[i] = 'a'
			}
			// The last character carries spare bits, which may change without a
			// change of what is said.
			if _, err := parseInvite(string(changed)); err == nil && i < len(line)-1 {
				t.Errorf("with character %d changed it is taken", i)
			}
		}
	}
	for words, bad := range map[string]string{
		"no invitation":      "hello",
		"cut off or altered": line[:len(line)-5],
		"does not know":      strings.Replace(line, "-1-", "-2-", 1),
		"too many":           strings.Repeat("a", maxInviteChars+1),
	} {
		_, err := parseInvite(bad)
		if p := wantProblem(t, err, card.Invalid, "line"); !strings.Contains(p.Detail, words) || p.Expected == "" {
			t.Errorf("%.30q: %v", bad, p)
		}
	}
	for words, change := range map[string]func(*invitation){
		"no network":     func(i *invitation) { i.Network = "" },
		"no peer":        func(i *invitation) { i.Peer = []byte("x") },
		"0 addresses":    func(i *invitation) { i.Addrs = nil },
		"cannot be read": func(i *invitation) { i.Addrs = [][]byte{{0xff}} },
	} {
		i := testInvitation(t)
		change(&i)
		bad, err := i.line()
		if err != nil {
			t.Fatal(err)
		}
		_, err = parseInvite(bad)
		if p := wantProblem(t, err, card.Invalid, "line"); !strings.Contains(p.Detail, words) {
			t.Errorf("%s: %v", words, p)
		}
	}
	i := testInvitation(t)
	i.Name = "Les\u202e Indés\x1b[31m" + strings.Repeat("é", 200)
	hidden, err := i.line()
	if err != nil {
		t.Fatal(err)
	}
	in, err := parseInvite(hidden)
	if err != nil || strings.ContainsAny(in.name, "\u202e\x1b") || len(in.name) > maxInviteNameLen {
		t.Errorf("%q: %v", in.name, err)
	}
}

// Addresses that lead here from outside come first, those of the machine only
// when there is nothing else.
func TestInvitedAddresses(t *testing.T) {
	const relay = "/ip4/203.0.113.9/tcp/4001/p2p/12D3KooWLbJPVo9bTEFDS9FNRGSdyL6kXo3VtZVEEsQEFoqEMAUQ/p2p-circuit"
	for _, c := range []struct{ all, want, reach string }{
		{"/ip4/127.0.0.1/tcp/1 /ip4/192.168.1.2/tcp/1 " + relay + " /ip4/203.0.113.7/tcp/1", "/ip4/203.0.113.7/tcp/1 " + relay + " /ip4/192.168.1.2/tcp/1", reachPublic},
		{"/ip4/127.0.0.1/tcp/1 /ip4/192.168.1.2/tcp/1", "/ip4/192.168.1.2/tcp/1", reachNetwork},
		{"/ip4/127.0.0.1/tcp/1 /ip6/::1/tcp/1", "/ip4/127.0.0.1/tcp/1 /ip6/::1/tcp/1", reachMachine},
		{"", "", ""},
	} {
		var all []multiaddr.Multiaddr
		for _, s := range strings.Fields(c.all) {
			a, err := multiaddr.NewMultiaddr(s)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, a)
		}
		got, reach := invitedAddrs(all)
		var texts []string
		for _, a := range got {
			texts = append(texts, a.String())
		}
		if strings.Join(texts, " ") != c.want || reach != c.reach {
			t.Errorf("%s: %v %s", c.all, texts, reach)
		}
	}
}

// Whatever a line says, reading it ends in a problem or in addresses that a
// bootstrap list takes.
func FuzzInviteLine(f *testing.F) {
	line, err := testInvitation(f).line()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(line)
	f.Add("courtcircuit-1-")
	f.Add("courtcircuit-9-aaaa")
	f.Fuzz(func(t *testing.T, s string) {
		in, err := parseInvite(s)
		if err != nil {
			var p *card.Problem
			if !errors.As(err, &p) {
				t.Fatal(err)
			}
			return
		}
		p := BootstrapPeer{Name: in.name, Addrs: in.addrs()}
		if err := p.resolve(); err != nil {
			t.Log(err) // refused when it is added
		}
	})
}

func TestSeedsOfInviteLine(t *testing.T) {
	if seeds, err := os.ReadDir("testdata/fuzz/FuzzInviteLine"); err != nil || len(seeds) == 0 {
		t.Errorf("no seeds: %v", err)
	}
}
