package web

// worksWords are those of what the collective has done, on its own page.
var worksWords = map[string]sentence{
	"works":            {"Nos réalisations", "What we have done"},
	"works_for":        {"Pour", "For"},
	"works_with":       {"Avec", "With"},
	"nameless_console": {"Le plus simple est la console ; cette commande en donne le lien :", "The simplest is the console; this command gives the link:"},
}
