package keyring

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"courtcircuit/protocol"

	"filippo.io/age"
	"filippo.io/age/armor"
)

const (
	// scryptWorkFactor is log2 of scrypt's N: about a second to seal or open.
	scryptWorkFactor = 18
	// maxScryptWorkFactor bounds what a foreign file may cost: 4 s and 1 GiB.
	maxScryptWorkFactor = 20
	maxSealedBytes      = 64 << 10
)

// Export seals the key of the collective or of a member with a passphrase, as
// ASCII-armored age (readable with the age command too). Errors wrap ErrNoKey
// when the identity's key is not kept here.
func (k *Keyring) Export(id protocol.Identity, passphrase string) ([]byte, error) {
	if passphrase == "" {
		return nil, errors.New("export key: a passphrase is expected")
	}
	p, s, err := k.find(id)
	if err != nil {
		return nil, fmt.Errorf("export key of %s: %w", id.Fingerprint(), err)
	}
	plain, err := encodeKeyFile(p, s)
	if err != nil {
		return nil, fmt.Errorf("export key: %w", err)
	}
	recipient, err := age.NewScryptRecipient(passphrase)
	if err != nil {
		return nil, fmt.Errorf("export key: %w", err)
	}
	recipient.SetWorkFactor(k.scryptWorkFactor)
	var out bytes.Buffer
	armored := armor.NewWriter(&out)
	sealed, err := age.Encrypt(armored, recipient)
	if err != nil {
		return nil, fmt.Errorf("export key: %w", err)
	}
	_, err = sealed.Write(plain)
	if err = errors.Join(err, sealed.Close(), armored.Close()); err != nil {
		return nil, fmt.Errorf("export key: %w", err)
	}
	return out.Bytes(), nil
}

func (k *Keyring) find(id protocol.Identity) (purpose, storedKey, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.collective != nil && k.collective.id == id {
		return purposeCollective, *k.collective, nil
	}
	if s, ok := k.members.of(id); ok {
		return purposeMember, s, nil
	}
	return "", storedKey{}, ErrNoKey
}

// Imported is a key that was sealed elsewhere, with what it was there.
type Imported struct {
	Author     protocol.Author
	Collective bool // the key of a collective, else of a member
}

// Import opens what Export sealed. It keeps nothing: that is for the caller,
// with AdoptCollective, AddMember or Replace. ErrWrongPassphrase when the
// passphrase does not open it; other errors wrap ErrDamaged or ErrNewerFormat.
func (k *Keyring) Import(sealed []byte, passphrase string) (Imported, error) {
	plain, err := openSealed(sealed, passphrase)
	if err != nil {
		return Imported{}, fmt.Errorf("import key: %w", err)
	}
	p, s, err := decodeKeyFile(plain)
	if err != nil {
		return Imported{}, fmt.Errorf("import key: %w", err)
	}
	if p != purposeCollective && p != purposeMember {
		return Imported{}, fmt.Errorf("import key: %w: it holds a %q key, a collective's or a member's expected", ErrDamaged, p)
	}
	return Imported{Author: s.author(), Collective: p == purposeCollective}, nil
}

func openSealed(sealed []byte, passphrase string) ([]byte, error) {
	if len(sealed) > maxSealedBytes {
		return nil, fmt.Errorf("%w: %d bytes, at most %d expected", ErrDamaged, len(sealed), maxSealedBytes)
	}
	if !strings.Contains(string(sealed), armor.Header) {
		return nil, fmt.Errorf("%w: expected text that begins with %q", ErrDamaged, armor.Header)
	}
	if passphrase == "" {
		return nil, ErrWrongPassphrase
	}
	identity, err := age.NewScryptIdentity(passphrase)
	if err != nil {
		return nil, err
	}
	identity.SetMaxWorkFactor(maxScryptWorkFactor)
	r, err := age.Decrypt(armor.NewReader(bytes.NewReader(sealed)), identity)
	var noMatch *age.NoIdentityMatchError
	if errors.As(err, &noMatch) {
		return nil, ErrWrongPassphrase
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	plain, err := io.ReadAll(io.LimitReader(r, maxKeyFileBytes))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return plain, nil
}
