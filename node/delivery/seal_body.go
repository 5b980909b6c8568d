package delivery

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"filippo.io/age"

	"courtcircuit/protocol"
)

// seal encrypts the body for the recipient and signs the whole, with the keys
// of this moment.
func (c *Courier) seal(id [32]byte, m outgoing, sealingKey []byte) ([]byte, error) {
	own, ok := c.dir.Own()
	if !ok {
		return nil, errors.New("this node has no collective that could sign")
	}
	out := protocol.Message{Kind: m.Kind, ID: id, From: own.Signer, To: m.To, SentAtMillis: m.QueuedAt.UnixMilli()}
	content, err := out.Content(m.Body)
	if err != nil {
		return nil, err
	}
	if out.Ciphertext, err = sealFor(sealingKey, content); err != nil {
		return nil, err
	}
	return protocol.SealMessage(c.cfg.Network, own, out)
}

func sealFor(key, content []byte) ([]byte, error) {
	recipient, err := age.ParseX25519Recipient(recipientText(key))
	if err != nil {
		return nil, fmt.Errorf("sealing key of the recipient: %w", err)
	}
	var out bytes.Buffer
	w, err := age.Encrypt(&out, recipient)
	if err != nil {
		return nil, fmt.Errorf("seal message: %w", err)
	}
	if _, err = w.Write(content); err == nil {
		err = w.Close()
	}
	if err != nil {
		return nil, fmt.Errorf("seal message: %w", err)
	}
	return out.Bytes(), nil
}

// errOtherKey says that the message was sealed to another key than this one.
var errOtherKey = errors.New("sealed to another key")

// maxContent is the longest content: a body and 1 KiB for what stands beside.
const maxContent = protocol.MaxMessageBody + 1<<10

func openSealed(key *age.X25519Identity, ciphertext []byte) ([]byte, error) {
	r, err := age.Decrypt(bytes.NewReader(ciphertext), key)
	var other *age.NoIdentityMatchError
	if errors.As(err, &other) {
		return nil, errOtherKey
	}
	if err != nil {
		return nil, fmt.Errorf("open message: %w", err)
	}
	content, err := io.ReadAll(io.LimitReader(r, maxContent+1))
	if err == nil && len(content) > maxContent {
		err = errors.New("too long")
	}
	if err != nil {
		return nil, fmt.Errorf("open message: %w", err)
	}
	return content, nil
}

// recipientText writes a key as the Bech32 text (BIP 173) in which age takes
// it: five bits a character, then a checksum over them and the prefix.
func recipientText(key []byte) string {
	const prefix, alphabet = "age", "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
	values := make([]byte, 0, 64)
	var bits, held uint
	for _, b := range key {
		held, bits = held<<8|uint(b), bits+8
		for bits >= 5 {
			bits -= 5
			values = append(values, byte(held>>bits)&31)
		}
	}
	if bits > 0 {
		values = append(values, byte(held<<(5-bits))&31)
	}
	check := []byte{}
	for _, c := range prefix {
		check = append(check, byte(c)>>5)
	}
	check = append(check, 0)
	for _, c := range prefix {
		check = append(check, byte(c)&31)
	}
	sum := bech32Sum(append(append(check, values...), make([]byte, 6)...)) ^ 1
	for i := range 6 {
		values = append(values, byte(sum>>(5*(5-i)))&31)
	}
	var out strings.Builder
	out.WriteString(prefix + "1")
	for _, v := range values {
		out.WriteByte(alphabet[v])
	}
	return out.String()
}

func bech32Sum(values []byte) uint32 {
	sum := uint32(1)
	for _, v := range values {
		top := sum >> 25
		sum = (sum&0x1ffffff)<<5 ^ uint32(v)
		for i, generator := range []uint32{0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3} {
			if top>>i&1 == 1 {
				sum ^= generator
			}
		}
	}
	return sum
}
