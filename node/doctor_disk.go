package node

import "courtcircuit/node/httpapi/api"

// diskState is what the system says of the file system under a folder.
type diskState struct {
	freeBytes  int64
	inodes     uint64 // 0: it has no fixed number
	freeInodes uint64
	kind       string // "" when it is none of those that matter
	remote     bool
	volatile   bool
	readOnly   bool
	device     uint64
}

// leastInodes is what a node needs at its busiest: a few hundred database
// files, and keys.
const leastInodes = 5000

func (d diskState) checkRoom(least int64) api.Check {
	const next = "make room, or set min_free_mib lower"
	switch {
	case d.readOnly:
		return wrong("disk", "look into the system's log: a disk with faults is mounted so", "it is mounted read-only")
	case least > 0 && d.freeBytes < least:
		return wrong("disk", next, "%d MiB free, under %d MiB nothing is stored", d.freeBytes>>20, least>>20)
	case least > 0 && d.freeBytes < 2*least:
		return warned("disk", next, "%d MiB free, under %d MiB nothing is stored", d.freeBytes>>20, least>>20)
	case d.inodes > 0 && d.freeInodes < leastInodes:
		return warned("disk", "delete small files that nobody needs", "files that can still be made: %d", d.freeInodes)
	}
	return well("disk", "%d MiB free", d.freeBytes>>20)
}

func (d diskState) checkKind() api.Check {
	switch {
	case d.volatile:
		return warned("file-system", "move the home to a disk", "%s: everything in the home is gone after a restart of the machine", d.kind)
	case d.remote:
		return warned("file-system", "move the home to a disk of this machine", "%s: the database maps its files into memory, which file systems over a network do not keep safe", d.kind)
	case d.kind == "":
		return well("file-system", "a local one")
	}
	return well("file-system", "%s", d.kind)
}
