package web

import (
	"fmt"
	"strings"

	"golang.org/x/text/language"
	"golang.org/x/text/language/display"
)

// Words speak the reader's language.
type Words struct {
	Lang  string // fr or en
	Other string // the one to switch to
}

func wordsFor(lang string) Words {
	if lang == "en" {
		return Words{Lang: "en", Other: "fr"}
	}
	return Words{Lang: "fr", Other: "en"}
}

// Say gives the sentence of a key. An unknown key is shown as it is, so that
// a slip is seen instead of hidden.
func (w Words) Say(key string, args ...any) string {
	sentence, ok := sentences[key]
	if !ok {
		return key
	}
	text := sentence.fr
	if w.Lang == "en" {
		text = sentence.en
	}
	if len(args) == 0 {
		return text
	}
	return fmt.Sprintf(text, args...)
}

// languages names BCP 47 tags in the reader's language.
func (w Words) languages(tags []string) string {
	namer := display.Tags(language.Make(w.Lang))
	names := make([]string, 0, len(tags))
	for _, tag := range tags {
		parsed, err := language.Parse(tag)
		if name := namer.Name(parsed); err == nil && name != "" {
			names = append(names, name)
			continue
		}
		names = append(names, tag)
	}
	return strings.Join(names, ", ")
}

type sentence struct{ fr, en string }

var sentences = map[string]sentence{
	"title_home":   {"Bienvenue", "Welcome"},
	"title_search": {"Trouver quelqu’un près d’ici", "Find someone nearby"},
	"skip":         {"Aller au contenu", "Skip to content"},
	"switch":       {"English", "Français"},
	"home":         {"Accueil", "Home"},
	"search":       {"Rechercher", "Search"},
	"demo":         {"Démonstration : toutes les personnes et tous les collectifs montrés ici sont fictifs.", "Demonstration: every person and collective shown here is fictional."},

	"nameless":      {"Ce collectif n’a pas encore de nom", "This collective has no name yet"},
	"nameless_text": {"Rien n’est publié tant que ses membres ne lui ont pas donné un nom et une commune. Sur l’ordinateur où le programme tourne, lancez :", "Nothing is published until its members give it a name and a place. On the computer where the program runs, enter:"},
	"nameless_next": {"Ajoutez ensuite un premier profil. Cette page montrera alors qui vous êtes.", "Then add a first profile. This page will show who you are."},
	"alone":         {"Aucun autre collectif n’est relié pour l’instant. La recherche porte sur les profils déjà reçus ici ; elle s’étendra dès qu’un premier collectif vous rejoindra.", "No other collective is connected for now. The search covers the profiles already received here; it widens as soon as a first collective joins you."},
	"no_people":     {"Aucun membre n’a encore publié son profil.", "No member has published a profile yet."},
	"no_people_add": {"Pour publier le premier :", "To publish the first one:"},

	"people":         {"Nos membres", "Our members"},
	"skills_summary": {"Ce que nous savons faire ensemble", "What we can do together"},
	"contact":        {"Nous écrire", "Contact us"},
	"find":           {"Trouver quelqu’un près de chez vous", "Find someone near you"},
	"near":           {"Commune ou code postal", "Town or postcode"},
	"near_hint":      {"Laissez vide pour chercher autour d’ici.", "Leave empty to search around here."},
	"skill":          {"Compétences", "Skills"},
	"skill_hint":     {"Séparées par des virgules : toutes seront réunies.", "Separated by commas: all of them will be met."},
	"radius":         {"Distance au plus", "Within"},
	"any_distance":   {"Toute distance", "Any distance"},
	"mode":           {"Façon de travailler", "Way of working"},
	"any_mode":       {"Peu importe", "Any"},
	"onsite":         {"présentiel", "on site"},
	"hybrid":         {"hybride", "hybrid"},
	"remote":         {"à distance", "remote"},

	"results":         {"Résultats", "Results"},
	"order":           {"Les plus proches d’abord. Aucun prix n’entre dans cet ordre.", "Nearest first. No price plays any part in this order."},
	"found_none":      {"Personne ne réunit tout cela", "Nobody meets all of this"},
	"found_one":       {"1 personne", "1 person"},
	"found_first":     {"Les %d personnes les plus proches", "The %d nearest people"},
	"found_many":      {"%d personnes", "%d people"},
	"found_no_more":   {"Il n’y a pas d’autre personne.", "There is nobody else."},
	"around":          {" autour de %s", " around %s"},
	"alternatives":    {"Vous pensiez à un autre lieu ?", "Did you mean another place?"},
	"wider":           {"Chercher à toute distance", "Search at any distance"},
	"without_skill":   {"Chercher sans « %s »", "Search without “%s”"},
	"next":            {"Personnes suivantes", "More people"},
	"why":             {"Pourquoi cette personne", "Why this person"},
	"fingerprint":     {"Empreinte", "Fingerprint"},
	"fingerprint_why": {"distingue deux personnes du même nom", "tells two people of the same name apart"},
	"distance":        {"à %s km", "%s km away"},
	"languages":       {"Langues", "Languages"},
	"since":           {"en activité depuis %d", "in business since %d"},
	"collective":      {"Collectif", "Collective"},
	"no_collective":   {"sans collectif", "no collective"},
	"unverified":      {"%s (à vérifier)", "%s (to be verified)"},
	"unknown":         {"pas encore connu d’ici", "not yet known here"},
	"availability":    {"Disponibilité", "Availability"},
	"unavailable":     {"pas disponible en ce moment", "not available at the moment"},
	"available_now":   {"disponible maintenant", "available now"},
	"available_from":  {"disponible à partir du %s", "available from %s"},
	"days_a_week":     {", %d j par semaine", ", %d days a week"},
	"to_confirm":      {" (à confirmer)", " (to be confirmed)"},

	"refused":      {"Cette recherche n’a pas été comprise : %s", "This search was not understood: %s"},
	"which_place":  {"Plusieurs lieux s’appellent « %s ». Lequel ?", "Several places are called “%s”. Which one?"},
	"no_place":     {"Nous ne trouvons pas « %s ». Essayez un code postal ou la commune voisine.", "We cannot find “%s”. Try a postcode or the next town."},
	"say_where":    {"Dites autour de quelle commune chercher.", "Say around which town to search."},
	"search_again": {"Cette suite n’est plus valable. Relancez la recherche.", "This continuation is no longer valid. Please search again."},
	"no_page":      {"Cette page n’existe pas.", "This page does not exist."},
	"no_method":    {"Cette page se lit seulement.", "This page can only be read."},
	"failed":       {"Quelque chose n’a pas marché ici. Réessayez dans un instant.", "Something went wrong here. Please try again in a moment."},
	"footer":       {"Courtcircuit : des collectifs d’indépendants, sans intermédiaire ni commission.", "Courtcircuit: collectives of freelancers, with no middleman and no commission."},
}
