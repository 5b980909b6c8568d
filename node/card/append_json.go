package card

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"strconv"
	"unicode/utf8"
)

// Ready is the JSON of a card that does not change from one search to the
// next, written once. What is made of it is byte for byte what encoding/json
// makes of the struct, without escapes for HTML. It is the length of its head
// in 32 bits, the head up to the last member before those that change, without
// the closing brace, and the members between those that change, each with its
// comma before it.
type Ready []byte

const readyLengthBytes = 4

func (r Ready) parts() (head, tail []byte) {
	n := readyLengthBytes + int(binary.BigEndian.Uint32(r))
	return r[readyLengthBytes:n], r[n:]
}

// Whole says whether the bytes are those of a card, as far as their lengths go.
func (r Ready) Whole() bool {
	return len(r) >= readyLengthBytes && uint64(binary.BigEndian.Uint32(r)) <= uint64(len(r)-readyLengthBytes)
}

// ReadyProfile takes a card; its memberships and whether its availability is
// confirmed are not looked at.
func ReadyProfile(p Profile) (Ready, error) {
	confirmed := p.ConfirmedAt
	p.Collectives, p.ConfirmedAt, p.AvailabilityConfirmed = nil, nil, nil
	var room [bytesOfReady]byte
	all, err := p.appendHead(room[:readyLengthBytes])
	if err != nil {
		return nil, err
	}
	binary.BigEndian.PutUint32(all, uint32(len(all)-readyLengthBytes))
	if confirmed != nil {
		if all, err = appendTime(append(all, `,"confirmed_at":`...), confirmed); err != nil {
			return nil, err
		}
	}
	return bytes.Clone(all), nil // as long as what it holds
}

// ReadyMission takes a mission; its status and collective are not looked at.
func ReadyMission(m Mission) (Ready, error) {
	m.Status, m.Collective = "", nil
	all, err := appendValue(make([]byte, readyLengthBytes), m)
	if n := len(all); err != nil || n < readyLengthBytes+3 || all[n-1] != '}' {
		return nil, fmt.Errorf("write a mission: %.20q: %w", all, err)
	}
	all = all[:len(all)-1]
	binary.BigEndian.PutUint32(all, uint32(len(all)-readyLengthBytes))
	return bytes.Clone(all), nil
}

// bytesOfReady is room for most cards, which then are copied once.
const bytesOfReady = 4096

// AppendJSON appends the result as JSON.
func (f *FoundProfile) AppendJSON(dst []byte) ([]byte, error) {
	f.Found.complete()
	if f.Ready == nil {
		return appendValue(dst, f)
	}
	head, tail := f.Ready.parts()
	dst = append(dst, head...)
	for i := range f.Collectives {
		if i == 0 {
			dst = append(dst, `,"collectives":[`...)
		} else {
			dst = append(dst, ',')
		}
		dst = f.Collectives[i].append(dst)
	}
	if len(f.Collectives) > 0 {
		dst = append(dst, ']')
	}
	dst = append(dst, tail...)
	if c := f.AvailabilityConfirmed; c != nil {
		dst = strconv.AppendBool(append(dst, `,"availability_confirmed":`...), *c)
	}
	return append(f.Found.append(dst), '}'), nil
}

// AppendJSON appends the result as JSON.
func (f *FoundMission) AppendJSON(dst []byte) ([]byte, error) {
	f.Found.complete()
	if f.Ready == nil {
		return appendValue(dst, f)
	}
	head, _ := f.Ready.parts()
	dst = append(dst, head...)
	if f.Status != "" {
		dst = appendString(append(dst, `,"status":`...), f.Status)
	}
	if f.Collective != nil {
		dst = f.Collective.append(append(dst, `,"collective":`...))
	}
	return append(f.Found.append(dst), '}'), nil
}

// AppendJSON appends the result as JSON. What members can do is summed up for
// each answer, so nothing of it is written beforehand.
func (f *FoundCollective) AppendJSON(dst []byte) ([]byte, error) {
	f.Found.complete()
	return appendValue(dst, f)
}

// AppendJSON appends one's own card, which no search found.
func (p *Profile) AppendJSON(dst []byte) ([]byte, error) { return appendValue(dst, p) }

// AppendJSON appends one's own mission, which no search found.
func (m *Mission) AppendJSON(dst []byte) ([]byte, error) { return appendValue(dst, m) }

// AppendPage appends a page as JSON, each of its results by item.
func AppendPage[T any](dst []byte, page *Page[T], item func(*T, []byte) ([]byte, error)) (_ []byte, err error) {
	dst = append(dst, `{"results":[`...)
	for i := range page.Results {
		if i > 0 {
			dst = append(dst, ',')
		}
		if dst, err = item(&page.Results[i], dst); err != nil {
			return dst, err
		}
	}
	dst = append(dst, ']')
	if page.NextCursor != "" {
		dst = appendString(append(dst, `,"next_cursor":`...), page.NextCursor)
	}
	if page.Near != nil {
		if dst, err = appendValue(append(dst, `,"near":`...), page.Near); err != nil {
			return dst, err
		}
	}
	if page.Partial {
		dst = append(dst, `,"partial":true`...)
	}
	if len(page.Skills) > 0 {
		if dst, err = appendValue(append(dst, `,"skills":`...), page.Skills); err != nil {
			return dst, err
		}
	}
	if page.Words != nil {
		if dst, err = appendValue(append(dst, `,"words":`...), page.Words); err != nil {
			return dst, err
		}
	}
	return append(dst, '}'), nil
}

// complete never answers null where a list was promised.
func (f *Found) complete() {
	if f.Trust.Path == nil {
		f.Trust.Path = []string{}
	}
	if f.Reasons == nil {
		f.Reasons = []Reason{}
	}
}

func (f *Found) append(dst []byte) []byte {
	dst = append(dst, `,"distance_km":`...)
	dst = strconv.AppendFloat(dst, f.DistanceKm, 'f', -1, 64) // tenths up to 20,016: never an exponent
	dst = appendString(append(dst, `,"trust":{"tier":`...), f.Trust.Tier)
	dst = append(dst, `,"path":[`...)
	for i, id := range f.Trust.Path {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendString(dst, id)
	}
	dst = append(dst, `]},"reasons":[`...)
	for i := range f.Reasons {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendString(append(dst, `{"code":`...), f.Reasons[i].Code)
		dst = append(appendString(append(dst, `,"text":`...), f.Reasons[i].Text), '}')
	}
	return append(dst, ']')
}

func (m *Membership) append(dst []byte) []byte {
	dst = appendString(append(dst, `{"id":`...), m.ID)
	dst = appendString(append(dst, `,"name":`...), m.Name)
	dst = strconv.AppendBool(append(dst, `,"verified":`...), m.Verified)
	return append(appendString(append(dst, `,"custody":`...), m.Custody), '}')
}

// appendString leaves what must be escaped, or is no UTF-8, to encoding/json.
func appendString(dst []byte, s string) []byte {
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			if c < ' ' || c == '"' || c == '\\' {
				return appendEscaped(dst, s)
			}
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError || r == '\u2028' || r == '\u2029' {
			return appendEscaped(dst, s)
		}
		i += size
	}
	return append(append(append(dst, '"'), s...), '"')
}

func appendEscaped(dst []byte, s string) []byte {
	dst, _ = appendValue(dst, s) // a string always can be written
	return dst
}

func appendValue(dst []byte, v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return dst, err
	}
	return append(dst, bytes.TrimSuffix(b.Bytes(), []byte("\n"))...), nil
}
