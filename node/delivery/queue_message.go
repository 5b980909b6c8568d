package delivery

import (
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"time"

	"courtcircuit/node/inbox"
	"courtcircuit/protocol"
)

// outgoing is a message as it lies in the outbox, under its id.
type outgoing struct {
	To       protocol.Identity `json:"to"`
	Kind     string            `json:"kind"`
	Body     []byte            `json:"body"`
	QueuedAt time.Time         `json:"queued_at"`
}

// queued is a message of which memory knows.
type queued struct {
	id [32]byte
	to protocol.Identity
	at time.Time
}

// QueueIn keeps a message for another collective, within the step that makes
// it necessary; call Wake when the step is done. Errors wrap inbox.ErrFull, or
// protocol.ErrMessageForm for a message that no receiver would take.
func (c *Courier) QueueIn(tx *inbox.Tx, to protocol.Identity, kind string, body []byte) (id [32]byte, err error) {
	if err := protocol.CheckMessageKind(kind); err != nil {
		return id, fmt.Errorf("queue message: %w", err)
	}
	if len(body) > protocol.MaxMessageBody {
		return id, fmt.Errorf("queue message: %w: body has %d bytes, at most %d expected", protocol.ErrMessageForm, len(body), protocol.MaxMessageBody)
	}
	if own, ok := c.dir.Own(); ok && own.Identity() == to {
		return id, fmt.Errorf("queue message: %w: it is for this node's own collective", protocol.ErrMessageForm)
	}
	if _, err := rand.Read(id[:]); err != nil {
		return id, fmt.Errorf("queue message: %w", err)
	}
	at := time.Now().UTC().Truncate(time.Millisecond)
	if err := c.outbox.PutIn(tx, id, outgoing{To: to, Kind: kind, Body: body, QueuedAt: at}); err != nil {
		return id, fmt.Errorf("queue message: %w", err)
	}
	c.mu.Lock()
	c.fresh = append(c.fresh, queued{id, to, at})
	c.mu.Unlock()
	c.cfg.step("queue")
	return id, nil
}

// Queue is QueueIn in a step of its own, and Wake.
func (c *Courier) Queue(to protocol.Identity, kind string, body []byte) (id [32]byte, err error) {
	err = c.box.Update(func(tx *inbox.Tx) error {
		id, err = c.QueueIn(tx, to, kind, body)
		return err
	})
	if err == nil {
		c.Wake()
	}
	return id, err
}

// WithdrawIn takes a message back within a step; one that is not waiting is no
// error. It may have come already, or be on its way: only the outcome of one
// that stays tells. Nobody hears of one that was taken back.
func (c *Courier) WithdrawIn(tx *inbox.Tx, id [32]byte) error {
	if err := c.outbox.DeleteIn(tx, id); err != nil {
		return fmt.Errorf("withdraw message: %w", err)
	}
	c.mu.Lock()
	c.withdrawn = append(c.withdrawn, id)
	c.mu.Unlock()
	return nil
}

// Wake has what was queued sent. It never waits.
func (c *Courier) Wake() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// recall reads what an earlier run left.
func (c *Courier) recall(now time.Time) error {
	err := c.outbox.Each(func(id inbox.ID, m outgoing) error {
		c.addWaiting(queued{id, m.To, m.QueuedAt})
		return nil
	})
	if err != nil {
		return fmt.Errorf("read outbox: %w", err)
	}
	c.bounds = newSenderBounds(c.cfg)
	var lately []seenMark
	err = c.seen.Each(func(_ inbox.ID, s seenMark) error {
		if now.Sub(s.At) < boundWindow {
			lately = append(lately, s)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("read seen messages: %w", err)
	}
	slices.SortFunc(lately, func(a, b seenMark) int { return a.At.Compare(b.At) })
	for _, s := range lately {
		c.bounds.count(s.From, s.Known, s.At)
	}
	return nil
}

// adopt takes what was queued into the lanes. A step that failed left nothing:
// Discard waits for the end of whatever step is under way, so what is not in
// the outbox then never will be.
func (c *Courier) adopt() error {
	c.mu.Lock()
	fresh, withdrawn := c.fresh, c.withdrawn
	c.fresh, c.withdrawn = nil, nil
	c.mu.Unlock()
	if len(fresh)+len(withdrawn) == 0 {
		return nil
	}
	var kept []queued
	err := c.box.Discard(func(tx *inbox.Tx) error {
		for _, q := range fresh {
			_, err := c.outbox.GetIn(tx, q.id)
			if err == nil {
				kept = append(kept, q)
			} else if !errors.Is(err, inbox.ErrNotFound) {
				return err
			}
		}
		return nil
	})
	if err != nil { // once more later
		c.mu.Lock()
		c.fresh, c.withdrawn = append(fresh, c.fresh...), append(withdrawn, c.withdrawn...)
		c.mu.Unlock()
		return fmt.Errorf("read outbox: %w", err)
	}
	for _, q := range kept {
		c.addWaiting(q)
	}
	for _, id := range withdrawn {
		if _, err := c.outbox.Get(id); errors.Is(err, inbox.ErrNotFound) {
			c.forgetWaiting(id)
		}
	}
	c.cfg.step("adopted")
	return nil
}
