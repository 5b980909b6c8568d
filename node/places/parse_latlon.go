package places

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// ParseLatLon reads "43.6,1.44": a latitude and a longitude in degrees, parted by a comma, a semicolon
// or spaces. With a semicolon, or with spaces between two decimals, decimal commas are understood too
// ("43,6 ; 1,44"). ok is false when the text is no pair of numbers; err names the bound when it is a
// pair but out of range.
func ParseLatLon(s string) (lat, lon float64, ok bool, err error) {
	first, second, found := cutPair(strings.TrimSpace(strings.ReplaceAll(s, "−", "-")))
	if !found || len(s) > 64 {
		return 0, 0, false, nil
	}
	lat, okLat := parseDegrees(first)
	lon, okLon := parseDegrees(second)
	if !okLat || !okLon {
		return 0, 0, false, nil
	}
	if math.Abs(lat) > 90 {
		return 0, 0, true, fmt.Errorf("parse position: latitude %s is outside -90 to 90", first)
	}
	if math.Abs(lon) > 180 {
		return 0, 0, true, fmt.Errorf("parse position: longitude %s is outside -180 to 180", second)
	}
	return lat, lon, true, nil
}

// cutPair parts two numbers and turns decimal commas into points where that is unambiguous.
func cutPair(s string) (first, second string, ok bool) {
	point := func(s string) string { return strings.Replace(strings.TrimSpace(s), ",", ".", 1) }
	if a, b, found := strings.Cut(s, ";"); found {
		return point(a), point(b), true
	}
	if words := strings.Fields(s); len(words) == 2 && strings.ContainsAny(words[0], ".,") && strings.ContainsAny(words[1], ".,") &&
		!strings.HasSuffix(words[0], ",") && !strings.HasPrefix(words[1], ",") {
		return point(words[0]), point(words[1]), true
	}
	if a, b, found := strings.Cut(s, ","); found {
		return strings.TrimSpace(a), strings.TrimSpace(b), true
	}
	return "", "", false // "75 11" is more likely a department and a number than a position
}

// parseDegrees takes plain decimals only: strconv alone would take "0x1p3", "inf" and "1e2" as well.
func parseDegrees(s string) (float64, bool) {
	digits := strings.TrimLeft(s, "+-")
	if len(s)-len(digits) > 1 || strings.Trim(digits, "0123456789.") != "" || strings.Trim(digits, ".") == "" {
		return 0, false
	}
	v, err := strconv.ParseFloat(s, 64)
	return v, err == nil
}

// roundHundredth gives the precision places are published in, with longitude in [-180, 180).
func roundHundredth(lat, lon float64) (float64, float64) {
	lat, lon = math.Round(lat*100)/100, math.Round(lon*100)/100
	if lon >= 180 {
		lon -= 360
	}
	return lat + 0, lon + 0 // no negative zero
}
