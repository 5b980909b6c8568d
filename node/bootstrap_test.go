package node

import (
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"courtcircuit/protocol"
)

const (
	peerA = "12D3KooWQo7ZfcrBXfr5XsCRPTc6e5zC9gbTuFjsNkbupvF4s75V"
	peerB = "12D3KooWL6Tc71qRAhDQ7azt54JxuojhnCyNq76McYE9hMSK4GXq"
)

// A bad entry is named by file and line with what was expected, and skipped;
// the others are used.
func TestBootstrapNamesBadEntries(t *testing.T) {
	file := `{
  "network": "main",
  "peers": [
    {"name": "good", "addrs": ["/dns4/a.example/tcp/4001/p2p/` + peerA + `"]},
    {"name": "no id", "addrs": ["/dns4/b.example/tcp/4001"]},
    {"name": "two peers", "addrs": ["/ip4/192.0.2.1/tcp/1/p2p/` + peerA + `", "/ip4/192.0.2.1/tcp/1/p2p/` + peerB + `"]},
    {"name": "typo", "adrs": []},
    {"name": "empty", "addrs": []},
    17,
    {"name": "good too",
     "addrs": ["/ip4/192.0.2.2/udp/1/quic-v1/p2p/` + peerB + `"]}
  ]
}`
	peers, faults, err := parseBootstrap("list.json", []byte(file), "main")
	if err != nil || len(peers) != 2 || peers[0].Name != "good" || peers[1].Name != "good too" {
		t.Fatalf("%+v %v", peers, err)
	}
	wants := []string{
		"list.json, line 5: address", "list.json, line 6: address", `list.json, line 7: expected {"name"`,
		"list.json, line 8: 0 addrs, 1 to 16 expected", "list.json, line 9: expected",
	}
	if len(faults) != len(wants) {
		t.Fatalf("%d faults: %v", len(faults), faults)
	}
	for i, want := range wants {
		if !strings.HasPrefix(faults[i].Error(), want) {
			t.Errorf("fault %d: %v, want %q…", i, faults[i], want)
		}
	}
}

func TestBootstrapUnusableFiles(t *testing.T) {
	for _, c := range []struct{ name, data, want string }{
		{"another network", `{"network":"demo","peers":[]}`, `peers of network "demo", "main" expected`},
		{"no network", `{"peers":[]}`, `peers of network ""`},
		{"not JSON", "{\n\"network\" \"main\"}", "line 2"},
		{"another field", `{"network":"main","nodes":[]}`, `field "nodes": expected network or peers`},
		{"a list", `[]`, "expected an object with network and peers"},
		{"trailing", `{"network":"main","peers":[]} x`, "follows after"},
	} {
		peers, _, err := parseBootstrap("f", []byte(c.data), "main")
		if err == nil || len(peers) != 0 || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
}

// Lists are merged by peer, edits survive a reopening, and what ships stays.
func TestBootstrapMergeAndEdit(t *testing.T) {
	home := t.TempDir()
	listed := filepath.Join(t.TempDir(), "more.json")
	if err := os.WriteFile(listed, []byte(`{"network":"main","peers":[{"name":"b","addrs":["/ip4/192.0.2.9/tcp/9/p2p/`+peerB+`"]}]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg := DefaultConfig(home)
	cfg.DefaultBootstrap = []byte(`{"network":"main","peers":[{"name":"a","addrs":["/ip4/192.0.2.1/tcp/1/p2p/` + peerA + `"]}]}`)
	cfg.Bootstrap = []string{listed, "/ip4/192.0.2.1/udp/1/quic-v1/p2p/" + peerA}
	open := func() *bootstrapBook {
		b, err := openBootstrap(cfg, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	b := open()
	if list := b.list(); len(list) != 2 || len(list[0].Addrs) != 2 {
		t.Fatalf("merged: %+v", list)
	}
	n := &Node{cfg: cfg, bootstrap: b}
	n.dialler = newDialler(n)
	if _, err := n.BootstrapAdd("ours", []string{"/ip4/192.0.2.7/tcp/7/p2p/" + peerB}); err != nil {
		t.Fatal(err)
	}
	if list := open().list(); len(list) != 2 || list[0].Name != "ours" || len(list[0].Addrs) != 2 {
		t.Fatalf("after an addition: %+v", list)
	}
	if err := n.BootstrapRemove(peerB); err != nil {
		t.Fatal(err)
	}
	if list := open().list(); len(list) != 2 || list[0].Name != "a" {
		t.Fatalf("after a removal: %+v", list)
	}
	if err := n.BootstrapRemove(peerB); err == nil {
		t.Error("removed twice")
	}
	if _, err := n.BootstrapAdd("", []string{"/ip4/192.0.2.7/tcp/7"}); err == nil {
		t.Error("an address without a peer was added")
	}
	exported, err := n.BootstrapExport(false, "")
	if err != nil {
		t.Fatal(err)
	}
	if peers, faults, err := parseBootstrap("export", exported, protocol.MainNetwork); err != nil || len(faults) > 0 || len(peers) != 2 {
		t.Errorf("export does not read back: %v %v", faults, err)
	}
	cfg.Bootstrap = []string{filepath.Join(home, "nothing.json")}
	if _, err := openBootstrap(cfg, slog.New(slog.DiscardHandler)); err == nil {
		t.Error("a named file that is missing was passed over")
	}
}
