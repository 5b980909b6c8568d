package shapes

import (
	"encoding/binary"
	"fmt"

	"github.com/klauspost/compress/zstd"
)

// magic opens the compressed body; its last byte is the version of the layout.
const magic = "CCATLAS\x01"

// Encode returns a data file. The same layers give the same bytes.
func Encode(layers []Layer) ([]byte, error) {
	if err := check(layers); err != nil {
		return nil, err
	}
	// One goroutine: the block boundaries, hence the bytes, must not depend on the machine.
	w, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedBestCompression), zstd.WithEncoderConcurrency(1))
	if err != nil {
		return nil, fmt.Errorf("open compressor: %w", err)
	}
	defer w.Close()
	return w.EncodeAll(encodeBody(layers), nil), nil
}

// encodeBody writes column after column: values of one sort lie together, which is what compresses.
func encodeBody(layers []Layer) []byte {
	b := binary.AppendUvarint([]byte(magic), uint64(len(layers)))
	for _, layer := range layers {
		b = append(append(b, byte(len(layer.Name))), layer.Name...)
		b = binary.AppendUvarint(b, uint64(len(layer.Lines)))
		for _, line := range layer.Lines {
			b = binary.AppendUvarint(b, uint64(len(line)))
		}
		for _, line := range layer.Lines {
			for _, v := range line {
				b = append(b, v.Level)
			}
		}
		b = appendSteps(b, layer.Lines, func(v Vertex) int32 { return v.X })
		b = appendSteps(b, layer.Lines, func(v Vertex) int32 { return v.Y })
	}
	return b
}

// appendSteps writes the difference of each vertex to the one before, across lines too.
func appendSteps(b []byte, lines []Line, coordinate func(Vertex) int32) []byte {
	last := int32(0)
	for _, line := range lines {
		for _, v := range line {
			b = binary.AppendVarint(b, int64(coordinate(v))-int64(last))
			last = coordinate(v)
		}
	}
	return b
}

// check refuses what Decode would refuse, so that a bad source shows at generation.
func check(layers []Layer) error {
	if len(layers) > MaxLayers {
		return fmt.Errorf("check shapes: %d layers exceed %d", len(layers), MaxLayers)
	}
	lines, vertices := 0, 0
	for _, layer := range layers {
		if len(layer.Name) == 0 || len(layer.Name) > 255 {
			return fmt.Errorf("check layer %q: want a name of 1 to 255 bytes", layer.Name)
		}
		lines += len(layer.Lines)
		for i, line := range layer.Lines {
			vertices += len(line)
			if err := checkLine(line); err != nil {
				return fmt.Errorf("check layer %s, line %d: %w", layer.Name, i, err)
			}
		}
	}
	if lines > MaxLines || vertices > MaxVertices {
		return fmt.Errorf("check shapes: %d lines, %d vertices exceed %d and %d", lines, vertices, MaxLines, MaxVertices)
	}
	return nil
}

func checkLine(line Line) error {
	if len(line) < 2 {
		return fmt.Errorf("%d vertices, want at least 2", len(line))
	}
	for _, v := range line {
		if v.X < -181/Unit || v.X > 181/Unit || v.Y < -90/Unit || v.Y > 90/Unit || v.Level > MaxLevel {
			return fmt.Errorf("vertex %+v lies outside the world", v)
		}
	}
	return nil
}
