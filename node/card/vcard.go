package card

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxVCardLine is where lines are folded, in octets without the line end
// (RFC 6350, 3.2).
const maxVCardLine = 75

// WriteVCard gives a profile as a vCard 4.0 (RFC 6350). Whatever stands in
// the profile, it cannot begin a property of its own.
func WriteVCard(p Profile) []byte {
	var b strings.Builder
	line := func(name, value string) {
		if value != "" {
			writeFolded(&b, name+":"+value)
		}
	}
	line("BEGIN", "VCARD")
	line("VERSION", "4.0")
	line("PRODID", "-//courtcircuit//courtcircuit//EN")
	line("KIND", "individual")
	line("UID;VALUE=text", escapeText(p.ID))
	line("FN", escapeText(p.Name))
	line("TITLE", escapeText(p.Headline))
	line("NOTE", escapeText(p.About))
	if r := p.Place.Resolved; r != nil {
		line("ADR", ";;;"+escapeText(r.Name)+";"+escapeText(r.Department)+";;"+escapeText(r.Country))
		line("GEO", fmt.Sprintf("geo:%.2f,%.2f", r.Lat, r.Lon))
	} else if p.Place.Text != "" {
		line("ADR", ";;;"+escapeText(p.Place.Text)+";;;")
	}
	for i, tag := range p.Languages {
		line(fmt.Sprintf("LANG;PREF=%d", i+1), escapeText(tag))
	}
	line("CATEGORIES", escapeList(p.Skills))
	for _, c := range p.Collectives {
		if c.Verified {
			line("ORG", escapeText(c.Name))
		}
	}
	for _, l := range p.Links {
		line("URL", withoutControls(l.URL))
	}
	if p.IssuedAt != nil {
		line("REV", p.IssuedAt.UTC().Format("20060102T150405Z"))
	}
	line("END", "VCARD")
	return []byte(b.String())
}

var textEscapes = strings.NewReplacer(`\`, `\\`, ",", `\,`, ";", `\;`, "\r\n", `\n`, "\n", `\n`, "\r", `\n`)

func escapeText(s string) string {
	return withoutControls(textEscapes.Replace(strings.ToValidUTF8(s, "")))
}

func escapeList(items []string) string {
	var out []string
	for _, s := range items {
		out = append(out, escapeText(s))
	}
	return strings.Join(out, ",")
}

func withoutControls(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == '\u2028' || r == '\u2029' {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, ""))
}

// writeFolded breaks long lines between characters, never within one.
func writeFolded(b *strings.Builder, text string) {
	room := maxVCardLine
	for _, r := range text {
		if n := utf8.RuneLen(r); n > room {
			b.WriteString("\r\n ")
			room = maxVCardLine - 1
		}
		b.WriteRune(r)
		room -= utf8.RuneLen(r)
	}
	b.WriteString("\r\n")
}
