package web

import (
	"net/url"
	"strconv"
	"strings"

	"courtcircuit/node/card"
)

// A place in a form is what somebody typed. Beside it stand, hidden, the place
// that it was filled with and, where the words fitted several, the one chosen:
// so that a commune that was meant once is not guessed at again.

// placeValue is a place as a value of a form: lat,lon;name;department.
func placeValue(p card.ResolvedPlace) string {
	degrees := func(d float64) string { return strconv.FormatFloat(d, 'f', -1, 64) }
	return degrees(p.Lat) + "," + degrees(p.Lon) + ";" + p.Name + ";" + p.Department
}

func parsePlaceValue(s string) (card.ResolvedPlace, bool) {
	parts := strings.SplitN(s, ";", 3)
	if len(parts) != 3 {
		return card.ResolvedPlace{}, false
	}
	lat, lon, _ := strings.Cut(parts[0], ",")
	var p card.ResolvedPlace
	var errLat, errLon error
	p.Lat, errLat = strconv.ParseFloat(lat, 64)
	p.Lon, errLon = strconv.ParseFloat(lon, 64)
	p.Name, p.Department = parts[1], parts[2]
	return p, errLat == nil && errLon == nil
}

// placeIn reads the place of a form: the one chosen, else the one it was
// filled with while its words still stand there, else the words.
func placeIn(form url.Values) card.Place {
	text := typed(form.Get("place"))
	for _, name := range []string{"place_chosen", "place_was"} {
		if p, ok := parsePlaceValue(form.Get(name)); ok && (name == "place_chosen" && text == form.Get("place_asked") || text == resolvedName(p)) {
			return card.Place{Resolved: &p}
		}
	}
	return card.Place{Text: text}
}

// placeField is filled with a place, or as it was sent.
func (v *page) placeField(p card.Place, form url.Values) consoleField {
	f := v.field("place", placeName(p), required, func(f *consoleField) { f.Type, f.Complete, f.Max = "place", "places", 120 })
	if p.Resolved != nil {
		f.Was = placeValue(*p.Resolved)
	}
	if form != nil {
		f.Value, f.Was = typed(form.Get("place")), form.Get("place_was")
	}
	return f
}
