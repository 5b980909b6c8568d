package picture

import (
	"image"
	"image/color"
	"math"

	"golang.org/x/image/font"
	"golang.org/x/image/math/fixed"
)

// ramp is a run of the palette from paper to one colour. Everything stands on
// plain paper, so that the cover of a pixel is its place on the ramp and the
// picture needs one byte a pixel and no blending. Edges of 16 steps look like
// those of 256 in a smaller file.
type ramp struct {
	first, steps int
	full         color.RGBA
}

// The colours of the pages in their light form (--paper, --ink, --ink-soft,
// --accent, --field): pictures are shown on other people's sites, where the
// reader's preference is not known.
var (
	paper  = color.RGBA{0xFB, 0xF9, 0xF3, 0xFF}
	ink    = ramp{1, 16, color.RGBA{0x1A, 0x20, 0x30, 0xFF}}
	soft   = ramp{17, 16, color.RGBA{0x55, 0x5A, 0x68, 0xFF}}
	accent = ramp{33, 16, color.RGBA{0x27, 0x43, 0xA6, 0xFF}}
	field  = ramp{49, 12, color.RGBA{0xCF, 0xC8, 0xB6, 0xFF}}
)

func palette() color.Palette {
	colours := color.Palette{paper}
	for _, r := range []ramp{ink, soft, accent, field} {
		for i := 1; i <= r.steps; i++ {
			colours = append(colours, mix(paper, r.full, float64(i)/float64(r.steps)))
		}
	}
	return colours
}

func mix(a, b color.RGBA, t float64) color.RGBA {
	part := func(x, y uint8) uint8 { return uint8(math.Round(float64(x) + (float64(y)-float64(x))*t)) }
	return color.RGBA{part(a.R, b.R), part(a.G, b.G), part(a.B, b.B), 0xFF}
}

// canvas is a picture in the making.
type canvas struct{ *image.Paletted }

func newCanvas(width, height int) canvas {
	return canvas{image.NewPaletted(image.Rect(0, 0, width, height), palette())}
}

// cover paints one pixel by so much of 1. Less of the same colour never
// replaces more of it, so that discs that touch leave no seam.
func (c canvas) cover(x, y int, r ramp, amount float64) {
	if !(image.Point{X: x, Y: y}).In(c.Rect) {
		return
	}
	step := int(math.Round(min(amount, 1) * float64(r.steps)))
	at := c.PixOffset(x, y)
	before := int(c.Pix[at])
	sameColour := before >= r.first && before < r.first+r.steps
	if step <= 0 || (sameColour && before >= r.first+step-1) {
		return
	}
	c.Pix[at] = uint8(r.first + step - 1)
}

// disc paints a filled circle, at most strength of 1 dark.
func (c canvas) disc(x, y, radius float64, r ramp, strength float64) {
	for py := int(y - radius - 1); py <= int(y+radius+1); py++ {
		for px := int(x - radius - 1); px <= int(x+radius+1); px++ {
			edge := radius + 0.5 - math.Hypot(float64(px)+0.5-x, float64(py)+0.5-y)
			c.cover(px, py, r, min(edge, 1)*strength)
		}
	}
}

// clear takes a circle back to paper.
func (c canvas) clear(x, y, radius float64) {
	for py := int(y - radius); py <= int(y+radius); py++ {
		for px := int(x - radius); px <= int(x+radius); px++ {
			if (image.Point{X: px, Y: py}).In(c.Rect) && math.Hypot(float64(px)+0.5-x, float64(py)+0.5-y) <= radius {
				c.Pix[c.PixOffset(px, py)] = 0
			}
		}
	}
}

// text writes one line with its baseline at y.
func (c canvas) text(face font.Face, x, y int, r ramp, line string) {
	dot := fixed.P(x, y)
	last := rune(-1)
	for _, char := range line {
		if last >= 0 {
			dot.X += face.Kern(last, char)
		}
		bounds, mask, at, advance, ok := face.Glyph(dot, char)
		if !ok {
			continue
		}
		for py := range bounds.Dy() {
			for px := range bounds.Dx() {
				_, _, _, alpha := mask.At(at.X+px, at.Y+py).RGBA()
				c.cover(bounds.Min.X+px, bounds.Min.Y+py, r, float64(alpha)/0xFFFF)
			}
		}
		dot.X += advance
		last = char
	}
}
