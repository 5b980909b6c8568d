package store

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dgraph-io/badger/v4"

	"courtcircuit/protocol"
)

// darkStore is a replica with a copy of its files as each sync left them: what
// is sure to be there after the power went.
type darkStore struct {
	*Store
	cfg  Config
	disk string // the last copy
}

func openDark(t *testing.T, o *protocol.Opener, delay time.Duration) *darkStore {
	t.Helper()
	d := &darkStore{cfg: diskConfig(t.TempDir())}
	d.cfg.MemTableBytes, d.cfg.SyncDelay = 1<<20, delay
	copies := t.TempDir()
	d.cfg.onSync = func() {
		if d.disk != "" {
			_ = os.RemoveAll(d.disk)
		}
		var err error
		if d.disk, err = os.MkdirTemp(copies, ""); err == nil {
			err = os.CopyFS(filepath.Join(d.disk, "badger"), os.DirFS(filepath.Join(d.cfg.Dir, "badger")))
		}
		if err != nil {
			t.Error(err)
		}
	}
	s, err := Open(d.cfg, o, quiet)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	d.Store = s
	return d
}

// afterCut opens what a power cut leaves now. The root file is the newest: the
// system may have written it out of itself.
func (d *darkStore) afterCut(t *testing.T, o *protocol.Opener) *Store {
	t.Helper()
	dir := t.TempDir()
	b, err := os.ReadFile(filepath.Join(d.cfg.Dir, "root"))
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "root"), b, 0o600)
	}
	if err = errors.Join(err, os.CopyFS(filepath.Join(dir, "badger"), os.DirFS(filepath.Join(d.disk, "badger")))); err != nil {
		t.Fatal(err)
	}
	cfg := d.cfg
	cfg.Dir, cfg.onSync = dir, nil
	s := openStore(t, cfg, o)
	if s.Damaged() {
		t.Fatal("a power cut is taken for damage")
	}
	return s
}

func holds(t *testing.T, s *Store, v protocol.Verified) bool {
	t.Helper()
	_, err := s.ByRecordID(v.Record().ID)
	if err != nil && !errors.Is(err, ErrNotFound) {
		t.Fatal(err)
	}
	return err == nil
}

func putVisible(t *testing.T, s *Store, want Outcome, vs ...protocol.Verified) {
	t.Helper()
	out, err := s.PutVisible(context.Background(), vs, t0)
	if err != nil {
		t.Fatal(err)
	}
	for i := range vs {
		if out[i] != want || want == Stored && !holds(t, s, vs[i]) {
			t.Fatalf("record %d: %s, or not found at once", i, out[i])
		}
	}
}

// Who waits for an answer gets it when a power cut can no longer take what was
// answered; who does not is not made to wait, and loses nothing of others'.
func TestAnsweredIsOnTheDisk(t *testing.T) {
	o := testOpener(t)
	d := openDark(t, o, 10*time.Second)
	anna, bert, carl := newActor(t, 1), newActor(t, 2), newActor(t, 3)
	first := anna.profile(t, o, protocol.Profile{}, nil, t0)
	gossiped := bert.profile(t, o, protocol.Profile{}, nil, t0)

	expect(t, d.Store, first, t0, Stored)
	putVisible(t, d.Store, Stored, gossiped)
	if s := d.afterCut(t, o); !holds(t, s, first) || holds(t, s, gossiped) {
		t.Fatal("what was answered is missing, or what nobody waits for was synced at once")
	}
	// Held is an answer, too.
	expect(t, d.Store, gossiped, t0, Held)
	if s := d.afterCut(t, o); !holds(t, s, gossiped) {
		t.Fatal("called held and not on the disk")
	}
	if err := d.SetMeta("told", []byte("yes")); err != nil {
		t.Fatal(err)
	}
	if told, err := d.afterCut(t, o).Meta("told"); err != nil || string(told) != "yes" {
		t.Fatal(told, err)
	}
	// A job of the writer brings all before it along, whatever it did.
	other := carl.profile(t, o, protocol.Profile{}, nil, t0)
	putVisible(t, d.Store, Stored, other)
	if err := d.exec(t.Context(), func() error { return nil }); err != nil {
		t.Fatal(err)
	}
	s := d.afterCut(t, o)
	if !holds(t, s, other) {
		t.Fatal("a job was answered before what it may have seen was on the disk")
	}
	// One that waits among some that do not.
	var mixed []request
	for i := range uint64(3) {
		v := newActor(t, 10+i).profile(t, o, protocol.Profile{}, nil, t0)
		mixed = append(mixed, request{vs: s.newOffers([]protocol.Verified{v}, false), now: t0, soon: i != 1, done: make(chan reply, 1)})
	}
	if err := d.exec(t.Context(), func() error { d.commitGroup(mixed); return nil }); err != nil {
		t.Fatal(err)
	}
	s = d.afterCut(t, o)
	for i, r := range mixed {
		if a := <-r.done; a.err != nil || !holds(t, s, r.vs[0].Verified) {
			t.Fatal(i, a.err)
		}
	}
}

// What was seen to be erased is not there again after a power cut, by whatever
// way the erasure came.
func TestErasureIsOnTheDisk(t *testing.T) {
	o := testOpener(t)
	d := openDark(t, o, 10*time.Second)
	anna := newActor(t, 1)
	profile := anna.profile(t, o, protocol.Profile{}, nil, t0)
	expect(t, d.Store, profile, t0, Stored)
	putVisible(t, d.Store, Stored, anna.seal(t, o, protocol.ErasureDraft(nil, t0.Add(time.Second).UnixMilli())))
	if s := d.afterCut(t, o); holds(t, s, profile) {
		t.Fatal("an erased record is there again")
	}
}

// Gossip is synced by itself after the delay, once for all that came in it,
// and when the replica is closed.
func TestGossipIsSyncedSoon(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := testOpener(t)
		cfg := diskConfig(t.TempDir())
		cfg.Simulated = true
		s, err := Open(cfg, o, quiet)
		if err != nil {
			t.Fatal(err)
		}
		before := s.Stats().Syncs
		for i := range uint64(10) {
			putVisible(t, s, Stored, newActor(t, 1+i).profile(t, o, protocol.Profile{}, nil, t0))
			time.Sleep(time.Millisecond)
		}
		if n := s.Stats().Syncs; n != before {
			t.Fatalf("%d syncs before the delay", n-before)
		}
		if noted, err := s.home.readRoot(); err != nil || noted.count != 0 {
			t.Fatal("the root outside is ahead of the disk", noted, err)
		}
		time.Sleep(cfg.SyncDelay)
		synctest.Wait()
		if n := s.Stats().Syncs; n != before+1 {
			t.Fatalf("%d syncs after the delay", n-before)
		}
		if noted, err := s.home.readRoot(); err != nil || noted.count != 10 {
			t.Fatal("the root outside does not follow", noted, err)
		}
		putVisible(t, s, Stored, newActor(t, 99).profile(t, o, protocol.Profile{}, nil, t0))
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if n := s.Stats().Syncs; n != before+2 {
			t.Fatalf("%d syncs when closed", n-before)
		}
	})
}

// The system writes the pages of a log in any order. One that the power cut
// left out, behind what was synced, is the end of the log and no damage.
func TestPageThatWasNotWritten(t *testing.T) {
	o := testOpener(t)
	d := openDark(t, o, 10*time.Second)
	for i := range uint64(5) {
		expect(t, d.Store, newActor(t, 1+i).profile(t, o, protocol.Profile{}, nil, t0), t0, Stored)
	}
	synced := d.logEnd(t)
	for i := range uint64(20) {
		putVisible(t, d.Store, Stored, newActor(t, 100+i).profile(t, o, protocol.Profile{}, nil, t0))
	}
	end := d.logEnd(t)
	const page = 4096
	if end-synced < 4*page {
		t.Fatalf("%d bytes are too few for this test", end-synced)
	}
	d.cfg.onSync() // all of the files, as they are
	log := d.log(t, d.disk)
	whole, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	for at := synced/page*page + page; at+page < end; at += page {
		torn := append([]byte(nil), whole...)
		clear(torn[at : at+page])
		if err := os.WriteFile(log, torn, 0o600); err != nil {
			t.Fatal(err)
		}
		s := d.afterCut(t, o)
		if n := s.Counts(t0)[protocol.KindProfile]; n < 5 || n >= 25 {
			t.Fatalf("page at %d: %d profiles", at, n)
		}
	}
}

func (d *darkStore) log(t *testing.T, home string) string {
	t.Helper()
	logs, err := filepath.Glob(filepath.Join(home, "badger", "*.mem"))
	if err != nil || len(logs) != 1 {
		t.Fatal(logs, err)
	}
	return logs[0]
}

// logEnd is where the last byte that is not zero stands.
func (d *darkStore) logEnd(t *testing.T) int {
	t.Helper()
	b, err := os.ReadFile(d.log(t, d.cfg.Dir))
	if err != nil {
		t.Fatal(err)
	}
	for end := len(b); end > 0; end-- {
		if b[end-1] != 0 {
			return end
		}
	}
	return 0
}

// A disk that fails once may have left a hole in the log: nothing is called
// stored behind it.
func TestNothingIsStoredBehindAFailedSync(t *testing.T) {
	o := testOpener(t)
	s := openStore(t, diskConfig(t.TempDir()), o)
	expect(t, s, newActor(t, 1).profile(t, o, protocol.Profile{}, nil, t0), t0, Stored)
	failure := errors.New("input/output error")
	if err := s.exec(t.Context(), func() error { return s.noteSync(failure) }); !errors.Is(err, failure) {
		t.Fatal(err)
	}
	v := newActor(t, 2).profile(t, o, protocol.Profile{}, nil, t0)
	if _, err := s.Put(t.Context(), v, t0); !errors.Is(err, failure) || holds(t, s, v) {
		t.Fatal(err)
	}
	if _, err := s.PutVisible(t.Context(), []protocol.Verified{v}, t0); !errors.Is(err, failure) {
		t.Fatal(err)
	}
}

// Gossip follows the logs as well, or one that it began would not be known: a
// log that is not where it must be is noticed by the first that is written.
func TestGossipFollowsTheLogs(t *testing.T) {
	o := testOpener(t)
	d := openDark(t, o, 10*time.Second)
	expect(t, d.Store, newActor(t, 1).profile(t, o, protocol.Profile{}, nil, t0), t0, Stored)
	logs, err := filepath.Glob(filepath.Join(d.cfg.Dir, "badger", "*.mem"))
	if err != nil || len(logs) == 0 {
		t.Fatal(logs, err)
	}
	for _, path := range logs {
		if err := os.Rename(path, path+".away"); err != nil {
			t.Fatal(err)
		}
		defer os.Rename(path+".away", path)
	}
	v := newActor(t, 2).profile(t, o, protocol.Profile{}, nil, t0)
	if _, err := d.PutVisible(t.Context(), []protocol.Verified{v}, t0); err == nil {
		t.Error("written though the log is gone")
	}
}

// What a record leaves that is not stored is on the disk with the answer, too,
// and an answer for which nothing was written syncs nothing.
func TestProofIsOnTheDisk(t *testing.T) {
	o := testOpener(t)
	d := openDark(t, o, 10*time.Second)
	anna := newActor(t, 1)
	winner, loser := anna.profile(t, o, protocol.Profile{Name: "Une"}, nil, t0), anna.profile(t, o, protocol.Profile{Name: "Autre"}, nil, t0)
	if loser.Record().Beats(winner.Record()) {
		winner, loser = loser, winner
	}
	expect(t, d.Store, winner, t0, Stored)
	expect(t, d.Store, loser, t0, Stale)
	if _, ok := d.afterCut(t, o).Equivocation(anna.Identity(), t0); !ok {
		t.Error("a power cut took the proof")
	}
	before := d.Stats().Syncs
	expect(t, d.Store, winner, t0, Held)
	expect(t, d.Store, loser, t0, Stale)
	if err := d.exec(t.Context(), func() error { return d.update(func(*badger.Txn) error { return nil }) }); err != nil {
		t.Fatal(err)
	}
	if n := d.Stats().Syncs - before; n != 0 {
		t.Errorf("%d syncs for nothing", n)
	}
}

// What the run before left in the log need not be on the disk: the first answer
// after a start brings it there.
func TestFirstAnswerSyncsWhatWasThere(t *testing.T) {
	o := testOpener(t)
	cfg := diskConfig(t.TempDir())
	s, err := Open(cfg, o, quiet)
	if err != nil {
		t.Fatal(err)
	}
	v := newActor(t, 1).profile(t, o, protocol.Profile{}, nil, t0)
	expect(t, s, v, t0, Stored)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = openStore(t, cfg, o)
	before := s.Stats().Syncs
	expect(t, s, v, t0, Held)
	if s.Stats().Syncs == before {
		t.Error("called held, and nothing was synced since the start")
	}
}
