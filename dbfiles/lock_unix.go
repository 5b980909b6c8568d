//go:build unix

package dbfiles

import (
	"os"

	"golang.org/x/sys/unix"
)

// Lock takes the lock of a file without waiting; it ends with the process,
// however that ends.
func Lock(f *os.File) error { return unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB) }
