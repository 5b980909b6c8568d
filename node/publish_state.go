package node

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"courtcircuit/protocol"
	"courtcircuit/store"
)

// service is what the methods for people share between calls.
type service struct {
	// edits is held while something of this node's own is signed: two
	// versions drafted at once would bear one issued_at, and one would be lost.
	edits sync.Mutex
	// backups keeps one backup at a time.
	backups sync.Mutex
	// sealWork replaces scryptWork in tests, which have no second to spare.
	sealWork int
	// erased has room for one signal: an erasure was stored, perhaps of a
	// person whose key is here, from a backup older than the erasure.
	erased chan struct{}
	// editable remembers that no mark of metaRestored stands. marks is held while
	// one is looked for and while one is set: who has found none must not
	// remember it once there is one.
	editable atomic.Bool
	marks    sync.Mutex
	sweep    chan struct{} // room for one signal, see wakeRetention
	disk     diskLook
}

// noteErasure wakes the housework without ever waiting for it.
func (s *service) noteErasure() {
	select {
	case s.erased <- struct{}{}:
	default:
	}
}

func (s *service) scryptWork() int {
	if s.sealWork != 0 {
		return s.sealWork
	}
	return scryptWork
}

// startService hands the service's own goroutines to Run.
func (n *Node) startService() {
	n.housework = append(n.housework, n.runRenewal, n.runNewcomers, n.runBackups, n.overview.run, n.runReports, n.runRetention, n.runSkills, n.runMail, n.runWebhook)
	n.openBriefs()
	n.resumeService(context.Background(), n.now())
}

// resumeService finishes what a crash cut off, at the start before anybody
// can edit, and again later: a restored node has to catch up first.
func (n *Node) resumeService(ctx context.Context, now time.Time) {
	err := errors.Join(n.resumeRecoveries(ctx, now), n.resumeRemovals(now), n.dropUnusedKeys())
	if err != nil && ctx.Err() == nil {
		n.log.Warn("not all resumed that was cut off", "error", err)
	}
}

// metaRestored is set until a catch-up has completed: by Restore, and by the
// import of a collective's key of which no record is here.
const metaRestored = "restored"

// checkEditable refuses what would be signed on stale knowledge: a restored
// node does not know what was published or erased after its backup was made.
func (n *Node) checkEditable() error {
	if n.service.editable.Load() {
		return nil
	}
	n.service.marks.Lock()
	defer n.service.marks.Unlock()
	mark, err := n.store.Meta(metaRestored)
	if errors.Is(err, store.ErrNotFound) || (err == nil && len(mark) == 0) {
		n.service.editable.Store(true)
		return nil
	}
	if err != nil {
		return fmt.Errorf("read restored mark: %w", err)
	}
	if n.peers == nil || !n.caughtUp() { // without peers: opened only to set up the home
		return unavailable("this node was restored from a backup, or was given its collective's key, and has not caught up yet: connect it to a peer (peer add) and try again once status says that it has")
	}
	if err := n.store.SetMeta(metaRestored, nil); err != nil {
		return fmt.Errorf("clear restored mark: %w", err)
	}
	return nil
}

// markRestored has nothing edited until a catch-up has completed.
func (n *Node) markRestored(why string) error {
	n.service.marks.Lock()
	defer n.service.marks.Unlock()
	n.service.editable.Store(false)
	return n.store.SetMeta(metaRestored, []byte(why))
}

// collective is the node's own collective with its live record. A nameless
// one publishes nothing, so neither do its members.
func (n *Node) collective(now time.Time) (protocol.Author, *protocol.Record, *protocol.Collective, error) {
	author, ok := n.keys.Collective()
	if !ok {
		return author, nil, nil, errNameless()
	}
	rec, err := n.store.ByKey(protocol.RecordKey{Identity: author.Identity(), Kind: protocol.KindCollective}, now)
	if errors.Is(err, store.ErrNotFound) || (err == nil && rec.Header.IsTombstone()) {
		return author, nil, nil, errNameless()
	}
	if err != nil {
		return author, nil, nil, fmt.Errorf("read own collective: %w", err)
	}
	body, err := protocol.DecodeJudgedBody(n.cfg.Network, &rec)
	if err != nil {
		return author, nil, nil, fmt.Errorf("read own collective: %w", err)
	}
	return author, &rec, body.(*protocol.Collective), nil
}

// standing is the own collective, and what is held of a person beside it. It
// reads no card, unlike collective.
func (n *Node) standing(person protocol.Identity, now time.Time) (protocol.Author, store.Standing, error) {
	author, ok := n.keys.Collective()
	if !ok {
		return author, store.Standing{}, errNameless()
	}
	st, err := n.store.Standing(author.Identity(), person, now)
	if err != nil {
		return author, st, fmt.Errorf("find what is held of %s: %w", person.Fingerprint(), err)
	}
	if !st.Named {
		return author, st, errNameless()
	}
	return author, st, nil
}

// namedAuthor signs for the own collective, once that has a card.
func (n *Node) namedAuthor(now time.Time) (protocol.Author, error) {
	author, _, err := n.standing(protocol.Identity{}, now)
	return author, err
}

func errNameless() error {
	p := conflict("this node's collective has no name and place yet, so nothing of it can be published; name it with: courtcircuit collective edit --name … --place …")
	p.Expected = "a collective with a name and a place"
	return p
}

// nextIssue is the issued_at of an identity's next record, later than all of
// its records held here and than after.
func (n *Node) nextIssue(id protocol.Identity, after int64, now time.Time) (int64, error) {
	newest, err := n.store.NewestIssue(id)
	if err != nil {
		return 0, fmt.Errorf("find newest record of %s: %w", id.Fingerprint(), err)
	}
	return protocol.NextIssue(now, max(newest, after))
}

// endedAt is when the collective last ended the person's membership, or
// everything of its own, in Unix milliseconds: a grant counts only if it is
// later.
func (n *Node) endedAt(collective, person protocol.Identity, now time.Time) (int64, error) {
	last, err := n.store.Ended(collective, person, now)
	if err != nil {
		return 0, fmt.Errorf("find dismissal: %w", err)
	}
	return last, nil
}

// publishOwn seals nothing itself: it stores and tells, and says in words
// what the replica refused.
func (n *Node) publishOwn(ctx context.Context, wires ...[]byte) error {
	return publishProblem(n.publishWires(ctx, wires))
}

func publishProblem(err error) error {
	if errors.Is(err, protocol.ErrStale) {
		return conflict("a newer version was published meanwhile; read it and try again")
	}
	return problemOf(err)
}

// recordOf reads the live record behind a public id, with its body.
func (n *Node) recordOf(kind protocol.Kind, id [32]byte, now time.Time) (*protocol.Record, any, error) {
	rec, err := n.store.ByPublicID(kind, id, now)
	switch {
	case errors.Is(err, store.ErrNotFound) || (err == nil && (rec.Header.IsTombstone() || !rec.HasBody)):
		return nil, nil, n.absent(kind, id, now)
	case err != nil:
		return nil, nil, fmt.Errorf("read %s: %w", kind, err)
	}
	body, err := protocol.DecodeJudgedBody(n.cfg.Network, &rec)
	if err != nil {
		// Kept as header and signature: nothing of it can be shown.
		return nil, nil, n.absent(kind, id, now)
	}
	return &rec, body, nil
}
