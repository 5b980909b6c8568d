package keyring

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"courtcircuit/protocol"
)

// File is one file of a keyring as a backup carries it. It is not sealed: the
// backup is.
type File struct {
	Name string // without folder
	Data []byte
}

// Files copies the keyring as it is at one moment, without spare keys.
func (k *Keyring) Files() ([]File, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	var out []File
	for _, name := range []string{collectiveFile, peerFile, sealingFile, membersFile} {
		data, err := readBounded(k.path(name), maxMembersFileBytes)
		if err == nil && name == membersFile && len(k.members.spare) > 0 {
			data, err = k.members.used()
		}
		if isMissing(err) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("copy keys: %w", err)
		}
		out = append(out, File{Name: name, Data: data})
	}
	return out, nil
}

// Restore writes the files of a backup into a folder that holds no keys yet,
// after reading each of them: a damaged backup leaves nothing behind.
func Restore(dir string, files []File) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("restore keys: %w", err)
	}
	for i, f := range files {
		if err := checkFile(f); err != nil {
			return fmt.Errorf("restore keys: %s in the backup: %w", f.Name, err)
		}
		if slices.ContainsFunc(files[:i], func(other File) bool { return other.Name == f.Name }) {
			return fmt.Errorf("restore keys: %s stands twice in the backup: %w", f.Name, ErrDamaged)
		}
	}
	for _, name := range []string{collectiveFile, peerFile, sealingFile, membersFile} {
		if _, err := os.Lstat(filepath.Join(dir, name)); !isMissing(err) {
			return errors.Join(fmt.Errorf("restore keys: %s: %w; restore into an empty home", filepath.Join(dir, name), ErrExists), err)
		}
	}
	for _, f := range files {
		if err := writeFile(filepath.Join(dir, f.Name), f.Data); err != nil {
			return fmt.Errorf("restore keys: %w", err)
		}
	}
	return nil
}

func checkFile(f File) error {
	want := purpose("")
	switch f.Name {
	case collectiveFile:
		want = purposeCollective
	case peerFile:
		want = purposePeer
	case sealingFile:
		_, err := decodeSealing(f.Data)
		return err
	case membersFile:
		l := memberLog{keys: map[protocol.Identity]storedKey{}}
		return l.read(f.Data)
	default:
		return fmt.Errorf("not a file of a keyring: %w", ErrDamaged)
	}
	got, _, err := decodeKeyFile(f.Data)
	if err == nil && got != want {
		err = fmt.Errorf("%w: it holds a %q key", ErrDamaged, got)
	}
	return err
}
