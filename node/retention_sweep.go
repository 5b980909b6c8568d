package node

import (
	"context"
	"errors"
	"fmt"
	"time"

	"courtcircuit/node/inbox"
)

// retentionEvery is how late something may be deleted, and for how long what
// was deleted may still lie in the files. sweepGap is between two sweeps that
// were asked for, because each rewrites files.
const (
	retentionEvery = time.Hour
	sweepGap       = time.Minute
)

// runRetention deletes what has been kept long enough, every hour and soon
// after wakeRetention. Messages are the courier's to delete, reports those of
// runReports; the text of all of them leaves the files here.
func (n *Node) runRetention(ctx context.Context) error {
	timer := time.NewTimer(0)
	defer timer.Stop()
	var last time.Time
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-n.service.sweep:
			timer.Reset(max(0, sweepGap-time.Since(last)))
			continue
		case <-timer.C:
		}
		last = time.Now()
		n.sweepPrivate(last)
		timer.Reset(retentionEvery)
	}
}

// wakeRetention has the text of what was deleted leave the files within a
// minute, without waiting for it.
func (n *Node) wakeRetention() {
	select {
	case n.service.sweep <- struct{}{}:
	default:
	}
}

// sweepPrivate deletes what is over. A kind that cannot be swept holds up no
// other.
func (n *Node) sweepPrivate(now time.Time) {
	for _, part := range []struct {
		what  string
		sweep func(time.Time) error
	}{
		{"briefs", func(now time.Time) error { _, err := n.sweepBriefs(now); return err }},
		{"notices", func(time.Time) error { return n.sweepNotices() }},
		{"sessions and links", n.sweepAccess},
		{"invitations", n.sweepMembers},
		{"journal", n.sweepAudit},
		{"files", func(time.Time) error { return n.inbox.Purge() }},
	} {
		if err := part.sweep(now); err != nil {
			n.log.Warn("private data not deleted in time", "what", part.what, "error", err)
		}
	}
}

func (n *Node) sweepAudit(now time.Time) error {
	return sweepShelf(n, n.auditShelf(), func(_ *inbox.Tx, a auditNote) (bool, error) { return now.Sub(a.At) > auditKept, nil })
}

// sweepNotices deletes what was still to be told about a brief or a track that
// is gone: it holds a client's address.
func (n *Node) sweepNotices() error {
	return sweepShelf(n, n.notices.shelf, func(tx *inbox.Tx, v notice) (bool, error) {
		var err error
		if v.Client == nil {
			_, err = n.briefShelf().GetIn(tx, v.Subject)
		} else {
			_, err = n.trackShelf().GetIn(tx, v.Subject)
		}
		if errors.Is(err, inbox.ErrNotFound) {
			return true, nil
		}
		return false, err
	})
}

// sweepShelf deletes the values that are over. They were found in a step of
// their own, so isOver must hold for good once it holds.
func sweepShelf[T any](n *Node, shelf inbox.Shelf[T], isOver func(*inbox.Tx, T) (bool, error)) error {
	var over []inbox.ID
	err := n.inbox.View(func(tx *inbox.Tx) error {
		return shelf.EachIn(tx, func(id inbox.ID, v T) error {
			is, err := isOver(tx, v)
			if is {
				over = append(over, id)
			}
			return err
		})
	})
	if err != nil {
		return fmt.Errorf("find what is over: %w", err)
	}
	return shelf.Delete(over...)
}
