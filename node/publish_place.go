package node

import (
	"errors"
	"math"
	"strings"
	"unicode"
	"unicode/utf8"

	"courtcircuit/node/card"
	"courtcircuit/node/places"
	"courtcircuit/protocol"
	"courtcircuit/store/fold"
)

// resolvePlace turns what was typed into the commune that is published. What
// could be several communes is refused with all of them: a wrong guess would
// be signed and spread.
func (n *Node) resolvePlace(field string, p card.Place) (protocol.Place, error) {
	switch {
	case p.Resolved != nil:
		return n.placeAt(field, p.Resolved)
	case strings.TrimSpace(p.Text) == "":
		return protocol.Place{}, invalid(field, "a commune, a postcode or latitude and longitude", "no place is given")
	}
	r, err := n.places.Resolve(p.Text)
	if err != nil {
		return protocol.Place{}, placeProblem(field, err)
	}
	if !r.Ambiguous {
		return wirePlace(r.Place), nil
	}
	candidates := append([]places.Place{r.Place}, r.Alternatives...)
	if r.Matched == "prefix" || r.Matched == "one-edit" { // none of them bears the name
		return protocol.Place{}, placeProblem(field, &places.UnknownError{Query: p.Text, Suggestions: candidates})
	}
	if p, ok := spelledSo(p.Text, candidates); ok {
		return wirePlace(p), nil
	}
	return protocol.Place{}, ambiguousPlace(field, p.Text, candidates)
}

// spelledSo is the one candidate that is spelled as somebody wrote it, when they
// differ by their accents alone: who writes Orléans does not mean the Orleans of
// another country. Who writes without accents has said nothing by it, and who
// writes Évry may mean Évry-Courcouronnes.
func spelledSo(text string, candidates []places.Place) (only places.Place, ok bool) {
	text = strings.TrimSpace(text)
	if !strings.ContainsFunc(text, func(r rune) bool { return r >= utf8.RuneSelf && unicode.IsLetter(r) }) {
		return only, false
	}
	if len(candidates) > places.MaxAlternatives { // there may be more of them
		return only, false
	}
	for _, p := range candidates {
		if fold.Text(p.Name) != fold.Text(text) {
			return places.Place{}, false
		}
		if strings.EqualFold(p.Name, text) {
			if ok {
				return places.Place{}, false
			}
			only, ok = p, true
		}
	}
	return only, ok
}

// placeAt takes coordinates and names them by the nearest commune. A name that
// came with them stays only when it is a commune's thereabouts: the field is
// published, and must not become a way to publish a street.
func (n *Node) placeAt(field string, r *card.ResolvedPlace) (protocol.Place, error) {
	if !(math.Abs(r.Lat) <= 90 && math.Abs(r.Lon) <= 180) {
		return protocol.Place{}, invalid(field, "lat in [-90, 90] and lon in [-180, 180]", "the coordinates are out of range")
	}
	named, known := n.namedNear(r)
	if !known {
		named, _ = n.places.Nearest(r.Lat, r.Lon)
	}
	out := protocol.PlaceAt(r.Lat, r.Lon)
	out.Name, out.Area, out.Country = named.Name, named.Department, named.Country
	out.Approximate = known && r.Approximate
	return out, nil
}

// namedWithinMeters is how far from its centre a commune's name is believed;
// approximate centres are up to 10 km off.
const namedWithinMeters = 30_000

func (n *Node) namedNear(r *card.ResolvedPlace) (places.Place, bool) {
	if r.Name == "" {
		return places.Place{}, false
	}
	for _, text := range []string{r.Name + " (" + r.Department + ")", r.Name} {
		found, err := n.places.Resolve(text)
		if err != nil {
			continue
		}
		for _, p := range append([]places.Place{found.Place}, found.Alternatives...) {
			if p.Name == r.Name && distanceMeters(p.Lat, p.Lon, r.Lat, r.Lon) <= namedWithinMeters {
				return p, true
			}
		}
	}
	return places.Place{}, false
}

// distanceMeters is the great circle on the project's sphere (haversine).
func distanceMeters(lat1, lon1, lat2, lon2 float64) float64 {
	const rad, sphereMeters = math.Pi / 180, 6_371_008.8
	sinLat, sinLon := math.Sin((lat2-lat1)*rad/2), math.Sin((lon2-lon1)*rad/2)
	h := sinLat*sinLat + math.Cos(lat1*rad)*math.Cos(lat2*rad)*sinLon*sinLon
	return 2 * sphereMeters * math.Asin(math.Min(1, math.Sqrt(h)))
}

func placeProblem(field string, err error) error {
	var unknown *places.UnknownError
	switch {
	case errors.As(err, &unknown):
		p := invalid(field, "a commune, a postcode or latitude and longitude", "no place is called %q", shortWords(unknown.Query))
		p.Candidates = placeCandidates(unknown.Suggestions)
		return p
	case errors.Is(err, places.ErrQueryEmpty):
		return invalid(field, "a commune, a postcode or latitude and longitude", "no place is given")
	default:
		return invalid(field, "a commune, a postcode or latitude and longitude", "%v", err)
	}
}

func ambiguousPlace(field, text string, candidates []places.Place) error {
	return &card.Problem{
		Cause: card.Ambiguous, Field: field, Expected: "one of the candidates, with its department or postcode",
		Detail: "several places are called " + shortWords(text), Candidates: placeCandidates(candidates),
	}
}

func placeCandidates(ps []places.Place) []card.Candidate {
	var out []card.Candidate
	for _, p := range ps {
		r := resolvedOf(p)
		out = append(out, card.Candidate{Name: p.Name, Hint: placeHint(r), Place: &r})
	}
	return out
}

func placeHint(p card.ResolvedPlace) string {
	var parts []string
	if len(p.Postcodes) > 0 {
		parts = append(parts, p.Postcodes[0])
	}
	if p.Department != "" {
		parts = append(parts, p.Department)
	}
	if p.Country != "" && p.Country != "FR" {
		parts = append(parts, p.Country)
	}
	return strings.Join(parts, ", ")
}

func resolvedOf(p places.Place) card.ResolvedPlace {
	return card.ResolvedPlace{
		Name: p.Name, Department: p.Department, Country: p.Country, Postcodes: p.Postcodes,
		Lat: p.Lat, Lon: p.Lon, Approximate: p.Approximate,
	}
}

func wirePlace(p places.Place) protocol.Place {
	out := protocol.PlaceAt(p.Lat, p.Lon)
	out.Name, out.Area, out.Country, out.Approximate = p.Name, p.Department, p.Country, p.Approximate
	return out
}

func cardPlace(p protocol.Place) card.ResolvedPlace {
	return card.ResolvedPlace{
		Name: p.Name, Department: p.Area, Country: p.Country,
		Lat: p.LatDegrees(), Lon: p.LonDegrees(), Approximate: p.Approximate,
	}
}
