package keyring

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// A spare key is on the disk, and nobody's until a member takes it, which
// writes nothing.
func TestSpareKeyBecomesAMembers(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "keys")
	k := openTest(t, dir)
	authors := newAuthors(t, 3)
	member, taken, spare := authors[0], authors[1], authors[2]
	if err := errors.Join(k.AddMember(member), k.AddSpares(authors[1:])); err != nil {
		t.Fatal(err)
	}
	if _, err := k.Export(spare.Identity(), "a passphrase"); !errors.Is(err, ErrNoKey) {
		t.Errorf("export of a spare key: %v, ErrNoKey expected", err)
	}
	appends := 0
	k.members.append = func(path string, data []byte) error { appends++; return appendFile(path, data) }
	if err := k.AddMember(taken); err != nil || appends != 0 {
		t.Errorf("%v; %d writes, none expected", err, appends)
	}
	if got, ok := k.Member(taken.Identity()); !ok || !sameAuthor(got, taken) || len(k.Members()) != 2 {
		t.Error("the key that was taken is not its member's")
	}
	files, err := k.Files()
	if err != nil {
		t.Fatal(err)
	}
	copied := filepath.Join(t.TempDir(), "keys")
	if err := Restore(copied, files); err != nil {
		t.Fatal(err)
	}
	for _, other := range []struct {
		dir  string
		keys int
	}{{copied, 2}, {dir, 3}} {
		if got := openTest(t, other.dir); len(got.Members()) != other.keys || len(got.Spares()) != 0 {
			t.Errorf("%d keys in %s, %d expected", len(got.Members()), other.dir, other.keys)
		}
	}
}

// When the file cannot be written, no key is a member's that was not before.
func TestFailedAddLeavesSparesSpare(t *testing.T) {
	k := openTest(t, filepath.Join(t.TempDir(), "keys"))
	authors := newAuthors(t, 3)
	if err := errors.Join(k.AddMember(authors[0]), k.AddSpares(authors[1:2])); err != nil {
		t.Fatal(err)
	}
	full := errors.New("no space left")
	k.members.append = func(string, []byte) error { return full }
	if err := k.AddMembers(authors[1:]); !errors.Is(err, full) {
		t.Fatal(err)
	}
	if err := k.AddSpares(authors[2:]); err != nil { // the file is written anew after a failure
		t.Fatal(err)
	}
	if got := k.Spares(); len(k.Members()) != 1 || len(got) != 2 || !slices.Contains(got, authors[1].Identity()) {
		t.Errorf("%d members and %d spare keys, 1 and 2 expected", len(k.Members()), len(got))
	}
}

// A key that was written, but not surely, is taken from the file too.
func TestRemovalOfWhatWasNotSurelyKept(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "keys")
	k := openTest(t, dir)
	authors := newAuthors(t, 2)
	if err := k.AddMember(authors[0]); err != nil {
		t.Fatal(err)
	}
	unsynced := errors.New("not synced")
	k.members.append = func(path string, data []byte) error { return errors.Join(appendFile(path, data), unsynced) }
	if err := k.AddMember(authors[1]); !errors.Is(err, unsynced) {
		t.Fatal(err)
	}
	if err := k.RemoveMember(authors[1].Identity()); err != nil {
		t.Fatal(err)
	}
	if got := openTest(t, dir).Members(); len(got) != 1 || got[0] != authors[0].Identity() {
		t.Errorf("%d members, 1 expected", len(got))
	}
}

// Whoever puts another file in the place of the members' takes the spare keys
// from the disk: who takes one waits until it is there again.
func TestSpareKeyOfAFileThatWasReplaced(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "keys")
	k := openTest(t, dir)
	authors := newAuthors(t, 4)
	if err := k.AddMember(authors[0]); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(k.path(membersFile))
	if err != nil {
		t.Fatal(err)
	}
	if err := k.AddSpares(authors[1:]); err != nil {
		t.Fatal(err)
	}
	writeTest(t, k.path(membersFile), before)
	if err := k.AddMembers(authors[1:2]); err != nil {
		t.Fatal(err)
	}
	if got := openTest(t, dir); !got.HasMember(authors[0].Identity()) || !got.HasMember(authors[1].Identity()) {
		t.Error("a member's key is not on the disk")
	}
	if err := os.Remove(k.path(membersFile)); err != nil {
		t.Fatal(err)
	}
	if err := k.AddMember(authors[2]); err == nil || k.HasMember(authors[2].Identity()) {
		t.Errorf("%v: a key that is not on the disk is a member's", err)
	}
	if err := k.AddMember(authors[2]); err != nil { // written anew, with all others
		t.Fatal(err)
	}
	if got := openTest(t, dir); len(got.Members()) != len(authors) {
		t.Errorf("%d keys in the file, %d expected", len(got.Members()), len(authors))
	}
}
