//go:build torture

package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// disk is a file system in a file, on a loop device, that can lose its power.
type disk struct {
	image, at string
	mounted   bool
}

// newDisk makes an ext4 file system of some MiB and mounts it.
func newDisk(t *testing.T, mebibytes int64) *disk {
	t.Helper()
	needRoot(t, "mkfs.ext4", "e2fsck", "mount", "umount")
	dir := scratchDir(t)
	d := &disk{image: filepath.Join(dir, "disk.img"), at: filepath.Join(dir, "disk")}
	f, err := os.Create(d.image)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(f.Truncate(mebibytes<<20), f.Close(), os.Mkdir(d.at, 0o700)); err != nil {
		t.Fatal(err)
	}
	command(t, "mkfs.ext4", "-q", "-F", d.image)
	d.mount(t)
	t.Cleanup(func() { d.unmount(t) })
	return d
}

func (d *disk) mount(t *testing.T) {
	t.Helper()
	command(t, "mount", "-o", "loop", d.image, d.at)
	d.mounted = true
}

func (d *disk) unmount(t *testing.T) {
	t.Helper()
	if d.mounted {
		command(t, "umount", d.at)
		d.mounted = false
	}
}

// EXT4_IOC_SHUTDOWN and the flag that leaves the journal as it is on the disk
// (linux/fs/ext4/ext4.h): all that was not flushed is lost, as in a power cut.
const (
	ext4Shutdown = 0x8004587d
	noLogFlush   = 2
)

// cut takes the power from the file system at once.
func (d *disk) cut(t *testing.T) {
	t.Helper()
	f, err := os.Open(d.at)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := unix.IoctlSetPointerInt(int(f.Fd()), ext4Shutdown, noLogFlush); err != nil {
		t.Fatalf("cut the power: %v", err)
	}
}

// check looks through the file system while it is not mounted.
func (d *disk) check(t *testing.T) {
	t.Helper()
	out, err := exec.Command("e2fsck", "-f", "-n", d.image).CombinedOutput()
	if err != nil {
		t.Fatalf("e2fsck: %v: %s", err, out)
	}
}

// newTmpfs mounts a file system in memory, of some MiB.
func newTmpfs(t *testing.T, mebibytes string) string {
	t.Helper()
	needRoot(t, "mount", "umount")
	at := filepath.Join(scratchDir(t), "small")
	if err := os.Mkdir(at, 0o700); err != nil {
		t.Fatal(err)
	}
	command(t, "mount", "-t", "tmpfs", "-o", "size="+mebibytes+"m", "tmpfs", at)
	t.Cleanup(func() { command(t, "umount", at) })
	return at
}
