package packed

import (
	"errors"
	"runtime"
	"strings"
	"testing"
)

// part is one column of a body, in the order of the layout.
type part struct{ name, bytes string }

// smallBody is a table of one area, one row, one postcode and one alias.
func smallBody() []part {
	return []part{
		{"magic", magic}, {"areas", "\x01"}, {"rows", "\x01"}, {"postcodes", "\x01"}, {"aliases", "\x01"},
		{"area", "FR\n31\nHaute-Garonne\nOccitanie\n31555\n"}, {"area rows", "\x01"},
		{"name", "Toulouse\n"}, {"flags", "\x02"}, {"population", "\x05"}, {"number", "\x02"},
		{"postcode count", "\x01"}, {"postcode", "\x06"},
		{"lat high", "\x11"}, {"lon high", "\x00"}, {"lat low", "\x08"}, {"lon low", "\x90"},
		{"alias", "Tolosa\n"}, {"alias row", "\x01"}, {"end", ""},
	}
}

func join(parts []part, change, to string) []byte {
	var b strings.Builder
	for _, p := range parts {
		if p.name == change {
			p.bytes = to
		}
		b.WriteString(p.bytes)
	}
	return []byte(b.String())
}

func TestDecodeBodyRefuses(t *testing.T) {
	table, err := decodeBody(join(smallBody(), "", ""))
	if err != nil || table.Rows[0].Name != "Toulouse" || table.Rows[0].Lat != 4360 || table.Postcodes[0] != 3 || !table.Aliases[0].Former {
		t.Fatalf("%+v, %v", table, err)
	}
	for _, bad := range []part{
		{"magic", "CCPLACE\x02"},
		{"areas", "\xff\x3f"}, // 8,191: more than the limit and than the bytes left
		{"rows", "\x7f"},      // more than the bytes left
		{"rows", "\x81\x00"},  // 1, in a longer form than needed
		{"area", "FR\n31\nHaute-\xffGaronne\n\n\n"},
		{"area", "FR\n31\n" + strings.Repeat("a", MaxNameBytes+1) + "\n\n\n"},
		{"area rows", "\x00"},
		{"area rows", "\x02"},
		{"name", "\n"},
		{"flags", "\x06"},
		{"population", "\x80\x80\x80\x80\x10"}, // 1<<32
		{"population", "\x85\x80\x80\x80\x80\x80\x80\x80\x80\x02"}, // more than 64 bits
		{"number", "\x01"},     // -1
		{"number", "\xd0\x0f"}, // 1,000
		{"postcode count", "\x00"},
		{"postcode count", "\x02"},
		{"postcode", "\x01"},         // -1
		{"postcode", "\xc0\x9a\x0c"}, // 100,000
		{"lat high", "\x24"},         // 92.24 degrees
		{"lat high", "\xdb"},
		{"lon high", "\x47"}, // 183.2 degrees
		{"lon high", "\xb8"},
		{"alias", "\n"},
		{"alias row", "\x04"}, // row 1
		{"alias row", "\x02"}, // row -1
		{"end", "x"},
	} {
		if table, err := decodeBody(join(smallBody(), bad.name, bad.bytes)); table != nil || !errors.Is(err, ErrDamaged) {
			t.Errorf("%s %q: %+v, %v", bad.name, bad.bytes, table, err)
		}
	}
	// A count is compared with the bytes left before anything is allocated for it.
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	decodeBody(join(smallBody(), "rows", "\x90\xa1\x0f"))
	runtime.ReadMemStats(&after)
	if n := after.TotalAlloc - before.TotalAlloc; n > 1<<20 {
		t.Errorf("%d bytes allocated for 250,000 rows that are not there", n)
	}
}
