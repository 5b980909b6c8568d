package store

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"strings"
)

// position is a place in the order of results.
type position struct {
	chord2  float64
	tier    Tier
	rotated uint64
	id      [32]byte
}

// start is where a page begins.
type start struct {
	day   uint32
	after *position // nil: at the beginning
}

const cursorBytes = 1 + 8 + 4 + 8 + 1 + 8 + 32 + 4

// start reads a cursor. The day of the first page goes with it, so that
// midnight neither repeats nor loses anybody.
func (f *filter) start(cursor string) (start, error) {
	if cursor == "" {
		return start{day: f.today}, nil
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(cursor)
	if err != nil || len(b) != cursorBytes || b[0] != 1 {
		return start{}, &CursorError{"not one of this service"}
	}
	check := sha256.Sum256(b[:cursorBytes-4])
	if !bytes.Equal(check[:4], b[cursorBytes-4:]) {
		return start{}, &CursorError{"damaged"}
	}
	be := binary.BigEndian
	if be.Uint64(b[1:]) != f.hash() {
		return start{}, &CursorError{"of another query; only limit may change between pages"}
	}
	p := position{chord2: math.Float64frombits(be.Uint64(b[13:])), tier: Tier(b[21]), rotated: be.Uint64(b[22:]), id: [32]byte(b[30:])}
	if !(p.chord2 >= 0 && p.chord2 <= 4.1) {
		return start{}, &CursorError{"damaged"}
	}
	return start{day: be.Uint32(b[9:]), after: &p}, nil
}

func (f *filter) cursor(day uint32, p position) string {
	be := binary.BigEndian
	b := append(make([]byte, 0, cursorBytes), 1)
	b = be.AppendUint64(b, f.hash())
	b = be.AppendUint32(b, day)
	b = be.AppendUint64(b, math.Float64bits(p.chord2))
	b = append(b, byte(p.tier))
	b = be.AppendUint64(b, p.rotated)
	b = append(b, p.id[:]...)
	check := sha256.Sum256(b)
	return base64.RawURLEncoding.EncodeToString(append(b, check[:4]...))
}

// hash binds a cursor to what was asked. Filters are sets: their order does
// not count. Limit and time may differ.
func (f *filter) hash() uint64 {
	var b strings.Builder
	radius := f.reach
	fmt.Fprintf(&b, "%d %x %x %x", f.Kind, math.Float64bits(f.LatDegrees), math.Float64bits(f.LonDegrees), math.Float64bits(radius))
	for _, list := range [][]string{slices.Clone(f.skills), slices.Clone(f.Languages), slices.Clone(f.words)} {
		slices.Sort(list)
		fmt.Fprintf(&b, " %q", list)
	}
	states := slices.Clone(f.States)
	slices.Sort(states)
	fmt.Fprintf(&b, " %d %t %v", f.modes, f.States == nil, states)
	if f.AvailableBy != nil {
		fmt.Fprintf(&b, " by %d", *f.AvailableBy)
	}
	if f.Collective != nil {
		fmt.Fprintf(&b, " of %s", f.Collective)
	}
	return hash64(b.String())
}
