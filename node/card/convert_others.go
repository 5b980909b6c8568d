package card

import (
	"courtcircuit/protocol"
)

// Body makes the protocol body of a typed mission at the place it was
// resolved to, in a state; see Profile.Body for what is cleaned and refused.
// A need's count of 0 is read as 1.
func (m *Mission) Body(place protocol.Place, state protocol.MissionState) (*protocol.Mission, error) {
	languages, err := cleanLanguages(m.Languages)
	if err != nil {
		return nil, err
	}
	modes, err := cleanModes(m.Modes)
	if err != nil {
		return nil, err
	}
	start, err := cleanDate("start", m.Start)
	if err != nil {
		return nil, err
	}
	applyBy, err := cleanDate("apply_by", m.ApplyBy)
	if err != nil {
		return nil, err
	}
	body := &protocol.Mission{
		Title: protocol.CleanText(m.Title, false), Description: protocol.CleanText(m.Description, true), Place: place,
		Modes: modes, Languages: languages, Start: start, ApplyBy: applyBy, Contract: protocol.CleanText(m.Contract, false), State: state,
	}
	for _, n := range m.Needs {
		body.Needs = append(body.Needs, protocol.Need{Skill: protocol.CleanText(n.Skill, false), Count: max(n.Count, 1), Days: n.Days})
	}
	if b := m.Budget; b != nil {
		body.Budget = &protocol.Budget{Min: b.Min, Max: b.Max, Currency: b.Currency, Per: b.Per}
	}
	draft, err := body.Draft([16]byte{}, 0)
	if err := checkDraft(draft, err, "description"); err != nil {
		return nil, err
	}
	return body, nil
}

// MissionOf gives the typed form of a body, without Meta and collective. The
// status is the body's own: that a deadline has passed is the reader's to say.
func MissionOf(b *protocol.Mission) Mission {
	place := ResolvedOf(b.Place)
	m := Mission{
		Title: b.Title, Description: b.Description, Place: Place{Resolved: &place}, Modes: modesOf(b.Modes), Languages: b.Languages,
		Start: dateOf(b.Start), ApplyBy: dateOf(b.ApplyBy), Contract: b.Contract, Status: b.State.String(),
	}
	for _, n := range b.Needs {
		m.Needs = append(m.Needs, Need{Skill: n.Skill, Count: n.Count, Days: n.Days})
	}
	if b.Budget != nil {
		m.Budget = &Budget{Min: b.Budget.Min, Max: b.Budget.Max, Currency: b.Budget.Currency, Per: b.Budget.Per}
	}
	return m
}

// Body makes the protocol body of a typed collective at the place it was
// resolved to; see Profile.Body for what is cleaned and refused. Nodes and the
// sealing key are the node's to add.
func (c *Collective) Body(place protocol.Place) (*protocol.Collective, error) {
	languages, err := cleanLanguages(c.Languages)
	if err != nil {
		return nil, err
	}
	body := &protocol.Collective{
		Name: protocol.CleanText(c.Name, false), About: protocol.CleanText(c.About, true), Place: place, Languages: languages,
		Contact: protocol.CleanText(c.Contact, true), Links: cleanLinks(c.Links), URL: protocol.CleanText(c.URL, false),
	}
	draft, err := body.Draft(0)
	if err := checkDraft(draft, err, "about"); err != nil {
		return nil, err
	}
	return body, nil
}

// CollectiveOf gives the typed form of a body, without Meta, nodes, members
// and their skills.
func CollectiveOf(b *protocol.Collective) Collective {
	place := ResolvedOf(b.Place)
	return Collective{
		Name: b.Name, About: b.About, Place: Place{Resolved: &place}, Languages: b.Languages,
		Contact: b.Contact, Links: linksOf(b.Links), URL: b.URL,
	}
}
