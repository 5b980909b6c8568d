package reconcile

import (
	"errors"
	"fmt"
)

// What a frame may measure on this protocol. A node may send less (Config), and accepts up to this from everybody:
// were acceptance configurable, two honest nodes could refuse each other.
const (
	MaxFrameBytes     = 64 << 10
	MaxRangesPerFrame = 4096
	minFrameBytes     = 512 // below this a frame might not hold one item beside its bounds, and nothing would move on
)

// maxSkewHours is how far the two clocks may be apart, counted in whole hours.
const maxSkewHours = 1

// maxPendingRanges bounds what a session keeps to ask later, about 12 MB of it. Ranges are worked off lowest first,
// each level of splitting leaves no more behind than one reply's, and there are log16(n) levels: some twenty
// thousand for a million items, unless the set grows by far while the session goes on.
const maxPendingRanges = 1 << 17

var (
	// ErrProtocol is wrapped by every error that the other side's bytes alone prove: a malformed frame, or an
	// answer to something that was not asked. The sender is to blame.
	ErrProtocol = errors.New("reconcile: protocol violated")
	// ErrBounds is wrapped when a session reaches its bound of rounds or ids. What was returned before stays
	// valid, and a new session after fetching it goes on from there.
	ErrBounds = errors.New("reconcile: session reached its bounds")
	// ErrClockSkew matches every *ClockSkewError.
	ErrClockSkew = errors.New("reconcile: clocks too far apart")
)

// ClockSkewError says that the two clocks are more than an hour apart, so that the two sides would not agree on
// what has expired. Nobody is blamed: either clock may be wrong.
type ClockSkewError struct {
	MyHour, PeerHour uint32 // whole hours since the Unix epoch
}

func (e *ClockSkewError) Error() string {
	return fmt.Sprintf("%v: hour %d here, %d at the peer", ErrClockSkew, e.MyHour, e.PeerHour)
}

// Is makes errors.Is(err, ErrClockSkew) true.
func (e *ClockSkewError) Is(target error) bool { return target == ErrClockSkew }

// Config bounds what a side sends and how long a session goes on.
type Config struct {
	// FrameBytes bounds the frames that this side sends. Default and maximum: MaxFrameBytes.
	FrameBytes int
	// RangesPerFrame bounds the ranges in a frame that this side sends. Default and maximum: MaxRangesPerFrame.
	RangesPerFrame int
	// IDsPerFrame bounds the ids in a frame that this side sends. Default 2048, more than MaxFrameBytes hold.
	IDsPerFrame int
	// Rounds bounds the requests of a session. Default 4096: eight million ids.
	Rounds int
	// NeedIDs bounds the ids that a session returns as needed. Default four million.
	NeedIDs int
	// HaveIDs bounds the ids kept of what only this side holds; all of them are counted. Default 1024.
	HaveIDs int
	// AuditCuts is the number of random cuts that a salted session starts from. Default 1024, about 21 kB.
	AuditCuts int
}

// DefaultConfig returns the defaults named at each field.
func DefaultConfig() Config {
	return Config{
		FrameBytes: MaxFrameBytes, RangesPerFrame: MaxRangesPerFrame, IDsPerFrame: 2048,
		Rounds: 4096, NeedIDs: 4 << 20, HaveIDs: 1024, AuditCuts: 1024,
	}
}

// Validate says which field is out of its bounds.
func (c Config) Validate() error {
	for _, f := range []struct {
		name          string
		value, lo, hi int
	}{
		{"FrameBytes", c.FrameBytes, minFrameBytes, MaxFrameBytes},
		{"RangesPerFrame", c.RangesPerFrame, 8, MaxRangesPerFrame},
		{"IDsPerFrame", c.IDsPerFrame, 1, MaxFrameBytes},
		{"Rounds", c.Rounds, 1, 1 << 20},
		{"NeedIDs", c.NeedIDs, 1, 1 << 30},
		{"HaveIDs", c.HaveIDs, 0, 1 << 20},
		{"AuditCuts", c.AuditCuts, 1, MaxRangesPerFrame},
	} {
		if f.value < f.lo || f.value > f.hi {
			return fmt.Errorf("reconcile: config %s is %d, want %d to %d", f.name, f.value, f.lo, f.hi)
		}
	}
	return nil
}

// apartHours returns the distance between two hours.
func apartHours(a, b uint32) uint32 {
	if a > b {
		return a - b
	}
	return b - a
}
