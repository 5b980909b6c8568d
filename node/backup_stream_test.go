package node

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"courtcircuit/node/httpapi/api"
	"courtcircuit/node/inbox"
	"courtcircuit/protocol"
	"courtcircuit/store"
)

// A backup made while people are published is one moment: whoever is in it
// has both card and key, and what was answered before it began is in it.
func TestBackupWhileRecordsStreamIn(t *testing.T) {
	n := namedNode(t)
	ctx, cancel := context.WithCancel(context.Background())
	before := mustPublish(t, n, camille("Avant"), "")
	dir := t.TempDir()
	var writers sync.WaitGroup
	started := make(chan struct{}, 2)
	writers.Go(func() { // people of this collective, keys and records
		for i := 0; ctx.Err() == nil; i++ {
			items := make([]api.Import, 2)
			for j := range items {
				items[j] = api.Import{Profile: camille(fmt.Sprint(i, "-", j)), Another: true}
			}
			if _, err := n.PublishProfiles(context.Background(), items); err != nil {
				t.Error(err)
				return
			}
			select {
			case started <- struct{}{}:
			default:
			}
		}
	})
	writers.Go(func() { // strangers' records, as catch-up brings them
		for ctx.Err() == nil {
			wire := profileWire(t, "test", newPerson(t), time.Now())
			if err := n.publishWires(context.Background(), [][]byte{wire}); err != nil {
				t.Error(err)
				return
			}
		}
	})
	<-started
	var files []string
	for i := range 6 {
		done, err := n.BackupTo(context.Background(), filepath.Join(dir, fmt.Sprint(i)))
		if err != nil {
			t.Error(err)
			break
		}
		files = append(files, done.Path)
		<-started
	}
	cancel()
	writers.Wait()
	for _, file := range files {
		checkWholeBackup(t, file, identityOf(t, before.ID))
	}
}

func checkWholeBackup(t *testing.T, file string, before protocol.Identity) {
	t.Helper()
	cfg := restoreConfig(t)
	got, err := Restore(context.Background(), cfg, file, "", nil)
	if err != nil || got.Stored != got.Records {
		t.Fatalf("%v: %d of %d records stored", err, got.Stored, got.Records)
	}
	m := reopened(t, cfg.Home)
	own, _ := m.keys.Collective()
	people := 0
	err = m.store.Members(own.Identity(), time.Now(), func(rec protocol.Record) bool {
		people++
		if id := rec.Key().Identity; !m.keys.HasMember(id) {
			t.Errorf("the card of %s is in %s without its key", id.Fingerprint(), filepath.Base(file))
		}
		return true
	})
	if err != nil || people != len(m.keys.Members()) {
		t.Errorf("%d cards for %d keys in %s: %v", people, len(m.keys.Members()), filepath.Base(file), err)
	}
	if !m.keys.HasMember(before) {
		t.Errorf("who was published before is missing in %s", filepath.Base(file))
	}
}

// Ten days of the daily loop, in fake time: seven backups stay, one a day,
// and no file of another name goes.
func TestDailyBackups(t *testing.T) {
	foreign := []string{"courtcircuit-main-20200101T000000Z.backup", "courtcircuit-test-20200101T000000Z.backup.old", "photos.backup", "courtcircuit-test-2020.backup"}
	dir := t.TempDir()
	for _, name := range foreign {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cfg := serviceConfig(t, t.TempDir())
	cfg.Backup.Dir = dir
	cfg.Store = func(c *store.Config) { c.InMemory, c.Dir, c.BallastBytes, c.Simulated = true, "", 0, true }
	cfg.Inbox = func(c *inbox.Config) { c.InMemory, c.Simulated = true, true }
	synctest.Test(t, func(t *testing.T) {
		n, err := New(cfg, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		defer func() {
			if err := n.Close(); err != nil {
				t.Error(err)
			}
		}()
		ctx, cancel := context.WithTimeout(context.Background(), 10*24*time.Hour-time.Minute)
		defer cancel()
		start := time.Now()
		if err := n.runBackups(ctx); err != nil {
			t.Error(err)
		}
		names, err := n.listBackups()
		if err != nil || len(names) != 7 {
			t.Fatalf("%d backups kept, 7 expected: %v", len(names), err)
		}
		for i, name := range names {
			if want := n.backupName(start.Add(time.Duration(9-i) * 24 * time.Hour)); name != want {
				t.Errorf("backup %d is %s, %s expected", i, name, want)
			}
		}
		if last := n.lastBackup(); last == nil || !strings.HasSuffix(last.Path, names[0]) {
			t.Errorf("status knows of %+v", last)
		}
	})
	for _, name := range foreign {
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			t.Error("a file of another name was deleted:", err)
		}
	}
}
