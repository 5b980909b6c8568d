package node

import (
	"net/netip"
	"sync"
	"time"

	"courtcircuit/node/card"
	"courtcircuit/node/inbox"
	"courtcircuit/protocol"
)

// The bounds on floods of briefs.
const (
	briefsPerHour     = 6 // of one visitor
	briefsBurst       = 3
	maxBriefVisitors  = 4_096
	maxUnanswered     = 500 // here, and from here on the way, together
	maxUnansweredSent = 400 // of all other collectives, so that some room is left for who comes here
	maxUnansweredFrom = 50  // of one other collective
	maxKeptFrom       = 400 // of one other collective, answered and deleted ones too
	maxDeletedKeys    = 400 // of briefs deleted here, or withdrawn before they came
)

// visitorBook counts the briefs of each visitor. The time at which a visitor
// would have all turns back is all there is to remember (GCRA, ITU-T I.371).
type visitorBook struct {
	mu    sync.Mutex
	until map[netip.Prefix]time.Time
}

// take says whether the visitor may deposit a brief now, else how long to wait.
// No address is this machine itself, which has no bound of its own.
func (b *visitorBook) take(visitor string, now time.Time) time.Duration {
	if visitor == "" {
		return 0
	}
	client := visitorPrefix(visitor)
	const each = time.Hour / briefsPerHour
	b.mu.Lock()
	defer b.mu.Unlock()
	until, known := b.until[client]
	if !known && !b.makeRoom(now) {
		return each
	}
	if until.Before(now) {
		until = now
	}
	if wait := until.Add(each).Sub(now) - briefsBurst*each; wait > 0 {
		return wait
	}
	b.until[client] = until.Add(each)
	return 0
}

// makeRoom drops only those who lose nothing by it: anything else would give a
// fresh burst to whoever has enough addresses.
func (b *visitorBook) makeRoom(now time.Time) bool {
	if b.until == nil {
		b.until = map[netip.Prefix]time.Time{}
	}
	if len(b.until) < maxBriefVisitors {
		return true
	}
	for client, until := range b.until {
		if !until.After(now) {
			delete(b.until, client)
		}
	}
	return len(b.until) < maxBriefVisitors
}

// visitorPrefix is one household: an address, or the network of an IPv6 one.
// Those without an address that can be read are one together.
func visitorPrefix(visitor string) netip.Prefix {
	addr, err := netip.ParseAddr(visitor)
	if err != nil {
		port, failed := netip.ParseAddrPort(visitor)
		if failed != nil {
			return netip.Prefix{}
		}
		addr = port.Addr()
	}
	addr = addr.Unmap().WithZone("")
	bits := addr.BitLen()
	if addr.Is6() {
		bits = 64
	}
	client, _ := addr.Prefix(bits) // of an address that was read, and of its own length at most
	return client
}

// briefMark is as much of a brief or a track as counting needs.
type briefMark struct {
	From    protocol.Identity
	State   string
	Deleted bool
	Ends    time.Time `json:"DeleteAt"`
}

// briefCounts is how many briefs are here.
type briefCounts struct {
	unanswered     int // of everybody
	unansweredSent int // of other collectives
	unansweredFrom int // of the one asked about
	keptFrom       int // of that one, whatever became of them
}

func (n *Node) countBriefs(tx *inbox.Tx, from protocol.Identity) (c briefCounts, err error) {
	own := n.ownIdentity()
	err = inbox.NewShelf[briefMark](n.inbox, inbox.SpaceBriefs).EachIn(tx, func(_ inbox.ID, m briefMark) error {
		waits := !m.Deleted && isUnanswered(m.State)
		if waits {
			c.unanswered++
		}
		if waits && m.From != own {
			c.unansweredSent++
		}
		if m.From == from {
			c.keptFrom++
			if waits {
				c.unansweredFrom++
			}
		}
		return nil
	})
	return c, err
}

// checkRoom refuses a brief of a visitor while too many wait here and, sent
// from here, elsewhere.
func (n *Node) checkRoom(tx *inbox.Tx, own protocol.Identity) error {
	c, err := n.countBriefs(tx, own)
	if err != nil {
		return err
	}
	err = n.trackShelf().EachIn(tx, func(_ inbox.ID, t track) error {
		if t.To != own && isUnanswered(t.state()) {
			c.unanswered++
		}
		return nil
	})
	if err == nil && c.unanswered >= maxUnanswered {
		return tooManyBriefs()
	}
	return err
}

func tooManyBriefs() *card.Problem {
	return unavailable("more requests wait here than can be answered; nothing was kept, try again in a few days or telephone the collective")
}

// keepKeyIn keeps the bare key of a brief that is not to come (back). They are
// bounded by forgetting, and not by refusing: anybody can send withdrawals of
// what never was.
func (n *Node) keepKeyIn(tx *inbox.Tx, key inbox.ID, from protocol.Identity, ref inbox.ID, now time.Time) error {
	held := 0
	var oldest inbox.ID
	var ends time.Time
	err := inbox.NewShelf[briefMark](n.inbox, inbox.SpaceBriefs).EachIn(tx, func(id inbox.ID, m briefMark) error {
		if !m.Deleted {
			return nil
		}
		if held++; held == 1 || m.Ends.Before(ends) {
			oldest, ends = id, m.Ends
		}
		return nil
	})
	if err == nil && held >= maxDeletedKeys {
		err = n.briefShelf().DeleteIn(tx, oldest)
	}
	if err != nil {
		return err
	}
	return n.briefShelf().PutIn(tx, key, brief{From: from, Ref: ref, Deleted: true, DeleteAt: now.Add(seenKept).UTC()})
}
