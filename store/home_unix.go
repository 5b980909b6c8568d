//go:build unix

package store

import "golang.org/x/sys/unix"

// freeBytes is the room on the disk of a folder that this process may fill.
func freeBytes(dir string) (int64, error) {
	var st unix.Statfs_t
	if err := unix.Statfs(dir, &st); err != nil {
		return 0, err
	}
	return int64(st.Bavail) * int64(st.Bsize), nil
}
