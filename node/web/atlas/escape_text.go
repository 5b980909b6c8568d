package atlas

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// plain makes one line of a stranger's text: at most so many runes, no control characters and none of
// those that turn the direction of what follows, which could make a label say another thing than it does.
func plain(text string, most int) string {
	clean := strings.Map(func(r rune) rune {
		switch {
		case r == utf8.RuneError || turnsDirection(r) || r == 0xFFFE || r == 0xFFFF:
			return -1
		case unicode.IsSpace(r) || unicode.IsControl(r):
			return ' '
		default:
			return r
		}
	}, cut(text, 4*most))
	clean = strings.Join(strings.Fields(clean), " ")
	short := cut(clean, most)
	if short == clean && utf8.RuneCountInString(text) <= 4*most {
		return clean
	}
	return strings.TrimSpace(cut(clean, most-1)) + "…"
}

// cut returns the first so many runes.
func cut(text string, most int) string {
	n := 0
	for i := range text {
		if n == most {
			return text[:i]
		}
		n++
	}
	return text
}

func turnsDirection(r rune) bool {
	return r >= 0x202A && r <= 0x202E || r >= 0x2066 && r <= 0x2069 || r == 0x200E || r == 0x200F || r == 0x061C
}

var escapes = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&#34;", "'", "&#39;")

// escape makes text safe in markup, in attributes too, and drops what XML cannot hold.
func escape(text string) string {
	return escapes.Replace(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == utf8.RuneError || turnsDirection(r) || r == 0xFFFE || r == 0xFFFF {
			return -1
		}
		return r
	}, text))
}

// address lets pass what stays on the site and https; anything else ("javascript:") becomes no link.
func address(href string) string {
	href = strings.TrimSpace(strings.ToValidUTF8(href, ""))
	for _, start := range []string{"/", "#", "?", "https://", "http://"} {
		if strings.HasPrefix(href, start) && !strings.ContainsFunc(href, unicode.IsControl) && len(href) <= 2048 {
			return href
		}
	}
	return ""
}
