package node

import (
	"time"

	"courtcircuit/node/inbox"
)

// sweepStep is how many briefs, and how many tracks, go in one step: after a
// long time off all are over at once, and a step that is too large would be
// refused for ever.
const sweepStep = 500

// sweepBriefs deletes what has been kept long enough. Their text leaves the
// files with the next Purge.
func (n *Node) sweepBriefs(now time.Time) (deleted int, err error) {
	for {
		briefs, tracks, err := n.sweepSomeBriefs(now)
		deleted += briefs + tracks
		if err != nil || briefs < sweepStep && tracks < sweepStep {
			return deleted, err
		}
	}
}

func (n *Node) sweepSomeBriefs(now time.Time) (countBriefs, countTracks int, err error) {
	err = n.inbox.Discard(func(tx *inbox.Tx) error {
		var briefs, tracks []inbox.ID
		err := n.briefShelf().EachIn(tx, func(key inbox.ID, b brief) error {
			if now.After(b.DeleteAt) && len(briefs) < sweepStep {
				briefs = append(briefs, key)
			}
			return nil
		})
		if err != nil {
			return err
		}
		err = n.trackShelf().EachIn(tx, func(id inbox.ID, t track) error {
			if now.After(t.DeleteAt) && len(tracks) < sweepStep {
				tracks = append(tracks, id)
			}
			return nil
		})
		if err != nil {
			return err
		}
		for _, key := range briefs {
			if err := n.cancelNoticesIn(tx, key); err != nil {
				return err
			}
		}
		for _, id := range tracks {
			if err := n.forgetClientIn(tx, id); err != nil {
				return err
			}
		}
		countBriefs, countTracks = len(briefs), len(tracks)
		if err := n.briefShelf().DeleteIn(tx, briefs...); err != nil {
			return err
		}
		return n.trackShelf().DeleteIn(tx, tracks...)
	})
	if err != nil {
		return 0, 0, err
	}
	return countBriefs, countTracks, nil
}
