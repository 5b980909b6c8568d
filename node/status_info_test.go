package node

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"courtcircuit/node/card"
	"courtcircuit/node/httpapi/api"
)

func checkOf(t *testing.T, s api.Status, name string) api.Check {
	t.Helper()
	for _, c := range s.Checks {
		if c.Name == name {
			return c
		}
	}
	t.Fatalf("no check %q in %+v", name, s.Checks)
	return api.Check{}
}

func TestInfoAndStatus(t *testing.T) {
	n, stop := runNode(t, loopConfig(t, t.TempDir()))
	ctx := context.Background()
	info, err := n.Info(ctx)
	if err != nil || info.Collective != nil || info.Network != "test" || info.PeerID != n.PeerID().String() || len(info.Addresses) < 2 || info.Sync.State != "idle" || len(info.Counts) != 0 {
		t.Errorf("of a nameless node: %+v: %v", info, err)
	}
	s, err := n.Status(ctx)
	if err != nil || !s.Ready || s.DiskUsed <= 0 || s.LastBackup != nil {
		t.Errorf("of a fresh node: %+v: %v", s, err)
	}
	for name, want := range map[string]string{"collective": checkWarning, "peers": checkWarning, "catch-up": checkOK, "disk": checkOK, "backup": checkWarning, "members": checkOK} {
		c := checkOf(t, s, name)
		if c.State != want || (want != checkOK && c.NextStep == "") {
			t.Errorf("%+v; %s expected, with a next step", c, want)
		}
	}
	nameNode(t, n)
	mustPublish(t, n, camille("Graphiste"), "")
	if _, err := n.BackupTo(ctx, filepath.Join(t.TempDir(), "b")); err != nil {
		t.Fatal(err)
	}
	if s, err = n.Status(ctx); err != nil || s.Info.Collective == nil || s.Info.Collective.Name != "Les Indés" || s.Info.Counts["profile"] != 1 || s.Info.Counts["collective"] != 1 || s.Info.Digest == info.Digest {
		t.Errorf("%+v: %v", s.Info, err)
	}
	if c := checkOf(t, s, "collective"); c.State != checkOK || c.Detail != "Les Indés, Toulouse" {
		t.Errorf("%+v", c)
	}
	if c := checkOf(t, s, "backup"); c.State != checkOK || s.LastBackup == nil {
		t.Errorf("%+v", c)
	}
	if c := n.checkBackup(s.LastBackup, time.Now().Add(49*time.Hour)); c.State != checkWarning {
		t.Errorf("a backup of two days ago: %+v", c)
	}
	stop()
	if n.Live() == nil || n.CheckReady() == nil {
		t.Error("a closed node calls itself alive")
	}
}

func TestDiskCheck(t *testing.T) {
	n := serviceNode(t, t.TempDir())
	n.cfg.MinFreeBytes = 512 << 20
	for free, want := range map[int64]string{0: checkOK, 511 << 20: checkFailed, 600 << 20: checkWarning, 1024 << 20: checkOK} {
		if c := n.checkDisk(api.Status{DiskFree: free}); c.State != want || (want != checkOK && c.NextStep == "") {
			t.Errorf("%d MiB free: %+v; %s expected", free>>20, c, want)
		}
	}
}

// The figure is of the files, looked at anew after some seconds.
func TestDiskUsed(t *testing.T) {
	home := t.TempDir()
	n := serviceNode(t, home)
	now := time.Now()
	before := n.diskUsed(now)
	if before <= 0 {
		t.Fatalf("%d bytes", before)
	}
	if err := os.WriteFile(filepath.Join(home, "store-file"), bytes.Repeat([]byte("x"), 1<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := n.diskUsed(now.Add(diskLookEvery - 1)); got != before {
		t.Errorf("looked again at once: %d, %d before", got, before)
	}
	if got := n.diskUsed(now.Add(diskLookEvery)); got < before+1<<20 {
		t.Errorf("%d bytes, %d more than %d expected", got, 1<<20, before)
	}
}

func TestUnconfirmedCardsAreCounted(t *testing.T) {
	n := namedNode(t)
	mustPublish(t, n, camille("Graphiste"), "")
	now := time.Now()
	if c := n.checkConfirmed(now); c.State != checkOK || c.Detail != "1 key here" {
		t.Errorf("%+v", c)
	}
	person := newPerson(t)
	if err := n.keys.AddMember(person); err != nil {
		t.Fatal(err)
	}
	place, err := n.resolvePlace("place", card.Place{Text: "Toulouse"})
	if err != nil {
		t.Fatal(err)
	}
	body, err := profileBody(card.Profile{Name: "Camille Moreau"}, place, now.Add(-151*24*time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	collective, _ := n.keys.Collective()
	sealed, err := n.sealProfile(collective, person, nil, body, now)
	if err != nil {
		t.Fatal(err)
	}
	feed(t, n, sealed.Record().Wire())
	if c := n.checkConfirmed(now); c.State != checkWarning || !strings.HasSuffix(c.Detail, "days: 1 of 2") || c.NextStep == "" {
		t.Errorf("%+v", c)
	}
}
