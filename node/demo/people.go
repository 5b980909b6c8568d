package demo

import (
	"fmt"
	"math/rand/v2"
	"time"

	"courtcircuit/node/card"
)

// fictional stands in every card of the demonstration, so that nobody takes
// one for a person, wherever the card is shown.
const fictional = "Personne fictive, pour la démonstration. / Fictional person, for the demonstration."

// trade is one profession with what its people know.
type trade struct {
	headline string
	skills   []string
}

var trades = []trade{
	{"Graphiste, identité visuelle", []string{"graphisme", "identité visuelle", "illustration", "typographie", "mise en page"}},
	{"Développeuse web", []string{"go", "javascript", "html", "css", "accessibilité", "postgresql"}},
	{"Développeur mobile", []string{"swift", "kotlin", "flutter", "ux design"}},
	{"Designer d'interface", []string{"ui design", "ux design", "prototypage", "recherche utilisateur", "accessibilité"}},
	{"Rédactrice, conception éditoriale", []string{"rédaction", "conception éditoriale", "relecture", "seo"}},
	{"Traducteur anglais-français", []string{"traduction", "sous-titrage", "relecture"}},
	{"Photographe", []string{"photographie", "retouche", "reportage"}},
	{"Vidéaste, montage", []string{"vidéo", "montage", "motion design", "prise de son"}},
	{"Administratrice systèmes", []string{"linux", "kubernetes", "sécurité", "réseaux", "go"}},
	{"Ingénieur données", []string{"python", "sql", "data engineering", "visualisation"}},
	{"Cheffe de projet numérique", []string{"gestion de projet", "animation d'ateliers", "produit"}},
	{"Architecte d'intérieur", []string{"architecture intérieure", "plans", "maquette 3d"}},
	{"Formateur, pédagogie", []string{"formation", "ingénierie pédagogique", "facilitation"}},
	{"Chargée de communication", []string{"communication", "réseaux sociaux", "relations presse", "rédaction"}},
	{"Comptable indépendant", []string{"comptabilité", "facturation", "gestion"}},
}

var (
	firstNames = []string{"Inès", "Malik", "Jeanne", "Théo", "Aïcha", "Hugo", "Léonie", "Yanis", "Maëlle", "Bastien", "Soraya", "Gabin", "Élise", "Karim", "Noémie", "Quentin", "Fatou", "Loïc", "Agathe", "Mehdi", "Solène", "Rémi", "Louna", "Étienne"}
	lastNames  = []string{"Garrigue", "Benali", "Lacoste", "Péreire", "Dubosc", "Nguyen", "Castéra", "Roumégas", "Diallo", "Fabrègue", "Montel", "Ourdouillé", "Servat", "Bordes", "Khelifi", "Rivoire", "Chassagne", "Delmas", "Perrin", "Vauquelin", "Abadie", "Cazenave"}
	skillPlus  = []string{"gestion de projet", "anglais technique", "formation", "animation d'ateliers", "photographie", "seo", "python", "communication"}
)

// city is where one of the demonstration's collectives is at home.
type city struct {
	name       string
	collective string
	about      string
	around     []string // communes of its people, the city itself most often
}

var cities = []city{
	{"Toulouse", "Les Indés de la Garonne", "Collectif fictif de démonstration : graphistes, développeuses et artisans du numérique autour de Toulouse.",
		[]string{"Toulouse", "Toulouse", "Toulouse", "Blagnac", "Colomiers", "Ramonville-Saint-Agne", "Muret", "Balma"}},
	{"Bordeaux", "La Fabrique des Chartrons", "Collectif fictif de démonstration : image, texte et web à Bordeaux.",
		[]string{"Bordeaux", "Bordeaux", "Bordeaux", "Mérignac", "Pessac", "Talence", "Libourne", "Bègles"}},
	{"Lyon", "Croix-Rousse Libre", "Collectif fictif de démonstration : indépendantes et indépendants des pentes de Lyon.",
		[]string{"Lyon", "Lyon 1er", "Lyon 4e", "Villeurbanne", "Caluire-et-Cuire", "Vénissieux", "Bron", "Oullins-Pierre-Bénite"}},
	{"Nantes", "Les Passerelles", "Collectif fictif de démonstration à Nantes.", []string{"Nantes", "Nantes", "Rezé", "Saint-Herblain"}},
	{"Lille", "Atelier Wazemmes", "Collectif fictif de démonstration à Lille.", []string{"Lille", "Lille", "Roubaix", "Tourcoing"}},
	{"Strasbourg", "Les Ponts Couverts", "Collectif fictif de démonstration à Strasbourg.", []string{"Strasbourg", "Strasbourg", "Schiltigheim"}},
	{"Rennes", "La Vilaine Équipe", "Collectif fictif de démonstration à Rennes.", []string{"Rennes", "Rennes", "Cesson-Sévigné"}},
	{"Marseille", "Le Panier Commun", "Collectif fictif de démonstration à Marseille.", []string{"Marseille", "Marseille", "Aubagne"}},
}

// MaxNodes is how many collectives the demonstration knows.
var MaxNodes = len(cities)

// people writes count cards for a city. The same seed gives the same people;
// their keys are drawn anew each time.
func people(c city, count int, rng *rand.Rand, today time.Time) []card.Profile {
	cards := make([]card.Profile, 0, count)
	if c.name == "Toulouse" {
		cards = append(cards, homonyms()...)
	}
	for len(cards) < count {
		cards = append(cards, person(c, rng, today))
	}
	return cards[:count]
}

func person(c city, rng *rand.Rand, today time.Time) card.Profile {
	t := trades[rng.IntN(len(trades))]
	skills := append([]string{}, t.skills[:2+rng.IntN(len(t.skills)-1)]...)
	if extra := skillPlus[rng.IntN(len(skillPlus))]; !contains(skills, extra) {
		skills = append(skills, extra)
	}
	radius, days := uint(20+10*rng.IntN(9)), uint(1+rng.IntN(5))
	p := card.Profile{
		Name:      firstNames[rng.IntN(len(firstNames))] + " " + lastNames[rng.IntN(len(lastNames))],
		Headline:  t.headline,
		About:     fictional,
		Place:     card.Place{Text: c.around[rng.IntN(len(c.around))]},
		RadiusKm:  &radius,
		Skills:    skills,
		Languages: []string{"fr"},
		Modes:     []string{"onsite", "hybrid"},
		Since:     uint(2005 + rng.IntN(19)),

		DaysPerWeek: &days,
	}
	if rng.IntN(2) == 0 {
		p.Languages = append(p.Languages, []string{"en", "es", "oc", "de", "ar"}[rng.IntN(5)])
	}
	if rng.IntN(3) == 0 {
		p.Modes = append(p.Modes, "remote")
	}
	if rng.IntN(3) == 0 {
		p.AvailableFrom = today.AddDate(0, 0, 7*(1+rng.IntN(10))).Format(time.DateOnly)
	}
	return p
}

// homonyms are two graphic designers with one name in one city, whom only
// their keys and the facts on their cards tell apart.
func homonyms() []card.Profile {
	radius, days := uint(50), uint(4)
	first := card.Profile{
		Name: "Camille Moreau", Headline: "Graphiste, identité visuelle", About: fictional, Place: card.Place{Text: "Toulouse"},
		RadiusKm: &radius, DaysPerWeek: &days, Skills: []string{"graphisme", "identité visuelle", "branding"},
		Languages: []string{"fr", "en"}, Modes: []string{"onsite", "hybrid"}, Since: 2015,
		Links: []card.Link{{Label: "Portfolio", URL: "https://example.org/camille-moreau"}},
	}
	second := first
	second.Headline = "Graphiste, édition et affiches"
	second.Skills = []string{"graphisme", "édition", "sérigraphie"}
	second.Languages, second.Since = []string{"fr", "es"}, 2008
	second.Links = []card.Link{{Label: "Atelier", URL: "https://example.org/atelier-moreau"}}
	return []card.Profile{first, second}
}

// missions gives each city something to browse.
func missions(c city, today time.Time) []card.Mission {
	applyBy := today.AddDate(0, 0, 21).Format(time.DateOnly)
	return []card.Mission{
		{
			Title: fmt.Sprintf("Identité visuelle d'une coopérative (%s, mission fictive)", c.name), Description: "Mission fictive, pour la démonstration.",
			Place: card.Place{Text: c.name}, Modes: []string{"onsite"}, Languages: []string{"fr"}, ApplyBy: applyBy, Contract: "direct",
			Needs:  []card.Need{{Skill: "graphisme", Count: 1, Days: 10}},
			Budget: &card.Budget{Min: 4000, Max: 6000, Currency: "EUR", Per: "mission"},
		},
		{
			Title: fmt.Sprintf("Refonte accessible d'un site associatif (%s, mission fictive)", c.name), Description: "Mission fictive, pour la démonstration.",
			Place: card.Place{Text: c.name}, Modes: []string{"hybrid"}, Languages: []string{"fr"}, ApplyBy: applyBy, Contract: "direct",
			Needs: []card.Need{{Skill: "html", Count: 1, Days: 15}, {Skill: "ux design", Count: 1, Days: 5}},
		},
	}
}

func contains(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}
