package web

import (
	"fmt"
	"testing"
)

func TestInitials(t *testing.T) {
	for name, want := range map[string]string{
		"Camille Moreau": "CM", "élise servat": "ÉS", "Jean de la Fontaine": "JF", "Madonna": "M", "  ": "", "42": "", "« Zoé »  (Inès)": "ZI",
		"שלום כהן": "שכ", "محمد علي": "م", "李 小龍": "李小",
	} {
		if got := initials(name); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}

// TestAvatarsDiffer: people of one name hardly ever get the same mark, and
// one person always does.
func TestAvatarsDiffer(t *testing.T) {
	seen := map[string]int{}
	const many = 2000
	for i := range many {
		a := avatarOf("Camille Moreau", fmt.Sprint(i))
		if a.Disc < 0 || a.Disc >= avatarTints || a != avatarOf("Camille Moreau", fmt.Sprint(i)) {
			t.Fatalf("%+v", a)
		}
		seen[fmt.Sprint(a.Disc, a.Bold, a.Arc)]++
	}
	if len(seen) < many*95/100 {
		t.Errorf("%d marks for %d people", len(seen), many)
	}
}
