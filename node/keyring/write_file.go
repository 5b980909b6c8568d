package keyring

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
)

// writeFile replaces path by data, all or nothing: a temporary file beside it
// is synced, renamed over it, and the folder is synced, or the name could
// point to the old file again after a power cut. The former content is
// overwritten where the system lets it (see wipe).
func writeFile(path string, data []byte) error {
	old, err := openForWipe(path)
	if err != nil {
		return err
	}
	tmp, err := writeTemp(path, data)
	if err == nil {
		err = os.Rename(tmp, path)
		if err != nil {
			err = errors.Join(err, os.Remove(tmp))
		}
	}
	if err != nil {
		return errors.Join(err, closeIfOpen(old))
	}
	if err := syncDir(filepath.Dir(path)); err != nil {
		return errors.Join(err, closeIfOpen(old))
	}
	return wipe(old)
}

func writeTemp(path string, data []byte) (name string, err error) {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*.tmp") // mode 0600
	if err != nil {
		return "", err
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return "", errors.Join(err, os.Remove(f.Name()))
	}
	return f.Name(), nil
}

// removeTemps clears what a crash left between writing and renaming: it holds
// keys, and nothing would ever look at it again.
func removeTemps(dir string) error {
	for _, name := range []string{collectiveFile, peerFile, sealingFile, membersFile} {
		left, err := filepath.Glob(filepath.Join(dir, name+".*.tmp"))
		if err != nil {
			return fmt.Errorf("look for half-written keys: %w", err)
		}
		for _, path := range left {
			if err := os.Remove(path); err != nil {
				return fmt.Errorf("remove half-written key: %w", err)
			}
		}
	}
	return nil
}

// openForWipe holds the former file open, so that its bytes can still be
// reached once the name has gone. Windows does not rename over an open file:
// there the freed blocks keep what they held until they are used again.
func openForWipe(path string) (*os.File, error) {
	if runtime.GOOS == "windows" {
		return nil, nil
	}
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if isMissing(err) {
		return nil, nil
	}
	return f, err
}

func closeIfOpen(f *os.File) error {
	if f == nil {
		return nil
	}
	return f.Close()
}

// wipe overwrites a file that has no name any more. It is the most that a
// file interface allows: copying file systems, snapshots and flash
// controllers may keep old blocks.
func wipe(f *os.File) error {
	if f == nil {
		return nil
	}
	info, err := f.Stat()
	if err == nil {
		_, err = f.WriteAt(make([]byte, info.Size()), 0)
	}
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("overwrite the former file: %w", err)
	}
	return nil
}

func syncDir(dir string) error {
	if runtime.GOOS == "windows" { // folders cannot be synced there; renames are journalled
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// appendFile adds data to the end of a file, synced.
func appendFile(path string, data []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}
