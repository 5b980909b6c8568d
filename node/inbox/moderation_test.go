package inbox

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

var noon = time.Date(2026, 11, 3, 12, 0, 0, 0, time.UTC)

func testReport(n, subject byte) Report {
	return Report{
		ID: [32]byte{n, 1}, Kind: "profile", Subject: [32]byte{subject}, Name: "Camille Moreau", Reason: "impersonation",
		Details: fmt.Sprintf("canari-signalement-%d", n), Contact: "camille@example.org", At: noon.Add(time.Duration(n) * time.Minute),
	}
}

func neverSettled(string, [32]byte) bool { return false }

func TestHiddenSurvivesReopening(t *testing.T) {
	b := openTest(t, func(c *Config) { c.MaxHidden = 3 })
	one := Hidden{Kind: "profile", Subject: [32]byte{1}, Reason: "faux profil", At: noon}
	sameID := Hidden{Kind: "collective", Subject: [32]byte{1}, At: noon.Add(time.Hour)}
	two := Hidden{Kind: "mission", Subject: [32]byte{2}, At: noon.Add(time.Minute)}
	for _, h := range []Hidden{one, sameID, two, two} {
		if err := b.PutHidden(h); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.PutHidden(Hidden{Kind: "mission", Subject: [32]byte{3}, At: noon}); !errors.Is(err, ErrFull) {
		t.Errorf("one too many: %v, ErrFull expected", err)
	}
	b = reopen(t, b)
	if err := b.PutHidden(Hidden{Kind: "mission", Subject: [32]byte{3}, At: noon}); !errors.Is(err, ErrFull) {
		t.Errorf("one too many after reopening: %v, ErrFull expected", err)
	}
	got, err := b.Hidden()
	if diff := cmp.Diff([]Hidden{sameID, two, one}, got); diff != "" || err != nil {
		t.Errorf("hidden (-want +got, %v):\n%s", err, diff)
	}
	if err := b.DeleteHidden("profile", one.Subject); err != nil {
		t.Fatal(err)
	}
	if err := b.DeleteHidden("profile", one.Subject); err != nil {
		t.Errorf("showing twice: %v", err)
	}
	if n := countInFiles(t, b.cfg.Dir, []byte(one.Reason)); n != 0 {
		t.Errorf("the reason is in %d files after the record is shown again", n)
	}
	b = reopen(t, b)
	if err := b.PutHidden(one); err != nil {
		t.Errorf("room was not given back: %v", err)
	}
}

func TestReportsSurviveReopening(t *testing.T) {
	b := openTest(t, nil)
	for n := byte(1); n <= 3; n++ {
		if err := b.AddReport(testReport(n, n)); err != nil {
			t.Fatal(err)
		}
	}
	b = reopen(t, b)
	if err := b.DeleteReport(testReport(2, 2).ID); err != nil {
		t.Fatal(err)
	}
	if err := b.DeleteReport(testReport(2, 2).ID); !errors.Is(err, ErrNotFound) {
		t.Errorf("dismissing twice: %v, ErrNotFound expected", err)
	}
	got, err := b.Reports()
	if diff := cmp.Diff([]Report{testReport(3, 3), testReport(1, 1)}, got); diff != "" || err != nil {
		t.Errorf("reports (-want +got, %v):\n%s", err, diff)
	}
	if n := countInFiles(t, b.cfg.Dir, []byte("canari-signalement-2")); n != 0 {
		t.Errorf("a dismissed report is in %d files", n)
	}
}

func TestSweepReports(t *testing.T) {
	b := openTest(t, nil)
	for n := byte(1); n <= 4; n++ {
		if err := b.AddReport(testReport(n, n)); err != nil {
			t.Fatal(err)
		}
	}
	erased := func(kind string, subject [32]byte) bool { return kind == "profile" && subject == [32]byte{4} }
	n, err := b.SweepReports(testReport(2, 2).At, erased)
	if err != nil || n != 2 {
		t.Errorf("%d swept (%v), 2 expected: the old one and that of an erased person", n, err)
	}
	got, err := b.Reports()
	if diff := cmp.Diff([]Report{testReport(3, 3), testReport(2, 2)}, got); diff != "" || err != nil {
		t.Errorf("reports (-want +got, %v):\n%s", err, diff)
	}
	for _, n := range []byte{1, 4} {
		if found := countInFiles(t, b.cfg.Dir, []byte(fmt.Sprintf("canari-signalement-%d", n))); found != 0 {
			t.Errorf("report %d is in %d files after the sweep", n, found)
		}
	}
}

// A flood about a few records never costs another record a report, and what
// gave way leaves the files.
func TestFloodDisplacesItselfOnly(t *testing.T) {
	b := openTest(t, func(c *Config) { c.MaxReports, c.MaxReportsOf = 30, 10 })
	for n := byte(1); n <= 5; n++ {
		if err := b.AddReport(testReport(n, n)); err != nil {
			t.Fatal(err)
		}
	}
	refused := 0
	for n := byte(10); n < 110; n++ { // three records are flooded
		if err := b.AddReport(testReport(n, 100+n%3)); errors.Is(err, ErrEnough) || errors.Is(err, ErrFull) {
			refused++
		} else if err != nil {
			t.Fatal(err)
		}
	}
	if refused == 0 || len(b.reports) != 30 {
		t.Fatalf("%d refused and %d kept: this test proves nothing", refused, len(b.reports))
	}
	late := testReport(200, 50)
	if err := b.AddReport(late); err != nil {
		t.Fatalf("an honest report in a flooded inbox: %v", err)
	}
	for n := byte(1); n <= 5; n++ {
		if _, ok := b.reports[testReport(n, n).ID]; !ok {
			t.Errorf("report %d was pushed out", n)
		}
	}
	kept := map[string]bool{}
	all, err := b.Reports()
	if err != nil || len(all) != 30 {
		t.Fatal(err, len(all))
	}
	for _, r := range all {
		kept[r.Details] = true
	}
	if _, err := b.SweepReports(time.Time{}, neverSettled); err != nil {
		t.Fatal(err)
	}
	for n := byte(10); n < 110; n++ {
		// Ended by a byte that follows it in the file, so that 1 is not found in 10.
		details := fmt.Sprintf("canari-signalement-%d\"", n)
		if !kept[details[:len(details)-1]] && countInFiles(t, b.cfg.Dir, []byte(details)) != 0 {
			t.Errorf("%s gave way and is still in a file", details)
		}
	}
}

// Whatever comes in whatever order: the bounds hold, no subject loses its
// first report, and the inbox refuses only when nobody has two more.
func TestReportsAgainstModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b, err := Open(Config{InMemory: true, Simulated: true, MaxDrafts: 1, MaxRefs: 1, MaxDraftBytes: 1 << 16, MaxHidden: 1, MaxReports: 8, MaxReportsOf: 3})
		if err != nil {
			t.Fatal(err)
		}
		defer b.Close()
		first := map[byte][32]byte{}
		for n := range byte(40) {
			subject := rapid.ByteRange(1, 12).Draw(t, "subject")
			before := countSubjects(b)
			err := b.AddReport(testReport(n, subject))
			most, held := 0, 0
			for _, c := range before {
				most, held = max(most, c), held+c
			}
			enough, full := before[subject] >= 3, held == 8 && most <= before[subject]+1
			if errors.Is(err, ErrEnough) != enough || (!enough && errors.Is(err, ErrFull) != full) || (err != nil && !enough && !full) {
				t.Fatalf("%v with %v before one more about %d", err, before, subject)
			}
			if _, known := first[subject]; !known && err == nil {
				first[subject] = testReport(n, subject).ID
			}
			for s, id := range first {
				if _, ok := b.reports[id]; !ok {
					t.Fatalf("%d lost its first report", s)
				}
			}
			stored, err := b.Reports()
			if err != nil || len(stored) != len(b.reports) || len(stored) > 8 {
				t.Fatal(err, len(stored), len(b.reports))
			}
		}
	})
}

func countSubjects(b *Inbox) map[byte]int {
	counts := map[byte]int{}
	for _, m := range b.reports {
		counts[m.subject.id[0]]++
	}
	return counts
}

func TestBackupOfModeration(t *testing.T) {
	b := openTest(t, nil)
	if err := b.PutDraft(testDraft(1)); err != nil {
		t.Fatal(err)
	}
	var plain, whole bytes.Buffer
	if err := b.Backup(&plain); err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(plain.Bytes(), []byte(`"version":1}`)) {
		t.Errorf("a backup without moderation is not one that older programs read: %.80s", plain.Bytes())
	}
	hidden := Hidden{Kind: "collective", Subject: [32]byte{7}, Reason: "usurpation", At: noon}
	if err := errors.Join(b.PutHidden(hidden), b.AddReport(testReport(1, 1))); err != nil {
		t.Fatal(err)
	}
	if err := b.Backup(&whole); err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(whole.Bytes(), []byte(`"version":2}`)) {
		t.Errorf("older programs would take this backup for a damaged one: %.80s", whole.Bytes())
	}
	got := openTest(t, nil)
	if err := got.Restore(bytes.NewReader(whole.Bytes())); err != nil {
		t.Fatal(err)
	}
	hiddenBack, err := got.Hidden()
	reportsBack, failed := got.Reports()
	if diff := cmp.Diff([]Hidden{hidden}, hiddenBack) + cmp.Diff([]Report{testReport(1, 1)}, reportsBack); diff != "" || err != nil || failed != nil {
		t.Errorf("restored (%v, %v):\n%s", err, failed, diff)
	}
	if err := got.Restore(bytes.NewReader(whole.Bytes())); !errors.Is(err, ErrNotEmpty) {
		t.Errorf("restored twice: %v", err)
	}
	if err := got.DeleteReport(testReport(1, 1).ID); err != nil {
		t.Errorf("a restored report is not known to memory: %v", err)
	}
	swapped := bytes.Replace(whole.Bytes(), []byte(`"kind":"collective"`), []byte(`"kind":"profile"`), 1)
	if err := openTest(t, nil).Restore(bytes.NewReader(swapped)); !errors.Is(err, ErrDamaged) {
		t.Errorf("a hidden record under another's key: %v, ErrDamaged expected", err)
	}
	for _, change := range []func(*Config){func(c *Config) { c.MaxHidden = 1 }, func(c *Config) { c.MaxReports = 1 }} {
		if err := errors.Join(b.PutHidden(Hidden{Kind: "profile", Subject: [32]byte{8}, At: noon}), b.AddReport(testReport(2, 2))); err != nil && !errors.Is(err, ErrFull) {
			t.Fatal(err)
		}
		whole.Reset()
		if err := b.Backup(&whole); err != nil {
			t.Fatal(err)
		}
		if err := openTest(t, change).Restore(&whole); !errors.Is(err, ErrFull) {
			t.Errorf("a backup over the bounds: %v, ErrFull expected", err)
		}
	}
}

// The seed of the fuzzer is a real backup, so that it starts from what counts.
func TestModerationSeedRestores(t *testing.T) {
	data, err := os.ReadFile(filepath.Join("testdata", "fuzz", "FuzzRestore", "moderation"))
	if err != nil {
		t.Fatal(err)
	}
	var text string
	if _, err := fmt.Sscanf(string(data), "go test fuzz v1\n[]byte(%q)", &text); err != nil {
		t.Fatal(err)
	}
	b := openTest(t, nil)
	if err := b.Restore(bytes.NewReader([]byte(text))); err != nil {
		t.Fatal(err)
	}
	if b.hidden != 1 || len(b.reports) != 1 {
		t.Errorf("%d hidden and %d reports", b.hidden, len(b.reports))
	}
}
