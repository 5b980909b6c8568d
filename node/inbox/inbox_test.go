package inbox

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"courtcircuit/node/card"

	badger "github.com/dgraph-io/badger/v4"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func openTest(t testing.TB, change func(*Config)) *Inbox {
	t.Helper()
	cfg := DefaultConfig(t.TempDir())
	if change != nil {
		change(&cfg)
	}
	b, err := Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if !b.db.IsClosed() {
			if err := b.Close(); err != nil {
				t.Error(err)
			}
		}
	})
	return b
}

func reopen(t testing.TB, b *Inbox) *Inbox {
	t.Helper()
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	return openTest(t, func(c *Config) { *c = b.cfg })
}

func testDraft(n byte) Draft {
	created := time.Date(2026, 3, 1, 12, 0, int(n), 0, time.UTC)
	return Draft{
		ID: [32]byte{n}, Slot: [16]byte{n, 1}, CreatedAt: created, PostedBy: "console",
		Mission: card.Mission{
			Title: fmt.Sprintf("Mission %d", n), Description: "Brouillon confidentiel", Place: card.Place{Text: "31000"},
			Needs: []card.Need{{Skill: "graphisme", Count: 1, Days: 10}}, Budget: &card.Budget{Min: 1, Max: 2, Currency: "EUR", Per: "day"}, Status: "draft",
		},
	}
}

func TestDraftsSurviveReopening(t *testing.T) {
	b := openTest(t, nil)
	for n := byte(1); n <= 3; n++ {
		if err := b.PutDraft(testDraft(n)); err != nil {
			t.Fatal(err)
		}
	}
	changed := testDraft(2)
	changed.Mission.Title = "Autre titre"
	changed.Mission.Place = card.Place{Resolved: &card.ResolvedPlace{Name: "Toulouse", Lat: 43.6, Lon: 1.44}}
	if err := b.PutDraft(changed); err != nil {
		t.Fatal(err)
	}
	if err := b.DeleteDraft([32]byte{1}); err != nil {
		t.Fatal(err)
	}
	if err := b.DeleteDraft([32]byte{1}); err != nil {
		t.Errorf("deleting twice: %v", err)
	}
	b = reopen(t, b)
	got, err := b.Drafts()
	if diff := cmp.Diff([]Draft{testDraft(3), changed}, got); diff != "" || err != nil {
		t.Errorf("drafts (-want +got, %v):\n%s", err, diff)
	}
	if _, err := b.Draft([32]byte{1}); !errors.Is(err, ErrNotFound) {
		t.Errorf("a deleted draft: %v, ErrNotFound expected", err)
	}
	if drafts, refs := b.Counts(); drafts != 2 || refs != 0 {
		t.Errorf("%d drafts and %d references counted, 2 and 0 expected", drafts, refs)
	}
}

func TestRefs(t *testing.T) {
	b := openTest(t, nil)
	one, two := [32]byte{1}, [32]byte{2}
	if err := b.SetRefs([]Ref{{"M-1", one}, {"M-1b", one}, {"M-2", two}, {"M-3", one}, {"M-3", two}}); err != nil {
		t.Fatal(err)
	}
	if err := b.DeleteRefsOf(one); err != nil {
		t.Fatal(err)
	}
	b = reopen(t, b)
	for ref, want := range map[string][32]byte{"M-1": {}, "M-1b": {}, "M-2": two, "M-3": two, "none": {}} {
		got, ok, err := b.Ref(ref)
		if err != nil || got != want || ok != (want != [32]byte{}) {
			t.Errorf("%s names %x, %v (%v), %x expected", ref, got[:1], ok, err, want[:1])
		}
	}
	if err := b.SetRef("", one); err == nil {
		t.Error("an empty reference was kept")
	}
	if err := b.SetRef(strings.Repeat("x", MaxRefBytes+1), one); err == nil {
		t.Error("an overlong reference was kept")
	}
}

func TestBounds(t *testing.T) {
	full := error(nil)
	b := openTest(t, func(c *Config) {
		c.MaxDrafts, c.MaxRefs, c.MaxDraftBytes = 2, 3, 2000
		c.CheckSpace = func() error { return full }
	})
	for n := byte(1); n <= 3; n++ {
		if err := b.PutDraft(testDraft(n)); (n == 3) != errors.Is(err, ErrFull) {
			t.Errorf("draft %d: %v", n, err)
		}
	}
	if err := b.PutDraft(testDraft(2)); err != nil {
		t.Errorf("replacing a draft in a full inbox: %v", err)
	}
	if err := b.DeleteDraft([32]byte{1}); err != nil {
		t.Fatal(err)
	}
	if err := b.PutDraft(testDraft(3)); err != nil {
		t.Errorf("a draft after one was deleted: %v", err)
	}
	long := testDraft(2)
	long.Mission.Description = strings.Repeat("x", 3000)
	if err := b.PutDraft(long); !errors.Is(err, ErrFull) {
		t.Errorf("an overlong draft: %v, ErrFull expected", err)
	}
	if err := b.SetRefs([]Ref{{"a", [32]byte{1}}, {"b", [32]byte{1}}, {"c", [32]byte{1}}, {"d", [32]byte{1}}}); !errors.Is(err, ErrFull) {
		t.Errorf("too many references: %v, ErrFull expected", err)
	}
	if _, ok, _ := b.Ref("a"); ok {
		t.Error("a refused batch was kept")
	}
	full = errors.New("disk full")
	if err := b.PutDraft(testDraft(2)); !errors.Is(err, full) {
		t.Errorf("a draft on a full disk: %v", err)
	}
	if err := b.SetRef("a", [32]byte{1}); !errors.Is(err, full) {
		t.Errorf("a reference on a full disk: %v", err)
	}
	if err := b.DeleteDraft([32]byte{2}); err != nil {
		t.Errorf("deleting on a full disk: %v", err)
	}
	for _, cfg := range []Config{{}, {Dir: "x"}, {Dir: "x", MaxDrafts: 1, MaxRefs: 1}, {Dir: "x", MaxDrafts: 1, MaxRefs: 1, MaxDraftBytes: maxValueBytes + 1},
		{Dir: "x", MaxDrafts: 1, MaxRefs: 1, MaxDraftBytes: 1}, {Dir: "x", MaxDrafts: 1, MaxRefs: 1, MaxDraftBytes: 1, MaxHidden: 1}, {Dir: "x", MaxDrafts: 1, MaxRefs: 1, MaxDraftBytes: 1, MaxHidden: 1, MaxReports: 1}} {
		if _, err := Open(cfg); err == nil {
			t.Errorf("opened with %+v", cfg)
		}
	}
}

// The words of a deleted draft and the ids behind deleted references are in
// no file afterwards, while the inbox is still open.
func TestDeletedTextLeavesTheFiles(t *testing.T) {
	b := openTest(t, nil)
	canary := testDraft(1)
	canary.Mission.Description = "canari-unique-7f3a"
	owner := [32]byte([]byte("profil-canari-0123456789abcdefgh"))
	for range 2 { // the second round replaces: older versions must go too
		if err := b.PutDraft(canary); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.PutDraft(testDraft(2)); err != nil {
		t.Fatal(err)
	}
	if err := b.SetRefs([]Ref{{"M-1", owner}, {"M-2", owner}}); err != nil {
		t.Fatal(err)
	}
	b = reopen(t, b) // into tables
	if err := b.PutDraft(canary); err != nil {
		t.Fatal(err)
	}
	words := [][]byte{[]byte("canari-unique-7f3a"), owner[:]}
	if n := countInFiles(t, b.cfg.Dir, words[0]); n == 0 {
		t.Fatal("the canary is in no file before it is deleted: this test proves nothing")
	}
	if err := b.DeleteDraft(canary.ID); err != nil {
		t.Fatal(err)
	}
	if err := b.DeleteRefsOf(owner); err != nil {
		t.Fatal(err)
	}
	for _, w := range words {
		if n := countInFiles(t, b.cfg.Dir, w); n != 0 {
			t.Errorf("%q is in %d files after deletion", w, n)
		}
	}
	if _, err := b.Draft([32]byte{2}); err != nil {
		t.Errorf("the other draft: %v", err)
	}
}

func countInFiles(t *testing.T, dir string, word []byte) (n int) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		data, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(data, word) {
			n++
		}
	}
	return n
}

// A crash between blanking and dropping is finished on opening.
func TestInterruptedDeletionIsFinished(t *testing.T) {
	b := openTest(t, nil)
	d := testDraft(1)
	d.Mission.Description = "canari-unique-7f3a"
	if err := b.PutDraft(d); err != nil {
		t.Fatal(err)
	}
	if err := b.db.Update(func(txn *badger.Txn) error { return txn.Set(draftKey(d.ID), nil) }); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Draft(d.ID); !errors.Is(err, ErrNotFound) {
		t.Errorf("a blanked draft: %v, ErrNotFound expected", err)
	}
	b = reopen(t, b)
	if n := countInFiles(t, b.cfg.Dir, []byte("canari-unique-7f3a")); n != 0 {
		t.Errorf("the canary is in %d files after opening", n)
	}
	if drafts, _ := b.Counts(); drafts != 0 {
		t.Errorf("%d drafts counted", drafts)
	}
}

func TestNewerAndDamagedValues(t *testing.T) {
	b := openTest(t, nil)
	set := func(key []byte, value string) {
		if err := b.db.Update(func(txn *badger.Txn) error { return txn.Set(key, []byte(value)) }); err != nil {
			t.Fatal(err)
		}
	}
	for value, want := range map[string]error{`{"v":2}`: ErrNewerFormat, `{"v":0}`: ErrDamaged, `{`: ErrDamaged, `{"v":1,"slot":"AA=="}`: ErrDamaged} {
		set(draftKey([32]byte{1}), value)
		if _, err := b.Draft([32]byte{1}); !errors.Is(err, want) {
			t.Errorf("draft %s: %v, %v expected", value, err, want)
		}
		set(refKey(refHash("a")), strings.ReplaceAll(value, "slot", "id"))
		if _, _, err := b.Ref("a"); !errors.Is(err, want) {
			t.Errorf("reference %s: %v, %v expected", value, err, want)
		}
	}
	set(formatKey, "\x02")
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(b.cfg); !errors.Is(err, ErrNewerFormat) {
		t.Errorf("a newer inbox: %v, ErrNewerFormat expected", err)
	}
}

func TestSecondOpenIsRefused(t *testing.T) {
	b := openTest(t, nil)
	if other, err := Open(b.cfg); err == nil {
		t.Errorf("opened twice, %v", other.Close())
	}
}

func TestBackupThenRestore(t *testing.T) {
	b := openTest(t, nil)
	var refs []Ref
	for n := range 1200 {
		refs = append(refs, Ref{fmt.Sprint("ref ", n), [32]byte{byte(n), byte(n >> 8), 1}})
	}
	if err := b.SetRefs(refs); err != nil {
		t.Fatal(err)
	}
	if err := b.PutDraft(testDraft(1)); err != nil {
		t.Fatal(err)
	}
	var saved bytes.Buffer
	if err := b.Backup(&saved); err != nil {
		t.Fatal(err)
	}
	if err := b.Restore(bytes.NewReader(saved.Bytes())); !errors.Is(err, ErrNotEmpty) {
		t.Errorf("restore over an inbox in use: %v, ErrNotEmpty expected", err)
	}
	got := openTest(t, nil)
	if err := got.Restore(bytes.NewReader(saved.Bytes())); err != nil {
		t.Fatal(err)
	}
	if drafts, n := got.Counts(); drafts != 1 || n != len(refs) {
		t.Errorf("%d drafts and %d references restored", drafts, n)
	}
	if err := got.DeleteRefsOf(refs[700].Profile); err != nil {
		t.Fatal(err)
	}
	if _, ok, _ := got.Ref(refs[700].Ref); ok {
		t.Error("the owner marks were not restored")
	}
	if id, ok, _ := got.Ref(refs[701].Ref); !ok || id != refs[701].Profile {
		t.Error("a reference was not restored")
	}
	lines := bytes.SplitAfter(saved.Bytes(), []byte("\n"))
	for name, bad := range map[string][]byte{
		"empty":     nil,
		"cut":       saved.Bytes()[:saved.Len()/2],
		"no end":    bytes.Join(lines[:len(lines)-2], nil),
		"one less":  append(bytes.Join(lines[:5], nil), bytes.Join(lines[6:], nil)...),
		"no head":   bytes.Join(lines[1:], nil),
		"more":      append(bytes.Clone(saved.Bytes()), "{}\n"...),
		"long line": append(bytes.Join(lines[:1], nil), bytes.Repeat([]byte("x"), maxLineBytes+10)...),
		"bad key":   []byte(string(lines[0]) + `{"key":"66","value":{}}` + "\n" + `{"entries":1}`),
	} {
		if err := openTest(t, nil).Restore(bytes.NewReader(bad)); !errors.Is(err, ErrDamaged) {
			t.Errorf("%s: %v, ErrDamaged expected", name, err)
		}
	}
	newer := bytes.Replace(saved.Bytes(), []byte(`"version":1`), []byte(`"version":4`), 1)
	if err := openTest(t, nil).Restore(bytes.NewReader(newer)); !errors.Is(err, ErrNewerFormat) {
		t.Errorf("a newer backup: %v, ErrNewerFormat expected", err)
	}
	small := openTest(t, func(c *Config) { c.MaxRefs = 10 })
	if err := small.Restore(bytes.NewReader(saved.Bytes())); !errors.Is(err, ErrFull) {
		t.Errorf("a backup over the bounds: %v, ErrFull expected", err)
	}
}

// The simulated inbox lets fake time stand still: nothing in it ticks.
func TestSimulated(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, err := Open(Config{InMemory: true, Simulated: true, MaxDrafts: 10, MaxRefs: 10, MaxDraftBytes: 1 << 16, MaxHidden: 10, MaxReports: 10, MaxReportsOf: 3})
		if err != nil {
			t.Fatal(err)
		}
		if err := b.PutDraft(testDraft(1)); err != nil {
			t.Fatal(err)
		}
		time.Sleep(24 * time.Hour)
		if err := b.DeleteDraft([32]byte{1}); err != nil {
			t.Fatal(err)
		}
		if err := b.Close(); err != nil {
			t.Fatal(err)
		}
	})
}

// Random steps give the same references as a plain map.
func TestRefsAgainstModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b, err := Open(Config{InMemory: true, Simulated: true, MaxDrafts: 10, MaxRefs: 5, MaxDraftBytes: 1 << 16, MaxHidden: 10, MaxReports: 10, MaxReportsOf: 3})
		if err != nil {
			t.Fatal(err)
		}
		defer b.Close()
		model := map[string][32]byte{}
		ref := rapid.SampledFrom([]string{"a", "b", "c", "d", "e", "f", "g"})
		id := rapid.Custom(func(t *rapid.T) [32]byte { return [32]byte{rapid.ByteRange(1, 3).Draw(t, "id")} })
		t.Repeat(map[string]func(*rapid.T){
			"set": func(t *rapid.T) {
				r, p := ref.Draw(t, "ref"), id.Draw(t, "profile")
				_, known := model[r]
				err := b.SetRef(r, p)
				if errors.Is(err, ErrFull) != (!known && len(model) == 5) {
					t.Fatal(err)
				}
				if err == nil {
					model[r] = p
				}
			},
			"delete": func(t *rapid.T) {
				p := id.Draw(t, "profile")
				if err := b.DeleteRefsOf(p); err != nil {
					t.Fatal(err)
				}
				for r, owner := range model {
					if owner == p {
						delete(model, r)
					}
				}
			},
			"": func(t *rapid.T) {
				for _, r := range []string{"a", "b", "c", "d", "e", "f", "g"} {
					got, ok, err := b.Ref(r)
					want, known := model[r]
					if err != nil || ok != known || got != want {
						t.Fatalf("%s: %v %v, %v expected", r, got[:1], ok, want[:1])
					}
				}
				if _, refs := b.Counts(); refs != len(model) {
					t.Fatalf("%d references counted, %d expected", refs, len(model))
				}
			},
		})
	})
}

func FuzzRestore(f *testing.F) {
	f.Fuzz(func(t *testing.T, data []byte) {
		b, err := Open(Config{InMemory: true, Simulated: true, MaxDrafts: 10, MaxRefs: 10, MaxDraftBytes: 1 << 16, MaxHidden: 10, MaxReports: 10, MaxReportsOf: 3})
		if err != nil {
			t.Fatal(err)
		}
		defer b.Close()
		if b.Restore(bytes.NewReader(data)) != nil {
			return
		}
		_, drafts := b.Drafts()
		_, hidden := b.Hidden()
		_, reports := b.Reports()
		if err := errors.Join(drafts, hidden, reports); err != nil {
			t.Errorf("a restored inbox does not read: %v", err)
		}
		for space, bound := range shelfBounds {
			n := 0
			err := NewShelf[json.RawMessage](b, space).Each(func(ID, json.RawMessage) error { n++; return nil })
			if err != nil || n != b.shelved[space].count || n > bound.count || (n > 0 && slices.Contains(staysHere, space)) {
				t.Errorf("shelf %s of a restored inbox: %v, %d values, %d counted", string(space), err, n, b.shelved[space].count)
			}
		}
	})
}

func TestFuzzSeedsAreThere(t *testing.T) {
	if entries, err := os.ReadDir(filepath.Join("testdata", "fuzz", "FuzzRestore")); err != nil || len(entries) == 0 {
		t.Errorf("no seeds for FuzzRestore (%v)", err)
	}
}
