package atlas

import "strconv"

// Words are what a drawing says, and where its links lead.
type Words struct {
	// ID is the beginning of the ids in the markup: give one to each of several maps in a page.
	// Default "map".
	ID    string
	Title string // the name of the map, of few words
	// Count says how many of a kind, "12 personnes".
	Count func(kind Kind, n int) string
	// Near says where, "près de Toulouse"; Closer that a link shows a closer view.
	Near   func(place string) string
	Closer string
	Circle func(km float64) string // "à 50 km au plus"
	// Shows says what a view shows when it changes, "Carte autour de Toulouse, 60 km de large".
	Shows func(place string, km float64) string

	// Of the figure around a drawing.
	Hint, In, Out, North, South, East, West, Whole string
	AsList                                         string // summary of the list of clusters
	Outside                                        func(n int) string
	Credit                                         string // of the data's source, in front of OpenStreetMap

	// Link makes the address of the page showing another view; List that of a list of what is at one
	// spot. nil gives no links, as in a print.
	Link func(View) string
	List func(Cluster) string
}

// French has all sentences; the caller gives Link, List and, if it has a better one, Title.
func French() Words {
	return Words{
		ID: "map", Title: "Carte",
		Count: func(kind Kind, n int) string {
			return counted(n, map[Kind][2]string{
				Person: {"personne", "personnes"}, Mission: {"mission", "missions"}, Collective: {"collectif", "collectifs"}, Mixed: {"résultat", "résultats"},
			}[kind], n < 2)
		},
		Near:   func(place string) string { return "près de : " + place },
		Closer: "voir de plus près",
		Circle: func(km float64) string { return "à " + kilometres(km) + "\u00a0km au plus" },
		Shows: func(place string, km float64) string {
			if place != "" {
				place = ", au centre : " + place
			}
			return "Carte de " + kilometres(km) + "\u00a0km de large" + place
		},
		Hint: "Carte : les flèches la déplacent, + et − changent l’échelle.",
		In:   "Voir de plus près", Out: "Voir de plus loin",
		North: "Vers le nord", South: "Vers le sud", East: "Vers l’est", West: "Vers l’ouest", Whole: "Tout voir",
		AsList: "La carte en mots",
		Outside: func(n int) string {
			if n == 1 {
				return "1 autre est hors de cette carte."
			}
			return strconv.Itoa(n) + " autres sont hors de cette carte."
		},
		Credit: "Données :",
	}
}

// English is French in English.
func English() Words {
	return Words{
		ID: "map", Title: "Map",
		Count: func(kind Kind, n int) string {
			return counted(n, map[Kind][2]string{
				Person: {"person", "people"}, Mission: {"mission", "missions"}, Collective: {"collective", "collectives"}, Mixed: {"result", "results"},
			}[kind], n == 1)
		},
		Near:   func(place string) string { return "near " + place },
		Closer: "show closer",
		Circle: func(km float64) string { return "within " + kilometres(km) + "\u00a0km" },
		Shows: func(place string, km float64) string {
			if place != "" {
				place = ", in the middle: " + place
			}
			return "Map " + kilometres(km) + "\u00a0km wide" + place
		},
		Hint: "Map: the arrow keys move it, + and − change its scale.",
		In:   "Closer", Out: "Farther",
		North: "North", South: "South", East: "East", West: "West", Whole: "Show all",
		AsList: "The map in words",
		Outside: func(n int) string {
			if n == 1 {
				return "1 more is outside this map."
			}
			return strconv.Itoa(n) + " more are outside this map."
		},
		Credit: "Data:",
	}
}

func counted(n int, forms [2]string, one bool) string {
	if one {
		return strconv.Itoa(n) + " " + forms[0]
	}
	return strconv.Itoa(n) + " " + forms[1]
}

func kilometres(km float64) string { return strconv.FormatFloat(km, 'f', 0, 64) }

// complete fills what the caller left out with the French sentences and with no links.
func (w Words) complete() Words {
	full := French()
	if w.Count == nil {
		w.Count = full.Count
	}
	if w.Near == nil {
		w.Near = full.Near
	}
	if w.Circle == nil {
		w.Circle = full.Circle
	}
	if w.Shows == nil {
		w.Shows = full.Shows
	}
	if w.Outside == nil {
		w.Outside = full.Outside
	}
	if w.ID == "" {
		w.ID = full.ID
	}
	w.ID = name(w.ID)
	if w.Link == nil {
		w.Link = func(View) string { return "" }
	}
	if w.List == nil {
		w.List = func(Cluster) string { return "" }
	}
	return w
}
