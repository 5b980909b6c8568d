package demo

import (
	"context"
	"fmt"
	"time"

	"courtcircuit/node"
	"courtcircuit/node/card"
)

// mission is a card and what became of it; nil: it is open.
type mission struct {
	card.Mission
	end func(n *node.Node, ctx context.Context, id string) (card.Mission, error)
}

// openMissions of a city are two that follow each other here.
const openMissions = 2

var openCalls = []card.Mission{
	{Title: "Identité visuelle d'une coopérative", Description: "Une épicerie coopérative ouvre au printemps : un nom déjà trouvé, tout le reste à dessiner, de l'enseigne aux étiquettes.",
		Modes: []string{"onsite"}, Needs: []card.Need{{Skill: "graphisme", Count: 1, Days: 10}}, Budget: &card.Budget{Min: 4000, Max: 6000, Currency: "EUR", Per: "mission"}},
	{Title: "Refonte accessible d'un site associatif", Description: "Trente pages, deux bénévoles très motivées, et un site que les lecteurs d'écran ne lisent pas. À reprendre ensemble.",
		Modes: []string{"hybrid"}, Needs: []card.Need{{Skill: "html", Count: 1, Days: 15}, {Skill: "ux design", Count: 1, Days: 5}}},
	{Title: "Portraits d'artisans pour une exposition", Description: "Douze ateliers du quartier, douze portraits, une exposition dans la rue en juin.",
		Modes: []string{"onsite"}, Needs: []card.Need{{Skill: "photographie", Count: 1, Days: 8}, {Skill: "rédaction", Count: 1, Days: 3}}},
	{Title: "Un outil de réservation pour une salle de danse", Description: "Remplacer un cahier et trois tableurs par quelque chose que l'on tient d'une main.",
		Modes: []string{"remote", "hybrid"}, Needs: []card.Need{{Skill: "go", Count: 1, Days: 12}, {Skill: "ui design", Count: 1, Days: 4}}, Budget: &card.Budget{Min: 350, Max: 450, Currency: "EUR", Per: "day"}},
}

var pastCalls = []mission{
	{card.Mission{Title: "Film de présentation d'une ferme urbaine", Description: "Deux jours de tournage et trois minutes de film. Le collectif voisin a trouvé sa vidéaste.",
		Modes: []string{"onsite"}, Needs: []card.Need{{Skill: "vidéo", Count: 1, Days: 6}}}, (*node.Node).AttributeMission},
	{card.Mission{Title: "Traduction d'un livret de visite", Description: "Vingt pages sur les ponts de la ville, en anglais. Le livret est imprimé.",
		Modes: []string{"remote"}, Needs: []card.Need{{Skill: "traduction", Count: 1, Days: 4}}}, (*node.Node).CloseMission},
}

// missions gives the city of a number something to browse: two that are open
// and one that is not any more.
func missions(number int, today time.Time) []mission {
	applyBy := today.AddDate(0, 0, 21).Format(time.DateOnly)
	var out []mission
	for i := range openMissions {
		out = append(out, mission{Mission: openCalls[(openMissions*number+i)%len(openCalls)]})
	}
	out = append(out, pastCalls[number%len(pastCalls)])
	for i := range out {
		m := &out[i].Mission
		m.Title = fmt.Sprintf("%s (%s, mission fictive)", m.Title, cities[number].name)
		m.Description += "\n\nMission fictive, pour la démonstration."
		m.Place, m.Languages, m.ApplyBy, m.Contract = card.Place{Text: cities[number].name}, []string{"fr"}, applyBy, "direct"
	}
	return out
}
