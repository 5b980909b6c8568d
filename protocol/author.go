package protocol

import (
	"errors"
	"fmt"
	"io"
	"time"
)

// Author signs for an identity: what others see of it, and the key.
type Author struct {
	Signer Signer
	Key    PrivateKey
}

// Identity is whom the author signs for.
func (a Author) Identity() Identity { return a.Signer.Identity() }

// NewAuthor makes an identity with its first key and the recovery secret that
// its person must keep: nothing else can move the identity to another key.
func NewAuthor(rand io.Reader) (Author, RecoverySecret, error) {
	var secret RecoverySecret
	if _, err := io.ReadFull(rand, secret[:]); err != nil {
		return Author{}, RecoverySecret{}, fmt.Errorf("draw recovery secret: %w", err)
	}
	key, err := NewPrivateKey(rand)
	if err != nil {
		return Author{}, RecoverySecret{}, err
	}
	return Author{Signer: Signer{FirstKey: key.Public(), RecoveryHash: secret.Hash()}, Key: key}, secret, nil
}

// ErrWrongRecoverySecret says that the secret belongs to another identity.
var ErrWrongRecoverySecret = errors.New("this recovery secret does not belong to this identity")

// Succeed moves the identity of s to newKey with the next number.
func (s Signer) Succeed(n Network, secret RecoverySecret, newKey PrivateKey) (Author, error) {
	if newKey.IsZero() {
		return Author{}, fmt.Errorf("succeed: %w", errNoKey)
	}
	if secret.Hash() != s.RecoveryHash {
		return Author{}, ErrWrongRecoverySecret
	}
	next := uint32(1)
	if s.Succession != nil {
		next = s.Succession.N + 1
	}
	if next == 0 {
		return Author{}, errors.New("succession numbers are used up")
	}
	p := &Succession{RecoveryKey: secret.Public(), N: next, NewKey: newKey.Public()}
	p.Proof = secret.key().sign(n, purposeSuccession, successionPayload(s.Identity(), next, p.NewKey))
	return Author{Signer: Signer{FirstKey: s.FirstKey, RecoveryHash: s.RecoveryHash, Succession: p}, Key: newKey}, nil
}

// NextIssue is the issued_at for a new record of an identity whose newest
// held record has lastMillis: the clock, or just after the last one. It
// refuses when that is too far ahead, because readers would.
func NextIssue(now time.Time, lastMillis int64) (int64, error) {
	next := max(now.UnixMilli(), lastMillis+1)
	if ahead := time.Duration(next-now.UnixMilli()) * time.Millisecond; ahead > MaxEarly {
		return 0, fmt.Errorf("%w: the last record of this identity is %s ahead of the local clock; check the clock", ErrEarly, ahead.Round(time.Second))
	}
	return next, nil
}
