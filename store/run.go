package store

import (
	"context"
	"errors"
	"sync"
	"time"
)

const (
	housekeepEvery = 5 * time.Minute
	retryPurge     = 2 * time.Second
)

// Run keeps the replica in order until ctx ends: it purges what expired, gets
// erased text out of the files within seconds and replaced text within
// PurgeEvery, and watches the disk. All that it started has ended when it
// returns.
func (s *Store) Run(ctx context.Context) error {
	var merging sync.WaitGroup
	defer merging.Wait()
	merging.Go(func() { s.runNear(ctx) })
	expired := s.housekeep(ctx, 0)
	every := time.NewTicker(housekeepEvery)
	defer every.Stop()
	texts := time.NewTicker(s.cfg.PurgeEvery)
	defer texts.Stop()
	// Texts that an earlier run left are dropped at once, but on a full disk: what room there is comes from the ballast,
	// and whoever filled the disk may be taking it.
	first := time.Duration(0)
	if s.unmerged {
		first = retryPurge
	}
	soon := time.NewTimer(first)
	defer soon.Stop()
	waits := true
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-every.C:
			expired = s.housekeep(ctx, expired)
		case <-s.live.mend:
			if err := s.exec(ctx, func() error { return s.recountLive("a leaf could not be read") }); err != nil && ctx.Err() == nil {
				s.log.Error("ranges not counted anew", "error", err)
			}
		case <-s.damage.changed:
			if err := s.exec(ctx, s.markDamage); err != nil && ctx.Err() == nil {
				s.log.Warn("damage not noted", "error", err)
			}
		case <-s.wake:
			// Gather for a moment: a DropPrefix costs the same for one text as for
			// hundreds. The first one decides when: if each put it off, somebody who
			// erases twice a second would keep everybody's text in the files.
			if !waits {
				waits = true
				soon.Reset(s.cfg.PurgeDelay)
			}
		case <-soon.C:
			if waits = !s.tryPurge(ctx); waits {
				soon.Reset(retryPurge)
			} else {
				s.near.noteErased()
			}
		case <-texts.C:
			if !waits {
				waits = true
				soon.Reset(0)
			}
		}
	}
}

// tryPurge says whether there is nothing to try again soon.
func (s *Store) tryPurge(ctx context.Context) bool {
	if err := s.purgeText(ctx); err != nil && ctx.Err() == nil && !errors.Is(err, ErrClosed) {
		s.log.Warn("text not yet out of the files; trying again", "error", err)
		return false
	}
	return true
}

// housekeep purges what expired once an hour, since records expire on the
// hour, and gives the hour for which that is done.
func (s *Store) housekeep(ctx context.Context, doneHour uint32) uint32 {
	s.balanceBallast()
	if err := s.mergeLevels(ctx); err != nil && ctx.Err() == nil {
		s.log.Warn("tables of the database not merged", "error", err)
	}
	if s.home != nil {
		if err := s.home.syncRoot(); err != nil {
			s.log.Warn("root not synced", "error", err)
		}
	}
	now := s.cfg.Clock()
	if hourOf(now) == doneHour {
		return doneHour
	}
	if err := s.expire(ctx, now); err != nil {
		if ctx.Err() == nil {
			s.log.Warn("expired records not purged", "error", err)
		}
		return doneHour
	}
	return hourOf(now)
}
