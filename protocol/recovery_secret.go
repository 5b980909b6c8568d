package protocol

import (
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"strings"
	"unicode"
)

// RecoverySecret is the seed of the key that may move an identity to a new
// key. It belongs to the person and is never kept by a node.
type RecoverySecret [32]byte

const recoveryPrefix = "CCR1"

// recoveryEncoding avoids the letters that people misread on paper.
var recoveryEncoding = base32.NewEncoding("0123456789ABCDEFGHJKMNPQRSTVWXYZ").WithPadding(base32.NoPadding)

// String writes the secret for paper: a prefix, then groups of seven
// characters, the last ones a checksum.
func (s RecoverySecret) String() string {
	sum := sha256.Sum256(append([]byte(recoveryPrefix), s[:]...))
	text := recoveryEncoding.EncodeToString(append(append([]byte{}, s[:]...), sum[:3]...))
	return recoveryGroups(text)
}

// ErrBadRecoverySecret says that a typed secret cannot be the one handed out.
var ErrBadRecoverySecret = errors.New("not a recovery secret: expected " + recoveryPrefix + "- and 56 characters; check for a slip")

// maxTypedSecret bounds what a paste may hold before it is looked at, in bytes.
const maxTypedSecret = 1024

// ParseRecoverySecret reads what a person types: case, spaces and dashes of
// any sort do not matter, and O, I and L are read as 0 and 1.
func ParseRecoverySecret(s string) (RecoverySecret, error) {
	if len(s) > maxTypedSecret {
		return RecoverySecret{}, ErrBadRecoverySecret
	}
	body, ok := strings.CutPrefix(strings.Map(typedRune, s), recoveryPrefix)
	if !ok {
		return RecoverySecret{}, ErrBadRecoverySecret
	}
	raw, err := recoveryEncoding.DecodeString(body)
	if err != nil || len(raw) != 35 {
		return RecoverySecret{}, ErrBadRecoverySecret
	}
	secret := RecoverySecret(raw[:32])
	if secret.String() != recoveryGroups(body) {
		return RecoverySecret{}, ErrBadRecoverySecret
	}
	return secret, nil
}

// typedRune undoes what keyboards and word processors do to the letters.
func typedRune(r rune) rune {
	switch {
	case unicode.IsSpace(r), unicode.Is(unicode.Pd, r):
		return -1
	case r == 'o' || r == 'O':
		return '0'
	case r == 'i' || r == 'I' || r == 'l' || r == 'L':
		return '1'
	case 'a' <= r && r <= 'z':
		return r - 'a' + 'A'
	default:
		return r
	}
}

func recoveryGroups(body string) string {
	var b strings.Builder
	b.WriteString(recoveryPrefix)
	for i := 0; i < len(body); i += 7 {
		b.WriteByte('-')
		b.WriteString(body[i:min(i+7, len(body))])
	}
	return b.String()
}

func (s RecoverySecret) key() PrivateKey { return PrivateKeyFromSeed(s) }

// Public is the recovery public key, shown only once a succession happens.
func (s RecoverySecret) Public() PublicKey { return s.key().Public() }

// Hash is what the identity commits to from its first day.
func (s RecoverySecret) Hash() [32]byte {
	p := s.Public()
	return sha256.Sum256(p[:])
}
