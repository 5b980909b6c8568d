package node

import (
	"time"

	"github.com/libp2p/go-libp2p/core/peer"

	"courtcircuit/node/card"
	"courtcircuit/protocol"
	"courtcircuit/store"
)

// Records become what people read here.

func metaOf(rec *protocol.Record) card.Meta {
	issued, expires := rec.Header.IssuedAt().UTC(), rec.Header.ExpiresAt().UTC()
	return card.Meta{
		ID: publicIDString(rec.Key()), Fingerprint: fingerprintOf(rec.Key()),
		RecordID: rec.ID.String(), IssuedAt: &issued, ExpiresAt: &expires,
	}
}

// fingerprintOf is the short form of a record's public id: of the identity
// where that is the id.
func fingerprintOf(k protocol.RecordKey) string { return protocol.Identity(k.PublicID()).Fingerprint() }

func profileCard(rec *protocol.Record, b *protocol.Profile, ms []store.Membership, now time.Time) card.Profile {
	p := profileWords(rec, b)
	addMemberships(&p, b, ms, now)
	return p
}

// profileWords is all of a card that follows from its record.
func profileWords(rec *protocol.Record, b *protocol.Profile) card.Profile {
	place := cardPlace(b.Place)
	confirmed := time.UnixMilli(b.ConfirmedAtMillis).UTC()
	return card.Profile{
		Name: b.Name, Headline: b.Headline, About: b.About, Place: card.Place{Resolved: &place}, RadiusKm: b.RadiusKm,
		Skills: b.Skills, Languages: b.Languages, Modes: modeNames(b.Modes), AvailableFrom: dateText(b.AvailableFrom),
		DaysPerWeek: b.DaysPerWeek, Since: b.Since, Links: cardLinks(b.Links), Meta: metaOf(rec), ConfirmedAt: &confirmed,
	}
}

// addMemberships adds what other records and the time decide.
func addMemberships(p *card.Profile, b *protocol.Profile, ms []store.Membership, now time.Time) {
	fresh := availabilityConfirmed(b, now)
	p.AvailabilityConfirmed = &fresh
	for _, m := range ms {
		p.Collectives = append(p.Collectives, card.Membership{
			ID: m.Collective.String(), Name: m.Name, Verified: m.Verified, Custody: m.Custody.String(),
		})
	}
}

func availabilityConfirmed(b *protocol.Profile, now time.Time) bool {
	return now.Sub(time.UnixMilli(b.ConfirmedAtMillis)) <= protocol.AvailabilityWindow
}

func missionCard(rec *protocol.Record, b *protocol.Mission, now time.Time) card.Mission {
	m := missionWords(b)
	m.Meta, m.Status = metaOf(rec), missionStatus(b, now)
	return m
}

// missionWords is what its author wrote of a mission.
func missionWords(b *protocol.Mission) card.Mission {
	place := cardPlace(b.Place)
	m := card.Mission{
		Title: b.Title, Description: b.Description, Place: card.Place{Resolved: &place}, Modes: modeNames(b.Modes),
		Languages: b.Languages, Start: dateText(b.Start), ApplyBy: dateText(b.ApplyBy), Contract: b.Contract,
	}
	for _, need := range b.Needs {
		m.Needs = append(m.Needs, card.Need{Skill: need.Skill, Count: need.Count, Days: need.Days})
	}
	if b.Budget != nil {
		m.Budget = &card.Budget{Min: b.Budget.Min, Max: b.Budget.Max, Currency: b.Budget.Currency, Per: b.Budget.Per}
	}
	return m
}

const statusExpired = "expired"

// missionStatus says where a mission stands for a reader: an open one whose
// last day to apply is over counts as expired.
func missionStatus(b *protocol.Mission, now time.Time) string {
	if b.State == protocol.MissionOpen && b.ApplyBy != nil && *b.ApplyBy < dateOf(now) {
		return statusExpired
	}
	return b.State.String()
}

func collectiveCard(rec *protocol.Record, b *protocol.Collective) card.Collective {
	place := cardPlace(b.Place)
	c := card.Collective{
		Name: b.Name, About: b.About, Place: card.Place{Resolved: &place}, Languages: b.Languages,
		Contact: b.Contact, Links: cardLinks(b.Links), URL: b.URL, Meta: metaOf(rec),
	}
	for _, l := range b.Nodes {
		c.Nodes = append(c.Nodes, card.Node{PeerID: peer.ID(l.PeerID).String(), Renews: l.Renews, Addresses: l.Addrs})
	}
	return c
}

func modeNames(modes []protocol.WorkMode) []string {
	var out []string
	for _, m := range modes {
		out = append(out, m.String())
	}
	return out
}

func cardLinks(links []protocol.Link) []card.Link {
	var out []card.Link
	for _, l := range links {
		out = append(out, card.Link{Label: l.Label, URL: l.URL})
	}
	return out
}
