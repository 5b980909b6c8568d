package card

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"time"
)

// appendHead writes a card to its member expires_at, without the closing
// brace. Each card that is read from the database is written once, so
// reflection would be paid for each of them.
func (p *Profile) appendHead(dst []byte) (_ []byte, err error) {
	dst = appendString(append(dst, `{"name":`...), p.Name)
	dst = appendNonempty(dst, `,"headline":`, p.Headline)
	dst = appendNonempty(dst, `,"about":`, p.About)
	if dst, err = p.Place.append(append(dst, `,"place":`...)); err != nil {
		return nil, err
	}
	dst = appendSaid(dst, `,"radius_km":`, p.RadiusKm)
	dst = appendList(dst, `,"skills":`, p.Skills)
	dst = appendList(dst, `,"languages":`, p.Languages)
	dst = appendList(dst, `,"modes":`, p.Modes)
	dst = appendNonempty(dst, `,"available_from":`, p.AvailableFrom)
	dst = appendSaid(dst, `,"days_per_week":`, p.DaysPerWeek)
	if p.Since != 0 {
		dst = appendSaid(dst, `,"since":`, &p.Since)
	}
	for i, l := range p.Links {
		if i == 0 {
			dst = append(dst, `,"links":[`...)
		} else {
			dst = append(dst, ',')
		}
		dst = appendString(append(dst, `{"label":`...), l.Label)
		dst = append(appendString(append(dst, `,"url":`...), l.URL), '}')
	}
	if len(p.Links) > 0 {
		dst = append(dst, ']')
	}
	return p.Meta.append(dst)
}

func (m *Meta) append(dst []byte) (_ []byte, err error) {
	dst = appendNonempty(dst, `,"id":`, m.ID)
	dst = appendNonempty(dst, `,"fingerprint":`, m.Fingerprint)
	dst = appendNonempty(dst, `,"record_id":`, m.RecordID)
	if m.IssuedAt != nil {
		if dst, err = appendTime(append(dst, `,"issued_at":`...), m.IssuedAt); err != nil {
			return nil, err
		}
	}
	if m.ExpiresAt != nil {
		if dst, err = appendTime(append(dst, `,"expires_at":`...), m.ExpiresAt); err != nil {
			return nil, err
		}
	}
	return dst, nil
}

// append leaves to encoding/json a place that has an escape for HTML, which
// Place.MarshalJSON writes, or degrees that want an exponent.
func (p *Place) append(dst []byte) ([]byte, error) {
	r := p.Resolved
	if r == nil || len(r.Postcodes) > 0 || strings.ContainsAny(r.Name+r.Department+r.Country, "<>&") || !isPlain(r.Lat) || !isPlain(r.Lon) {
		return appendValue(dst, p)
	}
	dst = appendString(append(dst, `{"name":`...), r.Name)
	dst = appendNonempty(dst, `,"department":`, r.Department)
	dst = appendNonempty(dst, `,"country":`, r.Country)
	dst = strconv.AppendFloat(append(dst, `,"lat":`...), r.Lat, 'f', -1, 64)
	dst = strconv.AppendFloat(append(dst, `,"lon":`...), r.Lon, 'f', -1, 64)
	return append(strconv.AppendBool(append(dst, `,"approximate":`...), r.Approximate), '}'), nil
}

// isPlain: encoding/json writes these numbers without an exponent.
func isPlain(f float64) bool { return f == 0 || math.Abs(f) >= 1e-6 && math.Abs(f) < 1e21 }

// appendTime writes a time in UTC of a year that RFC 3339 has, and leaves
// others to encoding/json, which refuses them.
func appendTime(dst []byte, at *time.Time) ([]byte, error) {
	if y := at.Year(); y < 0 || y > 9999 || at.Location() != time.UTC {
		return appendValue(dst, json.Marshaler(at))
	}
	return append(at.AppendFormat(append(dst, '"'), time.RFC3339Nano), '"'), nil
}

func appendNonempty(dst []byte, member, s string) []byte {
	if s == "" {
		return dst
	}
	return appendString(append(dst, member...), s)
}

func appendSaid(dst []byte, member string, n *uint) []byte {
	if n == nil {
		return dst
	}
	return strconv.AppendUint(append(dst, member...), uint64(*n), 10)
}

func appendList(dst []byte, member string, list []string) []byte {
	for i, s := range list {
		if i == 0 {
			dst = append(append(dst, member...), '[')
		} else {
			dst = append(dst, ',')
		}
		dst = appendString(dst, s)
	}
	if len(list) > 0 {
		dst = append(dst, ']')
	}
	return dst
}
