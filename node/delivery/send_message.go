package delivery

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"

	"courtcircuit/node/inbox"
	"courtcircuit/protocol"
)

// errNotOurs says that every node of the recipient's record denies being its.
var errNotOurs = errors.New("none of the nodes in its record takes anything for this collective")

// sendOne tries one message and settles it when its fate is known; it says
// whether to go on with the lane.
func (c *Courier) sendOne(ctx context.Context, l *lane, w *letter) bool {
	m, err := c.outbox.Get(w.id)
	if errors.Is(err, inbox.ErrNotFound) { // taken out by somebody else
		c.dropWaiting(l, w.id)
		return true
	}
	var answer protocol.MessageAnswer
	if err == nil {
		answer, err = c.carry(ctx, l, w.id, m)
	}
	now := time.Now()
	switch {
	case ctx.Err() != nil:
		return false
	case errors.Is(err, errNotOurs):
		err = c.settle(l, w.id, Outcome{Reason: err.Error(), At: now.UTC()}, "refused")
	case err == nil && answer.Code == protocol.AnswerAccepted:
		err = c.settle(l, w.id, Outcome{Delivered: true, At: now.UTC()}, "delivered")
	case err == nil && answer.Code.Final():
		err = c.settle(l, w.id, Outcome{Reason: describe(answer), At: now.UTC()}, "refused")
	case err == nil:
		c.putOff(l, w, answer, now)
		return true
	}
	if err != nil {
		c.failed(l, err, now)
		return false
	}
	c.mu.Lock()
	l.failures, l.lastErr, l.next = 0, "", time.Time{}
	c.mu.Unlock()
	return true
}

// carry seals a message and offers it to the recipient's nodes, one after
// another, until one of them decides.
func (c *Courier) carry(ctx context.Context, l *lane, id [32]byte, m outgoing) (protocol.MessageAnswer, error) {
	none := protocol.MessageAnswer{}
	to, err := c.dir.Find(m.To, time.Now())
	if err != nil {
		return none, err
	}
	c.notePeers(l, to.Nodes)
	switch {
	case len(to.SealingKey) == 0:
		return none, errors.New("the record of this collective names no key to seal for it")
	case len(to.Nodes) == 0:
		return none, errors.New("the record of this collective names no node")
	}
	wire, err := c.seal(id, m, to.SealingKey)
	if err != nil {
		return none, err
	}
	denied := 0
	for _, node := range to.Nodes {
		answer, failed := c.offer(ctx, node, wire)
		switch {
		case failed != nil:
			err = errors.Join(err, failed)
		case answer.Code == protocol.AnswerElsewhere:
			denied++
		case answer.Code == protocol.AnswerWrongKey: // another node of it may hold the key
			err = errors.Join(err, errors.New(describe(answer)))
		default:
			return answer, nil
		}
	}
	if denied == len(to.Nodes) {
		return none, errNotOurs
	}
	return none, err
}

func (c *Courier) notePeers(l *lane, nodes []peer.AddrInfo) {
	c.mu.Lock()
	defer c.mu.Unlock()
	l.peers = l.peers[:0]
	for _, n := range nodes {
		l.peers = append(l.peers, n.ID)
	}
}

// offer gives the message to one node and reads its answer, all in Timeout.
func (c *Courier) offer(ctx context.Context, node peer.AddrInfo, wire []byte) (a protocol.MessageAnswer, err error) {
	ctx, cancel := context.WithTimeout(ctx, c.cfg.Timeout)
	defer cancel()
	c.cfg.step("dial")
	s, err := c.net.Open(ctx, node)
	if err != nil {
		return a, fmt.Errorf("not reached: %w", err)
	}
	defer s.Reset()
	stop := context.AfterFunc(ctx, func() { s.Reset() })
	defer stop()
	deadline, _ := ctx.Deadline()
	if err := s.SetDeadline(deadline); err != nil {
		return a, fmt.Errorf("reached, but: %w", err)
	}
	c.cfg.step("write")
	if err = writeFrame(s, wire); err == nil {
		err = s.CloseWrite()
	}
	if err != nil {
		return a, fmt.Errorf("reached, but the message was not taken: %w", err)
	}
	c.cfg.step("written")
	frame, err := readFrame(s, protocol.MaxAnswerBytes)
	if err == nil {
		a, err = protocol.ParseMessageAnswer(frame)
	}
	if err != nil {
		return a, fmt.Errorf("reached, but not answered: %w", err)
	}
	c.cfg.step("answered")
	return a, nil
}

// settle takes a message out of the outbox in one step with its done.
func (c *Courier) settle(l *lane, id [32]byte, o Outcome, result string) error {
	err := c.box.Update(func(tx *inbox.Tx) error {
		m, err := c.outbox.GetIn(tx, id)
		if errors.Is(err, inbox.ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		o.ID, o.To, o.Kind = id, m.To, m.Kind
		if done := c.kind(m.Kind).done; done != nil {
			if err := done(tx, o); err != nil {
				return err
			}
		}
		c.cfg.step("settle")
		return c.outbox.DeleteIn(tx, id)
	})
	if err != nil {
		return fmt.Errorf("note what became of the message: %w", err)
	}
	c.metrics.sent.WithLabelValues(result).Inc()
	c.dropWaiting(l, id)
	c.cfg.step("settled")
	return nil
}

// putOff follows the receiver's not yet. What is about this message lets the
// others pass; what is about this sender, or its key, holds them all.
func (c *Courier) putOff(l *lane, w *letter, a protocol.MessageAnswer, now time.Time) {
	c.metrics.sent.WithLabelValues("later").Inc()
	c.mu.Lock()
	defer c.mu.Unlock()
	w.failures++
	wait := min(max(a.Wait(), c.cfg.backoff(w.failures)), maxWait)
	l.failures, l.lastErr, l.next = 0, describe(a), time.Time{}
	switch a.Code {
	case protocol.AnswerBusy, protocol.AnswerSuperseded:
		l.held = now.Add(wait)
	default:
		w.next = now.Add(wait)
	}
}

// maxWait bounds what a receiver may ask of a sender.
const maxWait = 24 * time.Hour

// failed follows a try in which nobody decided.
func (c *Courier) failed(l *lane, err error, now time.Time) {
	c.metrics.sent.WithLabelValues("failed").Inc()
	c.log.Debug("message not delivered", "to", l.to.String(), "error", err)
	c.mu.Lock()
	defer c.mu.Unlock()
	l.failures++
	l.lastErr = err.Error()
	l.next = now.Add(c.cfg.backoff(l.failures))
	if l.hurried.After(l.tried) { // it became reachable during the try
		l.hurry(now)
	}
}
