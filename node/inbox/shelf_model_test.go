package inbox

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"

	badger "github.com/dgraph-io/badger/v4"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// note is what the tests keep: each value ever written has a number of its
// own, so that it can be searched for in the files.
type note struct {
	Number int    `json:"number"`
	Text   string `json:"text"`
}

func noteOf(number, padding int) note {
	return note{number, fmt.Sprintf("canari<%d>%0*d", number, padding, 0)}
}

// shelfModel is a plain map for each shelf.
type shelfModel struct {
	dir     string
	box     *Inbox
	spaces  []Space
	held    map[Space]map[ID]note
	written int // the number of the last value
}

// The bounds of the model's shelves: small, so that they are reached.
var modelBound = bound{name: "note", count: 4, bytes: 200, total: 500}

func (m *shelfModel) shelf(s Space) Shelf[note] { return Shelf[note]{m.box, s, modelBound} }

func (m *shelfModel) open(t *rapid.T) {
	cfg := DefaultConfig(m.dir)
	cfg.Simulated = true
	var err error
	if m.box, err = Open(cfg); err != nil {
		t.Fatal(err)
	}
}

func storedBytes(n note) int {
	return len(fmt.Sprintf(`{"v":1,"value":{"number":%d,"text":"canari\u003c%d\u003e`, n.Number, n.Number)) +
		len(n.Text) - len(fmt.Sprintf("canari<%d>", n.Number)) + len(`"}}`)
}

func totalBytes(held map[ID]note) (total int) {
	for _, n := range held {
		total += storedBytes(n)
	}
	return total
}

// put answers the error that a shelf has to give.
func (m *shelfModel) put(held map[ID]note, id ID, n note) error {
	former, known := held[id]
	grown := storedBytes(n)
	if known {
		grown -= storedBytes(former)
	}
	switch {
	case storedBytes(n) > modelBound.bytes:
		return ErrTooLarge
	case !known && len(held) == modelBound.count, grown > 0 && totalBytes(held)+grown > modelBound.total:
		return ErrFull
	}
	held[id] = n
	return nil
}

var errCancelled = errors.New("cancelled")

// step runs some acts over several shelves as one step.
func (m *shelfModel) step(t *rapid.T) {
	after := map[Space]map[ID]note{}
	for _, s := range m.spaces {
		after[s] = maps.Clone(m.held[s])
	}
	err := m.box.Update(func(tx *Tx) error {
		for range rapid.IntRange(1, 5).Draw(t, "acts") {
			if err := m.act(t, tx, after); err != nil {
				return err
			}
		}
		if rapid.IntRange(0, 4).Draw(t, "cancel") == 0 {
			return errCancelled
		}
		return nil
	})
	if err == nil {
		m.held = after
	} else if !errors.Is(err, errCancelled) {
		t.Fatal(err)
	}
}

// act does one thing within a step; what a bound refuses ends the step.
func (m *shelfModel) act(t *rapid.T, tx *Tx, after map[Space]map[ID]note) error {
	space := rapid.SampledFrom(m.spaces).Draw(t, "space")
	held, shelf := after[space], m.shelf(space)
	id := ID{rapid.ByteRange(1, 6).Draw(t, "id")}
	m.written++
	n := noteOf(m.written, rapid.SampledFrom([]int{1, 50, 90, 200}).Draw(t, "padding"))
	var got, want error
	switch rapid.SampledFrom([]string{"put", "put", "delete", "change"}).Draw(t, "act") {
	case "put":
		got, want = shelf.PutIn(tx, id, n), m.put(held, id, n)
	case "delete":
		got = shelf.DeleteIn(tx, id)
		delete(held, id)
	case "change":
		got, want = shelf.ChangeIn(tx, id, func(v *note) error { *v = n; return nil }), ErrNotFound
		if _, known := held[id]; known {
			want = m.put(held, id, n)
		}
	}
	if !errors.Is(got, want) || (got == nil) != (want == nil) {
		t.Fatalf("%s %x: %v, %v expected", string(space), id[0], got, want)
	}
	if diff := cmp.Diff(held, m.readIn(t, tx, shelf)); diff != "" && got == nil {
		t.Fatalf("within the step (-want +got):\n%s", diff)
	}
	if got != nil {
		return errCancelled
	}
	return nil
}

func (m *shelfModel) readIn(t *rapid.T, tx *Tx, shelf Shelf[note]) map[ID]note {
	got := map[ID]note{}
	if err := shelf.EachIn(tx, func(id ID, n note) error { got[id] = n; return nil }); err != nil {
		t.Fatal(err)
	}
	for id, want := range got {
		if n, err := shelf.GetIn(tx, id); err != nil || n != want {
			t.Fatalf("GetIn %v (%v), EachIn %v", n, err, want)
		}
	}
	return got
}

func (m *shelfModel) check(t *rapid.T) {
	for _, s := range m.spaces {
		got := map[ID]note{}
		if err := m.shelf(s).Each(func(id ID, n note) error { got[id] = n; return nil }); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(m.held[s], got); diff != "" {
			t.Fatalf("shelf %s (-want +got):\n%s", string(s), diff)
		}
		want := usage{len(got), totalBytes(got)}
		if m.box.shelved[s] != want || m.shelf(s).Len() != want.count {
			t.Fatalf("shelf %s counts %+v and %d, %+v expected", string(s), m.box.shelved[s], m.shelf(s).Len(), want)
		}
	}
}

var canaryNumber = regexp.MustCompile(`canari\\u003c(\d+)\\u003e`)

// purge purges and then finds in the files exactly the values that are held.
func (m *shelfModel) purge(t *rapid.T) {
	if err := m.box.Purge(); err != nil {
		t.Fatal(err)
	}
	live := map[int]bool{}
	for _, held := range m.held {
		for _, n := range held {
			live[n.Number] = true
		}
	}
	found := map[int]bool{}
	files, err := filepath.Glob(filepath.Join(m.dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, match := range canaryNumber.FindAllSubmatch(data, -1) {
			n, _ := strconv.Atoi(string(match[1]))
			found[n] = true
		}
	}
	if diff := cmp.Diff(live, found); diff != "" {
		t.Fatalf("values in the files after a purge (-want +got):\n%s", diff)
	}
	keys := 0
	if err := m.box.scan(func(*badger.Item) error { keys++; return nil }); err != nil || keys != len(live)+2 {
		t.Fatalf("%d keys after a purge (%v), %d, the format's and the count's expected", keys, err, len(live))
	}
}

func (m *shelfModel) reopen(t *rapid.T) {
	if err := m.box.Close(); err != nil {
		t.Fatal(err)
	}
	m.open(t)
}

// Random steps over several shelves give what plain maps give, through
// cancelled steps, purges and reopenings; after a purge no file holds what was
// deleted or replaced.
func TestShelvesAgainstModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		dir, err := os.MkdirTemp("", "shelves-*")
		if err != nil {
			t.Fatal(err)
		}
		m := &shelfModel{dir: dir, spaces: []Space{SpaceBriefs, SpaceTracks, SpaceAudit}, held: map[Space]map[ID]note{}}
		for _, s := range m.spaces {
			m.held[s] = map[ID]note{}
		}
		m.open(t)
		defer func() {
			if err := errors.Join(m.box.Close(), os.RemoveAll(dir)); err != nil {
				t.Error(err)
			}
		}()
		moves := []func(*rapid.T){m.step, m.step, m.step, m.step, m.step, m.step, m.step, m.step, m.purge, m.reopen}
		for range rapid.IntRange(1, 10).Draw(t, "moves") {
			rapid.SampledFrom(moves).Draw(t, "move")(t)
			m.check(t)
		}
		m.purge(t)
	})
}
