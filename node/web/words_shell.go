package web

// shellWords are those of the frame around every page, of its messages, and
// of the pages about these pages.
var shellWords = join(frameWords, legalWords, apiWords)

// frameWords stand around every page or say what went wrong.
var frameWords = map[string]sentence{
	"skip":         {"Aller au contenu", "Skip to content"},
	"switch":       {"English", "Français"},
	"home":         {"Retour à l’accueil", "Back to the first page"},
	"nav":          {"Navigation principale", "Main navigation"},
	"nav_search":   {"Rechercher", "Search"},
	"nav_missions": {"Missions", "Missions"},
	"nav_network":  {"Réseau", "Network"},
	"nav_small":    {"À propos de ces pages", "About these pages"},
	"nav_legal":    {"Mentions légales", "Legal notice"},
	"nav_access":   {"Accessibilité", "Accessibility"},
	"nav_feed":     {"Flux des missions", "Feed of missions"},
	"nav_embed":    {"Intégrer à un site", "Show on another site"},
	"nav_api":      {"API", "API"},
	"demo_label":   {"À savoir", "Please note"},
	"demo":         {"Démonstration : toutes les personnes et tous les collectifs montrés ici sont fictifs.", "Demonstration: every person and collective shown here is fictional."},
	"failed":       {"Quelque chose n’a pas marché ici. Réessayez dans un instant.", "Something went wrong here. Please try again in a moment."},
	"footer":       {"Courtcircuit relie des collectifs d’indépendants, de ville en ville. Vous leur parlez directement : ni plateforme entre vous, ni commission.", "Courtcircuit links collectives of freelancers, from town to town. You talk to them directly: no platform in between, no commission."},

	"problem_number":       {"Erreur %d", "Error %d"},
	"problem_missing":      {"Cette page n’existe pas", "This page does not exist"},
	"problem_missing_text": {"L’adresse est peut-être incomplète, ou ce qu’elle montrait a expiré. Cherchez ci-dessous : la personne est peut-être toujours là.", "The address may be incomplete, or what it showed has expired. Search below: the person may still be here."},
	"problem_gone":         {"Cette fiche a été effacée", "This card was erased"},
	"problem_gone_text":    {"La personne ou le collectif qui l’avait publiée l’a retirée, et elle disparaît de tout le réseau. Cherchez ci-dessous : d’autres personnes sont près d’ici.", "Whoever published it withdrew it, and it disappears from the whole network. Search below: there are other people nearby."},
	"problem_hidden":       {"Cette fiche n’est pas montrée ici", "This card is not shown here"},
	"problem_hidden_text":  {"Le collectif qui tient cette page a choisi de ne pas la montrer. Cherchez ci-dessous : d’autres personnes sont près d’ici.", "The collective behind this page chose not to show it. Search below: there are other people nearby."},
	"problem_method":       {"Cette page se lit seulement", "This page can only be read"},
	"problem_method_text":  {"Rien n’a été envoyé. Ouvrez la page et recommencez depuis son formulaire.", "Nothing was sent. Open the page and start again from its form."},
	"problem_refused":      {"Cette demande n’a pas été comprise", "This request was not understood"},
	"problem_refused_text": {"Revenez en arrière et vérifiez ce que vous avez écrit : rien n’a été enregistré.", "Please go back and check what you wrote: nothing was kept."},
	"problem_failed":       {"Quelque chose n’a pas marché ici", "Something went wrong here"},
	"problem_failed_text":  {"Ce n’est pas de votre fait. Réessayez dans un instant ; si cela dure, prévenez le collectif.", "It is not your doing. Please try again in a moment; if it lasts, tell the collective."},
}
