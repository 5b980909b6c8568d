package node

import (
	"archive/tar"
	"bufio"
	"bytes"
	"io"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"
)

// writeForged writes a backup that holds only a manifest.
func writeForged(t *testing.T, n *Node, w io.Writer, m backupManifest) {
	t.Helper()
	packed, err := zstd.NewWriter(w)
	if err != nil {
		t.Fatal(err)
	}
	archive := tar.NewWriter(packed)
	b := &backupWriter{n: n, w: archive, now: time.Now()}
	if err := b.writeJSON(entryManifest, m); err != nil {
		t.Fatal(err)
	}
	for _, c := range []io.Closer{archive, packed} {
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// readAll reads records until the end or the first fault.
func readAll(data []byte) (count int) {
	r := bufio.NewReader(bytes.NewReader(data))
	for {
		if _, _, err := readBackupRecord(r); err != nil {
			return count
		}
		count++
	}
}
