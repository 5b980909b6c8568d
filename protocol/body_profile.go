package protocol

import (
	"errors"
	"math"
	"slices"
)

// Profile is a freelancer's public card. There is no rate in it: price never
// ranks, so it has no place here.
type Profile struct {
	Name              string     `cbor:"1,keyasint" json:"name"`
	Headline          string     `cbor:"2,keyasint,omitempty" json:"headline,omitempty"`
	About             string     `cbor:"3,keyasint,omitempty" json:"about,omitempty"`
	Place             Place      `cbor:"4,keyasint" json:"place"`
	RadiusKm          *uint      `cbor:"5,keyasint,omitempty" json:"radius_km,omitempty"` // how far the person goes to work; nil: not said
	Skills            []string   `cbor:"6,keyasint,omitempty" json:"skills,omitempty"`
	Languages         []string   `cbor:"7,keyasint,omitempty" json:"languages,omitempty"`
	Modes             []WorkMode `cbor:"8,keyasint,omitempty" json:"-"`
	AvailableFrom     *Date      `cbor:"9,keyasint,omitempty" json:"available_from,omitempty"` // nil: now
	DaysPerWeek       *uint      `cbor:"10,keyasint,omitempty" json:"days_per_week,omitempty"` // 0: unavailable; nil: not said
	Since             uint       `cbor:"11,keyasint,omitempty" json:"since,omitempty"`         // year the person began
	Links             []Link     `cbor:"12,keyasint,omitempty" json:"links,omitempty"`
	ConfirmedAtMillis int64      `cbor:"13,keyasint" json:"confirmed_at_ms"` // when the person last confirmed the card
	// Memberships are further grants in their wire form, checked on reading
	// (see Opener.CheckMembership); the first one stands in the header.
	Memberships [][]byte `cbor:"14,keyasint,omitempty" json:"-"`
	Extra       Extra    `cbor:"-" json:"-"`
}

// Bounds of a profile; text in characters.
const (
	MaxNameRunes     = 80
	MaxHeadlineRunes = 140
	MaxAboutRunes    = 4000
	MaxSkills        = 32
	MaxMemberships   = 4
	maxRadiusKm      = 20016 // half the circumference of the sphere
)

var (
	profileKeys     = keysUpTo(14)
	profileRequired = requiredKeys(1, 4, 13)
)

func (p *Profile) zone() uint16  { return p.Place.Zone() }
func (p *Profile) extra() *Extra { return &p.Extra }

func (p *Profile) required() uint64 { return profileRequired }

func (p *Profile) readField(key uint64, r *cborReader) bool {
	switch key {
	case 1:
		p.Name = readText(r)
	case 2:
		p.Headline = someText(r)
	case 3:
		p.About = someText(r)
	case 4:
		p.Place = readPlace(r)
	case 5:
		p.RadiusKm = readOptional(r)
	case 6:
		p.Skills = someOf(r, readText)
	case 7:
		p.Languages = someOf(r, readText)
	case 8:
		p.Modes = readModes(r)
	case 9:
		p.AvailableFrom = readDate(r)
	case 10:
		p.DaysPerWeek = readOptional(r)
	case 11:
		p.Since = someUint(r)
	case 12:
		p.Links = someOf(r, readLink)
	case 13:
		p.ConfirmedAtMillis = int64(r.uint("confirmed at", math.MaxInt64))
	case 14:
		p.Memberships = someOf(r, readBytes)
	default:
		return false
	}
	return true
}

func (p *Profile) check(h *Header) error {
	if p.RadiusKm != nil && *p.RadiusKm > maxRadiusKm {
		return fieldf("radius_km", "0 to %d", maxRadiusKm)
	}
	if p.DaysPerWeek != nil && *p.DaysPerWeek > 7 {
		return fieldf("days_per_week", "0 to 7")
	}
	if p.Since != 0 && (p.Since < 1900 || p.Since > 2200) {
		return fieldf("since", "a year from 1900 to 2200")
	}
	if p.ConfirmedAtMillis < 0 || p.ConfirmedAtMillis > h.IssuedAtMillis {
		// Dated ahead, a profile would look fresh for ever.
		return fieldf("confirmed_at", "a time after 1970 and not after the record's own")
	}
	return errors.Join(
		checkMemberships(p.Memberships, h.IssuedAtMillis),
		checkText("name", p.Name, 1, MaxNameRunes, false),
		checkText("headline", p.Headline, 0, MaxHeadlineRunes, false),
		checkText("about", p.About, 0, MaxAboutRunes, true),
		p.Place.check("place"), checkSkills(p.Skills), checkLanguages(p.Languages), checkModes(p.Modes),
		checkDate("available_from", p.AvailableFrom), checkLinks(p.Links),
	)
}

// checkMemberships judges form and times only; whether one counts is found
// on reading, because that depends on other records.
func checkMemberships(memberships [][]byte, issuedAtMillis int64) error {
	if len(memberships) > MaxMemberships {
		return fieldf("memberships", "at most %d beside the one in the header", MaxMemberships)
	}
	for _, m := range memberships {
		g, err := ParseGrant(m)
		if err != nil {
			return err
		}
		if g.IssuedAtMillis > issuedAtMillis {
			return fieldf("memberships", "grants issued before the record")
		}
	}
	return nil
}

func checkSkills(skills []string) error {
	if len(skills) > MaxSkills {
		return fieldf("skills", "at most %d", MaxSkills)
	}
	for i, s := range skills {
		if err := checkSkill("skills", s); err != nil {
			return err
		}
		if slices.Contains(skills[:i], s) {
			return fieldf("skills", "each once, %q stands twice", shorten(s))
		}
	}
	return nil
}

// Draft drafts the record that publishes the profile under a grant (or none).
func (p *Profile) Draft(g *Grant, issuedAtMillis int64) (Draft, error) {
	d, err := draftOf(KindProfile, p)
	d.Grant, d.IssuedAtMillis = g, issuedAtMillis
	return d, err
}
