package node

import (
	"context"
	"encoding/hex"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/dgraph-io/badger/v4"
	"github.com/dgraph-io/badger/v4/options"

	"courtcircuit/node/card"
	"courtcircuit/protocol"
)

// damageHome changes the replica of a home whose node is stopped.
func damageHome(t *testing.T, home string, change func(txn *badger.Txn, key []byte) (done bool, err error)) {
	t.Helper()
	db, err := badger.Open(badger.DefaultOptions(filepath.Join(home, "store", "badger")).WithLogger(nil).WithCompression(options.None))
	if err != nil {
		t.Fatal(err)
	}
	changed := false
	err = db.Update(func(txn *badger.Txn) error {
		it := txn.NewIterator(badger.DefaultIteratorOptions)
		defer it.Close()
		for it.Rewind(); it.Valid() && !changed; it.Next() {
			var err error
			if changed, err = change(txn, it.Item().KeyCopy(nil)); err != nil {
				return err
			}
		}
		return nil
	})
	if err := errors.Join(err, db.Close()); err != nil || !changed {
		t.Fatal(changed, err)
	}
}

// flipSignature makes the first profile's signature wrong.
func flipSignature(txn *badger.Txn, key []byte) (bool, error) {
	if key[0] != 'h' {
		return false, nil
	}
	item, err := txn.Get(key)
	if err != nil {
		return false, err
	}
	value, err := item.ValueCopy(nil)
	if err != nil {
		return false, err
	}
	rec, err := protocol.ParseHeader(value[64:], protocol.Signature(value[:64]))
	if err != nil || rec.Header.Kind != protocol.KindProfile {
		return false, err
	}
	value[5] ^= 1
	return true, txn.Set(key, value)
}

func TestVerifyHome(t *testing.T) {
	home := t.TempDir()
	cfg := loopConfig(t, home)
	progress := func(int, int) {}
	log := slog.New(slog.DiscardHandler)
	_, err := VerifyHome(t.Context(), cfg, true, progress, log)
	wantProblem(t, err, card.NotFound, "home")
	if entries, _ := os.ReadDir(home); len(entries) > 0 {
		t.Error("a home was made of nothing:", entries)
	}
	n, stop := runNode(t, cfg)
	nameNode(t, n)
	p := mustPublish(t, n, camille("Graphiste", "graphisme"), "")
	v, err := n.VerifyReplica(t.Context(), true, progress)
	if err != nil || !v.Well || v.Found != 0 || v.Records != 2 || v.Format == 0 {
		t.Fatal(err, v)
	}
	if info, err := n.Info(t.Context()); err != nil || info.Digest != v.Digest {
		t.Error("another digest:", v.Digest, info.Digest, err)
	}
	_, err = VerifyHome(t.Context(), cfg, true, progress, log)
	if problem := wantProblem(t, err, card.Conflict, "home"); !strings.Contains(problem.Detail, "process") {
		t.Error(problem)
	}
	stop()
	damageHome(t, home, flipSignature)
	v, err = VerifyHome(t.Context(), cfg, false, progress, log)
	if err != nil || v.Well || v.Found != 1 || v.Repaired != 0 || v.Faults[0].Part != "signature" || !strings.Contains(v.NextStep, "check-only") {
		t.Fatal(err, v)
	}
	v, err = VerifyHome(t.Context(), cfg, true, progress, log)
	if err != nil || !v.Well || v.Repaired != 1 || !v.Faults[0].Repaired || v.NextStep == "" {
		t.Fatal(err, v)
	}
	n, _ = runNode(t, cfg)
	_, err = n.Profile(t.Context(), p.ID)
	if !isProblem(err, card.NotFound) {
		t.Error("what does not verify is served:", err)
	}
}

// A record whose signature was altered on the disk comes back whole from a
// peer once the verification has let go of it.
func TestVerifiedNodeFetchesWhatWasLetGo(t *testing.T) {
	a, _ := runNode(t, loopConfig(t, t.TempDir()))
	wire := profileWire(t, "test", newPerson(t), time.Now())
	if err := a.PublishRecords(t.Context(), [][]byte{wire}); err != nil {
		t.Fatal(err)
	}
	home := t.TempDir()
	id := recordIDOf(t, wire)
	cfg := loopConfig(t, home, a.Addresses()...)
	b, err := New(cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	feed(t, b, wire)
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	damageHome(t, home, flipSignature)
	b, _ = runNode(t, cfg)
	got := subscribed(t, b)
	v, err := b.VerifyReplica(t.Context(), true, func(int, int) {})
	if err != nil || v.Repaired != 1 || !v.Well {
		t.Fatal(err, v)
	}
	awaitEvent(t, got, "the record", func(e Event) bool { return e.RecordID == id.String() && e.Type == EventRecordStored })
	rec, err := b.store.ByRecordID(id)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.opener.Open(rec.Wire(), time.Now()); err != nil {
		t.Error("what is served now:", err)
	}
	if a.ReplicaDigest() != b.ReplicaDigest() {
		t.Error("digests differ")
	}
}

// What is live goes by the node's clock, for a verification and a backup as for
// the digest that peers compare.
func TestVerifyAndBackupGoByTheNodesClock(t *testing.T) {
	cfg := loopConfig(t, t.TempDir())
	n, err := New(cfg, testLog())
	if err != nil {
		t.Fatal(err)
	}
	feed(t, n, profileWire(t, "test", newPerson(t), time.Now()))
	if err := n.Close(); err != nil {
		t.Fatal(err)
	}
	cfg.Clock = func() time.Time { return time.Now().AddDate(2, 0, 0) } // the card has run out
	if n, err = New(cfg, testLog()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { n.Close() })
	digest := n.ReplicaDigest()
	v, err := n.VerifyReplica(t.Context(), false, nil)
	if err != nil || v.Records != 1 || v.Digest != hex.EncodeToString(digest[:]) {
		t.Errorf("verified: %v: %+v", err, v)
	}
	file := filepath.Join(t.TempDir(), "backup")
	if _, err := n.BackupTo(t.Context(), file); err != nil {
		t.Fatal(err)
	}
	if got, err := Restore(t.Context(), restoreConfig(t), file, "", nil); err != nil || got.Records != 0 {
		t.Errorf("restored: %v: %+v", err, got)
	}
}

// A header that a read found damaged is repaired by the next start, comes back
// whole from a peer, and the start after that finds a sound replica.
func TestNextStartRepairsWhatAReadFound(t *testing.T) {
	a, _ := runNode(t, loopConfig(t, t.TempDir()))
	wire := profileWire(t, "test", newPerson(t), time.Now())
	if err := a.PublishRecords(t.Context(), [][]byte{wire}); err != nil {
		t.Fatal(err)
	}
	home := t.TempDir()
	id := recordIDOf(t, wire)
	open := func(damaged bool, bootstrap ...string) *Node {
		t.Helper()
		n, err := New(loopConfig(t, home, bootstrap...), testLog())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { n.Close() })
		if n.store.Damaged() != damaged {
			t.Fatalf("damaged: %t", !damaged)
		}
		return n
	}
	b := open(false)
	feed(t, b, wire)
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	damageHome(t, home, func(txn *badger.Txn, key []byte) (bool, error) {
		if key[0] != 'h' {
			return false, nil
		}
		return true, txn.Set(key, []byte("half"))
	})
	b = open(false)
	if _, err := b.store.ByRecordID(id); err == nil {
		t.Fatal("read")
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}

	b = open(true, a.Addresses()...)
	got := subscribed(t, b)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- b.Run(ctx) }()
	awaitEvent(t, got, "the record", func(e Event) bool { return e.RecordID == id.String() && e.Type == EventRecordStored })
	// The session that counts begins after the repair has ended, and the one under
	// way when this one here ends may have begun before.
	if v, err := b.VerifyReplica(t.Context(), true, nil); err != nil || v.Found != 0 {
		t.Fatal(err, v)
	}
	got = subscribed(t, b)
	for range 2 {
		b.syncs.wantAny()
		awaitEvent(t, got, "a catch-up", func(e Event) bool { return e.Type == EventCatchUpDone })
	}
	cancel()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	open(false)
}
