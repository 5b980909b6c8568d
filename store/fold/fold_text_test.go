package fold

import (
	"testing"

	"pgregory.net/rapid"
)

// Folding letter by letter gives what folding the whole text gives.
func TestLettersFoldByThemselves(t *testing.T) {
	letter := rapid.Rune()
	european := rapid.RuneFrom([]rune("aZ 9+#'-éÉÇœŒßİıŁ½´ª¼ĳŉſ\u0301\u00a0\xffﬁΣςǅ가"))
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringOf(rapid.OneOf(letter, european, european)).Draw(t, "text")
		if got, want := Text(s), rare(s); got != want {
			t.Fatalf("%q folds to %q, as a whole to %q", s, got, want)
		}
	})
}

func BenchmarkText(b *testing.B) {
	const text = "Développeuse et graphiste indépendante à Toulouse, j'accompagne associations, coopératives et artisans : identité visuelle, sites accessibles, formation."
	b.Run("letters", func(b *testing.B) {
		for b.Loop() {
			Text(text)
		}
	})
	b.Run("whole", func(b *testing.B) {
		for b.Loop() {
			rare(text)
		}
	})
}
