package store

import (
	"bytes"
	"errors"
	"fmt"
	"sync"

	"github.com/dgraph-io/badger/v4"
)

// That the files lost records, or made some unreadable, is written into the
// database when it is met, and stands there until it is made up for: first by a
// verification with repair, which sets right what these files alone can, then by
// a catch-up that begins after it. The sums cannot say so for that long: after
// one more commit those inside the files know nothing of what is gone.

// damageLevel is what is known to be wrong, by what it takes to prove that all
// is right again.
type damageLevel byte

const (
	sound       damageLevel = iota
	unreadable              // a record cannot be read: it is, or has gone, when a verification finds nothing wrong
	itemsLost               // records are gone: all are here again when the items add up to the sum inside the files
	commitsLost             // the sum inside the files knows nothing of what is gone
)

// damageLog is what is known of damage. Readers meet it, too.
type damageLog struct {
	changed chan struct{} // one slot: the mark in the files is to follow

	mu     sync.Mutex
	level  damageLevel
	met    uint64 // how often since Open
	mended uint64 // met, as of the last verification that left nothing wrong
	madeUp bool   // by a catch-up: the next start need not know
	once   bool   // an unreadable record counts once until a verification: every search may meet it
}

func newDamageLog() damageLog { return damageLog{changed: make(chan struct{}, 1)} }

func (d *damageLog) note(level damageLevel) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if level == unreadable && d.once {
		return
	}
	d.once = d.once || level == unreadable
	d.level, d.madeUp = max(d.level, level), false
	d.met++
	d.follow()
}

func (d *damageLog) follow() {
	select {
	case d.changed <- struct{}{}:
	default: // one is enough
	}
}

func (d *damageLog) now() (level damageLevel, met uint64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.level, d.met
}

// verified follows a verification that left nothing wrong; met is the number
// from before it looked. all: every item that the sum inside the files knew of
// is here. What it let go of is for a catch-up that begins now.
func (d *damageLog) verified(met uint64, all bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.level == sound || d.met != met {
		return
	}
	d.once = false
	if d.level == unreadable && all {
		d.level = sound
		d.follow()
		return
	}
	if !all {
		d.met++
	}
	d.mended = d.met
}

// wholeAgain follows a repair after which all items that the sum knew of are
// here.
func (d *damageLog) wholeAgain(met uint64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.met == met && d.level < commitsLost {
		d.level = sound
		d.follow()
	}
}

// Damaged says that the files have lost records, or made some unreadable: the
// node should verify the replica and catch up with peers, or a backup be
// restored. It is said over restarts until MadeUp.
func (s *Store) Damaged() bool { level, _ := s.damage.now(); return level != sound }

// Losses counts how often Damaged had a reason since Open.
func (s *Store) Losses() uint64 { _, met := s.damage.now(); return met }

// MadeUp says that a catch-up was completed which began when Losses gave that
// number. If a verification has set right before what it could, and nothing was
// met since, the next start finds a sound replica. Damaged stays as it is until
// then: it is also a reason to look at the disk.
func (s *Store) MadeUp(losses uint64) {
	d := &s.damage
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.level != sound && !d.madeUp && d.met == losses && d.mended == losses {
		d.madeUp = true
		d.follow()
	}
}

// recallDamage finds the mark of an earlier run. forgotten: the sum inside the
// files fits what is there, so it does not know any more what is lost.
func (s *Store) recallDamage(forgotten bool) error {
	var mark []byte
	err := s.db.View(func(txn *badger.Txn) (err error) {
		mark, err = get(txn, keyDamage)
		return err
	})
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("look for a mark of damage: %w", err)
	}
	level := commitsLost
	if len(mark) == 1 && (damageLevel(mark[0]) == unreadable || damageLevel(mark[0]) == itemsLost && !forgotten) {
		level = damageLevel(mark[0])
	}
	s.log.Warn("the replica was found damaged before, which is not made up for yet")
	s.damage.note(level)
	return nil
}

// markDamage makes the mark in the files follow. Only the writer calls it, or
// Open and Close, when there is none.
func (s *Store) markDamage() error {
	s.damage.mu.Lock()
	var mark []byte
	if s.damage.level != sound && !s.damage.madeUp {
		mark = []byte{byte(s.damage.level)}
	}
	s.damage.mu.Unlock()
	var held []byte
	err := s.db.View(func(txn *badger.Txn) (err error) {
		held, err = get(txn, keyDamage)
		return err
	})
	if errors.Is(err, ErrNotFound) {
		held, err = nil, nil
	}
	if err == nil && bytes.Equal(held, mark) {
		return nil
	}
	if err == nil {
		err = s.CheckSpaceToErase()
	}
	if err == nil {
		err = s.update(func(txn *badger.Txn) error { return put1(txn, keyValue{keyDamage, mark}, mark == nil) })
	}
	if err != nil {
		return fmt.Errorf("write down whether the replica is damaged: %w", err)
	}
	return nil
}
