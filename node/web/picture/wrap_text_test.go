package picture

import (
	"slices"
	"strings"
	"testing"

	"golang.org/x/image/font"
	"golang.org/x/image/font/basicfont"
	"golang.org/x/image/math/fixed"
	"pgregory.net/rapid"
)

// Letters of basicfont are 7 pixels wide, and it has an ellipsis of its own
// width for what it lacks.
func TestWrap(t *testing.T) {
	for _, c := range []struct {
		text  string
		width int
		lines int
		want  []string
		whole bool
	}{
		{"", 10, 2, nil, true},
		{"one two", 7, 2, []string{"one two"}, true},
		{"one two three", 7, 2, []string{"one two", "three"}, true},
		{"one two three four", 7, 2, []string{"one two", "three…"}, false},
		{"incomprehensible", 6, 3, []string{"incomp", "rehens", "ible"}, true},
		{"a incomprehensible", 6, 2, []string{"a", "incom…"}, false},
		{"é", 0, 2, []string{"é"}, true},
	} {
		lines, whole := wrap(basicfont.Face7x13, c.text, fixed.I(7*c.width), c.lines)
		if !slices.Equal(lines, c.want) || whole != c.whole {
			t.Errorf("%q: %q %v, want %q %v", c.text, lines, whole, c.want, c.whole)
		}
	}
}

// Lines are as many and as wide as allowed and lose nothing unless they say so.
func TestWrapProperties(t *testing.T) {
	face := basicfont.Face7x13
	rapid.Check(t, func(r *rapid.T) {
		text := strings.Join(rapid.SliceOfN(rapid.StringMatching(`[a-z]{1,12}`), 0, 12).Draw(r, "words"), " ")
		width, most := fixed.I(7*rapid.IntRange(2, 20).Draw(r, "width")), rapid.IntRange(1, 4).Draw(r, "lines")
		lines, whole := wrap(face, text, width, most)
		if len(lines) > most {
			r.Errorf("%d lines", len(lines))
		}
		for _, line := range lines {
			if font.MeasureString(face, line) > width {
				r.Errorf("%q is too wide", line)
			}
		}
		joined := strings.ReplaceAll(strings.Join(lines, ""), " ", "")
		if without := strings.ReplaceAll(text, " ", ""); whole && joined != without || !whole && !strings.HasPrefix(without, strings.TrimSuffix(joined, ellipsis)) {
			r.Errorf("%q became %q", text, lines)
		}
		if whole == (len(lines) > 0 && strings.HasSuffix(lines[len(lines)-1], ellipsis)) {
			r.Errorf("whole %v: %q", whole, lines)
		}
	})
}
