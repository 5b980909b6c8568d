package protocol

import (
	"crypto/sha256"
	"fmt"
	"time"
)

// Header is the signed part of a record. Its form never changes; bodies may.
type Header struct {
	Kind           Kind
	Signer         Signer
	Slot           []byte // at most MaxSlotBytes
	IssuedAtMillis int64  // Unix milliseconds below 2^48
	About          *Identity
	Grant          *Grant
	Zone           uint16 // ZoneOf the place, 0 for none
	BodyVersion    uint16 // 0 is a tombstone
	BodyLength     uint32
	BodyHash       [32]byte // SHA-256 of the body
}

const headerElements = 10

// emptyHash is SHA-256 of nothing.
var emptyHash = sha256.Sum256(nil)

// IsTombstone says that the record only ends what stood under its key.
func (h *Header) IsTombstone() bool { return h.BodyVersion == 0 }

// Key is what all versions of the record share.
func (h *Header) Key() RecordKey {
	return RecordKey{Identity: h.Signer.Identity(), Kind: h.Kind, Slot: string(h.Slot)}
}

// IssuedAt is the record's own claim of when it was signed.
func (h *Header) IssuedAt() time.Time { return time.UnixMilli(h.IssuedAtMillis) }

// ExpiryHour is the first whole hour since the Unix epoch at which the record
// is no longer live: issued_at plus the kind's lifetime, rounded up. Whole
// hours let replicas compare what is live without agreeing on seconds.
func (h *Header) ExpiryHour() uint32 {
	const hourMillis = int64(time.Hour / time.Millisecond)
	end := h.IssuedAtMillis + h.Kind.Lifetime().Milliseconds()
	return uint32((end + hourMillis - 1) / hourMillis)
}

// ExpiresAt is ExpiryHour as a time.
func (h *Header) ExpiresAt() time.Time { return time.Unix(int64(h.ExpiryHour())*3600, 0) }

// append writes the header's one encoding.
func (h *Header) append(dst []byte) []byte {
	dst = appendHead(dst, cborArray, headerElements)
	dst = appendHead(dst, cborUint, uint64(h.Kind))
	dst = appendSigner(dst, h.Signer)
	dst = appendBytes(dst, h.Slot)
	dst = appendHead(dst, cborUint, uint64(h.IssuedAtMillis))
	if h.About == nil {
		dst = appendBytes(dst, nil)
	} else {
		dst = appendBytes(dst, h.About[:])
	}
	dst = appendGrant(dst, h.Grant)
	dst = appendHead(dst, cborUint, uint64(h.Zone))
	dst = appendHead(dst, cborUint, uint64(h.BodyVersion))
	dst = appendHead(dst, cborUint, uint64(h.BodyLength))
	return appendBytes(dst, h.BodyHash[:])
}

// parseHeader reads header bytes; slices in the result share the input.
func parseHeader(b []byte) (h Header, err error) {
	if len(b) > MaxHeaderBytes {
		return h, faultf(ErrSize, "header has %d bytes, at most %d expected", len(b), MaxHeaderBytes)
	}
	r := cborReader{rest: b}
	if n := r.array("header", headerElements); r.err == nil && n != headerElements {
		r.fail("header has %d elements, %d expected", n, headerElements)
	}
	h.Kind = Kind(r.uint("kind", 1<<16-1))
	h.Signer = r.signer("signer")
	h.Slot = r.bytes("slot", 0, MaxSlotBytes)
	h.IssuedAtMillis = int64(r.uint("issued_at", maxMillis))
	if about := r.bytes("about", 0, 32); len(about) == 32 {
		h.About = (*Identity)(about)
	} else if len(about) != 0 {
		r.fail("about has %d bytes, 0 or 32 expected", len(about))
	}
	h.Grant = r.grant("grant")
	h.Zone = uint16(r.uint("zone", maxZone))
	h.BodyVersion = uint16(r.uint("body version", 1<<16-1))
	h.BodyLength = uint32(r.uint("body length", MaxRecordBytes))
	h.BodyHash = r.bytes32("body hash")
	if err := r.end("the header"); err != nil {
		return Header{}, fmt.Errorf("%w: %w", ErrEncoding, err)
	}
	return h, nil
}

// check finds the header faults that hold for every kind: what the bytes
// alone prove, so that the sender may be blamed for them.
func (h *Header) check() error {
	if h.Kind.Lifetime() == 0 {
		return faultf(ErrHeader, "kind %d has no lifetime, 1 to 3072 expected", uint16(h.Kind))
	}
	if h.IsTombstone() && h.BodyLength != 0 {
		return faultf(ErrHeader, "tombstone with a body of %d bytes, none expected", h.BodyLength)
	}
	if h.BodyLength == 0 && h.BodyHash != emptyHash {
		return faultf(ErrHeader, "empty body, but the hash of another one")
	}
	if h.Grant != nil {
		if err := h.Grant.checkTimes(h.IssuedAtMillis, h.IsTombstone() || h.Kind.ends()); err != nil {
			return fmt.Errorf("%w: %w", ErrHeader, err)
		}
	}
	return nil
}

// checkTime refuses what is too early or over; neither is the sender's fault,
// because clocks differ.
func (h *Header) checkTime(now time.Time) error {
	if early := h.IssuedAt().Sub(now); early > MaxEarly {
		return faultf(ErrEarly, "issued %s ahead of the local clock, at most %s expected", early.Round(time.Second), MaxEarly)
	}
	if !now.Before(h.ExpiresAt()) {
		return faultf(ErrExpired, "expired at %s", h.ExpiresAt().UTC().Format(time.RFC3339))
	}
	return nil
}
