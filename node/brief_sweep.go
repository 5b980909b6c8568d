package node

import (
	"time"

	"courtcircuit/node/inbox"
)

// sweepBriefs deletes what has been kept long enough. Their text leaves the
// files with the next Purge.
func (n *Node) sweepBriefs(now time.Time) (deleted int, err error) {
	err = n.inbox.Discard(func(tx *inbox.Tx) error {
		var briefs, tracks []inbox.ID
		err := n.briefShelf().EachIn(tx, func(key inbox.ID, b brief) error {
			if now.After(b.DeleteAt) {
				briefs = append(briefs, key)
			}
			return nil
		})
		if err != nil {
			return err
		}
		err = n.trackShelf().EachIn(tx, func(id inbox.ID, t track) error {
			if now.After(t.DeleteAt) {
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
		deleted = len(briefs) + len(tracks)
		if err := n.briefShelf().DeleteIn(tx, briefs...); err != nil {
			return err
		}
		return n.trackShelf().DeleteIn(tx, tracks...)
	})
	return deleted, err
}
