package store

import (
	"fmt"

	"courtcircuit/dbfiles"
	"courtcircuit/protocol"
)

// CheckSpace is the same question for others who write to the disk: nil, or
// ErrDiskFull with the figures.
func (s *Store) CheckSpace() error { return s.roomToWrite(s.cfg.MinFreeBytes) }

// roomToWrite refuses below the floor. Badger maps its files into memory: on a
// full disk it is not an error that comes but a signal that ends the process.
func (s *Store) roomToWrite(keptBytes int64) error {
	if s.home == nil || s.cfg.MinFreeBytes < 0 {
		return nil
	}
	free, err := s.cfg.freeBytes(s.cfg.Dir)
	if err != nil {
		return nil // not known on this system
	}
	s.stats.free.Store(free)
	if free < keptBytes {
		s.stats.refusedFull.Add(1)
		return fmt.Errorf("%w: %d MiB free, %d MiB kept free", ErrDiskFull, free>>20, keptBytes>>20)
	}
	return nil
}

// CheckSpaceToErase is the question of others before they write what takes
// something away: it may use most of the floor, but not all of the disk.
func (s *Store) CheckSpaceToErase() error { return s.roomToWrite(s.cfg.MinFreeBytes / 4) }

// roomForTables is asked before Badger writes out its logs.
func (s *Store) roomForTables(bytes int64) error {
	if s.home == nil || s.cfg.MinFreeBytes < 0 {
		return nil
	}
	if err := dbfiles.CheckRoom(s.cfg.Dir, bytes); err != nil {
		return fmt.Errorf("%w: %w", ErrDiskFull, err)
	}
	return nil
}

// keptFree is the floor for a commit. What ends records is small, and nobody's
// right to be forgotten waits for a bigger disk: it may use most of the floor.
func (s *Store) keptFree(vs []protocol.Verified) int64 {
	for _, v := range vs {
		if h := &v.Record().Header; !h.IsTombstone() && h.Kind != protocol.KindErasure {
			return s.cfg.MinFreeBytes
		}
	}
	return s.cfg.MinFreeBytes / 4
}

// balanceBallast gives the ballast up when the room is short, so that opening
// and erasing still work, and makes it again when there is plenty.
func (s *Store) balanceBallast() {
	if s.home == nil || s.cfg.BallastBytes == 0 {
		return
	}
	free, err := s.cfg.freeBytes(s.cfg.Dir)
	if err != nil {
		return
	}
	enough := max(s.cfg.MinFreeBytes, 0)
	switch {
	case free < enough/2:
		err = s.home.dropBallast()
	case free > enough+2*s.cfg.BallastBytes:
		err = s.home.keepBallast(s.cfg.BallastBytes)
	}
	if err != nil {
		s.log.Warn("ballast", "error", err)
	}
}
