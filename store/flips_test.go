package store

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

	"courtcircuit/protocol"
	"courtcircuit/store/dbfiles/flip"
)

// Any byte of any file flipped, closed or as a kill leaves them: the replica
// opens, says what is damaged where, serves nothing that was not written, says
// that it is damaged when something is missing, and a catch-up makes it whole.
func TestFlipsInEveryFile(t *testing.T) {
	o := testOpener(t)
	homes, put := homesToDamage(t, o)
	want := digestOf(t, homes[0], o)
	for _, home := range homes[1:] {
		if digestOf(t, home, o) != want {
			t.Fatal("the homes differ before anything was flipped")
		}
	}
	seed := uint64(time.Now().UnixNano())
	t.Log("seed", seed)
	rng := rand.New(rand.NewPCG(seed, 1))
	kinds := map[string]int{}
	rebuilt, missed := 0, 0
	for range flip.Count(8) {
		cfg := diskConfig(t.TempDir())
		cfg.MemTableBytes = 1 << 20
		if err := os.CopyFS(cfg.Dir, os.DirFS(homes[rng.IntN(len(homes))])); err != nil {
			t.Fatal(err)
		}
		path, err := flip.Pick(rng, cfg.Dir)
		if err != nil {
			t.Fatal(err)
		}
		at, err := flip.Flip(rng, path)
		if err != nil {
			t.Fatal(err)
		}
		kinds[flip.Kind(path)]++
		where := fmt.Sprintf("seed %d, %s byte %d", seed, filepath.Base(path), at)
		var said bytes.Buffer
		s, err := Open(cfg, o, slog.New(slog.NewTextHandler(&said, nil)))
		if err != nil {
			t.Fatalf("%s: %v", where, err)
		}
		missing := checkServed(t, s, o, put, where)
		if missing > 0 && !s.Damaged() {
			t.Fatalf("%s: %d records missing and no word of it", where, missing)
		}
		if !flip.Idle(path, at) && !strings.Contains(said.String(), filepath.Base(path)) {
			t.Fatalf("%s: not noticed; said: %s", where, said.String())
		}
		if missing > 0 {
			missed++
		}
		if strings.Contains(said.String(), "rebuilt") {
			rebuilt++
		}
		putAllAgain(t, s, put)
		if s.Digest(t0) != want {
			t.Fatalf("%s: another digest after a catch-up", where)
		}
		if err := s.Close(); err != nil {
			t.Fatalf("%s: %v", where, err)
		}
		if err := os.RemoveAll(cfg.Dir); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("flipped %v; rebuilt %d times, records missing %d times", kinds, rebuilt, missed)
}

// homesToDamage gives folders with the same records: closed, as a kill leaves
// them, and as one does while a log is being written into a table.
func homesToDamage(t *testing.T, o *protocol.Opener) (dirs []string, put []protocol.Verified) {
	cfg := diskConfig(t.TempDir())
	cfg.MemTableBytes, cfg.BallastBytes, cfg.MinFreeBytes = 1<<20, 64<<10, 1
	s, err := Open(cfg, o, quiet)
	if err != nil {
		t.Fatal(err)
	}
	for i := range uint64(700) {
		about := strings.Repeat(fmt.Sprintf("%d ", 100+i), 375)[:1499]
		put = append(put, newActor(t, 1+i).profile(t, o, protocol.Profile{About: about}, nil, t0))
	}
	log := filepath.Join("badger", "00001.mem")
	var first []byte
	for i := 0; i < len(put); i += 50 { // many commits, so that a log holds several
		putAll(t, s, put[i:i+50], t0)
		data, err := os.ReadFile(filepath.Join(cfg.Dir, log))
		if err == nil && len(data) >= len(first) { // Badger empties it before it removes it
			first = data
		}
	}
	if err := s.SetMeta("network", []byte("test")); err != nil {
		t.Fatal(err)
	}
	killed, early := filepath.Join(t.TempDir(), "killed"), t.TempDir()
	if err := flip.CopyOpen(killed, cfg.Dir); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(killed, log)); err == nil {
		t.Fatal("the first log was not written into a table")
	}
	err = errors.Join(os.CopyFS(early, os.DirFS(killed)), os.WriteFile(filepath.Join(early, log), first, 0o600),
		os.Remove(filepath.Join(early, "badger", "000001.sst")), os.Truncate(filepath.Join(early, "badger", "MANIFEST"), 8))
	if err != nil {
		t.Fatal(err)
	}
	return []string{cfg.Dir, killed, early}, put
}

func digestOf(t *testing.T, dir string, o *protocol.Opener) [32]byte {
	cfg := diskConfig(t.TempDir())
	if err := os.CopyFS(cfg.Dir, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	s := openStore(t, cfg, o)
	if s.Damaged() {
		t.Fatal("damaged before anything was flipped")
	}
	return s.Digest(t0)
}

// checkServed reads all records in all ways and counts those that are missing.
func checkServed(t *testing.T, s *Store, o *protocol.Opener, put []protocol.Verified, where string) (missing int) {
	t.Helper()
	for _, v := range put {
		rec, err := s.ByRecordID(v.Record().ID)
		if errors.Is(err, ErrNotFound) || err == nil && !rec.HasBody {
			missing++
			continue
		}
		if err != nil {
			t.Fatalf("%s: %v", where, err)
		}
		if got, err := o.Open(rec.Wire(), t0); err != nil || got.Record().ID != v.Record().ID {
			t.Fatalf("%s: served what does not verify: %v", where, err)
		}
	}
	if n := s.Counts(t0)[protocol.KindProfile]; n != len(put)-missing {
		t.Fatalf("%s: counted %d profiles, %d are there", where, n, len(put)-missing)
	}
	return missing
}
