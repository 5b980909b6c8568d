package packed

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/klauspost/compress/zstd"
)

// ErrDamaged is wrapped by every error of Decode.
var ErrDamaged = errors.New("places data is damaged")

// Decode reads a data file that Encode wrote. The names of the result share one string.
func Decode(data []byte) (*Table, error) {
	d, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1),
		zstd.WithDecoderMaxMemory(MaxBodyBytes), zstd.WithDecoderMaxWindow(MaxBodyBytes))
	if err != nil {
		return nil, fmt.Errorf("open decompressor: %w", err)
	}
	defer d.Close()
	body, err := d.DecodeAll(data, nil)
	if err != nil {
		return nil, fmt.Errorf("%w: decompress: %v", ErrDamaged, err)
	}
	return decodeBody(body)
}

// reader keeps the first error and returns zeros afterwards, so that the layout below reads as a list.
type reader struct {
	rest string
	err  error
}

func (r *reader) fail(format string, args ...any) {
	if r.err == nil {
		r.err = fmt.Errorf("%w: "+format, append([]any{ErrDamaged}, args...)...)
	}
	r.rest = ""
}

// count reads a number of items that take at least one byte each: a larger count than bytes left is
// refused before anything is allocated for it.
func (r *reader) count(what string, most int) int {
	n := r.uvarint(what)
	if n > uint64(most) || n > uint64(len(r.rest)) {
		r.fail("%s: %d exceeds %d or the bytes left", what, n, most)
		return 0
	}
	return int(n)
}

func (r *reader) uvarint(what string) uint64 {
	var v uint64
	for i := 0; i < len(r.rest) && i < binary.MaxVarintLen64; i++ {
		c := r.rest[i]
		if i == binary.MaxVarintLen64-1 && c > 1 {
			break
		}
		v |= uint64(c&0x7f) << (7 * i)
		if c < 0x80 {
			if c == 0 && i > 0 { // a longer form of a smaller number
				break
			}
			r.rest = r.rest[i+1:]
			return v
		}
	}
	r.fail("%s: no number", what)
	return 0
}

// delta adds a signed difference to last and keeps the sum within 0..most.
func (r *reader) delta(what string, last, most int64) int64 {
	v := last + unzigzag(r.uvarint(what))
	if v < 0 || v > most {
		r.fail("%s: %d is outside 0..%d", what, v, most)
		return 0
	}
	return v
}

func (r *reader) bytes(what string, n int) string {
	if n > len(r.rest) {
		r.fail("%s: %d bytes wanted, %d left", what, n, len(r.rest))
		return ""
	}
	s := r.rest[:n]
	r.rest = r.rest[n:]
	return s
}

func (r *reader) line(what string, least int) string {
	n := strings.IndexByte(r.rest, '\n')
	if n < least || n > MaxNameBytes || !utf8.ValidString(r.rest[:max(n, 0)]) {
		r.fail("%s: no line of %d to %d bytes", what, least, MaxNameBytes)
		return ""
	}
	s := r.rest[:n]
	r.rest = r.rest[n+1:]
	return s
}

func decodeBody(body []byte) (*Table, error) {
	r := &reader{rest: string(body)}
	if r.bytes("magic", len(magic)) != magic {
		r.fail("magic: not %q", magic)
	}
	areas, rows := r.count("areas", MaxAreas), r.count("rows", MaxRows)
	postcodes, aliases := r.count("postcodes", MaxPostcodes), r.count("aliases", MaxAliases)
	if r.err != nil {
		return nil, r.err
	}
	t := &Table{
		Areas: make([]Area, areas), Rows: make([]Row, rows),
		Postcodes: make([]uint32, postcodes), Aliases: make([]Alias, aliases),
	}
	r.readAreas(t)
	for i := range t.Rows {
		t.Rows[i].Name = r.line("name", 1)
	}
	r.readNumbers(t)
	r.readCoordinates(t)
	r.readAliases(t)
	if r.err == nil && r.rest != "" {
		r.fail("%d bytes behind the last column", len(r.rest))
	}
	if r.err != nil {
		return nil, r.err
	}
	return t, nil
}

func (r *reader) readAreas(t *Table) {
	row := 0
	for i := range t.Areas {
		a := &t.Areas[i]
		for _, field := range []*string{&a.Country, &a.Code, &a.Name, &a.Region, &a.Seat} {
			*field = r.line("area", 0)
		}
		n := r.uvarint("rows of an area")
		if n > uint64(len(t.Rows)-row) {
			r.fail("rows of an area: %d, %d left", n, len(t.Rows)-row)
			return
		}
		a.Rows = int(n)
		for end := row + a.Rows; row < end; row++ {
			t.Rows[row].Area = uint16(i)
		}
	}
	if row != len(t.Rows) {
		r.fail("%d rows belong to no area", len(t.Rows)-row)
	}
}

func (r *reader) readNumbers(t *Table) {
	flags := r.bytes("flags", len(t.Rows))
	for i := range flags {
		if flags[i]>>1 >= byte(kinds) {
			r.fail("flags of row %d: %#x", i, flags[i])
			return
		}
		t.Rows[i].Kind, t.Rows[i].Approximate = Kind(flags[i]>>1), flags[i]&1 == 1
	}
	for i := range t.Rows {
		n := r.uvarint("population")
		if n > 1<<32-1 {
			r.fail("population of row %d: %d", i, n)
		}
		t.Rows[i].Population = uint32(n)
	}
	last := int64(0)
	for i := range t.Rows {
		last = r.delta("number", last, 999)
		t.Rows[i].Number = uint16(last)
	}
	counts, from := r.bytes("postcode counts", len(t.Rows)), uint32(0)
	for i := range counts {
		t.Rows[i].PostcodesFrom, t.Rows[i].PostcodeCount = from, counts[i]
		from += uint32(counts[i])
	}
	if int(from) != len(t.Postcodes) {
		r.fail("postcodes: %d counted, %d stored", from, len(t.Postcodes))
		return
	}
	last = 0
	for i := range t.Postcodes {
		last = r.delta("postcode", last, 99_999)
		t.Postcodes[i] = uint32(last)
	}
}

func (r *reader) readCoordinates(t *Table) {
	n := len(t.Rows)
	latHigh, lonHigh := r.bytes("lat", n), r.bytes("lon", n)
	latLow, lonLow := r.bytes("lat", n), r.bytes("lon", n)
	if r.err != nil {
		return
	}
	for i := range t.Rows {
		lat := int16(uint16(latHigh[i])<<8 | uint16(latLow[i]))
		lon := int16(uint16(lonHigh[i])<<8 | uint16(lonLow[i]))
		if lat < -9000 || lat > 9000 || lon < -18000 || lon >= 18000 {
			r.fail("coordinates of row %d: %d, %d", i, lat, lon)
			return
		}
		t.Rows[i].Lat, t.Rows[i].Lon = lat, lon
	}
}

func (r *reader) readAliases(t *Table) {
	for i := range t.Aliases {
		t.Aliases[i].Name = r.line("alias", 1)
	}
	last := int64(0)
	for i := range t.Aliases {
		v := r.uvarint("row of an alias")
		last += unzigzag(v >> 1)
		if last < 0 || last >= int64(len(t.Rows)) {
			r.fail("row of an alias: %d of %d", last, len(t.Rows))
			return
		}
		t.Aliases[i].Row, t.Aliases[i].Former = uint32(last), v&1 == 1
	}
}
