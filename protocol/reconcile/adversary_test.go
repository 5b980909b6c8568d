package reconcile

import (
	"encoding/binary"
	"errors"
	"math/big"
	"testing"
)

// reply builds a reply frame at hour 999 from ranges that start at 1000.
func replyOf(build func(w *frameWriter)) []byte {
	w := newFrameWriter(frameReply, 999, After(999), DefaultConfig())
	build(w)
	return w.buf
}

// Well-formed replies that do not answer what was asked are refused. mine is small, so the one range asked is a list;
// mineLarge is asked in 16 parts.
func TestRepliesThatAnswerSomethingElse(t *testing.T) {
	mine, mineLarge := listSet{item(1005, 1)}, spread(1000, 50, 400)
	at := func(hour uint64) Bound { return Bound{Hour: hour} }
	print := make([]byte, 16)
	for name, c := range map[string]struct {
		mine  listSet
		build func(w *frameWriter)
	}{
		"skip where ids were asked":        {mine, func(w *frameWriter) { w.skipTo(Infinity()) }},
		"fingerprint where ids were asked": {mine, func(w *frameWriter) { w.put(kindFingerprint, at(1000), at(1001), print) }},
		"skip ends inside a range":         {mineLarge, func(w *frameWriter) { w.skipTo(at(1048)) }},
		"list over two ranges":             {mineLarge, func(w *frameWriter) { w.putList(listSet{}, at(1000), Infinity()) }},
		"fingerprint over two ranges":      {mineLarge, func(w *frameWriter) { w.put(kindFingerprint, at(1000), Infinity(), print) }},
		"skip starts inside a range": {mineLarge, func(w *frameWriter) {
			w.putList(listSet{}, at(1000), at(1001))
			w.skipTo(Infinity())
		}},
	} {
		session, _ := NewSession(testConfig(), nil)
		if _, err := session.Open(c.mine, 999); err != nil {
			t.Fatal(err)
		}
		_, need, err := session.Step(c.mine, 999, replyOf(c.build))
		if !errors.Is(err, ErrProtocol) || need != nil {
			t.Errorf("%s: gave %d items, %v", name, len(need), err)
		}
	}
}

func TestReplyThatAsksBack(t *testing.T) {
	mine := spread(1000, 50, 400)
	session, _ := NewSession(testConfig(), nil)
	if _, err := session.Open(mine, 999); err != nil {
		t.Fatal(err)
	}
	first := session.asked[0]
	back := replyOf(func(w *frameWriter) { w.put(kindFingerprint, first.lo, first.hi, make([]byte, 16)) })
	if _, _, err := session.Step(mine, 999, back); !errors.Is(err, ErrProtocol) {
		t.Fatalf("asking back gave %v", err)
	}
}

func TestReplyThatAnswersNothing(t *testing.T) {
	asked := []pendingRange{{lo: Bound{Hour: 1010}, hi: Bound{Hour: 1020}, mode: askWhole}}
	skip := frameRange{kind: kindSkip, lo: Bound{Hour: 1000}, hi: Bound{Hour: 1010}}
	if err := checkAnswers(asked, []frameRange{skip}); !errors.Is(err, ErrProtocol) {
		t.Fatalf("a reply that stops before the first asked range gave %v", err)
	}
	skip.hi = Bound{Hour: 1020}
	if err := checkAnswers(asked, []frameRange{skip}); err != nil {
		t.Fatal(err)
	}
}

// A floor cannot be pushed on: a peer's hour counts only within an hour of the clock here, at every step.
func TestPeerCannotMoveTheFloor(t *testing.T) {
	mine := spread(1000, 50, 400)
	session, _ := NewSession(testConfig(), nil)
	if _, err := session.Open(mine, 999); err != nil {
		t.Fatal(err)
	}
	for hour := uint32(1000); ; hour++ {
		w := newFrameWriter(frameReply, hour, After(hour), testConfig())
		w.putList(listSet{}, After(hour), session.asked[0].hi)
		_, _, err := session.Step(mine, 999, w.buf)
		if hour == 1000 && err != nil {
			t.Fatal(err)
		}
		if hour == 1001 {
			if !errors.Is(err, ErrClockSkew) {
				t.Fatalf("hour 1001 against 999 gave %v", err)
			}
			return
		}
	}
}

// position and boundAt turn a bound into a number and back: hour, then id.
func position(b Bound) *big.Int {
	return new(big.Int).SetBytes(append(binary.BigEndian.AppendUint64(nil, b.Hour), b.ID[:]...))
}

func boundAt(n *big.Int) Bound {
	var buf [40]byte
	n.FillBytes(buf[:])
	return Bound{Hour: binary.BigEndian.Uint64(buf[:8]), ID: [32]byte(buf[8:])}
}

// middle returns the bound halfway between two.
func middle(lo, hi Bound) Bound {
	sum := new(big.Int).Add(position(lo), position(hi))
	return boundAt(sum.Rsh(sum, 1))
}

// halve answers every fingerprint with two invented ones for its halves, and lists nothing: as many differences as
// there are positions.
func halve(w *frameWriter, a frameRange) bool {
	mid := middle(a.lo, a.hi)
	if a.kind == kindAsk || mid == a.lo {
		return w.put(kindList, a.lo, a.hi, []byte{0})
	}
	print := make([]byte, 16)
	return w.put(kindFingerprint, a.lo, mid, print) && w.put(kindFingerprint, mid, a.hi, print)
}

// drip answers one invented id a frame, at the very start of what was asked.
func drip(w *frameWriter, a frameRange) bool {
	next := boundAt(new(big.Int).Add(position(a.lo), big.NewInt(1)))
	w.put(kindList, a.lo, next, append([]byte{1, 0}, a.lo.ID[:]...))
	return false
}

// Lies end: ever new differences by what this side holds, dripping by the bound of rounds. What is kept stays small.
func TestLiarsAreBounded(t *testing.T) {
	mine := spread(1000, 5000, 2000)
	for name, c := range map[string]struct {
		answer func(w *frameWriter, a frameRange) bool
		want   error
	}{
		"halves": {halve, nil},
		"drips":  {drip, ErrBounds},
	} {
		cfg := testConfig()
		cfg.Rounds = 100
		session, _ := NewSession(cfg, nil)
		request, err := session.Open(mine, 999)
		most := 0
		for err == nil && request != nil {
			_, hour, rest, _ := readFrameHead(request)
			asked, readErr := readRanges(rest, After(hour), frameRequest)
			if readErr != nil {
				t.Fatal(readErr)
			}
			w := newFrameWriter(frameReply, hour, After(hour), DefaultConfig())
			for _, a := range asked {
				if a.kind != kindSkip && !c.answer(w, a) {
					break
				}
			}
			request, _, err = session.Step(mine, 999, w.buf)
			most = max(most, len(session.pending))
		}
		if !errors.Is(err, c.want) {
			t.Errorf("%s: ended with %v, want %v", name, err, c.want)
		}
		if most > 4*MaxRangesPerFrame {
			t.Errorf("%s: kept %d ranges", name, most)
		}
		t.Logf("%s: %+v, at most %d ranges kept", name, session.Stats(), most)
	}
}

func TestPendingRangesAreBounded(t *testing.T) {
	mine := spread(1000, 50, 400)
	session, _ := NewSession(testConfig(), nil)
	if _, err := session.Open(mine, 999); err != nil {
		t.Fatal(err)
	}
	session.pending = make([]pendingRange, maxPendingRanges-1)
	first := session.asked[0]
	reply := replyOf(func(w *frameWriter) { halve(w, frameRange{kind: kindFingerprint, lo: first.lo, hi: first.hi}) })
	if _, _, err := session.Step(mine, 999, reply); !errors.Is(err, ErrBounds) {
		t.Fatalf("one range too many gave %v", err)
	}
}
