package node

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"courtcircuit/protocol"
	"courtcircuit/protocol/reconcile"
)

// The sync stream carries frames: a type of one byte, a length of four bytes
// big-endian, the payload. The opener asks, the other side answers each frame
// with one and keeps nothing in between; a hint has no answer.
//
//	1 reconcile request   2 reconcile reply   payloads of package reconcile
//	3 ids whose headers are wanted, 32 bytes each
//	4 headers, in the order of the ids, from the first on, perhaps not all:
//	  length in two bytes (0: not here), header, signature of 64 bytes
//	5 ids whose bodies are wanted
//	6 bodies, likewise: length+1 in four bytes (0: not here), body
//	7 hint: "I hold what you lack", how much in eight bytes
type frameType byte

const (
	frameReconcile frameType = 1 + iota
	frameReconciled
	frameWantHeaders
	frameHeaders
	frameWantBodies
	frameBodies
	frameHint
)

const frameHeadBytes = 5

// errSyncFrame is wrapped by everything that the other side's bytes prove.
var errSyncFrame = errors.New("catch-up frame")

// maxFrameBytes bounds a payload by its type, before it is allocated.
func maxFrameBytes(t frameType) int {
	switch t {
	case frameReconcile, frameReconciled:
		return reconcile.MaxFrameBytes
	case frameWantHeaders:
		return 32 * headersPerRequest
	case frameWantBodies:
		return 32 * bodiesPerRequest
	case frameHeaders, frameBodies:
		return maxSyncFrameBytes
	case frameHint:
		return 8
	default:
		return -1
	}
}

func writeFrame(w io.Writer, t frameType, payload []byte) error {
	if len(payload) > maxFrameBytes(t) {
		return fmt.Errorf("write frame of type %d: %d bytes, at most %d possible", t, len(payload), maxFrameBytes(t))
	}
	// One write: two would make two packets of every small frame.
	out := make([]byte, 0, frameHeadBytes+len(payload))
	out = append(out, byte(t))
	out = binary.BigEndian.AppendUint32(out, uint32(len(payload)))
	_, err := w.Write(append(out, payload...))
	return err
}

// readFrame reads one frame; io.EOF is the end of the stream between frames.
func readFrame(r io.Reader) (frameType, []byte, error) {
	var head [frameHeadBytes]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return 0, nil, err
	}
	t, size := frameType(head[0]), binary.BigEndian.Uint32(head[1:])
	limit := maxFrameBytes(t)
	if limit < 0 {
		return 0, nil, fmt.Errorf("%w: type %d, 1 to %d expected", errSyncFrame, t, frameHint)
	}
	if size > uint32(limit) {
		return 0, nil, fmt.Errorf("%w: %d bytes of type %d, at most %d expected", errSyncFrame, size, t, limit)
	}
	payload := make([]byte, size)
	if _, err := io.ReadFull(r, payload); err != nil {
		return 0, nil, fmt.Errorf("read frame: %w", err)
	}
	return t, payload, nil
}

func encodeIDs(ids []protocol.RecordID) []byte {
	out := make([]byte, 0, 32*len(ids))
	for i := range ids {
		out = append(out, ids[i][:]...)
	}
	return out
}

func decodeIDs(payload []byte, limit int) ([]protocol.RecordID, error) {
	if len(payload) == 0 || len(payload)%32 != 0 || len(payload)/32 > limit {
		return nil, fmt.Errorf("%w: ids of %d bytes, 1 to %d of 32 bytes expected", errSyncFrame, len(payload), limit)
	}
	ids := make([]protocol.RecordID, len(payload)/32)
	for i := range ids {
		ids[i] = protocol.RecordID(payload[32*i:])
	}
	return ids, nil
}

// appendHeader adds one header to a headers frame, or its absence; false when
// it does not fit any more.
func appendHeader(dst []byte, h protocol.HeaderOnly) ([]byte, bool) {
	size := 2
	if len(h.Header) > 0 {
		size += len(h.Header) + len(h.Signature)
	}
	if len(dst)+size > maxSyncFrameBytes {
		return dst, false
	}
	dst = binary.BigEndian.AppendUint16(dst, uint16(len(h.Header)))
	if len(h.Header) > 0 {
		dst = append(append(dst, h.Header...), h.Signature[:]...)
	}
	return dst, true
}

// decodeHeaders reads up to asked headers; an absent one has no Header bytes.
// An answer must bring the asking side forward by at least one.
func decodeHeaders(payload []byte, asked int) ([]protocol.HeaderOnly, error) {
	var out []protocol.HeaderOnly
	for len(payload) > 0 {
		if len(out) == asked {
			return nil, fmt.Errorf("%w: more headers than the %d asked for", errSyncFrame, asked)
		}
		if len(payload) < 2 {
			return nil, fmt.Errorf("%w: header cut short", errSyncFrame)
		}
		size := int(binary.BigEndian.Uint16(payload))
		payload = payload[2:]
		if size > protocol.MaxHeaderBytes {
			return nil, fmt.Errorf("%w: header of %d bytes, at most %d expected", errSyncFrame, size, protocol.MaxHeaderBytes)
		}
		var h protocol.HeaderOnly
		if size > 0 {
			if len(payload) < size+len(h.Signature) {
				return nil, fmt.Errorf("%w: header cut short", errSyncFrame)
			}
			h.Header = payload[:size:size]
			copy(h.Signature[:], payload[size:])
			payload = payload[size+len(h.Signature):]
		}
		out = append(out, h)
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("%w: no header", errSyncFrame)
	}
	return out, nil
}

// appendBody adds one body to a bodies frame, or its absence.
func appendBody(dst, body []byte, here bool) ([]byte, bool) {
	if len(dst)+4+len(body) > maxSyncFrameBytes {
		return dst, false
	}
	if !here {
		return binary.BigEndian.AppendUint32(dst, 0), true
	}
	dst = binary.BigEndian.AppendUint32(dst, uint32(len(body))+1)
	return append(dst, body...), true
}

// decodeBodies reads up to asked bodies; nil stands for one that is not here.
func decodeBodies(payload []byte, asked int) ([][]byte, error) {
	var out [][]byte
	for len(payload) > 0 {
		if len(out) == asked {
			return nil, fmt.Errorf("%w: more bodies than the %d asked for", errSyncFrame, asked)
		}
		if len(payload) < 4 {
			return nil, fmt.Errorf("%w: body cut short", errSyncFrame)
		}
		mark := binary.BigEndian.Uint32(payload)
		payload = payload[4:]
		if mark == 0 {
			out = append(out, nil)
			continue
		}
		size := int64(mark) - 1
		if size > protocol.MaxRecordBytes || size > int64(len(payload)) {
			return nil, fmt.Errorf("%w: body of %d bytes in %d", errSyncFrame, size, len(payload))
		}
		out = append(out, payload[:size:size])
		payload = payload[size:]
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("%w: no body", errSyncFrame)
	}
	return out, nil
}
