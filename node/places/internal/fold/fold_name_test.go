package fold

import (
	"strings"
	"testing"
)

func TestName(t *testing.T) {
	for name, want := range map[string]string{
		"": "", "Toulouse": "toulouse", "L'Haÿ-les-Roses": "l hay les roses", "L’Haÿ les  Roses ": "l hay les roses",
		"Bœurs-en-Othe": "boeurs en othe", "ŒUF": "oeuf", "St-Étienne": "saint etienne", "STE. Marie": "sainte marie",
		"Sts-Geosmes": "saints geosmes", "Est": "est", "Best": "best", "st": "saint", "Chalon s/ Saône": "chalon sur saone",
		"Villiers ss/Grez": "villiers sous grez", "E\u0301vry": "evry", "Straße": "strasse", "Łódź": "lodz", "İzmir": "izmir",
		"Kāne‘ohe": "kane ohe", "Kāneʻohe": "kaneohe", "ﬁn": "fin", "３１": "31", "東京": "東京", "\xff\xfea": "a", "--": "", "a/b": "a b", "s/": "sur",
	} {
		if got := Name(name); got != want {
			t.Errorf("%q: got %q, want %q", name, got, want)
		}
	}
	if got := string(Append([]byte("x"), "St Malo")); got != "xsaint malo" {
		t.Errorf("append: %q", got)
	}
}

func FuzzName(f *testing.F) {
	f.Fuzz(func(t *testing.T, name string) {
		key := Name(name)
		if again := Name(key); again != key {
			t.Errorf("%q: %q folds to %q", name, key, again)
		}
		if strings.Contains(key, "  ") || strings.TrimSpace(key) != key || strings.ContainsAny(key, "-'’") {
			t.Errorf("%q: %q", name, key)
		}
	})
}
