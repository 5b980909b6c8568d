package protocol

import (
	"bytes"
	"encoding/base64"
)

// HeaderOnly is a header and its signature, as catch-up carries them.
type HeaderOnly struct {
	Header    []byte
	Signature Signature
}

// maxHeaderOnlyBytes is the longest encoding of a HeaderOnly.
const maxHeaderOnlyBytes = 1 + 3 + MaxHeaderBytes + 2 + 64

// Bytes is the one encoding: a CBOR array of two byte strings.
func (h HeaderOnly) Bytes() []byte {
	out := appendHead(make([]byte, 0, maxHeaderOnlyBytes), cborArray, 2)
	out = appendBytes(out, h.Header)
	return appendBytes(out, h.Signature[:])
}

// ParseHeaderOnly reads what Bytes writes, without looking into the header or
// checking the signature (see Opener.OpenHeaders).
func ParseHeaderOnly(b []byte) (HeaderOnly, error) {
	r := cborReader{rest: b}
	if n := r.array("header and signature", 2); r.err == nil && n != 2 {
		r.fail("header and signature have %d elements, 2 expected", n)
	}
	h := HeaderOnly{Header: bytes.Clone(r.bytes("header", 1, MaxHeaderBytes))}
	h.Signature = r.signature("signature")
	if err := r.end("the signature"); err != nil {
		return HeaderOnly{}, faultf(ErrEncoding, "%v", err)
	}
	return h, nil
}

// MarshalText writes Bytes in unpadded base64url, for logs, files and JSON.
func (h HeaderOnly) MarshalText() ([]byte, error) {
	return base64.RawURLEncoding.AppendEncode(nil, h.Bytes()), nil
}

// UnmarshalText reads exactly what MarshalText writes.
func (h *HeaderOnly) UnmarshalText(text []byte) error {
	if len(text) > base64.RawURLEncoding.EncodedLen(maxHeaderOnlyBytes) {
		return faultf(ErrSize, "%d characters of a header and its signature", len(text))
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(string(text))
	if err != nil {
		return faultf(ErrEncoding, "header and signature: %v", err)
	}
	if base64.RawURLEncoding.EncodeToString(b) != string(text) { // the decoder skips line ends
		return faultf(ErrEncoding, "header and signature: line ends in base64")
	}
	parsed, err := ParseHeaderOnly(b)
	if err != nil {
		return err
	}
	*h = parsed
	return nil
}
