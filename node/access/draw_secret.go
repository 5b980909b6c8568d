package access

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
)

// A secret is 256 random bits, which nobody guesses.
const (
	secretBytes   = 32
	secretLetters = 43 // in base64url
)

// drawSecret is a new secret, as 43 characters, and the key under which it is
// kept.
func drawSecret() (secret string, key ID) {
	var raw [secretBytes]byte
	rand.Read(raw[:]) // never fails: crypto/rand ends the program instead
	secret = base64.RawURLEncoding.EncodeToString(raw[:])
	key, _ = keyOf(secret)
	return secret, key
}

// keyOf is the hash by which a secret is looked up, and false for what cannot
// be one. Looking up a hash tells nothing by the time it takes: who guesses a
// secret cannot steer its hash.
func keyOf(secret string) (ID, bool) {
	if len(secret) != secretLetters { // the decoder reads over line ends
		return ID{}, false
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(secret)
	if err != nil || len(raw) != secretBytes {
		return ID{}, false
	}
	return sha256.Sum256(raw), true
}
