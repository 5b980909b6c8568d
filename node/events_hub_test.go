package node

import (
	"strconv"
	"testing"
	"time"
)

func numberOf(t *testing.T, e Event) int {
	t.Helper()
	i, err := strconv.Atoi(e.Detail)
	if err != nil {
		t.Fatalf("%+v", e)
	}
	return i
}

// A subscriber that names the last event it saw gets all after it, once; when
// some are gone, or the id is of another run, it is told so first.
func TestEventsResume(t *testing.T) {
	h := newEventHub(time.Now())
	first, err := h.subscribe("")
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for i := range eventQueueLength {
		h.emit(Event{Type: EventRecordStored, Detail: strconv.Itoa(i)})
		e := <-first.Events
		ids = append(ids, e.ID)
		if numberOf(t, e) != i {
			t.Fatalf("event %d is %+v", i, e)
		}
	}
	again, _ := h.subscribe(ids[10])
	h.emit(Event{Type: EventRecordStored, Detail: strconv.Itoa(len(ids))})
	for want := 11; want <= len(ids); want++ {
		if got := numberOf(t, <-again.Events); got != want {
			t.Fatalf("resumed with %d, want %d", got, want)
		}
	}
	for range 2 * eventRingLength {
		h.emit(Event{Type: EventRecordStored, Detail: "0"})
	}
	for _, id := range []string{ids[10], "zz-5", "nonsense", h.epoch + "-999999"} {
		s, _ := h.subscribe(id)
		if e := <-s.Events; e.Type != EventGap {
			t.Errorf("after %q: %+v, want a gap", id, e)
		}
		s.Close()
	}
}

// A slow subscriber loses events and is told how many; nobody waits for it.
func TestEventsSlowSubscriber(t *testing.T) {
	h := newEventHub(time.Now())
	s, _ := h.subscribe("")
	for range eventQueueLength + 7 {
		h.emit(Event{Type: EventPeerConnected})
	}
	if s.Dropped() != 7 || h.dropped.Load() != 7 {
		t.Errorf("dropped %d and %d, want 7", s.Dropped(), h.dropped.Load())
	}
	s.Close()
	s.Close()
	h.emit(Event{Type: EventPeerConnected})
	for range maxEventSubscriptions {
		if _, err := h.subscribe(""); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := h.subscribe(""); err == nil {
		t.Error("no bound on subscriptions")
	}
	h.closeAll()
}
