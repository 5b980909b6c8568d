package inbox

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"courtcircuit/store/dbfiles/flip"
)

// Any byte of any file flipped, closed or as a kill leaves them: the inbox
// opens with everything in it, saying what it mended, or refuses and names the
// file, again at each start. Nothing is ever missing without a word.
func TestFlipsInEveryFileOfTheInbox(t *testing.T) {
	const values = 600
	homes := inboxesToDamage(t, values)
	seed := uint64(time.Now().UnixNano())
	t.Log("seed", seed)
	rng := rand.New(rand.NewPCG(seed, 2))
	var said bytes.Buffer
	former := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(&said, nil)))
	t.Cleanup(func() { slog.SetDefault(former) })
	kinds, refused := map[string]int{}, 0
	for range flip.Count(12) {
		dir := filepath.Join(t.TempDir(), "inbox")
		if err := os.CopyFS(dir, os.DirFS(homes[rng.IntN(len(homes))])); err != nil {
			t.Fatal(err)
		}
		path, err := flip.Pick(rng, dir)
		if err != nil {
			t.Fatal(err)
		}
		at, err := flip.Flip(rng, path)
		if err != nil {
			t.Fatal(err)
		}
		kinds[flip.Kind(path)]++
		where := fmt.Sprintf("seed %d, %s byte %d", seed, filepath.Base(path), at)
		said.Reset()
		b, err := Open(DefaultConfig(dir))
		if err != nil {
			refused++
			if !errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), path) {
				t.Fatalf("%s: %v; the file expected, and what to do", where, err)
			}
			if b, again := Open(DefaultConfig(dir)); again == nil || !errors.Is(again, ErrDamaged) {
				t.Fatalf("%s: refused once (%v), then opened (%v)", where, err, errors.Join(again, b.Close()))
			}
			continue
		}
		for i := range values {
			v, err := NewShelf[note](b, SpaceBriefs).Get(numberedID(i))
			if err != nil || v != noteOf(i, 400) {
				t.Fatalf("%s: value %d is %v (%v); said %s", where, i, v, err, said.String())
			}
		}
		if !flip.Idle(path, at) && !strings.Contains(said.String(), filepath.Base(path)) {
			t.Fatalf("%s: not noticed", where)
		}
		if err := b.Close(); err != nil {
			t.Fatalf("%s: %v", where, err)
		}
		if err := os.RemoveAll(dir); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("flipped %v; refused %d times", kinds, refused)
}

// inboxesToDamage gives two folders with the same values: closed, and as a
// kill leaves them.
func inboxesToDamage(t *testing.T, values int) []string {
	dir := t.TempDir()
	b, err := Open(DefaultConfig(dir))
	if err != nil {
		t.Fatal(err)
	}
	shelf := NewShelf[note](b, SpaceBriefs)
	for i := 0; i < values; i += 20 {
		err := b.Update(func(tx *Tx) error {
			for j := range 20 {
				if err := shelf.PutIn(tx, numberedID(i+j), noteOf(i+j, 400)); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	killed := t.TempDir()
	if err := os.CopyFS(killed, os.DirFS(dir)); err != nil { // 240 KB: nothing is being written into a table
		t.Fatal(err)
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	return []string{dir, killed}
}
