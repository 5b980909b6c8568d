package protocol

import (
	"time"
)

// OpenMessage reads a message and checks its form, who signed it, and that it
// is neither early nor too old. The ciphertext is part of wire, not a copy.
// Errors wrap ErrMessageForm, ErrMessageSignature, ErrMessageEarly or
// ErrMessageExpired; the message beside one of the last two is proved too.
func OpenMessage(n Network, wire []byte, now time.Time) (Message, error) {
	m, err := openMessage(n, wire)
	if err != nil {
		return Message{}, err
	}
	switch sent := m.SentAt(); {
	case sent.Sub(now) > MaxEarly:
		return m, faultf(ErrMessageEarly, "sent %s ahead of the local clock, at most %s expected", sent.Sub(now).Round(time.Second), MaxEarly)
	case now.Sub(sent) > MaxMessageAge:
		return m, faultf(ErrMessageExpired, "sent %s ago, at most %s expected", now.Sub(sent).Round(time.Second), MaxMessageAge)
	}
	return m, nil
}

func openMessage(n Network, wire []byte) (Message, error) {
	m, envelope, sig, err := parseMessage(wire)
	if err != nil {
		return Message{}, err
	}
	var set claimSet
	set.add(0, "the message's signature", signedClaim{m.From.Key(), n.signedBytes(purposeMessage, envelope), sig}, false)
	unseen := Opener{net: n, known: newClaimCache(0)}
	unseen.collectSuccession(&set, 0, m.From)
	for i, ok := range checkClaims(set.claims) {
		if !ok {
			return Message{}, faultf(ErrMessageSignature, "%s does not verify on network %q", set.names[i], n)
		}
	}
	return m, nil
}

// BodyOf reads what the recipient found under the seal and gives the body.
// Errors wrap ErrMessageContent: the content was written by another sender,
// for another recipient or under another id, or has no content's form.
func (m *Message) BodyOf(content []byte) ([]byte, error) {
	r := cborReader{rest: content}
	if n := r.array("content", 4); r.err == nil && n != 4 {
		r.fail("content has %d elements, 4 expected", n)
	}
	from, to, id := r.bytes32("sender"), r.bytes32("recipient"), r.bytes32("message id")
	body := r.bytes("body", 0, MaxMessageBody)
	if err := r.end("the content"); err != nil {
		return nil, faultf(ErrMessageContent, "%v", err)
	}
	switch {
	case Identity(from) != m.From.Identity():
		return nil, faultf(ErrMessageContent, "it was written by another sender than the one who signed it")
	case Identity(to) != m.To:
		return nil, faultf(ErrMessageContent, "it was written for another recipient")
	case id != m.ID:
		return nil, faultf(ErrMessageContent, "it was written under another message id")
	}
	return body, nil
}
