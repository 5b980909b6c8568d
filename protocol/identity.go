package protocol

import (
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
)

// identityDomain separates identity hashes from every other SHA-256 here.
const identityDomain = "courtcircuit-identity/1"

// Identity names a person or a collective for life: SHA-256 of
// (identityDomain, first public key, recovery hash). Keys may change under
// it; the recovery hash is inside, so a thief cannot change who may recover.
type Identity [32]byte

// RecordID is SHA-256 of a record's header bytes: one version of a record.
type RecordID [32]byte

// StableID is SHA-256 of (identity, kind, slot): the same for every version
// of a record.
type StableID [32]byte

const idAlphabet = "abcdefghijklmnopqrstuvwxyz234567"

// idEncoding is how every id is written: lower-case base32 without padding.
var idEncoding = base32.NewEncoding(idAlphabet).WithPadding(base32.NoPadding)

// NewIdentity derives the identity of a first key and a recovery hash.
func NewIdentity(first PublicKey, recoveryHash [32]byte) Identity {
	h := sha256.New()
	h.Write([]byte(identityDomain))
	h.Write(first[:])
	h.Write(recoveryHash[:])
	return Identity(h.Sum(nil))
}

func (id Identity) String() string { return idEncoding.EncodeToString(id[:]) }
func (id RecordID) String() string { return idEncoding.EncodeToString(id[:]) }
func (id StableID) String() string { return idEncoding.EncodeToString(id[:]) }

// Fingerprint is a short form for people to compare: the first 60 bits in
// three groups of four base32 letters, as in "K7QF-2MZA-XW3B". Two people of
// the same name never share it by chance, but who tries long enough can mine a
// key for one: compare the whole id before trusting.
func (id Identity) Fingerprint() string {
	s := strings.ToUpper(idEncoding.EncodeToString(id[:])[:12])
	return s[:4] + "-" + s[4:8] + "-" + s[8:12]
}

// ErrBadID is wrapped by every failure to read an id.
var ErrBadID = errors.New("not an id: expected 52 characters of a-z and 2-7")

// ParseID reads the text form of any of the 32-byte ids. It accepts exactly
// what String writes, so that one id has one spelling.
func ParseID(s string) ([32]byte, error) {
	b, err := idEncoding.DecodeString(s)
	if err != nil || len(b) != 32 || idEncoding.EncodeToString(b) != s {
		return [32]byte{}, fmt.Errorf("%q: %w", shorten(s), ErrBadID)
	}
	return [32]byte(b), nil
}

// ParseIDPrefix reads the beginning of an id as people type it, in either
// case and with dashes, so a fingerprint is one too. It gives the first and
// the last id that begin so.
func ParseIDPrefix(s string) (first, last [32]byte, err error) {
	letters := strings.ToLower(strings.ReplaceAll(s, "-", ""))
	full := len(idEncoding.EncodeToString(first[:]))
	if letters == "" || len(letters) > full || strings.Trim(letters, idAlphabet) != "" {
		return first, last, fmt.Errorf("%q: %w, or its beginning", shorten(s), ErrBadID)
	}
	// The last letter of an id holds one bit of it and four of padding, so
	// decode with padding letters and let the encoding drop the surplus.
	lo, err := decodeLetters(letters + strings.Repeat("a", full-len(letters)))
	if err != nil {
		return first, last, fmt.Errorf("%q: %w", shorten(s), ErrBadID)
	}
	hi, err := decodeLetters(letters + strings.Repeat("7", full-len(letters)))
	if err != nil {
		return first, last, fmt.Errorf("%q: %w", shorten(s), ErrBadID)
	}
	if len(letters) == full && idEncoding.EncodeToString(lo[:]) != letters {
		return first, last, fmt.Errorf("%q: %w", shorten(s), ErrBadID)
	}
	return lo, hi, nil
}

func decodeLetters(s string) ([32]byte, error) {
	b, err := idEncoding.DecodeString(s)
	if err != nil || len(b) != 32 {
		return [32]byte{}, ErrBadID
	}
	return [32]byte(b), nil
}

// ParseIdentity reads the text form of an identity.
func ParseIdentity(s string) (Identity, error) {
	id, err := ParseID(s)
	return id, err
}

// ParseRecordID reads the text form of a record id.
func ParseRecordID(s string) (RecordID, error) {
	id, err := ParseID(s)
	return id, err
}

// ParseStableID reads the text form of a stable id.
func ParseStableID(s string) (StableID, error) {
	id, err := ParseID(s)
	return id, err
}

func shorten(s string) string {
	if r := []rune(s); len(r) > 64 {
		return string(r[:64]) + "…"
	}
	return s
}

// RecordKey is what versions of one record share.
type RecordKey struct {
	Identity Identity
	Kind     Kind
	Slot     string // raw bytes, at most MaxSlotBytes
}

// StableID is the public name of the key.
func (k RecordKey) StableID() StableID {
	h := sha256.New()
	h.Write(k.Identity[:])
	var kind [2]byte
	binary.BigEndian.PutUint16(kind[:], uint16(k.Kind))
	h.Write(kind[:])
	h.Write([]byte(k.Slot))
	return StableID(h.Sum(nil))
}

// PublicID is how the record is called outside: its identity for profiles and
// collectives (there is one of each), its stable id for all others.
func (k RecordKey) PublicID() [32]byte {
	if k.Kind == KindProfile || k.Kind == KindCollective {
		return k.Identity
	}
	return k.StableID()
}
