package packed

import (
	"errors"
	"os"
	"reflect"
	"testing"

	"pgregory.net/rapid"
)

// drawTable makes any table that the layout can hold.
func drawTable(t *rapid.T) *Table {
	name := rapid.StringMatching(`[A-Za-zÀ-ÿœ' -]{1,20}`)
	table := &Table{Areas: []Area{}, Rows: []Row{}, Postcodes: []uint32{}, Aliases: []Alias{}}
	for i := range rapid.IntRange(0, 4).Draw(t, "areas") {
		a := Area{Country: "FR", Code: name.Draw(t, "code"), Region: name.Draw(t, "region"), Rows: rapid.IntRange(0, 5).Draw(t, "rows")}
		table.Areas = append(table.Areas, a)
		for range a.Rows {
			r := Row{
				Name: name.Draw(t, "name"), Population: rapid.Uint32().Draw(t, "population"), Area: uint16(i),
				PostcodesFrom: uint32(len(table.Postcodes)), Number: rapid.Uint16Range(0, 999).Draw(t, "number"),
				Lat: rapid.Int16Range(-9000, 9000).Draw(t, "lat"), Lon: rapid.Int16Range(-18000, 17999).Draw(t, "lon"),
				Kind: Kind(rapid.IntRange(0, int(kinds)-1).Draw(t, "kind")), Approximate: rapid.Bool().Draw(t, "approximate"),
			}
			for range rapid.IntRange(0, 3).Draw(t, "postcodes") {
				table.Postcodes = append(table.Postcodes, rapid.Uint32Range(0, 99_999).Draw(t, "postcode"))
				r.PostcodeCount++
			}
			table.Rows = append(table.Rows, r)
		}
	}
	for range rapid.IntRange(0, min(3, len(table.Rows))).Draw(t, "aliases") {
		row := rapid.IntRange(0, len(table.Rows)-1).Draw(t, "row")
		table.Aliases = append(table.Aliases, Alias{name.Draw(t, "alias"), uint32(row), rapid.Bool().Draw(t, "former")})
	}
	return table
}

func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		table := drawTable(t)
		data, err := Encode(table)
		if err != nil {
			t.Fatal(err)
		}
		back, err := Decode(data)
		if err != nil || !reflect.DeepEqual(back, table) {
			t.Fatalf("got %+v, %v; want %+v", back, err, table)
		}
	})
}

func TestEncodeRefuses(t *testing.T) {
	one := func(change func(*Table)) *Table {
		table := &Table{Areas: []Area{{Country: "FR", Rows: 1}}, Rows: []Row{{Name: "A", PostcodeCount: 1}}, Postcodes: []uint32{1000}}
		change(table)
		return table
	}
	if _, err := Encode(one(func(*Table) {})); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*Table){
		"row too many":     func(t *Table) { t.Areas[0].Rows = 2 },
		"row in no area":   func(t *Table) { t.Areas[0].Rows = 0 },
		"wrong area":       func(t *Table) { t.Rows[0].Area = 1 },
		"line break":       func(t *Table) { t.Rows[0].Name = "A\nB" },
		"area line break":  func(t *Table) { t.Areas[0].Name = "A\nB" },
		"no name":          func(t *Table) { t.Rows[0].Name = "" },
		"postcode of none": func(t *Table) { t.Rows[0].PostcodeCount = 0 },
		"alias of none":    func(t *Table) { t.Aliases = []Alias{{Name: "B", Row: 1}} },
		"too many areas":   func(t *Table) { t.Areas = make([]Area, MaxAreas+1) },
	} {
		if _, err := Encode(one(change)); err == nil {
			t.Errorf("%s: encoded", name)
		}
	}
}

// TestDamage changes every byte of a real file's head and cuts it everywhere: refused or a whole table.
func TestDamage(t *testing.T) {
	data, err := os.ReadFile("../../places.bin")
	if err != nil {
		t.Fatal(err)
	}
	for _, size := range []int{0, 1, 7, 100, len(data) / 2, len(data) - 1} {
		if _, err := Decode(data[:size]); !errors.Is(err, ErrDamaged) {
			t.Errorf("cut to %d bytes: %v", size, err)
		}
	}
	for at := 0; at < len(data); at += len(data) / 40 {
		bad := append([]byte{}, data...)
		bad[at] ^= 0x55
		if table, err := Decode(bad); err != nil && (table != nil || !errors.Is(err, ErrDamaged)) {
			t.Errorf("byte %d: %v", at, err)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Fuzz(func(t *testing.T, data []byte) {
		if table, err := Decode(data); err != nil && (table != nil || !errors.Is(err, ErrDamaged)) {
			t.Errorf("table %v beside %v", table, err)
		}
	})
}

// FuzzDecodeBody skips the compression, behind which random bytes rarely come: what is accepted
// encodes to the same bytes.
func FuzzDecodeBody(f *testing.F) {
	f.Fuzz(func(t *testing.T, body []byte) {
		table, err := decodeBody(body)
		if err != nil {
			return
		}
		again, err := encodeBody(table)
		if err != nil || string(again) != string(body) {
			t.Errorf("%v: %q becomes %q", err, body, again)
		}
	})
}
