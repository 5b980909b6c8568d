package keyring

import (
	"bytes"
	"crypto/rand"
	"os"
	"reflect"
	"strings"
	"testing"
)

// Any bit of any file flipped: an error that names the file, or the very same
// keys. Never fewer, never others. With DAMAGE_FLIPS every single bit,
// else every fifth and the whole last byte.
func TestEveryBitOfTheKeys(t *testing.T) {
	k := openTest(t, t.TempDir())
	if _, _, err := k.CreateCollective(rand.Reader); err != nil {
		t.Fatal(err)
	}
	if err := k.AddMembers(newAuthors(t, 2)); err != nil {
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
		t.Fatal(len(files), err)
	}
	for _, f := range files {
		path := k.path(f.Name)
		for bit := range 8 * len(f.Data) {
			if os.Getenv("DAMAGE_FLIPS") == "" && bit%5 != 0 && bit < 8*(len(f.Data)-1) {
				continue
			}
			damaged := bytes.Clone(f.Data)
			damaged[bit/8] ^= 1 << (bit % 8)
			writeTest(t, path, damaged)
			got, err := Open(k.dir)
			if err != nil {
				if !strings.Contains(err.Error(), f.Name) {
					t.Fatalf("%s bit %d: %v; the file's name expected", f.Name, bit, err)
				}
				continue
			}
			if !reflect.DeepEqual(got.collective, k.collective) || !reflect.DeepEqual(got.peer, k.peer) ||
				got.sealing.String() != k.sealing.String() || !reflect.DeepEqual(got.members.keys, k.members.keys) {
				t.Errorf("%s bit %d (%q became %q): other keys than before, warnings %q", f.Name, bit, f.Data[bit/8], damaged[bit/8], got.Warnings())
			}
		}
		if err := os.WriteFile(path, f.Data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}
