package web

import (
	"crypto/sha256"
	"fmt"
	"math"
	"strings"
	"unicode"
)

// avatar is a small mark for a person or a collective: initials on a disc, in
// a ring of dots that the fingerprint sets, two of them joined by an arc. It
// needs no picture of anybody, and it differs for two people of one name.
type avatar struct {
	Disc     int    // which of the tints of the style
	Initials string // one or two letters; "" when the name has none
	Fine     string // paths: the ring, the dots that stand out, the arc
	Bold     string
	Arc      string
	Large    bool
}

const (
	avatarTints  = 6
	avatarDots   = 16
	avatarSize   = 56.0 // width of the drawing
	avatarRadius = 23.0 // of the ring
)

// avatarOf draws the mark. The key is what tells people apart: a fingerprint
// or an id, never the name, so that it stays when a name is corrected.
func avatarOf(name, key string) avatar {
	sum := sha256.Sum256([]byte(key))
	a := avatar{Disc: int(sum[0]) % avatarTints, Initials: initials(name)}
	from := int(sum[1]) % avatarDots
	to := from + 3 + int(sum[2])%3
	for i := range avatarDots {
		x, y := ringPoint(i)
		dot := fmt.Sprintf("M%.1f %.1fh0", x, y)
		if i == from || i == to%avatarDots || sum[3+i/8]>>(i%8)&3 == 3 {
			a.Bold += dot
			continue
		}
		a.Fine += dot
	}
	x1, y1 := ringPoint(from)
	x2, y2 := ringPoint(to)
	a.Arc = fmt.Sprintf("M%.1f %.1fA%.0f %.0f 0 0 1 %.1f %.1f", x1, y1, avatarRadius, avatarRadius, x2, y2)
	return a
}

func ringPoint(i int) (x, y float64) {
	angle := 2 * math.Pi * float64(i) / avatarDots
	return avatarSize/2 + avatarRadius*math.Sin(angle), avatarSize/2 - avatarRadius*math.Cos(angle)
}

// initials are the first letters of the first and the last word. In scripts
// whose letters join, two of them would read as a word, so one stands alone.
func initials(name string) string {
	var letters []rune
	for word := range strings.FieldsSeq(name) {
		for _, r := range word {
			if unicode.IsLetter(r) {
				letters = append(letters, unicode.ToUpper(r))
				break
			}
		}
	}
	switch {
	case len(letters) == 0:
		return ""
	case len(letters) == 1 || unicode.In(letters[0], unicode.Arabic, unicode.Syriac, unicode.Devanagari, unicode.Bengali):
		return string(letters[:1])
	}
	return string([]rune{letters[0], letters[len(letters)-1]})
}

// Avatar is the mark of a person in a list.
func (p person) Avatar() avatar { return avatarOf(p.Name, p.Fingerprint+p.ID) }

// Avatar is the mark of a collective in a list.
func (c collectiveItem) Avatar() avatar { return avatarOf(c.Name, c.Fingerprint+c.ID) }
