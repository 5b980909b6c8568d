package store

import (
	"testing"
	"time"

	"courtcircuit/protocol"
)

// Over a bound no order of old records may go round: each would be stored and
// forwarded again for ever.
func TestReplayedRecordsCannotCycle(t *testing.T) {
	o := testOpener(t)
	a := newActor(t, 1)
	now := t0.Add(time.Minute)
	at := func(s int) int64 { return t0.Add(time.Duration(s) * time.Second).UnixMilli() }
	mk := func(slot byte, s int, tomb bool) protocol.Verified {
		d := protocol.Draft{Kind: protocol.KindMission, Slot: append([]byte{slot}, make([]byte, 15)...), IssuedAtMillis: at(s)}
		if !tomb {
			m := protocol.Mission{Title: "again", State: protocol.MissionOpen}
			return a.mission(t, o, slot, m, time.UnixMilli(at(s)))
		}
		return a.seal(t, o, d)
	}
	s := openStore(t, memoryConfig(), o)
	for i := range 63 { // a busy collective that withdrew 63 missions this month
		put(t, s, mk(byte(100+i), 20+i%5, true), now)
	}
	withdrawn, reopened, other := mk(1, 3, true), mk(1, 5, false), mk(2, 2, true)
	stored := 0
	for range 50 {
		for _, v := range []protocol.Verified{withdrawn, reopened, other} {
			if put(t, s, v, now) == Stored {
				stored++
			}
		}
	}
	if stored > 6 {
		t.Errorf("three records replayed 50 times were stored (and so forwarded) %d times", stored)
	}
}

// What was withdrawn gives way to what is new.
func TestWithdrawnMissionsLeaveRoom(t *testing.T) {
	o := testOpener(t)
	a := newActor(t, 1)
	s := openStore(t, memoryConfig(), o)
	for i := range 64 {
		put(t, s, a.seal(t, o, protocol.Draft{Kind: protocol.KindMission, Slot: append([]byte{byte(i)}, make([]byte, 15)...), IssuedAtMillis: t0.UnixMilli()}), t0)
	}
	now := t0.Add(time.Hour)
	if got := put(t, s, a.mission(t, o, 200, protocol.Mission{}, now), now); got != Stored {
		t.Errorf("64 withdrawn missions keep a new one out for 30 days: %s", got)
	}
}
