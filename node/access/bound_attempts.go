package access

import (
	"net/http"
	"net/netip"
	"sync"
	"time"
)

// attempts counts the wrong links and passkeys of each visitor. Guessing is
// hopeless without it; it keeps the noise of those who try small. Only what
// was wrong counts, and only presses of the button: a picture on another
// site's page makes the browser read addresses here, and must not lock anybody
// out.
type attempts struct {
	max      int
	every    time.Duration
	visitors int

	mu sync.Mutex
	// free is when all of a visitor's attempts are granted again.
	free map[netip.Prefix]time.Time
}

func newAttempts(cfg Config) *attempts {
	return &attempts{max: cfg.MaxAttempts, every: cfg.AttemptEvery, visitors: cfg.MaxVisitors, free: map[netip.Prefix]time.Time{}}
}

// may says whether a visitor has an attempt left.
func (a *attempts) may(v netip.Prefix, now time.Time) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.free[v].Sub(now) <= time.Duration(a.max-1)*a.every
}

// add counts one that was wrong.
func (a *attempts) add(v netip.Prefix, now time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	free, known := a.free[v]
	if !known && len(a.free) >= a.visitors {
		a.forget(now)
	}
	if free.Before(now) {
		free = now
	}
	a.free[v] = free.Add(a.every)
}

// forget drops those who have all their attempts again, or else whoever is
// nearest to it.
func (a *attempts) forget(now time.Time) {
	var nearest netip.Prefix
	for v, free := range a.free {
		if !free.After(now) {
			delete(a.free, v)
		} else if !nearest.IsValid() || free.Before(a.free[nearest]) {
			nearest = v
		}
	}
	if len(a.free) >= a.visitors {
		delete(a.free, nearest)
	}
}

// visitorOf is who asks: an address, or the network that one household has of
// the newer kind. The listener has put the visitor's own address there,
// whichever proxies stand between.
func visitorOf(r *http.Request) netip.Prefix {
	port, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.PrefixFrom(netip.IPv4Unspecified(), 32) // tests, and sockets without addresses: all one
	}
	addr := port.Addr().Unmap().WithZone("")
	bits := 64
	if addr.Is4() {
		bits = 32
	}
	prefix, _ := addr.Prefix(bits)
	return prefix
}

// mayTry answers ErrClosed or ErrTooOften when a visitor may not try.
func (k *Keeper) mayTry(r *http.Request, now time.Time) error {
	if !k.Open(r) {
		return ErrClosed
	}
	if !k.attempts.may(visitorOf(r), now) {
		return ErrTooOften
	}
	return nil
}

// failed counts an attempt and gives its error back.
func (k *Keeper) failed(r *http.Request, now time.Time, err error) error {
	k.attempts.add(visitorOf(r), now)
	return err
}
