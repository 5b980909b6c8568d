package protocol

import (
	"bytes"
	"crypto/sha256"
)

// Record is a parsed record, not a verified one: what a store reads back, or
// what a tool shows. Only Verified may be stored.
type Record struct {
	Header    Header
	ID        RecordID
	Signature Signature
	Body      []byte
	HasBody   bool // false when header and signature stand alone

	headerBytes []byte
	identity    Identity // of headerBytes, which many ask for
}

// Parse reads a wire record without checking any signature or time.
func Parse(wire []byte) (Record, error) {
	if len(wire) > MaxRecordBytes {
		return Record{}, faultf(ErrSize, "%d bytes, at most %d expected", len(wire), MaxRecordBytes)
	}
	r := cborReader{rest: wire}
	if n := r.array("record", 3); r.err == nil && n != 3 {
		r.fail("record has %d elements, 3 expected", n)
	}
	header := r.bytes("header", 1, MaxRecordBytes) // ParseHeader bounds it, so that one fault has one class
	sig := r.signature("signature")
	body := r.bytes("body", 0, MaxRecordBytes)
	if err := r.end("the record"); err != nil {
		return Record{}, faultf(ErrEncoding, "%v", err)
	}
	rec, err := ParseHeader(header, sig)
	if err != nil {
		return Record{}, err
	}
	if err := rec.attach(body); err != nil {
		return Record{}, err
	}
	return rec, nil
}

// ParseHeader reads header bytes as catch-up carries them, without a body.
func ParseHeader(header []byte, sig Signature) (Record, error) {
	header = bytes.Clone(header)
	h, err := parseHeader(header)
	if err != nil {
		return Record{}, err
	}
	if err := h.check(); err != nil {
		return Record{}, err
	}
	// Without this a header alone could promise a body with which the whole
	// record is refused: what came by catch-up could never be passed on.
	if n := wireSize(len(header), int(h.BodyLength)); n > MaxRecordBytes {
		return Record{}, faultf(ErrSize, "%d bytes with the body, at most %d expected", n, MaxRecordBytes)
	}
	rec := Record{Header: h, ID: sha256.Sum256(header), Signature: sig, headerBytes: header, identity: h.Signer.Identity()}
	if h.BodyLength == 0 {
		rec.Body, rec.HasBody = []byte{}, true
	}
	return rec, nil
}

// attach gives the record its body if it is the one the header commits to.
func (r *Record) attach(body []byte) error {
	if len(body) != int(r.Header.BodyLength) {
		return faultf(ErrEncoding, "body has %d bytes, the header says %d", len(body), r.Header.BodyLength)
	}
	if sha256.Sum256(body) != r.Header.BodyHash {
		return faultf(ErrEncoding, "body does not match its hash")
	}
	r.Body, r.HasBody = bytes.Clone(body), true
	if r.Body == nil {
		r.Body = []byte{}
	}
	return nil
}

// HeaderBytes are the signed bytes; do not change them.
func (r *Record) HeaderBytes() []byte { return r.headerBytes }

// Wire is the record's one encoding, nil when the body is not here.
func (r *Record) Wire() []byte {
	if !r.HasBody {
		return nil
	}
	return appendRecord(nil, r.headerBytes, r.Signature, r.Body)
}

func appendRecord(dst, header []byte, sig Signature, body []byte) []byte {
	dst = appendHead(dst, cborArray, 3)
	dst = appendBytes(dst, header)
	dst = appendBytes(dst, sig[:])
	return appendBytes(dst, body)
}

// wireSize is the length of a record's wire form, in bytes.
func wireSize(header, body int) int {
	const array, signature = 1, 2 + 64
	return array + headSize(header) + header + signature + headSize(body) + body
}

// Key is what all versions of the record share.
func (r *Record) Key() RecordKey {
	if r.headerBytes == nil { // not parsed but put together
		return r.Header.Key()
	}
	return RecordKey{Identity: r.identity, Kind: r.Header.Kind, Slot: string(r.Header.Slot)}
}

// Signer says who signed the record; Signer.Succeed goes on from it.
func (r *Record) Signer() Signer { return r.Header.Signer }

// HeaderOnly is the record without its body, as catch-up carries it.
func (r *Record) HeaderOnly() HeaderOnly {
	return HeaderOnly{Header: r.headerBytes, Signature: r.Signature}
}
