//go:build unix

package node

import (
	"io/fs"
	"syscall"
)

// allocatedBytes is what a file takes: Badger's files are longer than what is
// written in them. A block of st_blocks has 512 bytes everywhere (stat(2)).
func allocatedBytes(info fs.FileInfo) int64 {
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		return int64(st.Blocks) * 512
	}
	return info.Size()
}

// ownerOf is the user that a file belongs to.
func ownerOf(info fs.FileInfo) (uid int, ok bool) {
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 0, false
	}
	return int(st.Uid), true
}
