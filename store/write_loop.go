package store

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/dgraph-io/badger/v4"

	"courtcircuit/protocol"
)

// groupRecords is how many records share one commit: measured 43,000 records a
// second at 500, against 833 one by one. Not below what callers bring at once,
// or each such batch would leave a commit of a dozen behind.
const groupRecords = 512

// queueRequests is how many callers may wait in the queue; others wait before
// it, holding their own records.
const queueRequests = 64

// request is one caller's records, at most groupRecords, or a job for the
// writer alone.
type request struct {
	vs    []offer
	now   time.Time
	job   func() error
	soon  bool         // nobody waits until it is on the disk
	taken *atomic.Bool // by the writer, who then answers, or back by a caller who gave up
	done  chan reply
}

func (r *request) take() bool { return r.taken.CompareAndSwap(false, true) }

type reply struct {
	outcomes []Outcome
	err      error
}

// PutBatch offers records and returns when what became of them is durable. The
// order of the records does not matter. An error means that some of them may
// be stored and some not; offering them again is harmless.
func (s *Store) PutBatch(ctx context.Context, vs []protocol.Verified, now time.Time) ([]Outcome, error) {
	return s.putBatch(ctx, vs, request{now: now})
}

// PutVisible is PutBatch for records that nobody is told of: it returns when
// they are found, and they are durable within Config.SyncDelay. A power cut
// before that loses them, and nothing else.
func (s *Store) PutVisible(ctx context.Context, vs []protocol.Verified, now time.Time) ([]Outcome, error) {
	return s.putBatch(ctx, vs, request{now: now, soon: true})
}

func (s *Store) putBatch(ctx context.Context, vs []protocol.Verified, r request) ([]Outcome, error) {
	for _, v := range vs {
		if v.IsZero() {
			return nil, errNotVerified
		}
	}
	out, few := make([]Outcome, 0, len(vs)), len(vs) <= fewRecords
	for len(vs) > 0 {
		part := vs[:min(len(vs), groupRecords)]
		vs = vs[len(part):]
		r.vs = s.newOffers(part, few)
		outcomes, err := s.submit(ctx, r)
		if err != nil {
			return nil, err
		}
		out = append(out, outcomes...)
	}
	return out, nil
}

// submit waits for room in the queue and for the answer. A caller who gives up
// takes back what the writer has not begun, and waits for what it has: once
// this returns, nobody reads the records or runs the job any more, so that the
// caller may use again what either shares with it.
func (s *Store) submit(ctx context.Context, r request) ([]Outcome, error) {
	r.taken, r.done = new(atomic.Bool), make(chan reply, 1)
	select {
	case s.queue <- r:
	case <-ctx.Done():
		return nil, fmt.Errorf("wait for the store's writer: %w", ctx.Err())
	case <-s.stopWriter:
		return nil, ErrClosed
	}
	select {
	case a := <-r.done:
		return a.outcomes, a.err
	case <-ctx.Done():
		if r.take() {
			return nil, fmt.Errorf("wait for a commit: %w", ctx.Err())
		}
		a := <-r.done
		return a.outcomes, a.err
	case <-s.writerDone:
		select {
		case a := <-r.done:
			return a.outcomes, a.err
		default:
			return nil, ErrClosed
		}
	}
}

// exec runs a job on the writer's goroutine, where nothing else writes.
func (s *Store) exec(ctx context.Context, job func() error) error {
	_, err := s.submit(ctx, request{job: job})
	return err
}

// writeLoop is the one goroutine that writes. It takes all that waits, up to
// groupRecords, into one commit: while one commit is synced the next gathers.
func (s *Store) writeLoop() {
	defer close(s.writerDone)
	var next *request
	var due <-chan time.Time // what nobody waits for is to be done
	for {
		r := request{}
		if next != nil {
			r, next = *next, nil
		} else {
			select {
			case r = <-s.queue:
			case <-due:
				due = nil
				_ = s.syncWaiting() // said in the log, and to whoever writes next
				s.near.tidy()
				continue
			case <-s.stopWriter:
				_ = s.syncWaiting()
				return
			}
		}
		if !r.take() {
			continue
		}
		if r.job != nil {
			r.done <- reply{err: errors.Join(r.job(), s.syncWaiting())}
			s.near.tidy()
			due = nil
			continue
		}
		group := []request{r}
		group, next = s.gather(group)
		s.commitGroup(group)
		if s.near.changes >= maxUntidy {
			s.near.tidy()
		}
		if !s.commits.waiting && s.near.changes == 0 {
			due = nil
		} else if due == nil {
			due = time.After(s.cfg.SyncDelay)
		}
	}
}

// gather adds waiting requests of about the same time; one that does not fit
// is returned to be next.
func (s *Store) gather(group []request) ([]request, *request) {
	n := len(group[0].vs)
	for n < groupRecords {
		select {
		case r := <-s.queue:
			if r.job != nil || n+len(r.vs) > groupRecords || !r.now.Equal(group[0].now) && hourOf(r.now) != hourOf(group[0].now) {
				return group, &r
			}
			if r.take() {
				group, n = append(group, r), n+len(r.vs)
			}
		default:
			return group, nil
		}
	}
	return group, nil
}

func (s *Store) commitGroup(group []request) {
	var all []offer
	soon := true
	for _, r := range group {
		all, soon = append(all, r.vs...), soon && r.soon
	}
	outcomes, err := s.commitRecords(all, group[0].now, soon)
	if errors.Is(err, ErrDiskFull) && len(group) > 1 {
		// What may be written still must not be refused with its neighbours.
		for _, r := range group {
			s.commitGroup([]request{r})
		}
		return
	}
	for _, r := range group {
		if err != nil {
			r.done <- reply{err: err}
			continue
		}
		r.done <- reply{outcomes: outcomes[:len(r.vs):len(r.vs)]}
		outcomes = outcomes[len(r.vs):]
	}
}

// commitRecords stores records, in one commit if Badger lets it, else in
// halves.
func (s *Store) commitRecords(vs []offer, now time.Time, soon bool) ([]Outcome, error) {
	if err := s.roomToWrite(s.keptFree(vs)); err != nil {
		return nil, err
	}
	if err := s.roomForOthers(vs); err != nil {
		return nil, err
	}
	outcomes, err := s.tryCommit(vs, now, soon)
	if !errors.Is(err, badger.ErrTxnTooBig) || len(vs) == 1 {
		return outcomes, err
	}
	first, err := s.commitRecords(vs[:len(vs)/2], now, soon)
	if err != nil {
		return nil, err
	}
	rest, err := s.commitRecords(vs[len(vs)/2:], now, soon)
	return append(first, rest...), err
}

func (s *Store) tryCommit(vs []offer, now time.Time, soon bool) ([]Outcome, error) {
	b := s.newBatch(now)
	b.soon = soon
	defer func() { b.txn.Discard() }()
	outcomes := make([]Outcome, 0, len(vs))
	var erased []byte // up to where the erasure at i has come in earlier commits
	for i := 0; i < len(vs); {
		b.erased = erased
		o, err := b.put(vs[i])
		if err != nil {
			return nil, fmt.Errorf("store %s record: %w", vs[i].Record().Header.Kind, err)
		}
		if b.removals >= s.maxRemovals() {
			if err := b.commit(); err != nil {
				return nil, err
			}
			again := b.tooMuch
			erased = b.erased
			b = s.newBatch(now)
			b.soon = soon
			if again {
				continue // the rest of what this erasure covers
			}
		}
		erased = nil
		outcomes = append(outcomes, o)
		i++
	}
	return outcomes, b.commit()
}

// commit makes a batch durable, unless that can wait, and then visible to
// memory and listeners.
func (b *batch) commit() error {
	s := b.s
	if len(b.dirty) == 0 && len(b.steps) == 0 && len(b.fixes) == 0 && b.toPurge == 0 && len(b.rows) == 0 {
		// Only proofs may have been written, or what a repair mends. And what is
		// held already may have come by gossip a moment ago.
		if err := s.commitAny(b.txn); err != nil || b.soon {
			return err
		}
		return s.syncWaiting()
	}
	if err := b.flush(); err != nil {
		return err
	}
	next, err := s.planLive(b)
	if err != nil {
		return fmt.Errorf("follow %d changes: %w", len(b.steps), err)
	}
	if err := next.write(b.txn); err != nil {
		next.edit.Discard()
		return err
	}
	// Erased text that was seen to be gone must not come back.
	canWait := b.soon && !b.erasing
	err = s.commit(b.txn)
	if err == nil && !canWait {
		err = s.syncCommits()
	}
	if err != nil {
		next.edit.Discard()
		return fmt.Errorf("commit %d changes: %w", len(b.steps), err)
	}
	if err := s.near.apply(b.rows); err != nil {
		s.log.Error("the search index does not follow a commit; it is made anew at the next start", "error", err)
	}
	s.cards.follow(b.rows, b.dirty)
	b.keepCards()
	s.live.follow(next)
	if s.home != nil && !canWait {
		s.home.noteRoot(next.root)
	}
	s.stats.commits.Add(1)
	s.stats.purgeWaiting.Add(int64(b.toPurge))
	if b.erasing {
		s.erasures.Add(1)
		s.wakePurge()
	}
	if s.cfg.OnChange != nil && len(b.changes) > 0 {
		s.cfg.OnChange(b.changes)
	}
	if canWait { // else the sync has done it
		return s.followCommit()
	}
	return nil
}

func (s *Store) wakePurge() {
	select {
	case s.wake <- struct{}{}:
	default: // one is enough
	}
}
