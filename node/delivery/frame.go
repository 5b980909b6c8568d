package delivery

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// A stream carries one frame each way: the length in four bytes big-endian,
// then the message or its answer.

// errFrame is a fault that the other side's bytes prove.
var errFrame = errors.New("frame")

func writeFrame(w io.Writer, payload []byte) error {
	out := binary.BigEndian.AppendUint32(make([]byte, 0, 4+len(payload)), uint32(len(payload)))
	_, err := w.Write(append(out, payload...))
	return err
}

// readFrame reads a frame of 1 to max bytes, and compares its length with max
// before it makes room for it.
func readFrame(r io.Reader, max int) ([]byte, error) {
	var head [4]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return nil, err
	}
	size := binary.BigEndian.Uint32(head[:])
	if size == 0 || size > uint32(max) {
		return nil, fmt.Errorf("%w of %d bytes, 1 to %d expected", errFrame, size, max)
	}
	out := make([]byte, size)
	if _, err := io.ReadFull(r, out); err != nil {
		return nil, err
	}
	return out, nil
}
