package picture

import (
	_ "embed"
	"fmt"

	"golang.org/x/image/font/opentype"
	"golang.org/x/image/font/sfnt"
)

var (
	//go:embed fonts/head.ttf
	headTTF []byte
	//go:embed fonts/text.ttf
	textTTF []byte
	//go:embed fonts/more.ttf
	moreTTF []byte
)

// fonts are those of the pages, for names and for everything else, and a
// third that has the letters those two lack.
type fonts struct{ head, text, more *sfnt.Font }

func loadFonts() (fonts, error) {
	var f fonts
	for _, file := range []struct {
		name string
		data []byte
		into **sfnt.Font
	}{{"head.ttf", headTTF, &f.head}, {"text.ttf", textTTF, &f.text}, {"more.ttf", moreTTF, &f.more}} {
		font, err := opentype.Parse(file.data)
		if err != nil {
			return fonts{}, fmt.Errorf("read font %s: %w", file.name, err)
		}
		*file.into = font
	}
	return f, nil
}

// forName and forText are the font in which a whole text can be drawn, nil
// when there is none: letters of two fonts in one word look like a mistake.
func (f fonts) forName(text string) *sfnt.Font { return pick(text, f.head, f.more) }
func (f fonts) forText(text string) *sfnt.Font { return pick(text, f.text, f.more) }

func pick(text string, candidates ...*sfnt.Font) *sfnt.Font {
	for _, f := range candidates {
		if has(f, text) {
			return f
		}
	}
	return nil
}

// has says whether a font can draw every character of a text.
func has(f *sfnt.Font, text string) bool {
	var b sfnt.Buffer
	for _, r := range text {
		// Index 0 is the box that fonts draw for what they lack.
		if i, err := f.GlyphIndex(&b, r); err != nil || i == 0 {
			return false
		}
	}
	return true
}
