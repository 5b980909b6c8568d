package card

import (
	"time"

	"courtcircuit/protocol"
)

// Body makes the protocol body of a typed profile at the place it was
// resolved to. Texts are cleaned, skills that only repeat another dropped,
// languages and modes brought into their one spelling; what is too long or
// otherwise wrong is a *Problem that names the field and the bound, and
// nothing is ever cut. Fields that only the server sets are not read: see
// CheckUnchanged. Memberships and unknown keys of an earlier body are the
// caller's to carry over.
func (p *Profile) Body(place protocol.Place, confirmedAt time.Time) (*protocol.Profile, error) {
	languages, err := cleanLanguages(p.Languages)
	if err != nil {
		return nil, err
	}
	modes, err := cleanModes(p.Modes)
	if err != nil {
		return nil, err
	}
	from, err := cleanDate("available_from", p.AvailableFrom)
	if err != nil {
		return nil, err
	}
	body := &protocol.Profile{
		Name: protocol.CleanText(p.Name, false), Headline: protocol.CleanText(p.Headline, false), About: protocol.CleanText(p.About, true),
		Place: place, RadiusKm: copyOf(p.RadiusKm), Skills: cleanSkills(p.Skills), Languages: languages, Modes: modes,
		AvailableFrom: from, DaysPerWeek: copyOf(p.DaysPerWeek), Since: p.Since, Links: cleanLinks(p.Links),
		ConfirmedAtMillis: confirmedAt.UnixMilli(),
	}
	draft, err := body.Draft(nil, body.ConfirmedAtMillis) // no record is older than what it confirms
	if err := checkDraft(draft, err, "about"); err != nil {
		return nil, err
	}
	return body, nil
}

// ProfileOf gives the typed form of a body, without what its record and this
// node add: Meta (see MetaOf), collectives and whether the availability was
// confirmed lately.
func ProfileOf(b *protocol.Profile) Profile {
	place := ResolvedOf(b.Place)
	confirmed := time.UnixMilli(b.ConfirmedAtMillis).UTC()
	return Profile{
		Name: b.Name, Headline: b.Headline, About: b.About, Place: Place{Resolved: &place}, RadiusKm: copyOf(b.RadiusKm),
		Skills: b.Skills, Languages: b.Languages, Modes: modesOf(b.Modes), AvailableFrom: dateOf(b.AvailableFrom),
		DaysPerWeek: copyOf(b.DaysPerWeek), Since: b.Since, Links: linksOf(b.Links), ConfirmedAt: &confirmed,
	}
}

// MetaOf is what a record says of itself: for profiles and collectives ID is
// the identity, for missions the stable id.
func MetaOf(r *protocol.Record) Meta {
	issued, expires := r.Header.IssuedAt().UTC(), r.Header.ExpiresAt().UTC()
	key := r.Header.Key()
	return Meta{
		ID: protocol.Identity(key.PublicID()).String(), Fingerprint: key.Identity.Fingerprint(),
		RecordID: r.ID.String(), IssuedAt: &issued, ExpiresAt: &expires,
	}
}

// ResolvedOf is a place as it is answered; the wire knows no postcodes.
func ResolvedOf(p protocol.Place) ResolvedPlace {
	return ResolvedPlace{
		Name: p.Name, Department: p.Area, Country: p.Country,
		Lat: p.LatDegrees(), Lon: p.LonDegrees(), Approximate: p.Approximate,
	}
}

// Protocol is the place as it is published: rounded to hundredths of a degree.
func (r ResolvedPlace) Protocol() protocol.Place {
	p := protocol.PlaceAt(r.Lat, r.Lon)
	p.Name, p.Area, p.Country = protocol.CleanText(r.Name, false), protocol.CleanText(r.Department, false), r.Country
	p.Approximate = r.Approximate
	return p
}

func copyOf(n *uint) *uint {
	if n == nil {
		return nil
	}
	v := *n
	return &v
}
