package packed

import (
	"encoding/binary"
	"fmt"
	"strings"

	"github.com/klauspost/compress/zstd"
)

// magic opens the compressed body; its last byte is the version of the layout.
const magic = "CCPLACE\x01"

// Encode returns the data file of t. The same table gives the same bytes.
func Encode(t *Table) ([]byte, error) {
	body, err := encodeBody(t)
	if err != nil {
		return nil, err
	}
	// One goroutine: the block boundaries, hence the bytes, must not depend on the machine.
	w, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedBestCompression),
		zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(MaxBodyBytes))
	if err != nil {
		return nil, fmt.Errorf("open compressor: %w", err)
	}
	defer w.Close()
	return w.EncodeAll(body, nil), nil
}

// encodeBody writes column after column: values of one sort lie together, which is what compresses.
func encodeBody(t *Table) ([]byte, error) {
	if err := check(t); err != nil {
		return nil, err
	}
	b := []byte(magic)
	for _, n := range []int{len(t.Areas), len(t.Rows), len(t.Postcodes), len(t.Aliases)} {
		b = binary.AppendUvarint(b, uint64(n))
	}
	for _, a := range t.Areas {
		for _, s := range []string{a.Country, a.Code, a.Name, a.Region, a.Seat} {
			b = append(append(b, s...), '\n')
		}
		b = binary.AppendUvarint(b, uint64(a.Rows))
	}
	for _, r := range t.Rows {
		b = append(append(b, r.Name...), '\n')
	}
	for _, r := range t.Rows {
		b = append(b, flagsOf(r))
	}
	b = appendNumbers(b, t)
	for _, shift := range []uint{8, 0} {
		for _, r := range t.Rows {
			b = append(b, byte(uint16(r.Lat)>>shift))
		}
		for _, r := range t.Rows {
			b = append(b, byte(uint16(r.Lon)>>shift))
		}
	}
	for _, a := range t.Aliases {
		b = append(append(b, a.Name...), '\n')
	}
	last := int64(0)
	for _, a := range t.Aliases {
		former := uint64(0)
		if a.Former {
			former = 1
		}
		b = binary.AppendUvarint(b, zigzag(int64(a.Row)-last)<<1|former)
		last = int64(a.Row)
	}
	return b, nil
}

func appendNumbers(b []byte, t *Table) []byte {
	for _, r := range t.Rows {
		b = binary.AppendUvarint(b, uint64(r.Population))
	}
	last := int64(0)
	for _, r := range t.Rows {
		b = binary.AppendUvarint(b, zigzag(int64(r.Number)-last))
		last = int64(r.Number)
	}
	for _, r := range t.Rows {
		b = append(b, r.PostcodeCount)
	}
	last = 0
	for _, p := range t.Postcodes {
		b = binary.AppendUvarint(b, zigzag(int64(p)-last))
		last = int64(p)
	}
	return b
}

func flagsOf(r Row) byte {
	f := byte(r.Kind) << 1
	if r.Approximate {
		f |= 1
	}
	return f
}

func zigzag(v int64) uint64   { return uint64(v<<1) ^ uint64(v>>63) }
func unzigzag(u uint64) int64 { return int64(u>>1) ^ -int64(u&1) }

// check refuses what the layout cannot hold, so that a bad source shows at generation.
func check(t *Table) error {
	if len(t.Areas) > MaxAreas || len(t.Rows) > MaxRows || len(t.Aliases) > MaxAliases || len(t.Postcodes) > MaxPostcodes {
		return fmt.Errorf("check table: %d areas, %d rows, %d aliases, %d postcodes exceed the limits",
			len(t.Areas), len(t.Rows), len(t.Aliases), len(t.Postcodes))
	}
	row, postcode := 0, uint32(0)
	for i, a := range t.Areas {
		if strings.Contains(a.Country+a.Code+a.Name+a.Region+a.Seat, "\n") {
			return fmt.Errorf("check area %d: line break in %+v", i, a)
		}
		for end := row + a.Rows; row < end; row++ {
			if row >= len(t.Rows) {
				return fmt.Errorf("check area %s-%s: more rows than the table has", a.Country, a.Code)
			}
			r := t.Rows[row]
			if int(r.Area) != i || r.PostcodesFrom != postcode {
				return fmt.Errorf("check row %q: out of order", r.Name)
			}
			postcode += uint32(r.PostcodeCount)
			if err := checkName(r.Name); err != nil {
				return err
			}
		}
	}
	if row != len(t.Rows) || int(postcode) != len(t.Postcodes) {
		return fmt.Errorf("check table: %d of %d rows and %d of %d postcodes belong to an area",
			row, len(t.Rows), postcode, len(t.Postcodes))
	}
	for _, a := range t.Aliases {
		if int(a.Row) >= len(t.Rows) {
			return fmt.Errorf("check alias %q: row %d of %d", a.Name, a.Row, len(t.Rows))
		}
		if err := checkName(a.Name); err != nil {
			return err
		}
	}
	return nil
}

func checkName(name string) error {
	if name == "" || len(name) > MaxNameBytes || strings.Contains(name, "\n") {
		return fmt.Errorf("check name %q: want 1 to %d bytes without a line break", name, MaxNameBytes)
	}
	return nil
}
