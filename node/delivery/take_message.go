package delivery

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"courtcircuit/node/inbox"
	"courtcircuit/protocol"
)

// seenMark says that a message was taken. It outlasts every message that could
// come again: protocol.MaxMessageAge is far below Config.KeepSeen.
type seenMark struct {
	From  protocol.Identity `json:"from"`
	Kind  string            `json:"kind"`
	Known bool              `json:"known"` // a record of the sender was here
	At    time.Time         `json:"at"`
}

// seenKey is the name of a message: its id alone would let one sender mark
// another's as seen.
func seenKey(from protocol.Identity, id [32]byte) inbox.ID {
	return sha256.Sum256(append(from[:], id[:]...))
}

// ErrFault is wrapped when the bytes that came prove the peer at fault.
var ErrFault = errors.New("not a message")

// Answer takes one message from a stream and answers it, all in Timeout. An
// error that wraps ErrFault blames the peer.
func (c *Courier) Answer(s Stream) error {
	if err := s.SetDeadline(time.Now().Add(c.cfg.Timeout)); err != nil {
		return err
	}
	wire, err := readFrame(s, protocol.MaxMessageBytes)
	if errors.Is(err, errFrame) {
		return fmt.Errorf("%w: %w", ErrFault, err)
	}
	if err != nil {
		return err
	}
	answer, fault := c.take(wire, time.Now())
	c.metrics.received.WithLabelValues(answerName(answer.Code)).Inc()
	c.cfg.step("answer")
	if err := writeFrame(s, answer.Bytes()); err != nil {
		return err
	}
	if err := s.CloseWrite(); err != nil {
		return err
	}
	c.cfg.step("answer-written")
	if fault != nil {
		return fmt.Errorf("%w: %w", ErrFault, fault)
	}
	return nil
}

func answered(code protocol.AnswerCode, after time.Duration, words string) protocol.MessageAnswer {
	seconds := (after + time.Second - 1) / time.Second
	return protocol.MessageAnswer{Code: code, After: uint32(min(seconds, 30*24*3600)), Words: words}
}

// take decides about one message; fault is set when its bytes blame the peer.
// What was taken before is acknowledged before anything else is asked, or a
// lost answer would turn into a refusal of what is kept here.
func (c *Courier) take(wire []byte, now time.Time) (answer protocol.MessageAnswer, fault error) {
	m, err := protocol.OpenMessage(c.cfg.Network, wire, now)
	switch {
	case errors.Is(err, protocol.ErrMessageSignature):
		return answered(protocol.AnswerSignature, 0, ""), err
	case errors.Is(err, protocol.ErrMessageForm):
		return answered(protocol.AnswerForm, 0, ""), err
	}
	own, ok := c.dir.Own()
	if !ok || own.Identity() != m.To {
		return answered(protocol.AnswerElsewhere, 0, ""), nil
	}
	from := m.From.Identity()
	_, seen := c.seen.Get(seenKey(from, m.ID))
	switch {
	case seen == nil:
		return answered(protocol.AnswerAccepted, 0, ""), nil
	case !errors.Is(seen, inbox.ErrNotFound):
		c.log.Warn("mark of a message not read", "error", seen)
		return answered(protocol.AnswerLater, 0, ""), nil
	case err != nil: // by the clock
		return answered(protocol.AnswerClock, time.Hour, ""), nil
	case c.dir.Blocked(from):
		return answered(protocol.AnswerBlocked, 0, ""), nil
	case c.dir.Superseded(m.From):
		return answered(protocol.AnswerSuperseded, time.Hour, ""), nil
	}
	return c.takeNew(m, now), nil
}

// takeNew opens the seal of a message that was not seen yet and hands it over.
func (c *Courier) takeNew(m protocol.Message, now time.Time) protocol.MessageAnswer {
	handle := c.kind(m.Kind).handle
	if handle == nil {
		return answered(protocol.AnswerKind, 6*time.Hour, "")
	}
	from := m.From.Identity()
	_, err := c.dir.Find(from, now)
	known := err == nil
	wait, giveBack := c.bounds.reserve(from, known, now)
	if wait > 0 {
		return answered(protocol.AnswerBusy, wait, "")
	}
	key, err := c.dir.SealingKey()
	if err != nil {
		giveBack()
		c.log.Warn("message not opened", "error", err)
		return answered(protocol.AnswerLater, 0, "")
	}
	content, err := openSealed(key, m.Ciphertext)
	if errors.Is(err, errOtherKey) {
		giveBack()
		return answered(protocol.AnswerWrongKey, 0, "")
	}
	var body []byte
	if err == nil {
		body, err = m.BodyOf(content)
	}
	if err != nil {
		c.log.Debug("message with another content", "from", from.String(), "error", err)
		return answered(protocol.AnswerContent, 0, "")
	}
	answer := c.keep(Received{ID: m.ID, From: from, To: m.To, Kind: m.Kind, Body: body, SentAt: m.SentAt(), ReceivedAt: now.UTC()}, known, handle)
	if !answer.Code.Final() && answer.Code != protocol.AnswerAccepted {
		giveBack()
	}
	return answer
}

// keep is the receiver's one step: what the handler keeps and the mark are on
// the disk together before anybody is told.
func (c *Courier) keep(m Received, known bool, handle Handler) protocol.MessageAnswer {
	err := c.box.Update(func(tx *inbox.Tx) error {
		key := seenKey(m.From, m.ID)
		if _, err := c.seen.GetIn(tx, key); !errors.Is(err, inbox.ErrNotFound) {
			return err // nil when a second stream brought it meanwhile
		}
		if err := handle(tx, m); err != nil {
			return err
		}
		c.cfg.step("keep")
		return c.seen.PutIn(tx, key, seenMark{From: m.From, Kind: m.Kind, Known: known, At: m.ReceivedAt})
	})
	var refusal *Refusal
	var later *Later
	switch {
	case err == nil:
		c.cfg.step("kept")
		return answered(protocol.AnswerAccepted, 0, "")
	case errors.As(err, &refusal):
		return answered(protocol.AnswerRefused, 0, refusal.Words)
	case errors.As(err, &later):
		return answered(protocol.AnswerLater, later.After, later.Words)
	default: // a full disk or a full shelf: nobody's fault but ours
		c.log.Warn("message not kept", "kind", m.Kind, "from", m.From.String(), "error", err)
		return answered(protocol.AnswerLater, 0, "")
	}
}
