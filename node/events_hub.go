package node

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// EventType says what an Event reports.
type EventType string

// The events of a node.
const (
	EventRecordStored     EventType = "record-stored"
	EventRecordRemoved    EventType = "record-removed" // erased, expired or over a bound
	EventPeerConnected    EventType = "peer-connected"
	EventPeerDisconnected EventType = "peer-disconnected"
	EventCatchUpProgress  EventType = "catch-up-progress"
	EventCatchUpDone      EventType = "catch-up-done"
	EventCatchUpFailed    EventType = "catch-up-failed"
	// EventGap stands first when events after the given id are no longer
	// held: read the state anew.
	EventGap EventType = "gap"
)

// Event is one thing that happened at this node.
type Event struct {
	ID   string    `json:"id"` // for Last-Event-ID
	Type EventType `json:"type"`
	At   time.Time `json:"at"`
	// Of a record:
	Kind     string `json:"kind,omitempty"`
	PublicID string `json:"public_id,omitempty"`
	RecordID string `json:"record_id,omitempty"`
	Replaces string `json:"replaces,omitempty"` // a record id
	// Of a peer or a catch-up:
	Peer     string `json:"peer,omitempty"`
	Received int    `json:"received,omitempty"` // records so far
	Needed   int    `json:"needed,omitempty"`   // records known to be missing so far
	Detail   string `json:"detail,omitempty"`
}

var errTooManySubscriptions = errors.New("too many event subscriptions")

// eventHub keeps the last events in a ring and hands them to subscribers. It
// never waits for one: a full queue drops and counts.
type eventHub struct {
	epoch   string // of this run: ids of an earlier one name nothing held here
	dropped atomic.Int64
	limits  *limitCounts

	mu   sync.Mutex
	next uint64 // sequence number of the next event, from 1
	ring []Event
	subs map[*Subscription]struct{}
}

// Subscription receives events until it is closed.
type Subscription struct {
	// Events is closed by Close.
	Events  <-chan Event
	queue   chan Event
	hub     *eventHub
	dropped atomic.Int64
}

func newEventHub(start time.Time) *eventHub {
	return &eventHub{
		epoch: strconv.FormatInt(start.UnixMilli(), 36), next: 1,
		ring: make([]Event, eventRingLength), subs: map[*Subscription]struct{}{},
	}
}

// emit numbers an event and hands it out. It never blocks.
func (h *eventHub) emit(e Event) {
	e.At = time.Now().UTC()
	h.mu.Lock()
	defer h.mu.Unlock()
	e.ID = h.epoch + "-" + strconv.FormatUint(h.next, 10)
	h.ring[h.next%uint64(len(h.ring))] = e
	h.next++
	for s := range h.subs {
		s.offer(e)
	}
}

func (s *Subscription) offer(e Event) {
	select {
	case s.queue <- e:
	default:
		s.dropped.Add(1)
		s.hub.dropped.Add(1)
		s.hub.limits.reached(boundEvents)
	}
}

// Dropped is how many events this subscriber was too slow for.
func (s *Subscription) Dropped() int64 { return s.dropped.Load() }

// Close ends the subscription; it may be called more than once.
func (s *Subscription) Close() {
	s.hub.mu.Lock()
	defer s.hub.mu.Unlock()
	if _, ok := s.hub.subs[s]; ok {
		delete(s.hub.subs, s)
		close(s.queue)
	}
}

// subscribe starts with the held events after lastID, or with an EventGap
// when some of them are gone; "" starts with the next event.
func (h *eventHub) subscribe(lastID string) (*Subscription, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.subs) >= maxEventSubscriptions {
		h.limits.reached(boundEventReaders)
		return nil, fmt.Errorf("%w: %d are open", errTooManySubscriptions, len(h.subs))
	}
	from, gap := h.resumeAt(lastID)
	queue := make(chan Event, int(h.next-from)+eventQueueLength)
	s := &Subscription{Events: queue, queue: queue, hub: h}
	if gap {
		s.offer(Event{ID: h.epoch + "-" + strconv.FormatUint(from-1, 10), Type: EventGap, At: time.Now().UTC()})
	}
	for ; from < h.next; from++ {
		s.offer(h.ring[from%uint64(len(h.ring))])
	}
	h.subs[s] = struct{}{}
	return s, nil
}

// resumeAt gives the sequence number to go on with after lastID, and whether
// events between the two are lost.
func (h *eventHub) resumeAt(lastID string) (from uint64, gap bool) {
	if lastID == "" {
		return h.next, false
	}
	oldest := uint64(1)
	if n := uint64(len(h.ring)); h.next > n {
		oldest = h.next - n
	}
	epoch, number, _ := strings.Cut(lastID, "-")
	last, err := strconv.ParseUint(number, 10, 64)
	if epoch != h.epoch || err != nil || last >= h.next || last+1 < oldest {
		return oldest, true
	}
	return last + 1, false
}

// closeAll ends every subscription at shutdown, so that no reader waits on.
func (h *eventHub) closeAll() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for s := range h.subs {
		delete(h.subs, s)
		close(s.queue)
	}
}
