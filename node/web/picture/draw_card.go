package picture

import (
	"bytes"
	"fmt"
	"image/png"
	"iter"

	"golang.org/x/image/font"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"

	"courtcircuit/node/web/atlas"
)

// Width and Height are what Open Graph and the large cards of messengers
// expect: 1.91 to 1.
const (
	Width  = 1200
	Height = 630
)

const (
	left      = 72
	textWidth = 700 // left of the dots; a long line may reach where they fade in
	middle    = 300 // the baseline of a title of one line
)

// Point is where a place lies, WGS84.
type Point struct{ LatDegrees, LonDegrees float64 }

// Card is what a picture says. Every field may be empty; a text that the
// fonts cannot draw counts as empty.
type Card struct {
	Group string // the collective, above
	Title string // the name, large
	Text  string // what she does
	Place string
	At    *Point // of the place
	Foot  string // where to read more
}

// Painter draws cards. It may be used by several goroutines.
type Painter struct {
	fonts fonts
	dots  []commune
}

// New reads the fonts and keeps the dots; nil draws none.
func New(dots iter.Seq[atlas.Dot]) (*Painter, error) {
	f, err := loadFonts()
	if err != nil {
		return nil, err
	}
	return &Painter{fonts: f, dots: gather(dots)}, nil
}

// Draw gives a PNG of Width × Height pixels.
func (p *Painter) Draw(c Card) ([]byte, error) {
	c = p.drawable(c)
	page := newCanvas(Width, Height)
	p.around(page, c.At)
	pen := pen{page, p.fonts}
	if err := pen.write(c); err != nil {
		return nil, err
	}
	var out bytes.Buffer
	// Flat paper is as small with the fastest compression: a picture is made
	// once a card and the machine has other work.
	encoder := png.Encoder{CompressionLevel: png.BestSpeed}
	if err := encoder.Encode(&out, page.Paletted); err != nil {
		return nil, fmt.Errorf("write picture: %w", err)
	}
	return out.Bytes(), nil
}

// drawable leaves out what cannot be drawn. Without a name the place stands
// large, else the collective: a picture never lacks its largest line.
func (p *Painter) drawable(c Card) Card {
	for _, text := range []*string{&c.Group, &c.Title, &c.Text, &c.Place, &c.Foot} {
		*text = p.fonts.drawable(*text)
	}
	for _, instead := range []*string{&c.Place, &c.Group, &c.Foot} {
		if c.Title == "" {
			c.Title, *instead = *instead, ""
		}
	}
	return c
}

// pen writes the texts of one picture. Faces are not shared: each keeps a
// buffer of its own.
type pen struct {
	canvas
	fonts fonts
}

func (p pen) face(f *sfnt.Font, size float64) (font.Face, error) {
	face, err := opentype.NewFace(f, &opentype.FaceOptions{Size: size, DPI: 72, Hinting: font.HintingNone})
	if err != nil {
		return nil, fmt.Errorf("size font: %w", err)
	}
	return face, nil
}

func (p pen) write(c Card) error {
	if err := p.line(c.Group, 30, left, 104, accent); err != nil {
		return err
	}
	y, err := p.title(c.Title)
	if err != nil {
		return err
	}
	if y, err = p.paragraph(c.Text, y); err != nil {
		return err
	}
	if c.Place != "" {
		p.disc(left+8, float64(y)+33, 8, accent, 1)
		if err = p.line(c.Place, 32, left+30, y+44, ink); err != nil {
			return err
		}
	}
	return p.line(c.Foot, 26, left, Height-56, soft)
}

// titleSizes are tried from the largest; a short name stands on one line.
var titleSizes = []struct {
	pixels float64
	lines  int
}{{84, 1}, {72, 1}, {60, 2}, {50, 2}, {42, 3}}

// title takes the largest size in which the name fits, the smallest with an
// ellipsis if none does. It answers the baseline of the last line.
func (p pen) title(text string) (int, error) {
	f := p.fonts.forName(text)
	if f == nil || text == "" {
		return middle, nil
	}
	for i, size := range titleSizes {
		face, err := p.face(f, size.pixels)
		if err != nil {
			return 0, err
		}
		lines, whole := wrap(face, text, fixed.I(textWidth), size.lines)
		if !whole && i < len(titleSizes)-1 {
			continue
		}
		leading := int(size.pixels * 1.14)
		for i, line := range lines {
			p.text(face, left, middle-leading*(len(lines)-1-i), ink, line)
		}
		break
	}
	return middle, nil
}

// paragraph writes up to two lines below y and answers the last baseline.
func (p pen) paragraph(text string, y int) (int, error) {
	const size, leading = 34, 46
	f := p.fonts.forText(text)
	if text == "" || f == nil {
		return y + 16, nil
	}
	face, err := p.face(f, size)
	if err != nil {
		return 0, err
	}
	lines, _ := wrap(face, text, fixed.I(textWidth), 2)
	y += 14
	for _, line := range lines {
		y += leading
		p.text(face, left, y, soft, line)
	}
	return y + 20, nil
}

// line writes one line, cut where it is too long.
func (p pen) line(text string, size float64, x, y int, r ramp) error {
	f := p.fonts.forText(text)
	if text == "" || f == nil {
		return nil
	}
	face, err := p.face(f, size)
	if err != nil {
		return err
	}
	p.text(face, x, y, r, shorten(face, text, fixed.I(textWidth-(x-left))))
	return nil
}
