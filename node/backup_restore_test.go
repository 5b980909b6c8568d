package node

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"courtcircuit/node/card"
	"courtcircuit/store"
)

// reopened opens a restored home, whose replica lies on disk.
func reopened(t *testing.T, home string) *Node {
	t.Helper()
	g, err := gazetteer()
	if err != nil {
		t.Fatal(err)
	}
	cfg := DefaultConfig(home)
	cfg.Network, cfg.Places, cfg.MinFreeBytes, cfg.offline = "test", g, -1, true
	cfg.Store = func(c *store.Config) { c.BallastBytes = 0 }
	return openService(t, cfg)
}

func restoreConfig(t *testing.T) Config {
	cfg := DefaultConfig(filepath.Join(t.TempDir(), "home"))
	cfg.MinFreeBytes = -1
	return cfg
}

func TestBackupThenRestore(t *testing.T) {
	for _, passphrase := range []string{"", "jardin"} {
		t.Run("passphrase "+passphrase, func(t *testing.T) {
			n := namedNode(t)
			ctx := context.Background()
			p := mustPublish(t, n, camille("Graphiste", "graphisme"), "ref-1")
			gone := mustPublish(t, n, camille("Partie"), "")
			if err := n.RemoveProfile(ctx, gone.ID); err != nil {
				t.Fatal(err)
			}
			draft, err := n.PostMission(ctx, brochure(), false)
			if err != nil {
				t.Fatal(err)
			}
			if err := n.markKnown(identityOf(t, p.ID), time.Now()); err != nil {
				t.Fatal(err)
			}
			n.cfg.Backup.Passphrase = passphrase
			done, err := n.BackupTo(ctx, filepath.Join(t.TempDir(), "b"))
			if err != nil || done.SizeBytes == 0 {
				t.Fatal(err, done)
			}
			if sealed, err := BackupIsSealed(done.Path); err != nil || sealed != (passphrase != "") {
				t.Error(sealed, err)
			}
			_, err = n.BackupTo(ctx, done.Path)
			wantProblem(t, err, card.Conflict, "path")
			digest := n.store.Digest(time.Now())
			cfg := restoreConfig(t)
			calls := 0
			got, err := Restore(ctx, cfg, done.Path, passphrase, func(int, int) { calls++ })
			if err != nil || got.Stored != got.Records || got.Records != len(wiresOf(t, n)) || got.Members != 1 || calls == 0 {
				t.Fatal(err, got, calls)
			}
			m := reopened(t, cfg.Home)
			if m.store.Digest(time.Now()) != digest {
				t.Error("another digest after the restore")
			}
			knowPeer(t, m)
			_, err = m.ReplaceProfile(ctx, p.ID, camille("Autre"))
			wantProblem(t, err, card.Unavailable, "")
			m.caughtUpSince.Store(1)
			q, err := m.PublishProfile(ctx, camille("Autre"), "ref-1")
			if err != nil || q.Created || q.Profile.ID != p.ID {
				t.Error("the reference is lost:", err, q)
			}
			if _, marked, err := m.sharedMark(identityOf(t, p.ID)); err != nil || !marked {
				t.Error("forgot that the key is elsewhere too:", err)
			}
			if d, err := m.Mission(ctx, draft.ID); err != nil || d.Title != draft.Title || d.Status != statusDraft {
				t.Error(err, d)
			}
			_, err = m.Profile(ctx, gone.ID)
			wantProblem(t, err, card.Gone, "id")
			_, err = Restore(ctx, cfg, done.Path, passphrase, nil)
			wantProblem(t, err, card.Conflict, "home")
		})
	}
}

// What was erased after the backup comes back with it, hidden from edits, and
// goes again with the erasure that the network still has.
func TestErasedNeverComesBackFromAnOldBackup(t *testing.T) {
	n := namedNode(t)
	ctx := context.Background()
	p := mustPublish(t, n, camille("Graphiste"), "r")
	done, err := n.BackupTo(ctx, filepath.Join(t.TempDir(), "b"))
	if err != nil {
		t.Fatal(err)
	}
	if err := n.RemoveProfile(ctx, p.ID); err != nil {
		t.Fatal(err)
	}
	cfg := restoreConfig(t)
	if _, err := Restore(ctx, cfg, done.Path, "", nil); err != nil {
		t.Fatal(err)
	}
	m := reopened(t, cfg.Home)
	knowPeer(t, m)
	if count, err := m.renewDue(ctx, time.Now().Add(70*24*time.Hour)); err != nil || count != 0 {
		t.Error("renewed before a catch-up", count, err)
	}
	feed(t, m, wiresOf(t, n)...)
	m.caughtUpSince.Store(1)
	if err := m.resumeRemovals(time.Now()); err != nil {
		t.Fatal(err)
	}
	_, err = m.Profile(ctx, p.ID)
	wantProblem(t, err, card.Gone, "id")
	if m.keys.HasMember(identityOf(t, p.ID)) {
		t.Error("the key of an erased person is kept")
	}
	if n.store.Digest(time.Now()) != m.store.Digest(time.Now()) {
		t.Error("digests differ")
	}
}

func TestRestoreNamesTheCause(t *testing.T) {
	n := namedNode(t)
	ctx := context.Background()
	mustPublish(t, n, camille("Graphiste"), "")
	dir := t.TempDir()
	plain, err := n.BackupTo(ctx, filepath.Join(dir, "plain"))
	if err != nil {
		t.Fatal(err)
	}
	n.cfg.Backup.Passphrase = "jardin"
	sealed, err := n.BackupTo(ctx, filepath.Join(dir, "sealed"))
	if err != nil {
		t.Fatal(err)
	}
	read := func(path string) []byte {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	try := func(data []byte, passphrase, field string, words string) {
		t.Helper()
		file := filepath.Join(t.TempDir(), "f")
		if err := os.WriteFile(file, data, 0o600); err != nil {
			t.Fatal(err)
		}
		cfg := restoreConfig(t)
		_, err := Restore(ctx, cfg, file, passphrase, nil)
		if err == nil || !strings.Contains(err.Error(), words) {
			t.Errorf("%v; %q expected", err, words)
		}
		if field != "" {
			wantProblem(t, err, card.Invalid, field)
		}
		if entries, _ := os.ReadDir(cfg.Home); len(entries) != 0 {
			t.Errorf("left behind: %v", entries)
		}
	}
	try(read(sealed.Path), "jardins", "passphrase", "wrong passphrase")
	try(read(sealed.Path), "", "passphrase", "sealed")
	try([]byte("hello"), "", "file", "no backup")
	for _, part := range []int{2, 3, 5, 9} {
		try(read(plain.Path)[:len(read(plain.Path))*(part-1)/part], "", "file", "truncated")
	}
	try(read(sealed.Path)[:len(read(sealed.Path))-40], "jardin", "", "")
	newer := namedNode(t)
	var file bytes.Buffer
	writeForged(t, newer, &file, backupManifest{Format: backupFormat + 1, Program: "9.9", Network: "test"})
	try(file.Bytes(), "", "file", "newer version")
	file.Reset()
	writeForged(t, newer, &file, backupManifest{Format: backupFormat, Network: "test"})
	try(file.Bytes(), "", "file", "truncated")
}

func TestOldBackupsArePruned(t *testing.T) {
	n := namedNode(t)
	n.cfg.Backup.Dir, n.cfg.Backup.Keep = t.TempDir(), 2
	names := []string{
		"courtcircuit-test-20260101T000000Z.backup", "courtcircuit-test-20260102T000000Z.backup", "courtcircuit-test-20260103T000000Z.backup",
		"courtcircuit-main-20260101T000000Z.backup", "photos.backup", "courtcircuit-test-20260101T000000Z.backup.old",
		".courtcircuit-test-20260101T000000Z.backup-123.part", ".courtcircuit-test-20260102T000000Z.backup-45.part", ".courtcircuit-main-20260101T000000Z.backup-6.part", ".photos-7.part",
	}
	for _, name := range names {
		if err := os.WriteFile(filepath.Join(n.cfg.Backup.Dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range names[6:] {
		if strings.Contains(name, "-45.") {
			continue // under way
		}
		if err := os.Chtimes(filepath.Join(n.cfg.Backup.Dir, name), time.Time{}, time.Now().Add(-2*time.Hour)); err != nil {
			t.Fatal(err)
		}
	}
	if err := n.pruneBackups(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(n.cfg.Backup.Dir, names[6])); !errors.Is(err, fs.ErrNotExist) {
		t.Error("half a backup is still there:", err)
	}
	left, err := os.ReadDir(n.cfg.Backup.Dir)
	if err != nil || len(left) != 8 || left[5].Name() != names[1] {
		t.Errorf("%v: %v", err, left)
	}
	at := time.Date(2026, 1, 3, 18, 0, 0, 0, time.UTC)
	if wait := n.untilBackup(at); wait != 6*time.Hour {
		t.Errorf("next backup in %s", wait)
	}
}

func FuzzReadBackupRecord(f *testing.F) {
	f.Fuzz(func(t *testing.T, data []byte) { readAll(data) })
}

func TestSeedsOfBackupRecord(t *testing.T) {
	if seeds, err := os.ReadDir("testdata/fuzz/FuzzReadBackupRecord"); err != nil || len(seeds) == 0 {
		t.Errorf("no seeds: %v", err)
	}
}
