package web

import (
	"crypto/sha256"
	"strings"
	"sync"

	"golang.org/x/sync/singleflight"

	"courtcircuit/node/card"
)

// maxSentReports bounds what is remembered of the reports that were sent.
const maxSentReports = 1024

// sentReports makes pressing the button twice, or going back and pressing it
// again, one report. It remembers the latest ones since the start: a second
// copy after that costs the collective one more line to read and nothing else.
type sentReports struct {
	flight singleflight.Group
	mu     sync.Mutex
	done   map[[32]byte]bool
	order  [][32]byte
}

// send keeps a report unless this form was sent with the same words before.
// Other words are another report: people go back because they forgot
// something.
func (s *sentReports) send(token string, r card.Report, keep func() error) error {
	key := sha256.Sum256([]byte(strings.Join([]string{token, r.Kind, r.Subject, r.Reason, r.Details, r.Contact}, "\x00")))
	_, err, _ := s.flight.Do(string(key[:]), func() (any, error) {
		if s.has(key) {
			return nil, nil
		}
		err := keep()
		if err == nil {
			s.add(key)
		}
		return nil, err
	})
	return err
}

func (s *sentReports) has(key [32]byte) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.done[key]
}

func (s *sentReports) add(key [32]byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.done == nil {
		s.done = map[[32]byte]bool{}
	}
	s.done[key] = true
	if s.order = append(s.order, key); len(s.order) > maxSentReports {
		delete(s.done, s.order[0])
		s.order = s.order[1:]
	}
}
