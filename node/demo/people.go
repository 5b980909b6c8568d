package demo

import (
	"math/rand/v2"
	"time"

	"courtcircuit/node/card"
)

// fictional stands in every card of the demonstration, so that nobody takes
// one for a person, wherever the card is shown.
const fictional = "Personne fictive, pour la démonstration. / Fictional person, for the demonstration."

// trade is one profession with what its people know, in words that fit anybody,
// and how they speak of their work.
type trade struct {
	headline string
	skills   []string
	about    string
}

var trades = []trade{
	{"Graphiste, identité visuelle", []string{"graphisme", "identité visuelle", "illustration", "typographie", "mise en page"},
		"J'aime les logos qui tiennent sur un tampon et les affiches qu'on a envie de garder. Je commence toujours par un café et beaucoup de questions."},
	{"Développement web, accessibilité", []string{"go", "javascript", "html", "css", "accessibilité", "postgresql"},
		"Des sites simples, rapides, et lisibles par tout le monde. Je préfère enlever une page que d'en ajouter une."},
	{"Développement mobile", []string{"swift", "kotlin", "flutter", "ux design"},
		"Des applications qui marchent aussi dans le métro. J'ai appris le métier en réparant celles des autres."},
	{"Design d'interfaces", []string{"ui design", "ux design", "prototypage", "recherche utilisateur", "accessibilité"},
		"Je dessine après avoir écouté : cinq personnes devant un prototype en papier valent mieux qu'un long cahier des charges."},
	{"Rédaction et conception éditoriale", []string{"rédaction", "conception éditoriale", "relecture", "seo"},
		"J'aide les gens à dire clairement ce qu'ils font. Les phrases longues me font de la peine."},
	{"Traduction anglais-français", []string{"traduction", "sous-titrage", "relecture"},
		"Livres de cuisine, notices, documentaires : tant qu'il y a une voix à faire passer, ça m'intéresse."},
	{"Photographe", []string{"photographie", "retouche", "reportage"},
		"Portraits au travail, ateliers, chantiers. Je viens avec peu de matériel et je reste jusqu'à ce qu'on m'oublie."},
	{"Vidéaste, montage", []string{"vidéo", "montage", "motion design", "prise de son"},
		"Petits films pour de petites structures. Le son d'abord : une image moyenne se pardonne, un mauvais son jamais."},
	{"Administration de systèmes", []string{"linux", "kubernetes", "sécurité", "réseaux", "go"},
		"Je fais tourner des serveurs discrets, avec des sauvegardes qu'on a vraiment essayé de relire."},
	{"Ingénierie de données", []string{"python", "sql", "data engineering", "visualisation"},
		"Je range les tableurs des autres, et j'en tire des cartes que l'on peut mettre au mur."},
	{"Gestion de projets numériques", []string{"gestion de projet", "animation d'ateliers", "produit"},
		"Mon rôle : que chacun sache ce qu'il fait lundi matin. Réunions courtes, comptes rendus lisibles."},
	{"Architecture d'intérieur", []string{"architecture intérieure", "plans", "maquette 3d"},
		"Boutiques, ateliers, lieux partagés. Je travaille avec ce qui est déjà là, et avec les artisans du coin."},
	{"Formation et pédagogie", []string{"formation", "ingénierie pédagogique", "facilitation"},
		"On apprend mieux en faisant. Mes formations finissent toujours par quelque chose qu'on emporte chez soi."},
	{"Communication, relations presse", []string{"communication", "réseaux sociaux", "relations presse", "rédaction"},
		"Je raconte des projets utiles à des gens qui ne les connaissent pas encore, sans superlatifs."},
	{"Comptabilité et gestion", []string{"comptabilité", "facturation", "gestion"},
		"Les chiffres des autres ne me font pas peur. Je réponds au téléphone, même en avril."},
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
	{"Toulouse", "Les Indés de la Garonne", "Collectif fictif de démonstration. Graphistes, développeuses et artisans du numérique autour de Toulouse : nous partageons un atelier, une cafetière, et les missions trop grandes pour une seule personne.",
		[]string{"Toulouse", "Toulouse", "Toulouse", "Blagnac", "Colomiers", "Ramonville-Saint-Agne", "Muret", "Balma"}},
	{"Bordeaux", "La Fabrique des Chartrons", "Collectif fictif de démonstration. Image, texte et web à Bordeaux, dans un ancien chai. La porte est ouverte le jeudi : on y parle de projets, et de vélo.",
		[]string{"Bordeaux", "Bordeaux", "Bordeaux", "Mérignac", "Pessac", "Talence", "Libourne", "Bègles"}},
	{"Lyon", "Croix-Rousse Libre", "Collectif fictif de démonstration. Indépendantes et indépendants des pentes de Lyon, qui aiment les outils libres, les délais honnêtes et les devis que l'on comprend.",
		[]string{"Lyon", "Lyon 1er", "Lyon 4e", "Villeurbanne", "Caluire-et-Cuire", "Vénissieux", "Bron", "Oullins-Pierre-Bénite"}},
	{"Nantes", "Les Passerelles", "Collectif fictif de démonstration. À Nantes et des deux côtés de la Loire, nous relions ceux qui ont une idée et ceux qui savent la construire.",
		[]string{"Nantes", "Nantes", "Rezé", "Saint-Herblain"}},
	{"Lille", "Atelier Wazemmes", "Collectif fictif de démonstration. Un étage au-dessus du marché de Wazemmes, douze tables, et toujours quelqu'un pour relire.",
		[]string{"Lille", "Lille", "Roubaix", "Tourcoing"}},
	{"Strasbourg", "Les Ponts Couverts", "Collectif fictif de démonstration. À Strasbourg, nous travaillons en deux langues, et parfois en trois.",
		[]string{"Strasbourg", "Strasbourg", "Schiltigheim"}},
	{"Rennes", "La Vilaine Équipe", "Collectif fictif de démonstration. Rennes et alentours : le sérieux au travail, le reste dans le nom.",
		[]string{"Rennes", "Rennes", "Cesson-Sévigné"}},
	{"Marseille", "Le Panier Commun", "Collectif fictif de démonstration. À Marseille, chacun apporte ce qu'il sait faire, et l'on partage ce qui arrive.",
		[]string{"Marseille", "Marseille", "Aubagne"}},
}

// contact and links of every collective lead to a domain that is kept for
// examples (RFC 2606): nobody is written to by mistake.
const contact = "bonjour@example.org"

var links = []card.Link{{Label: "Notre charte (fictive)", URL: "https://example.org/charte"}}

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
		About:     t.about + "\n\n" + fictional,
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
	if rng.IntN(4) == 0 {
		p.Links = []card.Link{{Label: "Quelques travaux", URL: "https://example.org/travaux"}}
	}
	return p
}

// homonyms are two graphic designers with one name in one city, whom only
// their keys and the facts on their cards tell apart.
func homonyms() []card.Profile {
	radius, days := uint(50), uint(4)
	first := card.Profile{
		Name: "Camille Moreau", Headline: "Graphiste, identité visuelle", About: trades[0].about + "\n\n" + fictional, Place: card.Place{Text: "Toulouse"},
		RadiusKm: &radius, DaysPerWeek: &days, Skills: []string{"graphisme", "identité visuelle", "branding"},
		Languages: []string{"fr", "en"}, Modes: []string{"onsite", "hybrid"}, Since: 2015,
		Links: []card.Link{{Label: "Portfolio", URL: "https://example.org/camille-moreau"}},
	}
	second := first
	second.Headline = "Graphiste, édition et affiches"
	second.About = "J'imprime moi-même, en petites séries, avec de l'encre jusqu'aux coudes.\n\n" + fictional
	second.Skills = []string{"graphisme", "édition", "sérigraphie"}
	second.Languages, second.Since = []string{"fr", "es"}, 2008
	second.Links = []card.Link{{Label: "Atelier", URL: "https://example.org/atelier-moreau"}}
	return []card.Profile{first, second}
}

func contains(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}
