package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"github.com/dgraph-io/badger/v4"

	"courtcircuit/protocol"
)

// filesHolding lists the files under dir that contain a text.
func filesHolding(tb testing.TB, dir, text string) (names []string) {
	tb.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		b, err := os.ReadFile(path)
		if bytes.Contains(b, []byte(text)) {
			names = append(names, filepath.Base(path))
		}
		return err
	})
	if err != nil {
		tb.Fatal(err)
	}
	return names
}

var canaryPattern = regexp.MustCompile(`canari-[a-z0-9]+-[0-9]{5}-zzyzx`)

// canariesIn finds all canaries of all files at once.
func canariesIn(tb testing.TB, dir string) map[string][]string {
	tb.Helper()
	out := map[string][]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		b, err := os.ReadFile(path)
		for _, c := range canaryPattern.FindAll(b, -1) {
			out[string(c)] = append(out[string(c)], filepath.Base(path))
		}
		return err
	})
	if err != nil {
		tb.Fatal(err)
	}
	return out
}

func canary(name string, i int) string { return fmt.Sprintf("canari-%s-%05d-zzyzx", name, i) }

func putAll(tb testing.TB, s *Store, vs []protocol.Verified, now time.Time) {
	tb.Helper()
	out, err := s.PutBatch(context.Background(), vs, now)
	if err != nil {
		tb.Fatal(err)
	}
	for i, o := range out {
		if o != Stored {
			tb.Fatalf("record %d: %s", i, o)
		}
	}
}

// Several hundred people, some of them erased, some replaced: their words are
// in no file, everybody else's still are, and nothing comes back on reopening.
func TestErasedTextLeavesAllFiles(t *testing.T) {
	o := testOpener(t)
	cfg := diskConfig(t.TempDir())
	cfg.MemTableBytes = 1 << 20 // several tables, so that versions are spread
	s, err := Open(cfg, o, quiet)
	if err != nil {
		t.Fatal(err)
	}
	const people = 400
	actors := make([]actor, people)
	card := func(i, version int) protocol.Verified {
		text := canary(fmt.Sprintf("v%d", version), i)
		p := protocol.Profile{
			Name: "Nom " + text, Headline: "Titre " + text, Skills: []string{"métier " + text},
			About: text + string(bytes.Repeat([]byte(" long texte de carte"), 150)),
		}
		return actors[i].profile(t, o, p, nil, t0.Add(time.Duration(version)*time.Minute))
	}
	var first []protocol.Verified
	for i := range actors {
		actors[i] = newActor(t, 1000+uint64(i))
		first = append(first, card(i, 1))
	}
	putAll(t, s, first, t0)
	var second, third []protocol.Verified
	for i := 0; i < people; i += 2 {
		second = append(second, card(i, 2))
	}
	putAll(t, s, second, t0)
	for i := 0; i < people; i += 4 { // version 2 is replaced or ended in three ways
		at := t0.Add(5 * time.Minute)
		switch i % 3 {
		case 0:
			third = append(third, actors[i].seal(t, o, protocol.ErasureDraft(nil, at.UnixMilli())))
		case 1:
			third = append(third, actors[i].tombstone(t, o, first[i], at))
		default:
			third = append(third, card(i, 3))
		}
	}
	putAll(t, s, third, t0)
	digest := s.Digest(t0)
	check := func(when string) {
		t.Helper()
		in := canariesIn(t, cfg.Dir)
		for i := range people {
			live := 1
			if i%2 == 0 {
				live = 2
			}
			if i%4 == 0 {
				live = 0
				if i%3 == 2 {
					live = 3
				}
			}
			for v := 1; v <= 3; v++ {
				got := in[canary(fmt.Sprintf("v%d", v), i)]
				if (len(got) > 0) != (v == live) {
					t.Fatalf("%s: person %d version %d in %v, live version %d", when, i, v, got, live)
				}
			}
		}
	}
	if err := s.purgeText(context.Background()); err != nil {
		t.Fatal(err)
	}
	check("after the purge")
	if n := s.Stats().PurgeWaiting; n != 0 {
		t.Fatal("texts wait:", n)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	check("after closing")
	s = openStore(t, cfg, o)
	check("after reopening")
	if s.Digest(t0) != digest || s.Damaged() {
		t.Fatal("the purge changed the live set")
	}
}

// Stopping at any point between the erasure's commit and the end of the purge
// leaves notes from which the next start goes on.
func TestPurgeResumesWhereItStopped(t *testing.T) {
	for _, stop := range []string{"before", "marked", "dropped"} {
		t.Run(stop, func(t *testing.T) {
			o := testOpener(t)
			cfg := diskConfig(t.TempDir())
			s, err := Open(cfg, o, quiet)
			if err != nil {
				t.Fatal(err)
			}
			anna := newActor(t, 1)
			text := canary("resume", 1)
			v := anna.profile(t, o, protocol.Profile{About: text}, nil, t0)
			expect(t, s, v, t0, Stored)
			if len(filesHolding(t, cfg.Dir, text)) == 0 {
				t.Fatal("the test looks for a text that was never there")
			}
			// reopen so that the text is in a table, not in the log
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			if s, err = Open(cfg, o, quiet); err != nil {
				t.Fatal(err)
			}
			expect(t, s, anna.seal(t, o, protocol.ErasureDraft(nil, t0.Add(time.Second).UnixMilli())), t0, Stored)
			ids := []protocol.RecordID{v.Record().ID}
			if stop != "before" {
				if err := s.exec(t.Context(), func() error { return s.uncover(ids) }); err != nil {
					t.Fatal(err)
				}
			}
			if stop == "dropped" {
				if err := s.db.DropPrefix(bodyKey(ids[0])); err != nil {
					t.Fatal(err)
				}
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			s = openStore(t, cfg, o)
			if s.Stats().PurgeWaiting != 1 {
				t.Fatal("the note is lost")
			}
			if err := s.purgeText(context.Background()); err != nil {
				t.Fatal(err)
			}
			if in := filesHolding(t, cfg.Dir, text); len(in) > 0 {
				t.Fatal("text in", in)
			}
		})
	}
}

// The check of the files is what tells a purge that did nothing from one that
// worked: a text that DropPrefix did not see is reported, and taken next time.
func TestCheckFindsTextLeftBehind(t *testing.T) {
	o := testOpener(t)
	cfg := diskConfig(t.TempDir())
	s := openStore(t, cfg, o)
	anna := newActor(t, 1)
	v := anna.profile(t, o, protocol.Profile{About: canary("left", 1)}, nil, t0)
	expect(t, s, v, t0, Stored)
	ids := []protocol.RecordID{v.Record().ID}
	if err := s.checkFiles(ids); err == nil {
		t.Fatal("the text stands in the log and was not found")
	}
}

// A text whose key is out of sight, while older versions of it stand in a
// table, is nothing to DropPrefix; covering the key first makes it work.
func TestPurgeOfTextOutOfSight(t *testing.T) {
	o := testOpener(t)
	cfg := diskConfig(t.TempDir())
	s, err := Open(cfg, o, quiet)
	if err != nil {
		t.Fatal(err)
	}
	anna := newActor(t, 1)
	text := canary("sight", 1)
	v := anna.profile(t, o, protocol.Profile{About: text}, nil, t0)
	expect(t, s, v, t0, Stored)
	if err := s.Close(); err != nil { // into a table
		t.Fatal(err)
	}
	s = openStore(t, cfg, o)
	expect(t, s, anna.seal(t, o, protocol.ErasureDraft(nil, t0.UnixMilli())), t0, Stored)
	if err := s.db.Update(func(txn *badger.Txn) error { return txn.Delete(bodyKey(v.Record().ID)) }); err != nil {
		t.Fatal(err)
	}
	if err := s.purgeText(context.Background()); err != nil {
		t.Fatal(err)
	}
	if in := filesHolding(t, cfg.Dir, text); len(in) > 0 {
		t.Fatal("text in", in)
	}
}

// Run gets an erasure's text out of the files by itself, while records keep
// coming in and none that was acknowledged is lost.
func TestRunPurgesWhileWriting(t *testing.T) {
	o := testOpener(t)
	cfg := diskConfig(t.TempDir())
	gone := make(chan struct{})
	s := openStore(t, cfg, o)
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		defer close(gone)
		if err := s.Run(ctx); err != nil {
			t.Error(err)
		}
	}()
	anna := newActor(t, 1)
	text := canary("run", 1)
	expect(t, s, anna.profile(t, o, protocol.Profile{About: text}, nil, t0), t0, Stored)
	expect(t, s, anna.seal(t, o, protocol.ErasureDraft(nil, t0.Add(time.Second).UnixMilli())), t0, Stored)
	stored := 0
	for s.Stats().PurgeWaiting > 0 { // each Put is an await: the purge shares the writer with it
		expect(t, s, newActor(t, 100+uint64(stored)).profile(t, o, protocol.Profile{}, nil, t0), t0, Stored)
		stored++
	}
	if in := filesHolding(t, cfg.Dir, text); len(in) > 0 {
		t.Fatal("text in", in)
	}
	cancel()
	<-gone
	if n := s.Counts(t0)[protocol.KindProfile]; n != stored {
		t.Fatalf("%d profiles, %d acknowledged", n, stored)
	}
}

// Who reads everything of one moment, as a backup does, finds each card with
// its text, also one that is replaced and purged meanwhile: the reader does not
// see the version that came instead.
func TestPurgeTakesNothingFromAMoment(t *testing.T) {
	o := testOpener(t)
	s := openStore(t, diskConfig(t.TempDir()), o)
	var cards []protocol.Verified
	for i := range uint64(10) {
		cards = append(cards, newActor(t, 1+i).profile(t, o, protocol.Profile{}, nil, t0))
	}
	putAll(t, s, cards, t0)
	read, bodies := 0, 0
	err := s.EachLive(t.Context(), t0, func(rec protocol.Record) error {
		if read++; rec.HasBody {
			bodies++
		}
		if read > 1 {
			return nil
		}
		for i := range uint64(10) {
			expect(t, s, newActor(t, 1+i).profile(t, o, protocol.Profile{}, nil, t0.Add(time.Second)), t0.Add(time.Second), Stored)
		}
		if err := s.purgeText(t.Context()); !errors.Is(err, errTextRemains) {
			t.Error("purged:", err)
		}
		return nil
	})
	if err != nil || read != 10 || bodies != 10 {
		t.Fatalf("%d records, %d with their body: %v", read, bodies, err)
	}
	if err := s.purgeText(t.Context()); err != nil || s.Stats().PurgeWaiting != 0 {
		t.Fatal("not purged afterwards:", err)
	}
}

// A purge lists each text that waits once, those of erasures first, and one
// that is erased meanwhile before the others go on.
func TestPurgeListsEachTextOnce(t *testing.T) {
	s := openStore(t, memoryConfig(), testOpener(t))
	putAll(t, s, manyRecords(t, testOpener(t), 10), t0)
	id := func(i int) protocol.RecordID { return sha256.Sum256(fmt.Append(nil, i)) }
	const many, soon = 3*maxDrop + 100, maxDrop + 100
	want := map[protocol.RecordID]bool{}
	note := func(i int, urgent bool) {
		damage(t, s, func(txn *badger.Txn) error { return txn.Set(purgeKey(id(i)), purgeValue(urgent)) })
		want[id(i)] = urgent
	}
	for i := range many {
		note(i, i < soon)
	}
	pass := &purgePass{}
	round := func() (urgent int) {
		t.Helper()
		ids, err := s.waitingTexts(pass, maxDrop)
		if err != nil || len(ids) > maxDrop {
			t.Fatal(len(ids), err)
		}
		for _, id := range ids {
			soon, here := want[id]
			if !here {
				t.Fatal("listed twice, or never noted:", id)
			}
			if soon {
				urgent++
			}
			delete(want, id)
			damage(t, s, func(txn *badger.Txn) error { return txn.Delete(purgeKey(id)) })
		}
		return urgent
	}
	for _, n := range []int{maxDrop, soon - maxDrop, 0} {
		if got := round(); got != n {
			t.Fatalf("%d of erasures in a round, %d expected", got, n)
		}
	}
	for i := range 3 {
		note(many+i, true)

	}
	s.erasures.Add(1)
	if got := round(); got != 3 {
		t.Fatalf("%d erased meanwhile, 3 expected at once", got)
	}
	for rounds := 0; !pass.done; rounds++ {
		if round(); rounds > many/maxDrop {
			t.Fatal("no end")
		}
	}
	if len(want) > 0 {
		t.Errorf("%d were never listed", len(want))
	}
}
