package web

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"courtcircuit/node/card"
)

// Facts of cards as people say them.

func placeName(p card.Place) string {
	if p.Resolved == nil {
		return p.Text
	}
	return resolvedName(*p.Resolved)
}

// resolvedName tells towns of one name apart by their department.
func resolvedName(p card.ResolvedPlace) string {
	if p.Department != "" && p.Department != p.Name {
		return p.Name + " (" + p.Department + ")"
	}
	return p.Name
}

// distance is rounded as people say it.
func (w Words) distance(km float64) string {
	if km < 0.1 {
		return w.Say("distance_here")
	}
	return w.Say("distance", w.kilometres(km))
}

// kilometres has one decimal below ten, where it still says something between
// two communes.
func (w Words) kilometres(km float64) string {
	if km >= 10 {
		return w.number(uint(math.Round(km)))
	}
	text := strconv.FormatFloat(math.Round(km*10)/10, 'f', -1, 64)
	if w.Lang == "fr" {
		text = strings.Replace(text, ".", ",", 1)
	}
	return text
}

func (w Words) availability(p *card.Profile) string {
	var text string
	switch {
	case p.DaysPerWeek != nil && *p.DaysPerWeek == 0:
		return w.Say("unavailable")
	case p.AvailableFrom != "":
		text = w.Say("available_from", w.day(p.AvailableFrom))
	case p.DaysPerWeek != nil:
		text = w.Say("available_now")
	default:
		return ""
	}
	if p.DaysPerWeek != nil {
		text += w.Say("days_a_week", w.days(uint(*p.DaysPerWeek)))
	}
	if p.AvailabilityConfirmed != nil && !*p.AvailabilityConfirmed {
		text += w.Say("to_confirm")
	}
	return text
}

// day is a date as people write it; what is no date stays as it is.
func (w Words) day(iso string) string {
	t, err := time.Parse(time.DateOnly, iso)
	if err != nil {
		return iso
	}
	return w.date(t)
}

func (w Words) date(t time.Time) string {
	if w.Lang == "fr" {
		return t.Format("02/01/2006")
	}
	return t.Format("2 January 2006")
}

func (w Words) days(n uint) string {
	if n == 1 {
		return w.Say("day_one")
	}
	return w.Say("days", n)
}

// moment is a date with the time of day, in universal time so that two
// readers can compare.
func (w Words) moment(t time.Time) string {
	t = t.UTC()
	return w.date(t) + t.Format(", 15:04 UTC")
}

// all says each key, separated by commas.
func (w Words) all(keys []string) string {
	said := make([]string, 0, len(keys))
	for _, key := range keys {
		said = append(said, w.Say(key))
	}
	return strings.Join(said, ", ")
}

// count says how many in the right number: key_none, key_one or key_many.
func (w Words) count(key string, n int) string {
	switch n {
	case 0:
		return w.Say(key + "_none")
	case 1:
		return w.Say(key + "_one")
	}
	return w.Say(key+"_many", w.number(uint(n)))
}

// AndMore says how many of a list are not shown.
func (w Words) AndMore(n int) string { return w.count("and_more", n) }

// countMembers says "at least" where the node stopped counting.
func (w Words) countMembers(n int) string {
	if n >= card.MaxSummedMembers {
		return w.Say("members_least", w.number(uint(n)))
	}
	return w.count("members", n)
}

// placeQuery is what to type to mean this place and no other of its name. A
// postcode would not do: neighbours share one, and that of a large city means
// one of its arrondissements.
func placeQuery(p card.ResolvedPlace) string {
	switch {
	case p.Name != "" && p.Department != "":
		return resolvedName(p)
	case p.Name != "" && p.Country != "":
		return p.Name + " (" + p.Country + ")"
	}
	return fmt.Sprintf("%.4f,%.4f", p.Lat, p.Lon)
}

// kilometresBetween is the great-circle distance, by the haversine formula on
// a sphere of 6371 km.
func kilometresBetween(a, b card.ResolvedPlace) float64 {
	const radians = math.Pi / 180
	dLat, dLon := (b.Lat-a.Lat)*radians/2, (b.Lon-a.Lon)*radians/2
	sinLat, sinLon := math.Sin(dLat), math.Sin(dLon)
	h := sinLat*sinLat + math.Cos(a.Lat*radians)*math.Cos(b.Lat*radians)*sinLon*sinLon
	return 2 * 6371 * math.Asin(math.Min(1, math.Sqrt(h)))
}
