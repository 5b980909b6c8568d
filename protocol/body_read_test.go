package protocol

import (
	"bytes"
	"encoding/hex"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/fxamacker/cbor/v2"
	"pgregory.net/rapid"
)

type fataler interface{ Fatalf(string, ...any) }

// checkBothWays reads bytes as a body of each kind by hand and by the library.
// Both must agree on every byte, and whatever is good and has no unknown keys must
// be read by hand.
func checkBothWays(t fataler, b []byte) (taken int) {
	for _, k := range Kinds() {
		into, plain := newBody(k), newBody(k)
		if into == nil {
			continue
		}
		own := bytes.Clone(b)
		isPlain := readPlain(own, plain)
		for i := range own {
			own[i] ^= 0x55 // nothing that was read may lie in what was read from
		}
		if err := decodeBody(b, into); err != nil {
			if !IsBodyFault(err) || isPlain {
				t.Fatalf("%s %x: %v; read by hand: %v", k, b, err, isPlain)
			}
			continue
		}
		taken++
		good := into.check(&Header{Kind: k, IssuedAtMillis: math.MaxInt64}) == nil
		if unknown := len(*into.extra()) > 0; isPlain && unknown || !isPlain && !unknown && good {
			t.Fatalf("%s %x with %d unknown keys is read by hand: %v", k, b, len(*into.extra()), isPlain)
		}
		if isPlain && !reflect.DeepEqual(plain, into) {
			t.Fatalf("%s %x is %+v, and read by hand %+v", k, b, into, plain)
		}
		if again, err := encodeBody(into); err != nil || !bytes.Equal(again, b) {
			t.Fatalf("%s %x does not encode back to itself: %v", k, b, err)
		}
		into.zone()
		describeBody(into)
	}
	return taken
}

// values gives what may stand, rightly or not, in the place of a field: made anew
// each time, because lists are changed in turn.
func values() []any {
	return []any{
		"", "x", "\xff", nil, true, false, 1.0, []any{}, []any{""}, []any{"fr", 1}, []any{[]any{"a", "b"}}, []any{[]byte{}}, []any{[]any{"a", 1, 2}}, []byte{}, []byte{1, 2}, []byte{9},
		map[any]any{}, []any{4360, -144, "a", "", "", false}, []any{4360, 144, "a", "", "", 0}, []any{1, 2, "EUR", "day"}, []any{[]any{[]byte{1}, []byte{}, true, []any{}}},
		uint64(0), uint64(1), uint64(23), uint64(24), uint64(255), uint64(256), uint64(math.MaxUint32), uint64(math.MaxUint32 + 1), uint64(math.MaxInt64), uint64(math.MaxInt64 + 1), uint64(math.MaxUint64),
		int64(-1), int64(-24), int64(-25), int64(math.MinInt64), cbor.RawMessage{0x3b, 0x80, 0, 0, 0, 0, 0, 0, 0}, cbor.RawMessage{0x3b, 255, 255, 255, 255, 255, 255, 255, 255},
		slices.Repeat([]any{"x"}, maxElements), slices.Repeat([]any{"x"}, maxElements+1),
	}
}

// goodBodies are full ones, the least ones, and some at a bound.
func goodBodies(t testing.TB) []body {
	c := newCast(t)
	member, wordy := fullProfile(), fullProfile()
	member.Memberships, member.Place.LonCenti = [][]byte{c.rebornGrant.Bytes()}, -144
	wordy.About = strings.Repeat("\U0001f469", MaxAboutRunes)
	quiet, unannounced := fullCollective(c), fullCollective(c)
	quiet.Nodes[0].Addrs, unannounced.Nodes[0].Addrs = []string{}, nil
	return []body{fullProfile(), member, wordy, &Profile{}, fullMission(), &Mission{}, fullCollective(c), quiet, unannounced, &Collective{}}
}

// TestBodiesByHand changes good bodies: fields, what stands in their arrays, and
// bytes.
func TestBodiesByHand(t *testing.T) {
	bodies, taken := goodBodies(t), 0
	rapid.Check(t, func(t *rapid.T) {
		b := must(encodeBody(rapid.SampledFrom(bodies).Draw(t, "body")))
		var fields map[any]any
		if err := bodyDecoding.Unmarshal(b, &fields); err != nil {
			t.Fatal(err)
		}
		for range rapid.IntRange(0, 2).Draw(t, "changes") {
			key := uint64(rapid.IntRange(0, 15).Draw(t, "key"))
			if rapid.IntRange(0, 9).Draw(t, "unknown") == 0 {
				key += 60
			}
			changeField(t, fields, key)
		}
		b = must(bodyEncoding.Marshal(fields))
		if rapid.IntRange(0, 3).Draw(t, "bytes too") == 0 {
			b = rapid.SampledFrom(append(longerHeads(b), append(b, 0), b[:len(b)-1])).Draw(t, "bytes")
		}
		taken += checkBothWays(t, b)
	})
	if taken == 0 {
		t.Error("no body was taken")
	}
}

func changeField(t *rapid.T, fields map[any]any, key uint64) {
	value := rapid.SampledFrom(values()).Draw(t, "value")
	list, ok := fields[key].([]any)
	switch what := rapid.SampledFrom([]string{"set", "set", "delete", "element", "longer", "shorter"}).Draw(t, "what"); {
	case what == "delete":
		delete(fields, key)
	case what == "set" || !ok || len(list) == 0:
		fields[key] = value
	case what == "longer":
		fields[key] = append(list, value)
	case what == "shorter":
		fields[key] = list[:len(list)-1]
	default:
		at := rapid.IntRange(0, len(list)-1).Draw(t, "at")
		if inner, ok := list[at].([]any); ok && rapid.Bool().Draw(t, "deeper") {
			list, at = inner, rapid.IntRange(0, len(inner)-1).Draw(t, "at there")
		}
		list[at] = value
	}
}

// Every single change of a field, so that none depends on what is drawn.
func TestEachFieldByHand(t *testing.T) {
	taken, refused := 0, 0
	const least = "a3 01 616e 04 86 00 00 60 60 60 f4 0d 00" // name "n", place at 0, confirmed at 0
	for _, b := range []string{
		least,
		"a4 01 616e 04 87 00 00 60 60 60 f4 05 0d 0d 00",   // a place of seven: its last is not a key
		"a3 01 616e 04 85 00 00 60 60 60 f4 0d 00",         // of five: a key is not its last
		"a4 01 616e 01 616e 04 86 00 00 60 60 60 f4 0d 00", // a key twice
		"a3 04 86 00 00 60 60 60 f4 01 616e 0d 00",         // not rising
		"a3 01 616e 04 86 00 00 60 60 60 f4 0d 00 00",      // a byte behind
		"a2 01 616e 04 86 00 00 60 60 60 f4 0d 00",         // a pair more than was said
		"a4 01 616e 04 86 00 00 60 60 60 f4 0d 00",         // one less
	} {
		if got := checkBothWays(t, must(hex.DecodeString(strings.ReplaceAll(b, " ", "")))); (got == 1) != (b == least) {
			t.Error(b, "is taken", got, "times")
		}
	}
	for _, good := range goodBodies(t) {
		encoded := must(encodeBody(good))
		for _, b := range longerHeads(encoded) {
			checkBothWays(t, b)
		}
		for key := uint64(0); key <= 64; key++ {
			for _, value := range append(values(), "absent") {
				var fields map[any]any
				if err := bodyDecoding.Unmarshal(encoded, &fields); err != nil {
					t.Fatal(err)
				}
				if list, ok := fields[key].([]any); ok {
					for at := range list {
						before := list[at]
						list[at] = value
						checkBothWays(t, must(bodyEncoding.Marshal(fields)))
						list[at] = before
					}
				}
				if fields[key] = value; value == "absent" {
					delete(fields, key)
				}
				if checkBothWays(t, must(bodyEncoding.Marshal(fields))) > 0 {
					taken++
				} else {
					refused++
				}
			}
		}
	}
	if taken < 100 || refused < 100 {
		t.Error(taken, "bodies taken,", refused, "refused")
	}
}

// A short body that speaks of a long list gets no room for one.
func TestRoomForLists(t *testing.T) {
	r := cborReader{rest: []byte{cborArray | 25, maxElements >> 8, maxElements & 255, cborText}}
	if list := listOf(&r, readText); cap(list) > 8 {
		t.Errorf("room for %d of which one is there", cap(list))
	}
}
