package store

import (
	"fmt"

	"courtcircuit/protocol"
	"courtcircuit/store/dbfiles"
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
	free, err := s.cfg.freeBytes(s.cfg.Dir)
	if err != nil {
		return nil // not known on this system
	}
	if err := dbfiles.CheckFree(free, bytes); err != nil {
		return fmt.Errorf("%w: %w", ErrDiskFull, err)
	}
	return nil
}

// keptFree is the floor for a commit. What ends records is small, and nobody's
// right to be forgotten waits for a bigger disk: it may use most of the floor.
func (s *Store) keptFree(vs []offer) int64 {
	for _, v := range vs {
		if !endsRecords(&v.Record().Header) {
			return s.cfg.MinFreeBytes
		}
	}
	return s.cfg.MinFreeBytes / 4
}

func endsRecords(h *protocol.Header) bool { return h.IsTombstone() || h.Kind == protocol.KindErasure }

// CheckBudget says whether records of others are taken: nil, or ErrDiskFull
// with the figures.
func (s *Store) CheckBudget() error {
	if s.cfg.MaxBytes == 0 {
		return nil
	}
	if err := s.enter(); err != nil {
		return nil // what comes next says so
	}
	defer s.readers.Leave()
	return s.roomInBudget()
}

// roomInBudget compares what Badger knows of its files, which it looks at
// once a minute: a flood may go over the budget by what comes in that time.
func (s *Store) roomInBudget() error {
	used := s.fileBytes()
	if used < s.cfg.MaxBytes {
		return nil
	}
	s.stats.refusedOver.Add(1)
	return fmt.Errorf("%w: the replica takes %d MiB, %d MiB allowed", ErrDiskFull, used>>20, s.cfg.MaxBytes>>20)
}

// roomForOthers holds the budget against records of others only: no flood may
// keep a collective from publishing, and ending records makes room.
func (s *Store) roomForOthers(vs []offer) error {
	if s.cfg.MaxBytes == 0 {
		return nil
	}
	own := s.own.Load()
	for _, v := range vs {
		if h := &v.Record().Header; !endsRecords(h) && !isOwnAuthor(h, own) {
			return s.roomInBudget()
		}
	}
	return nil
}

func (s *Store) fileBytes() int64 {
	if s.cfg.fileBytes != nil {
		return s.cfg.fileBytes()
	}
	lsm, vlog := s.db.Size()
	return lsm + vlog
}

// balanceBallast gives the file of cards and then the ballast up when the room
// is short, so that opening and erasing still work, and makes the ballast again
// when there is plenty.
func (s *Store) balanceBallast() {
	if s.home == nil {
		return
	}
	free, err := s.cfg.freeBytes(s.cfg.Dir)
	if err != nil {
		return
	}
	enough := max(s.cfg.MinFreeBytes, 0)
	if free < enough {
		s.cards.file.empty() // what is kept there can be read again
	}
	if s.cfg.BallastBytes == 0 {
		return
	}
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
