package store

import (
	"context"
	"encoding/hex"
	"fmt"
	"time"

	"courtcircuit/protocol/reconcile"
)

// Verification is what Verify found out.
type Verification struct {
	Format    uint32
	Records   int      // held, tombstones included; each signature was checked
	Bodies    int      // compared with their hashes
	Lacking   int      // records whose body was never seen; they are asked for
	Keys      int      // of the whole database
	Lost      bool     // the files have lost records, which only peers or a backup have
	Digest    [32]byte // of what is live, from the records and not from memory
	Found     int      // faults
	Repaired  int      // of them
	Faults    []Fault  // the first maxListedFaults
	Remaining []Fault  // what is still wrong after the repair, likewise
}

// Fault is one thing that was wrong. Part is header, signature, dossier,
// body, root, memory, order, format, proof, purge, or the name of an index.
type Fault struct {
	Part     string
	Key      string // hexadecimal, or a record's or identity's id
	Detail   string
	Repaired bool
}

// maxListedFaults bounds each list; all are counted.
const maxListedFaults = 100

// Verify checks every signature, every body against its hash, every dossier,
// every index entry in both directions, the counts and the sum. With repair it
// sets right what follows from the records that verify, and lets go of what
// does not verify; peers have it whole, if anybody does. progress may be nil.
//
// It reads from one moment of the replica, so nothing that is stored meanwhile
// looks like a fault; as with a backup, an erased text leaves the files only
// after that.
func (s *Store) Verify(ctx context.Context, now time.Time, repair bool, progress func(done, total int)) (Verification, error) {
	if err := s.enter(); err != nil {
		return Verification{}, err
	}
	defer s.readers.Leave()
	v := &verifier{s: s, ctx: ctx, now: now, repair: repair, report: progress}
	if v.report == nil {
		v.report = func(int, int) {}
	}
	_, met := s.damage.now()
	first, err := v.survey()
	if err != nil {
		return Verification{}, fmt.Errorf("verify the replica: %w", err)
	}
	if first.whole() {
		s.damage.verified(met, true)
		return v.result(first), nil
	}
	if err := v.examine(first); err != nil {
		return v.result(first), fmt.Errorf("verify the replica: %w", err)
	}
	if !repair {
		return v.result(first), nil
	}
	_, met = s.damage.now() // a repair meets damage itself, as does who reads beside it
	again, err := v.survey()
	if err != nil {
		return v.result(first), fmt.Errorf("verify the replica again: %w", err)
	}
	for _, f := range again.faults() {
		v.out.Found++
		v.out.Remaining = append(v.out.Remaining, f)
	}
	if again.whole() {
		all := again.inItems.count == int(first.stored.count) && again.inItems.sum == first.stored.sum
		if all {
			s.damage.wholeAgain(met)
		}
		s.damage.verified(met, all)
	}
	return v.result(again), nil
}

// verifier is one run.
type verifier struct {
	s      *Store
	ctx    context.Context
	now    time.Time
	repair bool
	report func(done, total int)
	done   int
	total  int
	out    Verification
}

func (v *verifier) result(last *survey) Verification {
	out := v.out
	level, _ := v.s.damage.now()
	out.Format, out.Lost = formatVersion, level >= itemsLost
	out.Records, out.Bodies, out.Lacking, out.Keys = last.records, last.bodies, last.lacking, last.keys
	out.Digest = reconcile.Digest(last.liveSum, last.liveCount)
	return out
}

// step moves the progress on; the total is an estimate that may grow.
func (v *verifier) step(n int) {
	v.done += n
	v.total = max(v.total, v.done)
	v.report(v.done, v.total)
}

// fault notes one, and mend, where there is a repair, makes good for it.
func (v *verifier) fault(part, key, detail string, mend func() error) error {
	f := Fault{Part: part, Key: key, Detail: detail}
	v.out.Found++
	if mend != nil && v.repair {
		if err := mend(); err != nil {
			return err
		}
		f.Repaired = true
		v.out.Repaired++
	}
	if len(v.out.Faults) < maxListedFaults {
		v.out.Faults = append(v.out.Faults, f)
	}
	return nil
}

func keyName(key []byte) string { return fmt.Sprintf("%q %s", key[:1], hex.EncodeToString(key[1:])) }
