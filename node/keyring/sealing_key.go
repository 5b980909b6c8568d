package keyring

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"filippo.io/age"
)

const sealingFormat = "courtcircuit-sealing-key"

type sealingFileJSON struct {
	formatJSON
	Identity string `json:"identity"` // AGE-SECRET-KEY-1…
}

// SealingKey opens what others seal for the collective; made on first use.
func (k *Keyring) SealingKey() (*age.X25519Identity, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.sealing != nil {
		return k.sealing, nil
	}
	id, err := age.GenerateX25519Identity()
	if err != nil {
		return nil, fmt.Errorf("make sealing key: %w", err)
	}
	data, err := json.MarshalIndent(sealingFileJSON{formatJSON{sealingFormat, formatVersion}, id.String()}, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("make sealing key: %w", err)
	}
	if err := writeFile(k.path(sealingFile), append(data, '\n')); err != nil {
		return nil, fmt.Errorf("keep sealing key: %w", err)
	}
	k.sealing = id
	return id, nil
}

// SealingPublic is the public part as a collective's record carries it: 32
// bytes of X25519.
func (k *Keyring) SealingPublic() ([]byte, error) {
	id, err := k.SealingKey()
	if err != nil {
		return nil, err
	}
	return recipientBytes(id.Recipient().String())
}

func readSealingFile(path string) (*age.X25519Identity, error) {
	data, err := readBounded(path, maxKeyFileBytes)
	if isMissing(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read sealing key: %w", err)
	}
	id, err := decodeSealing(data)
	if err != nil {
		return nil, fmt.Errorf("read sealing key: %s: %w", path, err)
	}
	return id, nil
}

func decodeSealing(data []byte) (*age.X25519Identity, error) {
	if err := checkFormat(data, sealingFormat); err != nil {
		return nil, err
	}
	var f sealingFileJSON
	if err := json.Unmarshal(data, &f); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	id, err := age.ParseX25519Identity(f.Identity)
	if err != nil { // its text has a checksum; the error must not repeat the secret
		return nil, fmt.Errorf("%w: expected an age X25519 identity", ErrDamaged)
	}
	return id, nil
}

// recipientBytes takes the 32 bytes out of an age recipient "age1…", which is
// Bech32 (BIP 173): five bits a character after the last 1, six characters of
// checksum at the end. The text comes from age itself, so the checksum is not
// looked at.
func recipientBytes(recipient string) ([]byte, error) {
	const alphabet = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
	text, ok := strings.CutPrefix(recipient, "age1")
	if !ok || len(text) != 52+6 {
		return nil, errors.New("not an X25519 recipient of age")
	}
	out := make([]byte, 0, 32)
	var bits, held uint
	for _, c := range text[:52] {
		v := strings.IndexRune(alphabet, c)
		if v < 0 {
			return nil, errors.New("not an X25519 recipient of age")
		}
		held, bits = held<<5|uint(v), bits+5
		if bits >= 8 {
			bits -= 8
			out = append(out, byte(held>>bits))
		}
	}
	return out, nil
}
