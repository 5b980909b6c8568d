package web

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// The words of the machinery, which no reader of a page should meet but on
// the page of the federation.
var machinery = regexp.MustCompile(`(?i)(?:^|[^\pL])(nœuds?|noeuds?|nodes?|pairs?|peers?|tiers?|digests?|replica|gossip|libp2p|vendors?|gigs?|employees?|workers?|scores?|ratings?)(?:[^\pL]|$)`)

func TestEverySentenceIsInBothLanguages(t *testing.T) {
	verbs := regexp.MustCompile(`%[a-z]`)
	network := readAll(t, "show_network*.go", "templates/network.html", "console_*.go", "templates/console_*.html")
	for key, s := range sentences {
		if s.fr == "" || s.en == "" || !slices.Equal(verbs.FindAllString(s.fr, -1), verbs.FindAllString(s.en, -1)) {
			t.Errorf("%s: %q and %q", key, s.fr, s.en)
		}
		if m := machinery.FindString(s.fr + " " + s.en); m != "" && !inFamily(key, network) {
			t.Errorf("%s speaks of %q", key, m)
		}
	}
}

// TestFrenchIsSetAsFrench: a line never begins with the second half of a pair
// of signs, and apostrophes are those of print.
func TestFrenchIsSetAsFrench(t *testing.T) {
	loose := regexp.MustCompile(`['"]| [:;?!»]|« |[^\s\x{a0}\x{202f}][;?!»]|«[^\x{a0}\x{202f}]`)
	for key, s := range sentences {
		if m := loose.FindString(s.fr); m != "" {
			t.Errorf("%s: %q in %q", key, m, s.fr)
		}
	}
}

func TestMoreInTheRightNumber(t *testing.T) {
	for n, want := range map[int][2]string{1: {"et 1 autre", "and 1 more"}, 2: {"et 2 autres", "and 2 more"}, 1200: {"et 1\u202f200 autres", "and 1,200 more"}} {
		if fr, en := wordsFor("fr").AndMore(n), wordsFor("en").AndMore(n); fr != want[0] || en != want[1] {
			t.Errorf("%d: %q and %q, expected %q", n, fr, en, want)
		}
	}
}

// TestEveryWordIsWritten walks the templates: what they say stands in the
// table.
func TestEveryWordIsWritten(t *testing.T) {
	said := regexp.MustCompile(`Say "([^"]+)"`)
	err := fs.WalkDir(files, "templates", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := fs.ReadFile(files, name)
		for _, m := range said.FindAllSubmatch(text, -1) {
			if _, ok := sentences[string(m[1])]; !ok {
				t.Errorf("%s says %q, which nobody wrote", name, m[1])
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestEveryWordIsSaid finds the words that no template and no file says, as
// they are or as the beginning of a family ("problem_" and what follows).
func TestEveryWordIsSaid(t *testing.T) {
	said := readAll(t, "*.go", "templates/*.html")
	for key := range sentences {
		if !inFamily(key, said) {
			t.Errorf("nobody says %q", key)
		}
	}
}

// readAll are the lower-case words in quotes in files, but for the tables of
// words themselves.
func readAll(t *testing.T, patterns ...string) map[string]bool {
	t.Helper()
	said := map[string]bool{}
	for _, pattern := range patterns {
		names, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			if strings.HasPrefix(name, "words_") || strings.HasSuffix(name, "_test.go") {
				continue
			}
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range regexp.MustCompile(`"([a-z0-9_]+)"`).FindAllSubmatch(text, -1) {
				said[string(m[1])] = true
			}
		}
	}
	return said
}

// inFamily: a key may be put together from "problem_" and a word, or from a
// word and "_none", "_one", "_many".
func inFamily(key string, said map[string]bool) bool {
	if said[key] {
		return true
	}
	for i, r := range key {
		if r != '_' {
			continue
		}
		if said[key[:i+1]] || said[key[i:]] || (slices.Contains([]string{"_none", "_one", "_many", "_first", "_next"}, key[i:]) && said[key[:i]]) {
			return true
		}
	}
	return false
}
