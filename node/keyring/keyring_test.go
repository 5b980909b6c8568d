package keyring

import (
	"bytes"
	"crypto/rand"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"courtcircuit/protocol"
)

const testNetwork = protocol.Network("test")

func openTest(t testing.TB, dir string) *Keyring {
	t.Helper()
	k, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	k.scryptWorkFactor = 4
	return k
}

func newAuthors(t testing.TB, n int) []protocol.Author {
	t.Helper()
	out := make([]protocol.Author, n)
	for i := range out {
		a, _, err := protocol.NewAuthor(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		out[i] = a
	}
	return out
}

func sameAuthor(a, b protocol.Author) bool {
	return a.Identity() == b.Identity() && a.Key.Seed() == b.Key.Seed() && a.Signer.Generation() == b.Signer.Generation()
}

// Every kind of key is there again after the folder is opened anew.
func TestKeysSurviveReopening(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "keys")
	k := openTest(t, dir)
	if _, ok := k.Collective(); ok {
		t.Fatal("an empty keyring has a collective")
	}
	collective, secret, err := k.CreateCollective(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if secret.Hash() != collective.Signer.RecoveryHash {
		t.Error("the recovery secret is not the collective's")
	}
	if _, _, err := k.CreateCollective(rand.Reader); !errors.Is(err, ErrExists) {
		t.Errorf("second collective: %v, ErrExists expected", err)
	}
	peer, err := k.PeerKey()
	if err != nil {
		t.Fatal(err)
	}
	sealing, err := k.SealingKey()
	if err != nil {
		t.Fatal(err)
	}
	member, _, err := k.CreateMember(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}

	k = openTest(t, dir)
	if got, ok := k.Collective(); !ok || !sameAuthor(got, collective) {
		t.Error("another collective after reopening")
	}
	if got, err := k.PeerKey(); err != nil || got.Seed() != peer.Seed() {
		t.Errorf("another peer key after reopening (%v)", err)
	}
	if got, err := k.SealingKey(); err != nil || got.String() != sealing.String() {
		t.Errorf("another sealing key after reopening (%v)", err)
	}
	if got, ok := k.Member(member.Identity()); !ok || !sameAuthor(got, member) {
		t.Error("another member after reopening")
	}
	if len(k.Warnings()) != 0 {
		t.Errorf("warnings: %q", k.Warnings())
	}
	if pub, err := k.SealingPublic(); err != nil || len(pub) != 32 {
		t.Errorf("sealing public %x, %v", pub, err)
	}
}

func TestModes(t *testing.T) {
	if runtime.GOOS == "windows" {
		return // has no such bits
	}
	dir := filepath.Join(t.TempDir(), "keys")
	k := openTest(t, dir)
	if _, _, err := k.CreateCollective(rand.Reader); err != nil {
		t.Fatal(err)
	}
	if _, _, err := k.CreateMember(rand.Reader); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]os.FileMode{"": 0o700, collectiveFile: 0o600, membersFile: 0o600} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil || info.Mode().Perm() != want {
			t.Errorf("%q: mode %v, %v expected (%v)", name, info.Mode().Perm(), want, err)
		}
	}
	if err := os.Chmod(filepath.Join(dir, collectiveFile), 0o644); err != nil {
		t.Fatal(err)
	}
	if w := openTest(t, dir).Warnings(); len(w) != 1 || !strings.Contains(w[0], collectiveFile) {
		t.Errorf("warnings %q, one about %s expected", w, collectiveFile)
	}
}

func TestMembersAddAndRemove(t *testing.T) {
	dir := t.TempDir()
	k := openTest(t, dir)
	authors := newAuthors(t, 5)
	if err := k.AddMembers(authors); err != nil {
		t.Fatal(err)
	}
	if err := k.AddMember(authors[1]); err != nil {
		t.Errorf("the same key again: %v", err)
	}
	if err := k.RemoveMember(authors[2].Identity()); err != nil {
		t.Fatal(err)
	}
	if err := k.RemoveMember(authors[2].Identity()); err != nil {
		t.Errorf("removing twice: %v", err)
	}
	k = openTest(t, dir)
	if got := k.Members(); len(got) != 4 || slices.Contains(got, authors[2].Identity()) || k.HasMember(authors[2].Identity()) {
		t.Errorf("%d members, 4 expected", len(got))
	}
	wrong := authors[0]
	wrong.Key = authors[1].Key
	if err := k.AddMember(wrong); err == nil {
		t.Error("a key that is not its signer's was kept")
	}
}

// The bytes of a removed key are in no file, nor in the former one, which is
// still reachable through a second name.
func TestRemoveOverwritesTheFormerFile(t *testing.T) {
	if runtime.GOOS == "windows" {
		return // see openForWipe
	}
	dir := t.TempDir()
	k := openTest(t, dir)
	a := newAuthors(t, 2)
	if err := k.AddMembers(a); err != nil {
		t.Fatal(err)
	}
	former := filepath.Join(t.TempDir(), "former")
	if err := os.Link(k.path(membersFile), former); err != nil {
		t.Fatal(err)
	}
	line, err := appendLine(nil, k.members.keys[a[0].Identity()])
	if err != nil {
		t.Fatal(err)
	}
	if err := k.RemoveMember(a[0].Identity()); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{former, k.path(membersFile)} {
		data, err := os.ReadFile(path)
		if err != nil || bytes.Contains(data, line[60:120]) {
			t.Errorf("%s still holds the removed key (%v)", path, err)
		}
	}
	entries, _ := os.ReadDir(dir)
	if len(entries) != 1 {
		t.Errorf("files left behind: %v", entries)
	}
}

func TestReplaceFollowsSuccession(t *testing.T) {
	dir := t.TempDir()
	k := openTest(t, dir)
	collective, secret, err := k.CreateCollective(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	member, memberSecret, err := k.CreateMember(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		old    protocol.Author
		secret protocol.RecoverySecret
	}{{collective, secret}, {member, memberSecret}} {
		key, err := protocol.NewPrivateKey(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		next, err := c.old.Signer.Succeed(testNetwork, c.secret, key)
		if err != nil {
			t.Fatal(err)
		}
		if err := k.Replace(next); err != nil {
			t.Fatal(err)
		}
		if err := k.Replace(c.old); err == nil {
			t.Error("an outranked key came back")
		}
		if err := k.AddMember(c.old); c.old.Identity() == member.Identity() && !errors.Is(err, ErrExists) {
			t.Errorf("adding an outranked key: %v, ErrExists expected", err)
		}
	}
	k = openTest(t, dir)
	got, _ := k.Collective()
	gotMember, _ := k.Member(member.Identity())
	if got.Signer.Generation().N != 1 || gotMember.Signer.Generation().N != 1 {
		t.Error("the succession is not there after reopening")
	}
	if err := k.Replace(newAuthors(t, 1)[0]); !errors.Is(err, ErrNoKey) {
		t.Errorf("replacing a key that is not here: %v, ErrNoKey expected", err)
	}
}

func TestExportThenImport(t *testing.T) {
	k := openTest(t, t.TempDir())
	collective, _, err := k.CreateCollective(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	member, _, err := k.CreateMember(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range []protocol.Author{collective, member} {
		sealed, err := k.Export(a.Identity(), "cheval correct")
		if err != nil {
			t.Fatal(err)
		}
		other := openTest(t, t.TempDir())
		got, err := other.Import(sealed, "cheval correct")
		if err != nil || !sameAuthor(got.Author, a) {
			t.Errorf("import: %v", err)
		}
		if got.Collective != (a.Identity() == collective.Identity()) {
			t.Errorf("the key of the collective: %t", got.Collective)
		}
		if _, err := other.Import(sealed, "cheval"); !errors.Is(err, ErrWrongPassphrase) {
			t.Errorf("wrong passphrase: %v, ErrWrongPassphrase expected", err)
		}
		for cut := range len(sealed) - 30 {
			if cut%20 != 0 {
				continue
			}
			if _, err := other.Import(sealed[:cut], "cheval correct"); !errors.Is(err, ErrDamaged) {
				t.Fatalf("cut at %d: %v, ErrDamaged expected", cut, err)
			}
		}
	}
	if _, err := k.Export(protocol.Identity{}, "x"); !errors.Is(err, ErrNoKey) {
		t.Errorf("export of a foreign key: %v, ErrNoKey expected", err)
	}
	if _, err := k.Export(collective.Identity(), ""); err == nil {
		t.Error("export without a passphrase went through")
	}
}

func TestFilesThenRestore(t *testing.T) {
	k := openTest(t, t.TempDir())
	collective, _, err := k.CreateCollective(rand.Reader)
	if err != nil {
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
	if err != nil || len(files) != 4 {
		t.Fatalf("%d files, 4 expected (%v)", len(files), err)
	}
	dir := filepath.Join(t.TempDir(), "keys")
	if err := Restore(dir, files); err != nil {
		t.Fatal(err)
	}
	got := openTest(t, dir)
	if c, ok := got.Collective(); !ok || !sameAuthor(c, collective) || !slices.Equal(got.Members(), k.Members()) {
		t.Error("the restored keyring holds other keys")
	}
	if err := Restore(dir, files); !errors.Is(err, ErrExists) {
		t.Errorf("restore over keys: %v, ErrExists expected", err)
	}
	for _, bad := range [][]File{
		{{Name: "../evil", Data: files[0].Data}}, {files[0], files[0]},
		{{Name: peerFile, Data: files[0].Data}}, {files[1], {Name: membersFile, Data: files[3].Data[:200]}},
	} {
		empty := filepath.Join(t.TempDir(), "keys")
		err := Restore(empty, bad)
		if bad[0].Name == peerFile && len(bad) == 2 { // a torn member log is no damage
			if err != nil {
				t.Errorf("restore of a torn log: %v", err)
			}
			continue
		}
		entries, _ := os.ReadDir(empty)
		if !errors.Is(err, ErrDamaged) || len(entries) != 0 {
			t.Errorf("restore of %s: %v with %d files left, ErrDamaged and none expected", bad[0].Name, err, len(entries))
		}
	}
}

// Ten thousand members open at once. The figure is logged, not asserted.
func TestTenThousandMembers(t *testing.T) {
	dir := t.TempDir()
	k := openTest(t, dir)
	authors := newAuthors(t, 10_000)
	begin := time.Now()
	if err := k.AddMembers(authors); err != nil {
		t.Fatal(err)
	}
	added := time.Since(begin)
	begin = time.Now()
	k = openTest(t, dir)
	opened := time.Since(begin)
	begin = time.Now()
	if err := k.RemoveMember(authors[7].Identity()); err != nil {
		t.Fatal(err)
	}
	t.Logf("add %v, open %v, remove one %v", added, opened, time.Since(begin))
	if len(k.Members()) != 9999 {
		t.Errorf("%d members", len(k.Members()))
	}
}
