package card

import (
	"strconv"
	"strings"
	"time"
	"unicode"
)

// columnNames are the header names, folded as columnOf folds them.
var columnNames = map[string][]string{
	"name":           {"name", "nom", "nom complet", "full name", "prenom et nom", "nom et prenom", "prenom nom", "nom prenom"},
	"first_name":     {"first name", "prenom"},
	"headline":       {"headline", "titre", "accroche", "metier", "title"},
	"about":          {"about", "presentation", "a propos", "bio", "biographie", "description"},
	"place":          {"place", "commune", "ville", "city", "lieu", "localisation", "location"},
	"postcode":       {"postcode", "code postal", "cp", "zip", "postal code"},
	"radius_km":      {"radius km", "radius", "rayon", "rayon km", "rayon en km"},
	"skills":         {"skills", "competences", "competence"},
	"languages":      {"languages", "langues", "langue", "language"},
	"modes":          {"modes", "mode", "mode de travail", "modes de travail", "work mode"},
	"available_from": {"available from", "disponible le", "disponible a partir du", "disponibilite", "disponible", "availability"},
	"days_per_week":  {"days per week", "jours par semaine", "jours semaine", "nombre de jours par semaine"},
	"since":          {"since", "depuis", "en activite depuis", "independant depuis"},
	"links":          {"links", "liens", "lien", "site", "site web", "url"},
	"ref":            {"ref", "reference"},
	"profile_id":     {"profile id", "id profil", "id du profil", "identifiant du profil"},
}

var columnByName = func() map[string]string {
	m := map[string]string{}
	for field, names := range columnNames {
		for _, n := range names {
			m[n] = field
		}
	}
	return m
}()

// columnOf reads a header name whatever its case, accents and separators.
func columnOf(name string) string {
	letters := strings.FieldsFunc(fold(name), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	return columnByName[strings.Join(letters, " ")]
}

// profileOfRow reads the texts of a row, by field.
func profileOfRow(row map[string]string) (Profile, error) {
	p := Profile{
		Name:     strings.TrimSpace(row["first_name"] + " " + row["name"]),
		Headline: row["headline"], About: row["about"],
		Place:     Place{Text: strings.TrimSpace(row["postcode"] + " " + row["place"])},
		Skills:    splitList(row["skills"], ""),
		Languages: splitList(row["languages"], ","),
		Modes:     splitList(row["modes"], ","),
	}
	for _, l := range splitList(row["links"], "") {
		p.Links = append(p.Links, linkOf(l))
	}
	var err error
	if p.RadiusKm, err = rowNumber("radius_km", row["radius_km"], "km"); err != nil {
		return Profile{}, err
	}
	if p.DaysPerWeek, err = rowNumber("days_per_week", row["days_per_week"], "jours", "jour", "days", "j", "d"); err != nil {
		return Profile{}, err
	}
	since, err := rowNumber("since", row["since"])
	if err != nil {
		return Profile{}, err
	}
	if since != nil {
		p.Since = *since
	}
	return p, rowAvailability(&p, row["available_from"])
}

// rowNumber reads a whole number, with one of the units behind it or none.
func rowNumber(field, text string, units ...string) (*uint, error) {
	if text == "" {
		return nil, nil
	}
	digits := strings.ToLower(text)
	for _, u := range units {
		if before, ok := strings.CutSuffix(digits, u); ok {
			digits = strings.TrimSpace(before)
			break
		}
	}
	n, err := strconv.ParseUint(digits, 10, 32)
	if err != nil {
		return nil, invalid(field, "a whole number, 0 or more", "%q is not one", shorten(text))
	}
	v := uint(n)
	return &v, nil
}

// rowAvailability reads a day, as computers or as the French write it, or the
// words for now and never.
func rowAvailability(p *Profile, text string) error {
	switch fold(text) {
	case "", "now", "maintenant", "immediate", "immediatement", "tout de suite", "des maintenant":
		return nil
	case "indisponible", "non disponible", "unavailable":
		if p.DaysPerWeek != nil && *p.DaysPerWeek != 0 {
			return invalid("available_from", "the same as days_per_week says", "%q, but days_per_week is %d", shorten(text), *p.DaysPerWeek)
		}
		p.DaysPerWeek = new(uint)
		return nil
	}
	for _, layout := range []string{time.DateOnly, "02/01/2006", "2/1/2006"} {
		if t, err := time.Parse(layout, text); err == nil {
			p.AvailableFrom = t.Format(time.DateOnly)
			return nil
		}
	}
	return invalid("available_from", "a day as in 2026-12-01 or 01/12/2026", "%q is not one", shorten(text))
}

// linkOf reads "https://…" with or without a label before it.
func linkOf(text string) Link {
	at := strings.Index(text, "http")
	if at < 0 {
		return Link{URL: text}
	}
	return Link{Label: strings.Trim(text[:at], " \t:=-–"), URL: text[at:]}
}
