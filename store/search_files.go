package store

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"courtcircuit/protocol"
)

// searchChunk is how much of a file is searched at a time.
const searchChunk = 1 << 20

// checkFiles searches every file of the database for the texts of ids.
func (s *Store) checkFiles(ids []protocol.RecordID) error {
	if s.home == nil {
		return nil
	}
	wanted := make(map[[markerBytes]byte]struct{}, len(ids))
	for _, id := range ids {
		wanted[markerOf(id)] = struct{}{}
	}
	return filepath.WalkDir(s.home.database(), func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			err = searchFile(path, wanted)
		}
		if errors.Is(err, fs.ErrNotExist) {
			return nil // Badger removed it meanwhile
		}
		return err
	})
}

// searchFile looks for tags, which is fast, and compares what follows each.
func searchFile(path string, wanted map[[markerBytes]byte]struct{}) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	const overlap = tagBytes + markerBytes - 1
	buf := make([]byte, overlap+searchChunk)
	kept := 0
	for {
		n, err := io.ReadFull(f, buf[kept:])
		data := buf[:kept+n]
		if found(data, wanted) {
			return fmt.Errorf("%w: %s", errTextRemains, filepath.Base(path))
		}
		if err != nil {
			if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
				return nil
			}
			return fmt.Errorf("search %s: %w", filepath.Base(path), err)
		}
		kept = copy(buf, data[len(data)-overlap:])
	}
}

func found(data []byte, wanted map[[markerBytes]byte]struct{}) bool {
	for {
		i := bytes.Index(data, textTag[:])
		if i < 0 || len(data)-i < tagBytes+markerBytes {
			return false
		}
		if _, ok := wanted[[markerBytes]byte(data[i+tagBytes:])]; ok {
			return true
		}
		data = data[i+tagBytes:]
	}
}
