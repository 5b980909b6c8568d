package protocol

import (
	"errors"
	"fmt"
	"regexp"
	"time"
	"unicode/utf8"
)

// Limits of private messages, part of the agreement like those of records.
const (
	// MaxMessageBody is the longest body, in bytes.
	MaxMessageBody = 64 << 10
	// MaxMessageBytes is the longest message as it travels: a body, 1 KiB for
	// the seal around it and 1 KiB for the envelope.
	MaxMessageBytes = MaxMessageBody + 2<<10
	// MaxMessageAge is how long after it was queued a message may come. The
	// marks by which a receiver counts it once must outlast it.
	MaxMessageAge = 31 * day

	maxCiphertext     = MaxMessageBody + 1<<10
	maxMessageVersion = 1
	maxKindBytes      = 32
)

// What opening a message may answer. The first two are proved by the bytes
// alone; a wrong content only the recipient can prove.
var (
	ErrMessageForm      = errors.New("message form")
	ErrMessageSignature = errors.New("message signature")
	ErrMessageEarly     = errors.New("message from the future")
	ErrMessageExpired   = errors.New("message too old")
	ErrMessageContent   = errors.New("message content")
)

// Message is what stands on a private message from one collective to another;
// only its recipient can open the ciphertext. From and ID together name it.
type Message struct {
	Kind         string // [a-z][a-z0-9-]{0,31}
	ID           [32]byte
	From         Signer
	To           Identity
	SentAtMillis int64 // when it was queued: the same in every try
	Ciphertext   []byte
}

var messageKindPattern = regexp.MustCompile(`^[a-z][a-z0-9-]{0,31}$`)

// CheckMessageKind refuses a word that cannot name a kind of messages.
func CheckMessageKind(kind string) error {
	if !messageKindPattern.MatchString(kind) {
		return fmt.Errorf("%w: kind %q: 1 to %d of a-z, 0-9 and - expected, beginning with a letter", ErrMessageForm, shorten(kind), maxKindBytes)
	}
	return nil
}

// SentAt is SentAtMillis as a time.
func (m *Message) SentAt() time.Time { return time.UnixMilli(m.SentAtMillis).UTC() }

func (m *Message) check() error {
	if err := CheckMessageKind(m.Kind); err != nil {
		return err
	}
	switch {
	case m.From.Identity() == m.To:
		return faultf(ErrMessageForm, "sender and recipient are one collective")
	case m.SentAtMillis < 0 || m.SentAtMillis > maxMillis:
		return faultf(ErrMessageForm, "sent_at is %d, 0 to %d expected", m.SentAtMillis, int64(maxMillis))
	case len(m.Ciphertext) < 1 || len(m.Ciphertext) > maxCiphertext:
		return faultf(ErrMessageForm, "ciphertext has %d bytes, 1 to %d expected", len(m.Ciphertext), maxCiphertext)
	}
	return nil
}

func (m *Message) envelope() []byte {
	out := appendHead(nil, cborArray, 7)
	out = appendHead(out, cborUint, maxMessageVersion)
	out = appendText(out, m.Kind)
	out = appendBytes(out, m.ID[:])
	out = appendSigner(out, m.From)
	out = appendBytes(out, m.To[:])
	out = appendHead(out, cborUint, uint64(m.SentAtMillis))
	return appendBytes(out, m.Ciphertext)
}

// parseMessage reads the wire form without checking a signature or the time.
func parseMessage(wire []byte) (m Message, envelope []byte, sig Signature, err error) {
	if len(wire) > MaxMessageBytes {
		return m, nil, sig, faultf(ErrMessageForm, "%d bytes, at most %d expected", len(wire), MaxMessageBytes)
	}
	r := cborReader{rest: wire}
	if n := r.array("message", 2); r.err == nil && n != 2 {
		r.fail("message has %d elements, 2 expected", n)
	}
	envelope = r.bytes("envelope", 1, MaxMessageBytes)
	sig = r.signature("signature")
	if err := r.end("the message"); err != nil {
		return m, nil, sig, faultf(ErrMessageForm, "%v", err)
	}
	m, err = parseEnvelope(envelope)
	return m, envelope, sig, err
}

func parseEnvelope(b []byte) (m Message, err error) {
	r := cborReader{rest: b}
	if n := r.array("envelope", 7); r.err == nil && n != 7 {
		r.fail("envelope has %d elements, 7 expected", n)
	}
	if v := r.uint("version", maxMessageVersion); r.err == nil && v != maxMessageVersion {
		r.fail("version is %d, %d expected", v, maxMessageVersion)
	}
	m.Kind = r.text("kind", maxKindBytes)
	m.ID = r.bytes32("message id")
	m.From = r.signer("sender")
	m.To = r.bytes32("recipient")
	m.SentAtMillis = int64(r.uint("sent_at", maxMillis))
	m.Ciphertext = r.bytes("ciphertext", 1, maxCiphertext)
	if err := r.end("the envelope"); err != nil {
		return Message{}, faultf(ErrMessageForm, "%v", err)
	}
	if err := m.check(); err != nil {
		return Message{}, err
	}
	return m, nil
}

func appendText(dst []byte, s string) []byte {
	return append(appendHead(dst, cborText, uint64(len(s))), s...)
}

// text reads UTF-8 of up to max bytes.
func (r *cborReader) text(name string, max int) string {
	n := r.head(cborText)
	if r.err != nil {
		return ""
	}
	if n > uint64(max) {
		r.fail("%s has %d bytes, at most %d expected", name, n, max)
		return ""
	}
	if n > uint64(len(r.rest)) {
		r.fail("%w: %s ends early", errNotCanonical, name)
		return ""
	}
	s := string(r.rest[:n])
	if r.rest = r.rest[n:]; !utf8.ValidString(s) {
		r.fail("%s is not UTF-8", name)
	}
	return s
}
