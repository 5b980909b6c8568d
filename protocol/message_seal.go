package protocol

import "fmt"

// Content is what is sealed for the recipient: the body, and beside it who
// wrote it to whom and under which id. So nobody can take another's
// ciphertext and sign it as its own.
func (m *Message) Content(body []byte) ([]byte, error) {
	if len(body) > MaxMessageBody {
		return nil, faultf(ErrMessageForm, "body has %d bytes, at most %d expected", len(body), MaxMessageBody)
	}
	from := m.From.Identity()
	out := appendHead(nil, cborArray, 4)
	out = appendBytes(out, from[:])
	out = appendBytes(out, m.To[:])
	out = appendBytes(out, m.ID[:])
	return appendBytes(out, body), nil
}

// SealMessage signs the message, with its ciphertext in it, as the author and
// gives its wire form. From is the author's signer, whatever m says.
func SealMessage(n Network, a Author, m Message) ([]byte, error) {
	m.From = a.Signer
	if err := n.Validate(); err != nil {
		return nil, fmt.Errorf("seal message: %w", err)
	}
	if a.Key.IsZero() || a.Key.Public() != a.Signer.Key() {
		return nil, fmt.Errorf("seal message: %w that its signer names", errNoKey)
	}
	if err := m.check(); err != nil {
		return nil, fmt.Errorf("seal message: %w", err)
	}
	envelope := m.envelope()
	wire := appendMessage(envelope, a.Key.sign(n, purposeMessage, envelope))
	if _, err := openMessage(n, wire); err != nil { // a proof made for another network, for instance
		return nil, fmt.Errorf("seal message: %w", err)
	}
	return wire, nil
}

func appendMessage(envelope []byte, sig Signature) []byte {
	out := appendHead(nil, cborArray, 2)
	out = appendBytes(out, envelope)
	return appendBytes(out, sig[:])
}
