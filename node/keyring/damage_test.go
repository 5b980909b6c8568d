package keyring

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"courtcircuit/protocol"

	"pgregory.net/rapid"
)

func writeTest(t testing.TB, path string, data []byte) {
	t.Helper()
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// Damage to any file is an error that names the file, never an empty keyring.
func TestDamagedFilesAreNamed(t *testing.T) {
	good := t.TempDir()
	k := openTest(t, good)
	if _, _, err := k.CreateCollective(rand.Reader); err != nil {
		t.Fatal(err)
	}
	if err := k.AddMembers(newAuthors(t, 3)); err != nil {
		t.Fatal(err)
	}
	if _, err := k.PeerKey(); err != nil {
		t.Fatal(err)
	}
	if _, err := k.SealingKey(); err != nil {
		t.Fatal(err)
	}
	files, err := k.Files()
	if err != nil {
		t.Fatal(err)
	}
	replace := func(old, with string) func([]byte) []byte {
		return func(b []byte) []byte { return bytes.Replace(b, []byte(old), []byte(with), 1) }
	}
	for _, f := range files {
		for name, c := range map[string]struct {
			change func([]byte) []byte
			want   error
		}{
			"empty":  {func([]byte) []byte { return nil }, ErrDamaged},
			"halved": {func(b []byte) []byte { return b[:20] }, ErrDamaged},
			"zeros":  {func(b []byte) []byte { return make([]byte, len(b)) }, ErrDamaged},
			"newer": {func(b []byte) []byte {
				return replace(`"version":1`, `"version":2`)(replace(`"version": 1`, `"version": 2`)(b))
			}, ErrNewerFormat},
			"other": {replace("courtcircuit-", "elsewhere-"), ErrDamaged},
			"flipped": {func(b []byte) []byte {
				b = bytes.Clone(b)
				b[len(b)-10] ^= 2 // inside the last field, the checksum or the key itself
				return b
			}, ErrDamaged},
		} {
			dir := t.TempDir()
			path := filepath.Join(dir, f.Name)
			writeTest(t, path, c.change(f.Data))
			if _, err := Open(dir); !errors.Is(err, c.want) || !strings.Contains(err.Error(), path) {
				t.Errorf("%s %s: %v; %q and the path expected", f.Name, name, err, c.want)
			}
		}
		dir := t.TempDir()
		if err := os.Mkdir(filepath.Join(dir, f.Name), 0o700); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(dir); err == nil || !strings.Contains(err.Error(), f.Name) {
			t.Errorf("%s is a folder: %v", f.Name, err)
		}
	}
	dir := t.TempDir()
	writeTest(t, filepath.Join(dir, collectiveFile), files[1].Data)
	if _, err := Open(dir); !errors.Is(err, ErrDamaged) {
		t.Errorf("a peer key in the place of the root key: %v", err)
	}
}

// Cut anywhere, as a power cut leaves an append, the log opens with the keys
// whose lines are whole, and takes new ones.
func TestTornMemberLog(t *testing.T) {
	k := openTest(t, t.TempDir())
	authors := newAuthors(t, 3)
	if err := k.AddMembers(authors); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(k.path(membersFile))
	if err != nil {
		t.Fatal(err)
	}
	head := bytes.IndexByte(data, '\n') + 1
	extra := newAuthors(t, 1)[0]
	rapid.Check(t, func(t *rapid.T) {
		cut := rapid.IntRange(head, len(data)).Draw(t, "cut")
		zeros := rapid.IntRange(0, 20).Draw(t, "zeros")
		dir, err := os.MkdirTemp("", "keyring")
		if err != nil {
			t.Fatal(err)
		}
		defer os.RemoveAll(dir)
		path := filepath.Join(dir, membersFile)
		if err := os.WriteFile(path, append(bytes.Clone(data[:cut]), make([]byte, zeros)...), 0o600); err != nil {
			t.Fatal(err)
		}
		k, err := Open(dir)
		if err != nil {
			t.Fatal(err)
		}
		whole := bytes.Count(data[head:cut], []byte("\n"))
		if n := len(k.Members()); n != whole && n != whole+1 {
			t.Fatalf("%d keys, %d expected", n, whole)
		}
		before := len(k.Members())
		if err := k.AddMember(extra); err != nil {
			t.Fatal(err)
		}
		k, err = Open(dir)
		if err != nil || len(k.Members()) != before+1 || len(k.Warnings()) != 0 {
			t.Fatalf("after the torn line: %v, %q", err, k.Warnings())
		}
	})
}

// A last line that only lacks its end is whole, and the next key does not run
// into it.
func TestLastLineWithoutEnd(t *testing.T) {
	k := openTest(t, filepath.Join(t.TempDir(), "keys"))
	authors := newAuthors(t, 3)
	if err := k.AddMembers(authors[:2]); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(k.path(membersFile))
	if err != nil {
		t.Fatal(err)
	}
	writeTest(t, k.path(membersFile), data[:len(data)-1])
	k = openTest(t, k.dir)
	if len(k.Members()) != 2 || len(k.Warnings()) != 0 {
		t.Fatalf("%d keys, warnings %q; 2 and none expected", len(k.Members()), k.Warnings())
	}
	if err := k.AddMember(authors[2]); err != nil {
		t.Fatal(err)
	}
	if got := openTest(t, k.dir).Members(); len(got) != 3 {
		t.Errorf("%d keys, 3 expected", len(got))
	}
}

// A line that ends, but does not hold, is damage: its key was acknowledged.
func TestGarbledLineIsNamed(t *testing.T) {
	k := openTest(t, t.TempDir())
	if err := k.AddMembers(newAuthors(t, 3)); err != nil {
		t.Fatal(err)
	}
	path := k.path(membersFile)
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lines := bytes.SplitAfter(data, []byte("\n"))
	lines[2][80] ^= 1
	writeTest(t, path, bytes.Join(lines, nil))
	if _, err := Open(k.dir); !errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), "line 3") {
		t.Errorf("%v; ErrDamaged and the line expected", err)
	}
}

// A failed append keeps nothing, and the half-written bytes it left do not
// spoil what is added later.
func TestFailedAppend(t *testing.T) {
	dir := t.TempDir()
	k := openTest(t, dir)
	a := newAuthors(t, 3)
	if err := k.AddMember(a[0]); err != nil {
		t.Fatal(err)
	}
	full := errors.New("no space left")
	k.members.append = func(path string, data []byte) error {
		if err := appendFile(path, data[:len(data)/2]); err != nil {
			t.Fatal(err)
		}
		return fmt.Errorf("write: %w", full)
	}
	if err := k.AddMember(a[1]); !errors.Is(err, full) {
		t.Fatalf("%v, the failure expected", err)
	}
	if k.HasMember(a[1].Identity()) {
		t.Error("a key that was not written is kept")
	}
	if err := k.AddMember(a[2]); err != nil {
		t.Fatal(err)
	}
	k = openTest(t, dir)
	if k.HasMember(a[1].Identity()) || !k.HasMember(a[0].Identity()) || !k.HasMember(a[2].Identity()) {
		t.Errorf("members after a failed append: %v", k.Members())
	}
}

// What a crash left between writing and renaming is cleared on opening.
func TestHalfWrittenTempsGo(t *testing.T) {
	dir := t.TempDir()
	writeTest(t, filepath.Join(dir, membersFile+".123.tmp"), []byte("secret"))
	writeTest(t, filepath.Join(dir, "other.tmp"), nil)
	openTest(t, dir)
	entries, _ := os.ReadDir(dir)
	if len(entries) != 1 || entries[0].Name() != "other.tmp" {
		t.Errorf("left: %v", entries)
	}
}

// Random steps give the same keys as a plain map, through reopening.
func TestMembersAgainstModel(t *testing.T) {
	authors := newAuthors(t, 8)
	rapid.Check(t, func(t *rapid.T) {
		dir, err := os.MkdirTemp("", "keyring")
		if err != nil {
			t.Fatal(err)
		}
		defer os.RemoveAll(dir)
		k, err := Open(dir)
		if err != nil {
			t.Fatal(err)
		}
		model := map[protocol.Identity]bool{} // kept, and whether it is a member's
		pick := rapid.SampledFrom(authors)
		t.Repeat(map[string]func(*rapid.T){
			"add": func(t *rapid.T) {
				batch := rapid.SliceOfN(pick, 1, 3).Draw(t, "batch")
				if err := k.AddMembers(batch); err != nil {
					t.Fatal(err)
				}
				for _, a := range batch {
					model[a.Identity()] = true
				}
			},
			"spare": func(t *rapid.T) {
				a := pick.Draw(t, "spare")
				member := model[a.Identity()]
				if err := k.AddSpares([]protocol.Author{a}); errors.Is(err, ErrExists) != member || (err != nil) != member {
					t.Fatalf("a member already: %t; %v", member, err)
				}
				model[a.Identity()] = member
			},
			"remove": func(t *rapid.T) {
				id := pick.Draw(t, "who").Identity()
				if err := k.RemoveMember(id); err != nil {
					t.Fatal(err)
				}
				delete(model, id)
			},
			"reopen": func(t *rapid.T) {
				if k, err = Open(dir); err != nil {
					t.Fatal(err)
				}
				for id := range model {
					model[id] = true
				}
			},
			"": func(t *rapid.T) {
				var members, spares []protocol.Identity
				for _, id := range sortedIDs(model) {
					if model[id] {
						members = append(members, id)
					} else {
						spares = append(spares, id)
					}
				}
				if !slices.Equal(k.Members(), members) || !slices.Equal(k.Spares(), spares) {
					t.Fatal("kept keys differ from the model")
				}
				for _, a := range authors {
					id := a.Identity()
					if _, got := k.Member(id); got != model[id] || k.HasMember(id) != model[id] {
						t.Fatal("kept keys differ from the model")
					}
				}
			},
		})
	})
}

func FuzzImport(f *testing.F) {
	k, err := Open(f.TempDir())
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		got, err := k.Import(data, "x")
		if a := got.Author; err == nil && a.Key.Public() != a.Signer.Key() {
			t.Error("imported a key that is not its signer's")
		}
	})
}

// FuzzKeyFiles reads the bytes as each of the files: no panic, and what is
// accepted is a key that can sign for its identity.
func FuzzKeyFiles(f *testing.F) {
	f.Fuzz(func(t *testing.T, data []byte) {
		if _, s, err := decodeKeyFile(data); err == nil {
			a := s.author()
			if a.Key.Public() != a.Signer.Key() || a.Identity() != s.id {
				t.Error("accepted a key that is not its signer's")
			}
		}
		l := memberLog{keys: map[protocol.Identity]storedKey{}}
		if err := l.read(data); err == nil {
			if _, err := encodeLog(l.keys); err != nil {
				t.Error(err)
			}
		}
		_, _ = decodeSealing(data)
	})
}

func TestFuzzSeedsAreThere(t *testing.T) {
	for _, name := range []string{"FuzzImport", "FuzzKeyFiles"} {
		if entries, err := os.ReadDir(filepath.Join("testdata", "fuzz", name)); err != nil || len(entries) == 0 {
			t.Errorf("no seeds for %s (%v)", name, err)
		}
	}
}
