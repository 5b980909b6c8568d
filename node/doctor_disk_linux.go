package node

import "golang.org/x/sys/unix"

// fileSystems are those by which it matters, statfs(2).
var fileSystems = map[int64]struct {
	name             string
	remote, volatile bool
}{
	unix.EXT4_SUPER_MAGIC:      {name: "ext4"},
	unix.XFS_SUPER_MAGIC:       {name: "xfs"},
	unix.BTRFS_SUPER_MAGIC:     {name: "btrfs"},
	unix.F2FS_SUPER_MAGIC:      {name: "f2fs"},
	unix.OVERLAYFS_SUPER_MAGIC: {name: "overlayfs"},
	0x2fc12fc1:                 {name: "zfs"},
	unix.TMPFS_MAGIC:           {name: "tmpfs", volatile: true},
	unix.RAMFS_MAGIC:           {name: "ramfs", volatile: true},
	unix.NFS_SUPER_MAGIC:       {name: "nfs", remote: true},
	unix.SMB_SUPER_MAGIC:       {name: "smb", remote: true},
	unix.SMB2_SUPER_MAGIC:      {name: "smb", remote: true},
	unix.CIFS_SUPER_MAGIC:      {name: "cifs", remote: true},
	unix.V9FS_MAGIC:            {name: "9p", remote: true},
	unix.FUSE_SUPER_MAGIC:      {name: "fuse", remote: true},
}

func diskOf(dir string) (diskState, bool) {
	var fs unix.Statfs_t
	var st unix.Stat_t
	if unix.Statfs(dir, &fs) != nil || unix.Stat(dir, &st) != nil {
		return diskState{}, false
	}
	kind := fileSystems[int64(uint32(fs.Type))] //nolint:unconvert // its type differs between architectures
	return diskState{
		freeBytes: int64(fs.Bavail) * int64(fs.Bsize), inodes: fs.Files, freeInodes: fs.Ffree, readOnly: fs.Flags&unix.ST_RDONLY != 0,
		kind: kind.name, remote: kind.remote, volatile: kind.volatile, device: uint64(st.Dev),
	}, true
}
