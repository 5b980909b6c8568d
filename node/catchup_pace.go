package node

import (
	"errors"
	"net"
	"time"
)

// pace bounds how long a stream may wait for its other side. Bytes that were
// of use earn time, waiting spends it, and no more than syncPatience is ever
// saved: whoever stays below minSyncBytesPerSecond is left within that time,
// and whoever is slow but useful goes on.
//
// A bound for each frame alone would not do: a peer that sends one header a
// frame, each just in time, would keep a slot until syncSessionTimeout.
type pace struct{ left time.Duration }

func newPace() pace { return pace{left: syncPatience} }

// deadline is until when the next frame, with its answer, has to be through.
func (p *pace) deadline(now time.Time) time.Time {
	return now.Add(max(min(p.left, syncFrameTimeout), 0))
}

func (p *pace) spend(waited time.Duration) { p.left -= waited }

func (p *pace) earn(usefulBytes int) {
	p.left = min(p.left+time.Duration(usefulBytes)*time.Second/minSyncBytesPerSecond, syncPatience)
}

// timedOut says that the other side was too slow, in the words of whichever
// transport it was.
func timedOut(err error) bool {
	var e net.Error
	return errors.As(err, &e) && e.Timeout()
}
