package listener

import (
	"net/netip"
	"sync"
)

// slots bounds what is under way at once, of one client and of all.
type slots struct {
	maxAll, maxEach int

	mu  sync.Mutex
	all int
	of  map[netip.Prefix]int
}

func newSlots(maxAll, maxEach int) *slots {
	return &slots{maxAll: maxAll, maxEach: maxEach, of: map[netip.Prefix]int{}}
}

// take says whether there is a slot. Each one taken must be given back.
func (s *slots) take(client netip.Prefix) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.all >= s.maxAll || s.of[client] >= s.maxEach {
		return false
	}
	s.all++
	s.of[client]++
	return true
}

func (s *slots) give(client netip.Prefix) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all--
	if s.of[client]--; s.of[client] == 0 {
		delete(s.of, client)
	}
}
