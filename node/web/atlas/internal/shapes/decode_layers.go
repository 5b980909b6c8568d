package shapes

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strings"

	"github.com/klauspost/compress/zstd"
)

var errCut = errors.New("data ends too early")

// Decode reads a data file. Anything but what Encode writes is an error.
func Decode(data []byte) ([]Layer, error) {
	r, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(MaxBodyBytes))
	if err != nil {
		return nil, fmt.Errorf("open decompressor: %w", err)
	}
	defer r.Close()
	body, err := r.DecodeAll(data, nil)
	if err != nil {
		return nil, fmt.Errorf("decompress shapes: %w", err)
	}
	return decodeBody(body)
}

func decodeBody(body []byte) ([]Layer, error) {
	rest, ok := strings.CutPrefix(string(body), magic)
	if !ok {
		return nil, fmt.Errorf("decode shapes: want %q at the start", magic)
	}
	d := decoder{rest: []byte(rest)}
	layers := make([]Layer, d.count(MaxLayers))
	for i := range layers {
		layers[i] = d.layer()
	}
	if d.err == nil && len(d.rest) > 0 {
		d.err = fmt.Errorf("%d bytes left over", len(d.rest))
	}
	if d.err == nil {
		d.err = check(layers)
	}
	if d.err != nil {
		return nil, fmt.Errorf("decode shapes: %w", d.err)
	}
	return layers, nil
}

// decoder keeps the first error; after it every read answers zero.
type decoder struct {
	rest            []byte
	err             error
	lines, vertices int // over all layers
}

func (d *decoder) layer() Layer {
	layer := Layer{Name: string(d.bytes(d.count(255)))}
	n := d.count(MaxLines - d.lines)
	d.lines += n
	layer.Lines = make([]Line, n)
	for i := range layer.Lines {
		length := d.count(MaxVertices - d.vertices)
		d.vertices += length
		layer.Lines[i] = make(Line, length)
	}
	for _, line := range layer.Lines {
		for i, level := range d.bytes(len(line)) {
			line[i].Level = level
		}
	}
	d.steps(layer.Lines, func(v *Vertex) *int32 { return &v.X })
	d.steps(layer.Lines, func(v *Vertex) *int32 { return &v.Y })
	return layer
}

func (d *decoder) steps(lines []Line, coordinate func(*Vertex) *int32) {
	at := int64(0)
	for _, line := range lines {
		for i := range line {
			step, n := binary.Varint(d.rest)
			if n <= 0 {
				d.fail(errCut)
				return
			}
			d.rest = d.rest[n:]
			at += step
			if at != int64(int32(at)) {
				d.fail(fmt.Errorf("coordinate %d lies outside the world", at))
				return
			}
			*coordinate(&line[i]) = int32(at)
		}
	}
}

// count reads a number of things that take at least one byte each: more than there are bytes left would
// make a few bytes allocate megabytes.
func (d *decoder) count(most int) int {
	n, size := binary.Uvarint(d.rest)
	switch {
	case size <= 0:
		d.fail(errCut)
		return 0
	case n > uint64(most) || n > uint64(len(d.rest)):
		d.fail(fmt.Errorf("a count of %d, want at most %d", n, min(most, len(d.rest))))
		return 0
	}
	d.rest = d.rest[size:]
	return int(n)
}

func (d *decoder) bytes(n int) []byte {
	if d.err != nil || n > len(d.rest) {
		d.fail(errCut)
		return nil
	}
	b := d.rest[:n]
	d.rest = d.rest[n:]
	return b
}

func (d *decoder) fail(err error) {
	if d.err == nil {
		d.err = err
	}
	d.rest = nil
}
