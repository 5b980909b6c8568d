package nodesim

import (
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/sys/unix"

	"courtcircuit/node"
)

// fullDisk is the disk of the tests with less room left than the floor: a file
// that is allocated and never written fills it in no time.
type fullDisk struct {
	t     *testing.T
	file  string
	floor int64 // for Config.MinFreeBytes
}

func newFullDisk(t *testing.T) *fullDisk {
	t.Helper()
	d := &fullDisk{t: t, file: filepath.Join(t.TempDir(), "full")}
	var st unix.Statfs_t
	if err := unix.Statfs(filepath.Dir(d.file), &st); err != nil {
		t.Fatal(err)
	}
	free := int64(st.Bavail) * int64(st.Bsize)
	fill := min(free/8, 4<<30)
	d.floor = free - fill/2 // others use the disk too, so there is room on both sides
	f, err := os.Create(d.file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := unix.Fallocate(int(f.Fd()), 0, 0, fill); err != nil {
		t.Fatalf("allocate %d bytes: %v", fill, err)
	}
	return d
}

func (d *fullDisk) makeRoom() {
	if err := os.Remove(d.file); err != nil {
		d.t.Fatal(err)
	}
}

// A disk without room stops catch-up and nothing else; when there is room
// again the node catches up by itself, asking nobody meanwhile.
func TestCatchUpWaitsForTheDisk(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		nw := New(t)
		defer nw.Close()
		a := nw.Add(rare)
		publish(t, a, Profiles(t, 10)...)
		disk := newFullDisk(t)
		b := nw.Add(func(c *node.Config) {
			rare(c)
			c.MinFreeBytes = disk.floor
		}, 0)
		nw.Sleep(time.Hour)
		if b.ReplicaDigest() != emptyDigest() || b.CaughtUp() {
			t.Fatal("stored without room")
		}
		failed := metric(t, b, "catch_up_total", "failed")
		if failed < 5 || failed > 30 {
			t.Errorf("looked %v times within an hour, 5 to 30 expected", failed)
		}
		if got := metric(t, a, "streams_served_total", "sync"); got != 0 {
			t.Errorf("the peer was asked %v times for what could not be stored", got)
		}
		disk.makeRoom()
		nw.Until("caught up", 10*time.Minute, func() bool { return Same(a, b) })
	})
}
