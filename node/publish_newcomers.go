package node

import (
	"context"
	"crypto/rand"
	"fmt"
	"slices"
	"sync"

	"courtcircuit/protocol"
)

// A card waits until it is on the disk, and before that the key that signs it
// has to be, and the note of new keys: three syncs in turn. So once somebody
// has published here some keys are noted and kept ahead, and who comes next
// waits for the card alone. Their recovery secrets are in memory only: the keys
// that nobody took are removed at the end of the run, after a crash later.

const (
	newcomersReady = 16 // made ahead
	newcomersLow   = 8  // so few left, and the others are made, with one sync
)

// newcomer is a person to be.
type newcomer struct {
	author protocol.Author
	secret protocol.RecoverySecret
}

func makeNewcomer() (c newcomer, err error) {
	c.author, c.secret, err = protocol.NewAuthor(rand.Reader)
	return c, err
}

// newcomers are the keys made ahead. All but take wants the edits lock.
type newcomers struct {
	mu     sync.Mutex
	ready  []newcomer
	taken  int           // of the first of them, by the batch under way
	wanted chan struct{} // room for one signal
}

func newNewcomers() newcomers { return newcomers{wanted: make(chan struct{}, 1)} }

// take gives a key made ahead, or makes one.
func (s *newcomers) take() (newcomer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.taken == len(s.ready) {
		return makeNewcomer()
	}
	s.taken++
	return s.ready[s.taken-1], nil
}

// settle follows a batch: what is spare still was not used, whatever the batch
// came to.
func (s *newcomers) settle(spare []protocol.Identity) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ready = slices.DeleteFunc(s.ready, func(c newcomer) bool { return !slices.Contains(spare, c.author.Identity()) })
	s.taken = 0
}

// more has keys made ahead, without ever waiting for it.
func (s *newcomers) more() {
	select {
	case s.wanted <- struct{}{}:
	default:
	}
}

// runNewcomers makes keys ahead when they are wanted.
func (n *Node) runNewcomers(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-n.newcomers.wanted:
			if err := n.makeNewcomers(); err != nil {
				n.log.Warn("no keys made ahead", "error", err)
			}
		}
	}
}

func (n *Node) makeNewcomers() error {
	n.service.edits.Lock()
	defer n.service.edits.Unlock()
	have := len(n.newcomers.ready)
	if have > newcomersLow {
		return nil
	}
	if err := n.store.CheckSpace(); err != nil {
		return err
	}
	var made []newcomer
	var authors []protocol.Author
	for range newcomersReady - have {
		c, err := makeNewcomer()
		if err != nil {
			return err
		}
		made, authors = append(made, c), append(authors, c.author)
	}
	if err := n.noteNewKeys(authors); err != nil {
		return err
	}
	if err := n.keys.AddSpares(authors); err != nil {
		return fmt.Errorf("keep keys made ahead: %w", err)
	}
	n.newcomers.mu.Lock()
	defer n.newcomers.mu.Unlock()
	n.newcomers.ready = append(n.newcomers.ready, made...)
	return nil
}
