package picture

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
)

const (
	iconPixels  = 32
	iconSamples = 6  // a side of each pixel
	iconUnits   = 48 // a side of the drawing, as in favicon.svg
)

// Icon is the mark of the pages as an .ico of 32 × 32 pixels, for programs
// that ask for /favicon.ico and know no SVG.
func Icon() ([]byte, error) {
	var picture bytes.Buffer
	if err := png.Encode(&picture, drawIcon()); err != nil {
		return nil, fmt.Errorf("write icon: %w", err)
	}
	// The directory of a file with one picture, which may be a PNG since
	// Windows Vista: reserved, type 1, count; then width, height, colours,
	// reserved, planes, bits a pixel, size, offset.
	var out bytes.Buffer
	for _, field := range []any{
		uint16(0), uint16(1), uint16(1),
		uint8(iconPixels), uint8(iconPixels), uint8(0), uint8(0), uint16(1), uint16(32), uint32(picture.Len()), uint32(22),
	} {
		if err := binary.Write(&out, binary.LittleEndian, field); err != nil {
			return nil, fmt.Errorf("write icon: %w", err)
		}
	}
	out.Write(picture.Bytes())
	return out.Bytes(), nil
}

// drawIcon samples favicon.svg's own geometry: a rounded square, and on it,
// at eight tenths, two discs joined by a bow and four smaller ones that the
// bow passes by.
func drawIcon() image.Image {
	icon := image.NewNRGBA(image.Rect(0, 0, iconPixels, iconPixels))
	for i := range iconPixels * iconPixels {
		x, y := i%iconPixels, i/iconPixels
		square, mark := 0, 0
		for s := range iconSamples * iconSamples {
			u := (float64(x) + (float64(s%iconSamples)+0.5)/iconSamples) * iconUnits / iconPixels
			v := (float64(y) + (float64(s/iconSamples)+0.5)/iconSamples) * iconUnits / iconPixels
			if inSquare(u, v) {
				square++
				if inMark((u-24)/0.8+24, (v-24)/0.8+24) {
					mark++
				}
			}
		}
		if square > 0 {
			c := mix(accent.full, color.RGBA{0xFF, 0xFF, 0xFF, 0xFF}, float64(mark)/float64(square))
			icon.SetNRGBA(x, y, color.NRGBA{c.R, c.G, c.B, uint8(255 * square / (iconSamples * iconSamples))})
		}
	}
	return icon
}

func inSquare(u, v float64) bool {
	const corner = 11.0
	du, dv := max(math.Abs(u-24)-(24-corner), 0), max(math.Abs(v-24)-(24-corner), 0)
	return math.Hypot(du, dv) <= corner
}

func inMark(u, v float64) bool {
	for _, d := range [][3]float64{
		{8.41, 16.06, 3.4}, {7.66, 30.27, 3.4}, {17.73, 40.34, 3.4}, {31.94, 39.59, 3.4}, {19.47, 7.10, 6.6}, {40.90, 28.53, 6.6},
	} {
		if math.Hypot(u-d[0], v-d[1]) <= d[2] {
			return true
		}
	}
	const steps = 40
	for i := range steps + 1 {
		t := float64(i) / steps
		// The quadratic curve from one large disc to the other.
		x := (1-t)*(1-t)*19.47 + 2*t*(1-t)*24.71 + t*t*40.90
		y := (1-t)*(1-t)*7.10 + 2*t*(1-t)*23.29 + t*t*28.53
		if math.Hypot(u-x, v-y) <= 2.8 {
			return true
		}
	}
	return false
}
