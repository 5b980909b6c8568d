package node

import (
	"fmt"
	"math"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"courtcircuit/node/card"
	"courtcircuit/protocol"
	"courtcircuit/store"
	"courtcircuit/store/fold"
)

// The bounds of a search.
const (
	defaultSearchLimit = 20
	maxSearchLimit     = 100
	maxRadiusKm        = 20016 // half the circumference of the sphere
	maxQuerySkills     = 32
	maxQueryLanguages  = 16
	maxQueryWords      = 200 // characters
)

// query turns what was asked into what the store answers, and says which
// place was understood. Skills stand in it as they were typed.
func (n *Node) query(kind protocol.Kind, s card.Search, now time.Time) (store.Query, near, error) {
	q := store.Query{Kind: kind, RadiusMeters: -1, Words: cleanLine(s.Words), Cursor: s.Cursor, Now: now, Limit: defaultSearchLimit, MaxRead: s.MaxRead}
	if s.Limit < 0 || s.Limit > maxSearchLimit {
		return q, near{}, invalid("limit", fmt.Sprintf("1 to %d", maxSearchLimit), "%d results cannot be asked for", s.Limit)
	}
	if s.Limit > 0 {
		q.Limit = s.Limit
	}
	if r := s.RadiusKm; r != nil {
		if !(*r >= 0 && *r <= maxRadiusKm) { // also refuses NaN
			return q, near{}, invalid("radius_km", fmt.Sprintf("0 to %d", maxRadiusKm), "%g km is no radius", *r)
		}
		q.RadiusMeters = *r * 1000
	}
	if err := addFilters(&q, s); err != nil {
		return q, near{}, err
	}
	around, err := n.understand(s.Near, now)
	if err != nil {
		return q, near{}, err
	}
	q.LatDegrees, q.LonDegrees = around.Place.Lat, around.Place.Lon
	return q, around, nil
}

func addFilters(q *store.Query, s card.Search) error {
	q.Skills = cleanList(s.Skills)
	if len(q.Skills) > maxQuerySkills {
		return invalid("skill", fmt.Sprintf("at most %d", maxQuerySkills), "too many skills")
	}
	for _, skill := range s.Skills {
		if store.FoldSkill(skill) == "" || utf8.RuneCountInString(skill) > maxQueryWords {
			return invalid("skill", "a word", "%q is no skill", shortWords(skill))
		}
	}
	var err error
	if q.Languages, err = queryLanguages(s.Languages); err != nil {
		return err
	}
	if q.Modes, err = parseModes("mode", s.Modes); err != nil {
		return err
	}
	if q.AvailableBy, err = parseDate("available_by", s.AvailableBy); err != nil {
		return err
	}
	if utf8.RuneCountInString(q.Words) > maxQueryWords {
		return invalid("q", fmt.Sprintf("at most %d characters", maxQueryWords), "too many words")
	}
	if s.Words != "" && fold.Text(s.Words) == "" {
		return invalid("q", "words", "%q has no word in it", shortWords(s.Words))
	}
	if s.Collective != "" {
		raw, err := protocol.ParseID(s.Collective)
		if err != nil {
			return invalid("collective", "a full id: 52 characters of a-z and 2-7", "%q is no id", shortWords(s.Collective))
		}
		id := protocol.Identity(raw)
		q.Collective = &id
	}
	if q.Kind != protocol.KindMission {
		if s.Status != "" {
			return invalid("status", "only for missions", "profiles and collectives have no status")
		}
		return nil
	}
	q.States, err = queryStates(s.Status)
	return err
}

var languageTag = regexp.MustCompile(`^[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?$`)

func queryLanguages(tags []string) ([]string, error) {
	if len(tags) > maxQueryLanguages {
		return nil, invalid("language", fmt.Sprintf("at most %d", maxQueryLanguages), "too many languages")
	}
	out := cleanLanguages(tags)
	for _, t := range out {
		if !languageTag.MatchString(t) {
			return nil, invalid("language", "a tag as in fr, en or pt-BR", "%q is no language", shortWords(t))
		}
	}
	return out, nil
}

func queryStates(status string) ([]protocol.MissionState, error) {
	switch status {
	case "", statusOpen:
		return []protocol.MissionState{protocol.MissionOpen}, nil
	case statusAttributed:
		return []protocol.MissionState{protocol.MissionAttributed}, nil
	case statusClosed:
		return []protocol.MissionState{protocol.MissionClosed}, nil
	case "any":
		return nil, nil
	}
	return nil, invalid("status", "open, attributed, closed or any", "%q is no status of a published mission", shortWords(status))
}

// near is where a search was understood to be.
type near struct {
	card.Understood
	isPoint bool // coordinates were given, so no commune's name is the origin
}

// understand resolves where to search; by default around the node's own
// place. A search goes on with the likeliest place and names the others.
func (n *Node) understand(text string, now time.Time) (near, error) {
	if strings.TrimSpace(text) == "" {
		_, _, own, err := n.collective(now)
		if isProblem(err, card.Conflict) {
			return near{}, invalid("near", "a commune, a postcode or lat,lon", "this node has no place of its own yet, so say near which place to search")
		}
		if err != nil {
			return near{}, err
		}
		return near{Understood: card.Understood{Query: own.Place.Name, Place: cardPlace(own.Place)}}, nil
	}
	r, err := n.places.Resolve(text)
	if err != nil {
		return near{}, placeProblem("near", err)
	}
	out := near{Understood: card.Understood{Query: text, Place: resolvedOf(r.Place)}, isPoint: r.Matched == "latlon"}
	for _, p := range r.Alternatives {
		out.Alternatives = append(out.Alternatives, resolvedOf(p))
	}
	return out, nil
}

// roundKm gives what a distance between communes' centres can mean: tenths.
func roundKm(meters float64) float64 { return math.Round(meters/100) / 10 }
