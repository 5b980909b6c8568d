package atlas

import (
	"math"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// The colours of the map can be told apart (WCAG 2.2 AA): text 4.5 to 1, shapes 3 to 1, light and dark.
func TestContrast(t *testing.T) {
	style := ""
	for _, name := range []string{"10-base.css", "map.css"} {
		text, err := os.ReadFile("../assets/" + name)
		if err != nil {
			t.Fatal(err)
		}
		style += string(text)
	}
	light, dark := colours(style)
	for mode, colour := range map[string]map[string]string{"light": light, "dark": dark} {
		for _, pair := range []struct {
			on, under string
			least     float64
		}{
			{"ink-soft", "land", 4.5}, {"ink-soft", "sea", 4.5}, {"ink", "land", 4.5}, {"ink", "sea", 4.5},
			{"accent-ink", "accent", 4.5}, {"accent", "land", 3}, {"accent", "sea", 3}, {"focus", "land", 3}, {"ink", "paper", 4.5},
		} {
			if got := contrast(t, colour[pair.on], colour[pair.under]); got < pair.least {
				t.Errorf("%s: --%s on --%s has %.2f, want %v", mode, pair.on, pair.under, got, pair.least)
			}
		}
	}
}

// colours are the custom properties of :root, and those with what the dark mode changes.
func colours(style string) (light, dark map[string]string) {
	light, dark = map[string]string{}, map[string]string{}
	property := regexp.MustCompile(`--([\w-]+):\s*(#[0-9a-f]{6})\b`)
	for _, block := range regexp.MustCompile(`(@media \(prefers-color-scheme: dark\) \{\s*)?:root \{([^}]*)\}`).FindAllStringSubmatch(style, -1) {
		for _, p := range property.FindAllStringSubmatch(block[2], -1) {
			dark[p[1]] = p[2]
			if block[1] == "" {
				light[p[1]] = p[2]
			}
		}
	}
	return light, dark
}

func contrast(t *testing.T, a, b string) float64 {
	x, y := luminance(t, a), luminance(t, b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

func luminance(t *testing.T, colour string) float64 {
	t.Helper()
	n, err := strconv.ParseUint(strings.TrimPrefix(colour, "#"), 16, 32)
	if err != nil {
		t.Fatalf("colour %q: %v", colour, err)
	}
	channel := func(shift int) float64 {
		c := float64(n>>shift&0xff) / 255
		if c <= 0.04045 {
			return c / 12.92
		}
		return math.Pow((c+0.055)/1.055, 2.4)
	}
	return 0.2126*channel(16) + 0.7152*channel(8) + 0.0722*channel(0)
}
