package inbox

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// readAll reads every shelf.
func readAll(t *testing.T, b *Inbox) map[string]note {
	t.Helper()
	all := map[string]note{}
	for space := range shelfBounds {
		err := NewShelf[note](b, space).Each(func(id ID, n note) error {
			all[string(space)+string(id[:])] = n
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// filledInbox has two values on each shelf, and one that was deleted.
func filledInbox(t *testing.T) *Inbox {
	t.Helper()
	b := openTest(t, nil)
	number := 0
	for space := range shelfBounds {
		shelf := NewShelf[note](b, space)
		for n := range 3 {
			if err := shelf.Put(numberedID(n), noteOf(number, 40)); err != nil {
				t.Fatal(err)
			}
			number++
		}
		if err := shelf.Delete(numberedID(1)); err != nil {
			t.Fatal(err)
		}
	}
	return b
}

func backedUp(t *testing.T, b *Inbox) []byte {
	t.Helper()
	var saved bytes.Buffer
	if err := b.Backup(&saved); err != nil {
		t.Fatal(err)
	}
	return saved.Bytes()
}

// Everything travels but what would open doors.
func TestBackupOfShelves(t *testing.T) {
	b := filledInbox(t)
	if err := errors.Join(b.PutDraft(testDraft(1)), b.AddReport(testReport(1, 1))); err != nil {
		t.Fatal(err)
	}
	saved := backedUp(t, b)
	if !bytes.Contains(saved, []byte(`"version":3}`)) {
		t.Errorf("older programs would take this backup for a damaged one: %.80s", saved)
	}
	got := openTest(t, nil)
	if err := got.Restore(bytes.NewReader(saved)); err != nil {
		t.Fatal(err)
	}
	want := readAll(t, b)
	for key := range want {
		if key[0] == byte(SpaceLinks) || key[0] == byte(SpaceSessions) {
			delete(want, key)
		}
	}
	if diff := cmp.Diff(want, readAll(t, got)); diff != "" {
		t.Errorf("restored (-want +got):\n%s", diff)
	}
	if d, err := got.Drafts(); err != nil || len(d) != 1 {
		t.Errorf("%d drafts (%v)", len(d), err)
	}
	for space := range shelfBounds {
		if counted := got.shelved[space]; counted != b.shelved[space] && !slices.Contains(staysHere, space) {
			t.Errorf("%s: %+v counted, %+v expected", string(space), counted, b.shelved[space])
		}
	}
	if err := got.Restore(bytes.NewReader(saved)); !errors.Is(err, ErrNotEmpty) {
		t.Errorf("restored over an inbox in use: %v", err)
	}
	if again := backedUp(t, reopen(t, got)); !bytes.Equal(saved, again) {
		t.Error("the backup of the restored inbox is another one")
	}
}

// A link or a session opens no door, whoever wrote it into the file.
func TestNoDoorsComeOutOfABackup(t *testing.T) {
	b := openTest(t, nil)
	for _, space := range staysHere {
		if err := NewShelf[note](b, space).Put(ID{9}, noteOf(1, 1)); err != nil {
			t.Fatal(err)
		}
	}
	if saved := backedUp(t, b); !bytes.Contains(saved, []byte(`"version":1}`)) || bytes.Contains(saved, []byte("canari")) {
		t.Errorf("doors are in the backup: %s", saved)
	}
	lines := []string{`{"format":"courtcircuit-inbox","version":3}`}
	for _, space := range staysHere {
		lines = append(lines, fmt.Sprintf(`{"key":"%x%064x","value":{"v":1,"value":{}}}`, byte(space), 7))
	}
	lines = append(lines, `{"entries":2}`)
	got := openTest(t, nil)
	if err := got.Restore(strings.NewReader(strings.Join(lines, "\n"))); err != nil {
		t.Fatal(err)
	}
	if all := readAll(t, reopen(t, got)); len(all) != 0 {
		t.Errorf("restored: %v", all)
	}
}

// Streams of versions 1 and 2 are what programs before the shelves wrote.
func TestBackupKeepsTheLowestVersion(t *testing.T) {
	b := openTest(t, nil)
	for want, add := range []func() error{
		func() error { return b.PutDraft(testDraft(1)) },
		func() error { return b.AddReport(testReport(1, 1)) },
		func() error { return NewShelf[note](b, SpaceWorks).Put(ID{1}, note{}) },
	} {
		if err := add(); err != nil {
			t.Fatal(err)
		}
		saved := backedUp(t, b)
		if !bytes.Contains(saved, fmt.Appendf(nil, `"version":%d}`, want+1)) {
			t.Errorf("version %d expected: %.80s", want+1, saved)
		}
		if err := openTest(t, nil).Restore(bytes.NewReader(saved)); err != nil {
			t.Errorf("version %d: %v", want+1, err)
		}
	}
}

func TestCorruptedShelfLines(t *testing.T) {
	key := func(space Space, n byte) string {
		return hex.EncodeToString(append([]byte{byte(space)}, make([]byte, 31)...)) + fmt.Sprintf("%02x", n)
	}
	line := func(key, value string) string { return fmt.Sprintf(`{"key":"%s","value":%s}`, key, value) }
	good := line(key(SpaceBriefs, 1), `{"v":1,"value":{"number":1}}`)
	for name, c := range map[string]struct {
		lines []string
		want  error
		words string
	}{
		"good":               {[]string{good}, nil, ""},
		"not JSON":           {[]string{`{"key":`}, ErrDamaged, "line 2"},
		"unknown space":      {[]string{line(key('z', 1), `{"v":1,"value":{}}`)}, ErrDamaged, "unknown space"},
		"flush mark":         {[]string{line(key(flushSpace, 1), `{"v":1,"value":{}}`)}, ErrDamaged, "unknown space"},
		"owner mark":         {[]string{line(key(ownerSpace, 1), `{"v":1,"value":{}}`)}, ErrDamaged, "unknown space"},
		"short key":          {[]string{line("62", `{"v":1,"value":{}}`)}, ErrDamaged, "33 bytes"},
		"key is not hex":     {[]string{line("zz", `{"v":1,"value":{}}`)}, ErrDamaged, "33 bytes"},
		"twice":              {[]string{good, good}, ErrDamaged, "line 3"},
		"twice, other case":  {[]string{line("62"+strings.Repeat("AB", 32), `{"v":1,"value":{}}`), line("62"+strings.Repeat("ab", 32), `{"v":1,"value":{}}`)}, ErrDamaged, "twice"},
		"out of order":       {[]string{line(key(SpaceBriefs, 2), `{"v":1,"value":{}}`), good}, ErrDamaged, "order"},
		"newer value":        {[]string{line(key(SpaceBriefs, 1), `{"v":2,"value":{}}`)}, ErrNewerFormat, "brief"},
		"no version":         {[]string{line(key(SpaceBriefs, 1), `{"value":{}}`)}, ErrDamaged, "brief"},
		"no content":         {[]string{line(key(SpaceBriefs, 1), `{"v":1}`)}, ErrDamaged, "content"},
		"no value":           {[]string{line(key(SpaceBriefs, 1), `null`)}, ErrDamaged, "brief"},
		"a third part":       {[]string{line(key(SpaceBriefs, 1), `{"v":1,"value":{},"v":2}`)}, ErrDamaged, "two parts"},
		"other spelling":     {[]string{line(key(SpaceBriefs, 1), `{"value":{}, "v":1}`)}, nil, ""},
		"too large":          {[]string{line(key(SpaceCoordinators, 1), `{"v":1,"value":"`+strings.Repeat("x", 5<<10)+`"}`)}, ErrTooLarge, "coordinator"},
		"too many":           {coordinators(51), ErrFull, "coordinator"},
		"as many as fit":     {coordinators(50), nil, ""},
		"a count that lies":  {[]string{good, `{"entries":7}`}, ErrDamaged, "counts 7"},
		"lines after an end": {[]string{good, `{"entries":1}`, good}, ErrDamaged, "must be the last"},
	} {
		text := `{"format":"courtcircuit-inbox","version":3}` + "\n" + strings.Join(c.lines, "\n") + "\n" + fmt.Sprintf(`{"entries":%d}`, len(c.lines))
		err := openTest(t, inMemory).Restore(strings.NewReader(text))
		if !errors.Is(err, c.want) || (err == nil) != (c.want == nil) || (err != nil && !strings.Contains(err.Error(), c.words)) {
			t.Errorf("%s: %v; %v with %q expected", name, err, c.want, c.words)
		}
	}
	saved := string(backedUp(t, filledInbox(t)))
	for cut := range 40 { // a stream that is cut anywhere is found out
		part := saved[:len(saved)*cut/40]
		if err := openTest(t, inMemory).Restore(strings.NewReader(part)); !errors.Is(err, ErrDamaged) {
			t.Errorf("cut after %d bytes: %v, ErrDamaged expected", len(part), err)
		}
	}
}

func inMemory(c *Config) { c.InMemory, c.Simulated = true, true }

func coordinators(n int) (lines []string) {
	for i := range n {
		lines = append(lines, fmt.Sprintf(`{"key":"%x%064x","value":{"v":1,"value":{}}}`, byte(SpaceCoordinators), i))
	}
	return lines
}

// An inbox at all of its bounds still fits into the entry of a backup. Lines
// are measured as Backup writes them.
func TestFullInboxFitsIntoABackup(t *testing.T) {
	const perLine = len(`{"key":"","value":}`) + 66 + 1
	cfg := DefaultConfig("x")
	total := cfg.MaxDrafts*(cfg.MaxDraftBytes+perLine) + cfg.MaxRefs*(100+perLine)
	total += cfg.MaxHidden*(2<<10) + cfg.MaxReports*(16<<10) // the node bounds their texts
	for space, bound := range shelfBounds {
		if bound.bytes > maxValueBytes || bound.total > bound.count*bound.bytes || bound.total < bound.bytes {
			t.Errorf("the bounds of a %s do not fit together", bound.name)
		}
		if !slices.Contains(staysHere, space) {
			total += bound.total + bound.count*perLine
		}
	}
	if total > MaxBackupBytes {
		t.Errorf("a full inbox gives %d bytes, at most %d are restored", total, MaxBackupBytes)
	}
}

// A backup is one moment, also while values move and are purged: what leaves
// one shelf for another is in exactly one of them.
func TestBackupWhileValuesMove(t *testing.T) {
	b := openTest(t, nil)
	from, to := NewShelf[note](b, SpaceOutbox), NewShelf[note](b, SpaceTracks)
	stop, done := make(chan struct{}), make(chan struct{})
	if err := from.Put(ID{1}, noteOf(1, 1)); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(done)
		for at, next := from, to; ; at, next = next, at {
			select {
			case <-stop:
				return
			default:
			}
			err := b.Update(func(tx *Tx) error {
				return errors.Join(at.DeleteIn(tx, ID{1}), next.PutIn(tx, ID{1}, noteOf(1, 1)))
			})
			if err = errors.Join(err, b.Purge()); err != nil {
				t.Error(err)
				return
			}
		}
	}()
	for range 20 {
		if n := bytes.Count(backedUp(t, b), []byte("canari")); n != 1 {
			t.Errorf("the value is in a backup %d times", n)
		}
	}
	close(stop)
	<-done
}

// lockedWriter sees that nothing is dropped while a backup is written.
type lockedWriter struct {
	t *testing.T
	b *Inbox
}

func (w lockedWriter) Write(p []byte) (int, error) {
	if w.b.files.TryLock() {
		w.b.files.Unlock()
		w.t.Error("files may be rewritten under a backup")
	}
	return len(p), nil
}

func TestNothingIsDroppedUnderABackup(t *testing.T) {
	b := filledInbox(t)
	if err := b.Backup(lockedWriter{t, b}); err != nil {
		t.Fatal(err)
	}
}

// The seed of the fuzzer has every shelf, doors included.
func TestShelvesSeedRestores(t *testing.T) {
	data, err := os.ReadFile(filepath.Join("testdata", "fuzz", "FuzzRestore", "shelves"))
	if err != nil {
		t.Fatal(err)
	}
	var text string
	if _, err := fmt.Sscanf(string(data), "go test fuzz v1\n[]byte(%q)", &text); err != nil {
		t.Fatal(err)
	}
	b := openTest(t, nil)
	if err := b.Restore(strings.NewReader(text)); err != nil {
		t.Fatal(err)
	}
	if n := len(readAll(t, b)); n != 2*(len(shelfBounds)-len(staysHere)) {
		t.Errorf("%d values restored", n)
	}
}
