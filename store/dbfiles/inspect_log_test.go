package dbfiles

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dgraph-io/badger/v4"
)

// A log that cannot be read to its end is a hole when a later one goes on, and
// only then: what Badger would make of both builds upon what is gone.
func TestHoleInTheLogs(t *testing.T) {
	dir := t.TempDir()
	db, err := badger.Open(badger.DefaultOptions(dir).WithLogger(nil).WithMemTableSize(1 << 20).WithValueLogFileSize(1 << 20).WithValueThreshold(64 << 10))
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"one", "two", "three"} {
		if err := db.Update(func(txn *badger.Txn) error { return txn.Set([]byte(key), []byte(strings.Repeat(key, 50))) }); err != nil {
			t.Fatal(err)
		}
	}
	log, err := os.ReadFile(filepath.Join(dir, "00001.mem"))
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	end := endOfLog(log)
	flipped := func(at int) []byte {
		out := append([]byte(nil), log[:end+100]...)
		out[at] ^= 4
		return out
	}
	first, last := flipped(logHeader+5), flipped(end-3)
	empty := append([]byte(nil), log[:logHeader+100]...)
	clear(empty[logHeader:])
	for name, row := range map[string]struct {
		logs map[string][]byte
		hole string
	}{
		"whole":                       {map[string][]byte{"00001.mem": log, "00002.mem": log}, ""},
		"the older one":               {map[string][]byte{"00001.mem": first, "00002.mem": log}, "00001.mem"},
		"its last commit":             {map[string][]byte{"00001.mem": last, "00002.mem": log}, "00001.mem"},
		"the newest one":              {map[string][]byte{"00001.mem": log, "00002.mem": first}, ""},
		"the newest with a commit":    {map[string][]byte{"00001.mem": last, "00002.mem": empty}, ""},
		"six digits behind five":      {map[string][]byte{"99999.mem": first, "100000.mem": log}, "99999.mem"},
		"nothing in the older one":    {map[string][]byte{"00001.mem": {}, "00002.mem": log}, ""},
		"half a header in it":         {map[string][]byte{"00001.mem": log[:7], "00002.mem": log}, ""},
		"nothing in the newest":       {map[string][]byte{"00001.mem": log, "00002.mem": {}}, ""},
		"nothing written in the one":  {map[string][]byte{"00001.mem": empty, "00002.mem": log}, ""},
		"both, and one is the newest": {map[string][]byte{"00001.mem": first, "00002.mem": last}, "00001.mem"},
	} {
		at := t.TempDir()
		for file, data := range row.logs {
			if err := os.WriteFile(filepath.Join(at, file), data, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		r, err := Inspect(at)
		if err != nil {
			t.Fatal(err)
		}
		switch {
		case row.hole == "" && (r.Hole != nil || !r.Sound()):
			t.Errorf("%s: a hole in %v", name, r.Hole)
		case row.hole != "" && (r.Hole == nil || filepath.Base(r.Hole.File) != row.hole || r.Sound()):
			t.Errorf("%s: %v, a hole in %s expected", name, r.Hole, row.hole)
		}
		for _, l := range r.Logs {
			if filepath.Base(l.File) == row.hole && !l.Lost {
				t.Errorf("%s: nothing lost of it", name)
			}
		}
	}
}
