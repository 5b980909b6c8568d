package dbfiles

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// syncNewest goes by a descriptor of its own: on Linux that writes what others
// wrote through a mapping, too, and takes none of Badger's locks.
func (l *Logs) syncNewest() error { return l.sync(l.path(l.newest)) }

// syncFile leaves out the times of the file, as Badger's own sync of a mapping
// does: they alone would commit the file system's journal each time, with
// whatever others have put into it.
func syncFile(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	for err = unix.EINTR; err == unix.EINTR; {
		err = unix.Fdatasync(int(f.Fd()))
	}
	if err != nil {
		err = &os.PathError{Op: "fdatasync", Path: path, Err: err}
	}
	return errors.Join(err, f.Close())
}
