package web

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// What stands on what, in the style sheets. Text needs 4.5 to 1, and what
// tells the edge of a field or where the focus is 3 to 1 (WCAG 2.2, 1.4.3 and
// 1.4.11).
var (
	textOn = map[string][]string{
		"ink":        {"paper", "paper-2", "accent-soft", "straw", "alert-soft", "land", "disc-0", "disc-1", "disc-2", "disc-3", "disc-4", "disc-5"},
		"ink-soft":   {"paper", "paper-2", "accent-soft", "straw", "alert-soft"},
		"accent":     {"paper", "paper-2", "accent-soft", "straw", "alert-soft"},
		"accent-ink": {"accent"},
		"accent-2":   {"paper", "paper-2", "straw"},
		"alert":      {"paper", "paper-2", "alert-soft", "straw"},
		"paper":      {"ink"},
	}
	shapeOn = map[string][]string{
		"edge":     {"paper", "paper-2"},
		"focus":    {"paper", "paper-2", "straw", "accent-soft", "alert-soft", "land", "sea"},
		"accent":   {"land", "sea"},
		"accent-2": {"paper", "paper-2"},
		"alert":    {"paper", "alert-soft"},
	}
)

func TestContrast(t *testing.T) {
	style, err := files.ReadFile("assets/10-base.css")
	if err != nil {
		t.Fatal(err)
	}
	light, dark, ok := strings.Cut(string(style), "prefers-color-scheme: dark")
	if !ok {
		t.Fatal("no colours for the night")
	}
	for name, part := range map[string]string{"light": light, "dark": dark} {
		colours := coloursOf(t, part)
		check := func(pairs map[string][]string, least float64) {
			for front, backs := range pairs {
				for _, back := range backs {
					a, okA := colours[front]
					b, okB := colours[back]
					if ratio := (max(a, b) + 0.05) / (min(a, b) + 0.05); !okA || !okB || ratio < least {
						t.Errorf("%s: %s on %s has a contrast of %.2f, at least %.1f expected", name, front, back, ratio, least)
					}
				}
			}
		}
		check(textOn, 4.5)
		check(shapeOn, 3)
	}
}

// coloursOf are the tokens of a scheme by name, as relative luminance.
func coloursOf(t *testing.T, part string) map[string]float64 {
	colours := map[string]float64{}
	for _, m := range regexp.MustCompile(`--([a-z0-9-]+): #([0-9a-f]{6});`).FindAllStringSubmatch(part, -1) {
		if _, twice := colours[m[1]]; twice {
			t.Errorf("--%s stands twice", m[1])
		}
		colours[m[1]] = luminance(t, m[2])
	}
	return colours
}

// luminance is the relative luminance of WCAG 2.2.
func luminance(t *testing.T, colour string) float64 {
	t.Helper()
	n, err := strconv.ParseUint(colour, 16, 32)
	if err != nil {
		t.Fatal(err)
	}
	sum := 0.0
	for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
		c := float64(n>>(16-8*i)&0xff) / 255
		if c <= 0.04045 {
			sum += weight * c / 12.92
			continue
		}
		sum += weight * math.Pow((c+0.055)/1.055, 2.4)
	}
	return sum
}

// TestThemeColour: the browser's own frame takes the colour of the paper.
func TestThemeColour(t *testing.T) {
	style, err := files.ReadFile("assets/10-base.css")
	if err != nil {
		t.Fatal(err)
	}
	v := visitPage(t, newPages(t, Config{}, newFakeReader()), "/")
	papers := regexp.MustCompile(`--paper: (#[0-9a-f]{6});`).FindAllStringSubmatch(string(style), -1)
	var said []string
	for _, n := range v.named("meta") {
		if attr(n, "name") == "theme-color" {
			said = append(said, attr(n, "content"))
		}
	}
	if len(papers) != 2 || len(said) != 2 || papers[0][1] != said[0] || papers[1][1] != said[1] {
		t.Errorf("paper is %v, the frame %v", papers, said)
	}
}
