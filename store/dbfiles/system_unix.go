//go:build unix

package dbfiles

import (
	"os"

	"golang.org/x/sys/unix"
)

// Lock takes the lock of a file without waiting; it ends with the process,
// however that ends.
func Lock(f *os.File) error { return unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB) }

// FreeBytes is the room on the disk of a folder that this process may fill.
func FreeBytes(dir string) (int64, error) {
	var st unix.Statfs_t
	if err := unix.Statfs(dir, &st); err != nil {
		return 0, err
	}
	return int64(st.Bavail) * int64(st.Bsize), nil
}
