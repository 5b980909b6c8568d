package reconcile

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"os"
	"runtime"
	"strings"
	"testing"
)

// Hour 999 is the floor of all frames here: they start at 1000, written 000003e7 for the hour 999.
const (
	requestHead = "01000003e7"
	replyHead   = "02000003e7"
)

func TestMalformedFrames(t *testing.T) {
	zeros := strings.Repeat("00", 32)
	for name, frame := range map[string]string{
		"empty":                    "",
		"head cut short":           "010000",
		"no ranges":                requestHead,
		"unknown type":             "04000003e7" + "bf",
		"list in a request":        requestHead + "ff00",
		"request ends with a skip": requestHead + "3f",
		"two skips":                requestHead + "0001" + "0001" + "bf",
		"empty range":              requestHead + "8000" + "bf",
		"range after infinity":     requestHead + "bf" + "bf",
		"fingerprint cut short":    requestHead + "7f" + "0011",
		"prefix of 33 bytes":       requestHead + "a100" + zeros + "01",
		"prefix of 62 bytes":       requestHead + "be00" + zeros + zeros,
		"prefix cut short":         requestHead + "8200" + "01",
		"prefix ends with zero":    requestHead + "8200" + "0100" + "bf",
		"hour over 32 bits":        requestHead + "80" + "ffffffff0f",
		"number not shortest":      requestHead + "80" + "8100",
		"number too long":          requestHead + "80" + "ffffffffffffffffffff01",
		"number cut short":         requestHead + "80" + "80",
	} {
		if _, err := Respond(listSet{}, 999, unhex(t, frame), testConfig()); !errors.Is(err, ErrProtocol) {
			t.Errorf("%s: request gave %v", name, err)
		}
	}
	for name, frame := range map[string]string{
		"ask in a reply":   replyHead + "bf",
		"huge count":       replyHead + "ff" + "ffffffffffffffff7f",
		"count too high":   replyHead + "ff" + "02" + "00" + zeros,
		"id cut short":     replyHead + "ff" + "01" + "8001" + zeros[:62],
		"ids equal":        replyHead + "ff" + "02" + "00" + zeros + "00" + zeros,
		"id out of range":  replyHead + "c005" + "01" + "05" + zeros,
		"request":          requestHead + "bf",
		"empty":            "",
		"skew with a tail": "03000003e7" + "00",
	} {
		session, _ := NewSession(testConfig(), nil)
		if _, err := session.Open(listSet{}, 999); err != nil {
			t.Fatal(err)
		}
		if _, _, err := session.Step(listSet{}, 999, unhex(t, frame)); !errors.Is(err, ErrProtocol) {
			t.Errorf("%s: reply gave %v", name, err)
		}
	}
	// Well formed but for its length: 2500 bounds with whole ids.
	w := newFrameWriter(frameRequest, 999, After(999), DefaultConfig())
	w.limitBytes = 2 * MaxFrameBytes
	for i := range uint64(2500) {
		w.put(kindAsk, w.at, item(1000, i).Bound(), nil)
	}
	if _, err := Respond(listSet{}, 999, w.buf, testConfig()); len(w.buf) <= MaxFrameBytes || !errors.Is(err, ErrProtocol) {
		t.Errorf("frame of %d bytes gave %v", len(w.buf), err)
	}
	many := append(unhex(t, requestHead), bytes.Repeat([]byte{0x80, 1}, MaxRangesPerFrame+1)...)
	if _, err := Respond(listSet{}, 999, many, testConfig()); !errors.Is(err, ErrProtocol) {
		t.Errorf("ranges over the bound gave %v", err)
	}
}

// allocatedBytes returns what one call of fn allocates on average.
func allocatedBytes(fn func()) uint64 {
	const runs = 100
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range runs {
		fn()
	}
	runtime.ReadMemStats(&after)
	return (after.TotalAlloc - before.TotalAlloc) / runs
}

// What decoding allocates is in proportion to the bytes that came, whatever they claim.
func TestDecodingAllocatesLittle(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	frames := [][]byte{
		unhex(t, "ffffffffffffff7f"), unhex(t, "ff8080808080807f"), unhex(t, "c0ffffffff0fffff"), unhex(t, "7fffffffffffffff"),
	}
	for range 200 {
		frame := make([]byte, 8)
		for i := range frame {
			frame[i] = byte(random.Uint32())
		}
		frames = append(frames, frame)
	}
	for _, frame := range frames {
		for _, frameType := range []byte{frameRequest, frameReply} {
			if n := allocatedBytes(func() { _, _ = readRanges(frame, After(999), frameType) }); n > 2048 {
				t.Fatalf("decoding %x allocates %d bytes", frame, n)
			}
		}
	}
	full := bytes.Repeat([]byte{0x80, 1}, MaxFrameBytes)[:MaxFrameBytes-frameHeadBytes]
	if n := allocatedBytes(func() { _, _ = readRanges(full, After(999), frameRequest) }); n > 2<<20 {
		t.Fatalf("decoding a full frame allocates %d bytes", n)
	}
}

// The smallest valid request asks for everything. Its answer is one bounded frame and allocates a few of those.
func TestAskingForEverythingIsBounded(t *testing.T) {
	set := spread(1000, 300, 20_000)
	request := unhex(t, requestHead+"bf")
	var reply []byte
	if n := allocatedBytes(func() { reply, _ = Respond(set, 999, request, testConfig()) }); n > 12*MaxFrameBytes {
		t.Fatalf("answering %d bytes allocates %d", len(request), n)
	}
	if len(reply) > MaxFrameBytes || len(reply) < MaxFrameBytes*9/10 {
		t.Fatalf("reply of %d bytes", len(reply))
	}
}

// writeAgain encodes decoded ranges anew.
func writeAgain(frame []byte, start Bound, ranges []frameRange) []byte {
	cfg := DefaultConfig()
	w := newFrameWriter(frame[0], uint32(start.Hour-1), start, cfg)
	w.limitBytes, w.ranges = 2*MaxFrameBytes, 2*MaxRangesPerFrame
	for _, r := range ranges {
		switch r.kind {
		case kindSkip:
			w.skipTo(r.hi)
		case kindFingerprint:
			w.put(r.kind, r.lo, r.hi, r.print[:])
		case kindAsk:
			w.put(r.kind, r.lo, r.hi, nil)
		case kindList:
			w.ids = MaxFrameBytes
			w.putList(setOf(r.items...), r.lo, r.hi)
		}
	}
	return w.buf
}

// Accepted bytes have one form: encoding what was decoded gives the same bytes.
func fuzzFrames(f *testing.F, frameType byte) {
	addSeedsNeeded(f)
	f.Fuzz(func(t *testing.T, frame []byte) {
		gotType, hour, rest, err := readFrameHead(frame)
		if err != nil || gotType != frameType || hour == 1<<32-1 {
			return
		}
		ranges, err := readRanges(rest, After(hour), frameType)
		if err != nil {
			if !errors.Is(err, ErrProtocol) {
				t.Fatalf("error without blame: %v", err)
			}
			return
		}
		if again := writeAgain(frame, After(hour), ranges); !bytes.Equal(again, frame) {
			t.Fatalf("%x encodes again as %x", frame, again)
		}
	})
}

func FuzzReadRequest(f *testing.F) { fuzzFrames(f, frameRequest) }
func FuzzReadReply(f *testing.F)   { fuzzFrames(f, frameReply) }

// FuzzRespond: any request gets a bounded reply that a session which asked just that accepts, or blame.
func FuzzRespond(f *testing.F) {
	addSeedsNeeded(f)
	set := spread(1000, 5, 300)
	f.Fuzz(func(t *testing.T, request []byte) {
		cfg := testConfig()
		cfg.FrameBytes = 1024
		reply, err := Respond(set, 999, request, cfg)
		if err != nil {
			if !errors.Is(err, ErrProtocol) {
				t.Fatal(err)
			}
			return
		}
		if len(reply) > cfg.FrameBytes {
			t.Fatalf("reply of %d bytes", len(reply))
		}
		if reply[0] == frameClockSkew {
			return
		}
		_, floor, rest, _ := readFrameHead(request)
		asked, _ := readRanges(rest, After(floor), frameRequest)
		session := &Session{cfg: cfg, opened: true, floor: floor}
		for _, r := range asked {
			mode := map[rangeKind]askMode{kindFingerprint: askWhole, kindAsk: askList}
			if r.kind != kindSkip {
				session.asked = append(session.asked, pendingRange{lo: r.lo, hi: r.hi, mode: mode[r.kind]})
			}
		}
		if _, _, err := session.Step(set[:150], max(floor, 999), reply); err != nil {
			t.Fatalf("request %x, honest reply %x: %v", request, reply, err)
		}
	})
}

// FuzzStep: no reply makes a session report what is there, panic, or fail without a reason of its own kind.
func FuzzStep(f *testing.F) {
	addSeedsNeeded(f)
	mine := spread(1000, 5, 100)
	f.Fuzz(func(t *testing.T, reply []byte) {
		session, _ := NewSession(testConfig(), nil)
		if _, err := session.Open(mine, 999); err != nil {
			t.Fatal(err)
		}
		_, need, err := session.Step(mine, 999, reply)
		if err != nil && !errors.Is(err, ErrProtocol) && !errors.Is(err, ErrClockSkew) {
			t.Fatal(err)
		}
		for _, it := range need {
			if mine.has(it) {
				t.Fatal("an item that is there was reported as needed")
			}
		}
	})
}

// addSeedsNeeded fails the target when its committed seeds are gone: fuzzing would then start from nothing, unseen.
func addSeedsNeeded(f *testing.F) {
	f.Helper()
	seeds, err := os.ReadDir("testdata/fuzz/" + f.Name())
	if err != nil || len(seeds) == 0 {
		f.Fatalf("no seeds in testdata/fuzz/%s: %v", f.Name(), err)
	}
}
