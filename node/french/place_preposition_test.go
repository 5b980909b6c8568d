package french

import "testing"

// Each kind of name with its prepositions; the last column is what a name that
// is no place gets.
func TestPrepositions(t *testing.T) {
	for _, c := range []struct{ name, at, of, ofName string }{
		{"Toulouse", "à Toulouse", "de Toulouse", "de Toulouse"},
		{"Albi", "à Albi", "d’Albi", "d’Albi"},
		{"ORLÉANS", "à ORLÉANS", "d’ORLÉANS", "d’ORLÉANS"},
		{"orléans", "à orléans", "d’orléans", "d’orléans"},
		{"Évreux", "à Évreux", "d’Évreux", "d’Évreux"},
		{"Èze", "à Èze", "d’Èze", "d’Èze"},
		{"E\u0301vreux", "à E\u0301vreux", "d’E\u0301vreux", "d’E\u0301vreux"}, // decomposed
		{"Île-de-Bréhat", "à Île-de-Bréhat", "d’Île-de-Bréhat", "d’Île-de-Bréhat"},
		{"Œuilly", "à Œuilly", "d’Œuilly", "d’Œuilly"},
		{"Ærøskøbing", "à Ærøskøbing", "d’Ærøskøbing", "d’Ærøskøbing"},

		{"Le Mans", "au Mans", "du Mans", "de Le Mans"},
		{"le mans (Sarthe)", "au mans (Sarthe)", "du mans (Sarthe)", "de le mans (Sarthe)"},
		{"Les Ulis", "aux Ulis", "des Ulis", "de Les Ulis"},
		{"Le Havre", "au Havre", "du Havre", "de Le Havre"},
		{"La Rochelle", "à La Rochelle", "de La Rochelle", "de La Rochelle"},
		{"L’Isle-Jourdain", "à L’Isle-Jourdain", "de L’Isle-Jourdain", "de L’Isle-Jourdain"},
		{"Lens", "à Lens", "de Lens", "de Lens"},
		{"Lespinasse", "à Lespinasse", "de Lespinasse", "de Lespinasse"},

		{"Hyères", "à Hyères", "de Hyères", "de Hyères"},
		{"Hénin-Beaumont", "à Hénin-Beaumont", "de Hénin-Beaumont", "de Hénin-Beaumont"},
		{"Ytrac", "à Ytrac", "d’Ytrac", "d’Ytrac"},
		{"Yvetot", "à Yvetot", "d’Yvetot", "d’Yvetot"},
		{"Y (Somme)", "à Y (Somme)", "d’Y (Somme)", "d’Y (Somme)"},
		{"Yenne", "à Yenne", "de Yenne", "de Yenne"},
		{"Yutz", "à Yutz", "de Yutz", "de Yutz"},

		{"31000", "à 31000", "de 31000", "de 31000"},
		{"", "à ", "de ", "de "},
	} {
		if got := At(c.name); got != c.at {
			t.Errorf("At(%q) is %q, not %q", c.name, got, c.at)
		}
		if got := Of(c.name); got != c.of {
			t.Errorf("Of(%q) is %q, not %q", c.name, got, c.of)
		}
		if got := OfName(c.name); got != c.ofName {
			t.Errorf("OfName(%q) is %q, not %q", c.name, got, c.ofName)
		}
	}
}
