package listener

import (
	"container/list"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// class says which bucket a request is taken from.
type class int

const (
	reads class = iota
	files
	writes
	searches
	classes
)

var classNames = [classes]string{"reads", "files", "writes", "searches"}

// crowdFactor is how much all newcomers together may ask, in clients, while
// the table has no place for them.
const crowdFactor = 10

// buckets are the rates of one client, made when first used.
type buckets struct {
	client netip.Prefix
	of     [classes]*rate.Limiter
}

// full says that forgetting the client gives it nothing.
func (b *buckets) full(now time.Time) bool {
	for _, l := range b.of {
		if l != nil && l.TokensAt(now) < float64(l.Burst()) {
			return false
		}
	}
	return true
}

// rateTable remembers the clients seen last. A place is freed only once its
// client could ask its whole burst again anyway; until then newcomers share
// one set of buckets. Plain eviction would hand everybody with enough
// addresses a fresh burst for each, and forget the bursts of all others.
type rateTable struct {
	rates      [classes]Rate
	maxClients int

	mu       sync.Mutex
	byClient map[netip.Prefix]*list.Element // of *buckets
	recent   *list.List                     // seen last in front
	crowd    buckets
}

func newRateTable(cfg Config) *rateTable {
	t := &rateTable{
		rates: [classes]Rate{reads: cfg.Reads, files: cfg.Files, writes: cfg.Writes, searches: cfg.Searches}, maxClients: cfg.MaxClients,
		byClient: map[netip.Prefix]*list.Element{}, recent: list.New(),
	}
	for c, r := range t.rates {
		t.crowd.of[c] = rate.NewLimiter(rate.Limit(r.PerSecond*crowdFactor), r.Burst*crowdFactor)
	}
	return t
}

// take counts one request. It is 0, or how long to wait before the next try.
func (t *rateTable) take(now time.Time, client netip.Prefix, c class) time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	b := t.bucketsOf(now, client)
	if b.of[c] == nil {
		b.of[c] = rate.NewLimiter(rate.Limit(t.rates[c].PerSecond), t.rates[c].Burst)
	}
	l := b.of[c]
	if l.AllowN(now, 1) {
		return 0
	}
	missing := 1 - l.TokensAt(now)
	return time.Duration(missing / float64(l.Limit()) * float64(time.Second))
}

func (t *rateTable) bucketsOf(now time.Time, client netip.Prefix) *buckets {
	if place, ok := t.byClient[client]; ok {
		t.recent.MoveToFront(place)
		return place.Value.(*buckets)
	}
	if t.recent.Len() >= t.maxClients {
		oldest := t.recent.Back()
		b := oldest.Value.(*buckets)
		if !b.full(now) {
			return &t.crowd
		}
		t.recent.Remove(oldest)
		delete(t.byClient, b.client)
	}
	b := &buckets{client: client}
	t.byClient[client] = t.recent.PushFront(b)
	return b
}
