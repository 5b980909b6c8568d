package store

import (
	"bytes"
	"crypto/sha256"

	"courtcircuit/protocol"
)

// The value of a 'b' key is tag, marker, body. Tag and marker let the files be
// searched for a text that must be gone without keeping any of its words: the
// marker follows from the record id, and it and the body are written as one.
const (
	tagBytes    = 8
	markerBytes = 16
)

var textTag = [tagBytes]byte{0xc7, 0x1f, 'c', 't', 0x9a, 0x05, 0xe3, 0x7d}

func markerOf(id protocol.RecordID) [markerBytes]byte {
	h := sha256.Sum256(append([]byte("courtcircuit store text"), id[:]...))
	return [markerBytes]byte(h[:markerBytes])
}

func textValue(id protocol.RecordID, body []byte) []byte {
	m := markerOf(id)
	out := make([]byte, 0, tagBytes+markerBytes+len(body))
	out = append(out, textTag[:]...)
	out = append(out, m[:]...)
	return append(out, body...)
}

// bodyOf gives the body in a value; false for the content-free value that
// stands under the key until its text has left the files.
func bodyIn(value []byte) ([]byte, bool) {
	if len(value) < tagBytes+markerBytes || !bytes.Equal(value[:tagBytes], textTag[:]) {
		return nil, false
	}
	return value[tagBytes+markerBytes:], true
}
