package card

import (
	"slices"
	"strings"
	"unicode"

	"courtcircuit/protocol"

	"golang.org/x/text/unicode/norm"
)

// fold makes spellings of one word equal: lower case, no accents, spaces for
// what only separates. Signs such as + and # stay, because C, C++ and C# are
// three skills.
func fold(s string) string {
	var b strings.Builder
	for _, r := range norm.NFKD.String(s) {
		switch {
		case unicode.Is(unicode.Mn, r):
		case unicode.IsSpace(r) || strings.ContainsRune("-_'’.,:/()", r):
			b.WriteByte(' ')
		default:
			b.WriteRune(unicode.ToLower(r))
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

// cleanSkills drops empty ones and those that only repeat another in other
// letters; the first spelling stays.
func cleanSkills(skills []string) []string {
	var out []string
	seen := map[string]bool{}
	for _, s := range skills {
		s = protocol.CleanText(s, false)
		key := fold(s)
		if key == "" {
			key = s // signs only: the protocol judges it
		}
		if s == "" || seen[key] {
			continue
		}
		seen[key] = true
		out = append(out, s)
	}
	return out
}

// modeNames are the words people write, folded.
var modeNames = map[string]protocol.WorkMode{
	"onsite": protocol.Onsite, "on site": protocol.Onsite, "presentiel": protocol.Onsite, "sur site": protocol.Onsite, "sur place": protocol.Onsite,
	"hybrid": protocol.Hybrid, "hybride": protocol.Hybrid,
	"remote": protocol.Remote, "a distance": protocol.Remote, "distance": protocol.Remote, "distanciel": protocol.Remote, "teletravail": protocol.Remote,
}

func cleanModes(modes []string) ([]protocol.WorkMode, error) {
	var out []protocol.WorkMode
	for _, s := range modes {
		m, ok := modeNames[fold(s)]
		if !ok {
			return nil, invalid("modes", "onsite, hybrid or remote", "%q is not one", shorten(s))
		}
		if !slices.Contains(out, m) {
			out = append(out, m)
		}
	}
	slices.Sort(out)
	return out, nil
}

func modesOf(modes []protocol.WorkMode) []string {
	var out []string
	for _, m := range modes {
		out = append(out, m.String())
	}
	return out
}

func cleanDate(field, s string) (*protocol.Date, error) {
	s = strings.TrimSpace(s)
	if s == "" {
		return nil, nil
	}
	d, err := protocol.ParseDate(s)
	if err != nil {
		return nil, invalid(field, "a day as in 2026-12-01, from 1970 to 2169", "%q is not one", shorten(s))
	}
	return &d, nil
}

func dateOf(d *protocol.Date) string {
	if d == nil {
		return ""
	}
	return d.String()
}

func cleanLinks(links []Link) []protocol.Link {
	var out []protocol.Link
	for _, l := range links {
		out = append(out, protocol.Link{Label: protocol.CleanText(l.Label, false), URL: strings.TrimSpace(l.URL)})
	}
	return out
}

func linksOf(links []protocol.Link) []Link {
	var out []Link
	for _, l := range links {
		out = append(out, Link{Label: l.Label, URL: l.URL})
	}
	return out
}

func shorten(s string) string {
	if r := []rune(s); len(r) > 60 {
		return string(r[:60]) + "…"
	}
	return s
}
