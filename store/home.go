package store

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"

	"courtcircuit/store/dbfiles"
)

// home is the replica's folder: the database's own folder, and beside it the
// lock, the root and the ballast.
type home struct {
	dir  string
	lock *os.File

	mu       sync.Mutex
	rootFile *os.File
}

func (h *home) database() string { return filepath.Join(h.dir, "badger") }
func (h *home) ballast() string  { return filepath.Join(h.dir, "ballast") }

// openHome makes and locks the folder. Badger locks its own folder too, but
// without saying by whom.
func openHome(dir string) (*home, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the replica's folder: %w", err)
	}
	path := filepath.Join(dir, "lock")
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the replica's lock: %w", err)
	}
	if err := dbfiles.Lock(f); err != nil {
		_ = f.Close()
		holder, _ := os.ReadFile(path)
		pid := strings.TrimSpace(string(holder))
		if pid == "" {
			pid = "unknown"
		}
		return nil, fmt.Errorf("%w: %s is held by process %s", ErrLocked, dir, pid)
	}
	h := &home{dir: dir, lock: f}
	err = h.writePID()
	if errors.Is(err, syscall.ENOSPC) {
		if err = errors.Join(h.dropBallast(), h.writePID()); errors.Is(err, syscall.ENOSPC) {
			err = fmt.Errorf("%w: 0 MiB free: %w", ErrDiskFull, err)
		}
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	h.rootFile, err = os.OpenFile(filepath.Join(dir, "root"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open the replica's root: %w", err), f.Close())
	}
	return h, nil
}

func (h *home) writePID() error {
	if err := h.lock.Truncate(0); err != nil {
		return fmt.Errorf("write the replica's lock: %w", err)
	}
	if _, err := h.lock.WriteAt(fmt.Appendf(nil, "%d\n", os.Getpid()), 0); err != nil {
		return fmt.Errorf("write the replica's lock: %w", err)
	}
	return nil
}

// noteRoot writes the root once its commit is synced. It is not synced itself
// each time: an older root only finds less damage, and a newer one than the
// disk's would take a power cut for damage.
func (h *home) noteRoot(r root) {
	h.mu.Lock()
	defer h.mu.Unlock()
	_, _ = h.rootFile.WriteAt(r.bytes(), 0)
}

// readRoot gives the root last written, the zero root when none was yet.
func (h *home) readRoot() (root, error) {
	b := make([]byte, rootBytes+1)
	n, err := h.rootFile.ReadAt(b, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return root{}, err
	}
	if n == 0 {
		return root{}, nil
	}
	return parseRoot(b[:n])
}

func (h *home) syncRoot() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.rootFile.Sync()
}

func (h *home) close() error {
	err := errors.Join(h.syncRoot(), h.rootFile.Close())
	_ = h.lock.Truncate(0)
	return errors.Join(err, h.lock.Close())
}

// keepBallast makes the ballast file when there is none and the room for it.
func (h *home) keepBallast(size int64) error {
	if info, err := os.Stat(h.ballast()); err == nil && info.Size() == size {
		return nil
	}
	f, err := os.OpenFile(h.ballast(), os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("make ballast: %w", err)
	}
	chunk := make([]byte, 1<<20) // written, not only sized: a hole holds no room
	for left := size; left > 0 && err == nil; left -= int64(len(chunk)) {
		_, err = f.Write(chunk[:min(left, int64(len(chunk)))])
	}
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return errors.Join(fmt.Errorf("make ballast: %w", err), os.Remove(h.ballast()))
	}
	return nil
}

// dropBallast gives its room back.
func (h *home) dropBallast() error {
	err := os.Remove(h.ballast())
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return err
}
