package inbox

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	badger "github.com/dgraph-io/badger/v4"
)

// holdsAll opens an inbox of inboxesToDamage and wants everything in it.
func holdsAll(t *testing.T, dir string, values int) {
	t.Helper()
	b, err := Open(DefaultConfig(dir))
	if err != nil {
		t.Fatal(err)
	}
	for i := range values {
		if v, err := NewShelf[note](b, SpaceBriefs).Get(numberedID(i)); err != nil || v != noteOf(i, 400) {
			t.Fatalf("value %d is %v: %v", i, v, err)
		}
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
}

// theLog is the one log of a folder that was left as after a kill.
func theLog(t *testing.T, dir string) (path string, data []byte) {
	t.Helper()
	logs, err := filepath.Glob(filepath.Join(dir, "*.mem"))
	if err != nil || len(logs) != 1 {
		t.Fatal(logs, err)
	}
	if data, err = os.ReadFile(logs[0]); err != nil {
		t.Fatal(err)
	}
	return logs[0], data
}

func wantGone(t *testing.T, dir string, patterns ...string) {
	t.Helper()
	for _, pattern := range patterns {
		if left, err := filepath.Glob(filepath.Join(dir, pattern)); err != nil || len(left) > 0 {
			t.Errorf("left behind: %v (%v)", left, err)
		}
	}
}

// Who reads while the inbox is closed reads to the end, also what it asks for on
// the way; who comes later is told.
func TestCloseAwaitsWhoReads(t *testing.T) {
	dir := inboxesToDamage(t, 20)[0]
	b, err := Open(DefaultConfig(dir))
	if err != nil {
		t.Fatal(err)
	}
	shelf := NewShelf[note](b, SpaceBriefs)
	reading, goOn, read := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	go func() {
		first := true
		read <- shelf.Each(func(ID, note) error {
			if first {
				first = false
				close(reading)
				<-goOn
			}
			if n := shelf.Len(); n != 20 {
				t.Errorf("%d values", n)
			}
			return nil
		})
	}()
	<-reading
	closed := make(chan error, 1)
	go func() { closed <- b.Close() }()
	for b.View(func(*Tx) error { return nil }) == nil {
		runtime.Gosched() // until Close has begun
	}
	early := len(closed)
	close(goOn)
	if err := errors.Join(<-read, <-closed); err != nil || early > 0 {
		t.Fatal(early, err)
	}
	if err := shelf.Each(func(ID, note) error { return nil }); !errors.Is(err, badger.ErrDBClosed) {
		t.Error("after the end:", err)
	}
}

// A kill between the making of a log and its first byte leaves it empty.
func TestOpensOverALogWithoutAByte(t *testing.T) {
	const values = 40
	dir := inboxesToDamage(t, values)[1]
	empty := filepath.Join(dir, "00077.mem")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	holdsAll(t, dir, values)
	if _, err := os.Stat(empty); !errors.Is(err, fs.ErrNotExist) {
		t.Error("the empty log is still there:", err)
	}
	holdsAll(t, dir, values)
}

// A kill while the copy of a damaged log is written leaves half a copy, which
// is never taken for the log; a kill after it finds the log as it was.
func TestOpensAfterALookThatWasCutShort(t *testing.T) {
	const values = 40
	for name, leave := range map[string]func(path string, data []byte) error{
		"half a copy": func(path string, data []byte) error {
			return os.WriteFile(path+keptSuffix+".tmp", data[:3000], 0o600)
		},
		"a copy, and the log not yet cut": func(path string, data []byte) error {
			return os.WriteFile(path+keptSuffix, data, 0o600)
		},
		"a copy, and the log cut": func(path string, data []byte) error {
			return errors.Join(os.WriteFile(path+keptSuffix, data, 0o600), os.WriteFile(path, data[:3000], 0o600))
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := inboxesToDamage(t, values)[1]
			path, data := theLog(t, dir)
			if err := leave(path, data); err != nil {
				t.Fatal(err)
			}
			holdsAll(t, dir, values)
			wantGone(t, dir, "*"+keptSuffix, "*.tmp")
		})
	}
}

// A kill while a log is written into a table leaves two logs. Damage in the older
// one loses steps, though the later one has the count of all.
func TestDamageInAnOlderLogIsRefused(t *testing.T) {
	const values = 40
	dir := inboxesToDamage(t, values)[1]
	_, data := theLog(t, dir)
	if err := os.WriteFile(filepath.Join(dir, "00002.mem"), data, 0o600); err != nil {
		t.Fatal(err)
	}
	b, err := Open(DefaultConfig(dir))
	if err != nil {
		t.Fatal("two whole logs:", err)
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}

	dir = inboxesToDamage(t, values)[1]
	older, data := theLog(t, dir)
	damaged := append([]byte(nil), data...)
	damaged[200] ^= 1
	err = errors.Join(os.WriteFile(filepath.Join(dir, "00002.mem"), data, 0o600), os.WriteFile(older, damaged, 0o600))
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := Open(DefaultConfig(dir)); !errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), filepath.Base(older)) {
			t.Error("opened over a hole:", err)
		}
	}
	if left, err := os.ReadFile(older); err != nil || !bytes.Equal(left, damaged) {
		t.Error("not as it was found:", err)
	}
	if err := os.Remove(older); err != nil {
		t.Fatal(err)
	}
	if b, err = Open(DefaultConfig(dir)); err != nil {
		t.Fatal("the way on that the error names:", err)
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
}
