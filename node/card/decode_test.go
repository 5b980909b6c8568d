package card

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestDecodeJSON(t *testing.T) {
	var p Profile
	good := "\ufeff" + `{"name": "A", "place": {"name": "Lyon", "lat": 45.76, "lon": 4.83, "approximate": false}, "links": [{"label": "x", "url": "https://example.org"}],
		"collectives": [{"id": "c", "name": "n", "verified": true, "custody": "self"}], "issued_at": "2026-03-01T12:00:00Z"}`
	if err := DecodeJSON(strings.NewReader(good), 1000, &p); err != nil || p.Place.Resolved.Name != "Lyon" || p.IssuedAt == nil {
		t.Errorf("%+v, %v", p, err)
	}
	for text, want := range map[string]struct{ field, detail string }{
		`{"name": "A", "nmae": "B"}`:                         {"nmae", "line 1, column 20"},
		"{\"links\": [{\"label\": \"x\"},\n {\"href\": 1}]}": {"links[1].href", "line 2"},
		`{"place": {"lat": 1, "lon": 1, "altitude": 3}}`:     {"place.altitude", "unknown field"},
		`{"Name": "A"}`:                                  {"Name", "unknown field"},
		`{"name": "A", "name": "B"}`:                     {"name", "twice"},
		`{"name": 7}`:                                    {"name", "number"},
		`{"radius_km": -1}`:                              {"radius_km", "number"},
		`{"skills": "a"}`:                                {"skills", "string"},
		`{"name": "A"} x`:                                {"", "follows the end"},
		`{"name": "A"`:                                   {"", "ends too early"},
		"{\n\"name\": A}":                                {"", "line 2"},
		`{"name": "` + "\xff" + `"}`:                     {"", "UTF-8"},
		`{"place": {"lat": 1}}`:                          {"", "both lat and lon"},
		`{"name": ` + strings.Repeat("[", 100):           {"name" + strings.Repeat("[0]", maxJSONDepth), "too deep"},
		`{"about": "` + strings.Repeat("x", 1000) + `"}`: {"", "too large"},
		"": {"", "ends too early"},
	} {
		var into Profile
		err := DecodeJSON(strings.NewReader(text), 1000, &into)
		var problem *Problem
		if !errors.As(err, &problem) || problem.Field != want.field || !strings.Contains(problem.Detail, want.detail) {
			t.Errorf("%.40s: %v; a problem with %q that says %q expected", text, err, want.field, want.detail)
		}
	}
	var m Mission
	if err := DecodeJSON(strings.NewReader(`{"title": "x", "place": "31000", "needs": [{"skill": "go", "cuont": 2}]}`), 1000, &m); err == nil {
		t.Error("a mission with an unknown field went through")
	}
}

// unfold reads a vCard back as lines of name and value.
func unfold(t interface{ Fatalf(string, ...any) }, data []byte) [][2]string {
	text := string(data)
	if !utf8.ValidString(text) || !strings.HasSuffix(text, "\r\n") {
		t.Fatalf("not UTF-8 that ends with a line end: %q", text)
	}
	for _, line := range strings.Split(text, "\r\n") {
		if len(line) > maxVCardLine || strings.ContainsAny(line, "\r\n") || !utf8.ValidString(line) {
			t.Fatalf("line %q", line)
		}
	}
	var out [][2]string
	for _, line := range strings.Split(strings.TrimSuffix(strings.ReplaceAll(text, "\r\n ", ""), "\r\n"), "\r\n") {
		name, value, ok := strings.Cut(line, ":")
		if !ok {
			t.Fatalf("no property in %q", line)
		}
		out = append(out, [2]string{name, value})
	}
	return out
}

func unescape(s string) string {
	return strings.NewReplacer(`\\`, `\`, `\,`, ",", `\;`, ";", `\n`, "\n").Replace(s)
}

// Whatever stands in a profile, the card holds exactly its own properties and
// gives the words back.
func TestVCard(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := genProfile(t)
		p.ID = "abc"
		lines := unfold(t, WriteVCard(p))
		got := map[string]string{}
		urls := 0
		for _, l := range lines {
			got[l[0]] = l[1]
			if l[0] == "URL" {
				urls++
			}
		}
		if lines[0] != [2]string{"BEGIN", "VCARD"} || lines[1] != [2]string{"VERSION", "4.0"} || lines[len(lines)-1] != [2]string{"END", "VCARD"} {
			t.Fatalf("frame: %q", lines)
		}
		for _, name := range []string{"FN", "NOTE", "TITLE"} {
			if bare := strings.NewReplacer(`\\`, "", `\,`, "", `\;`, "", `\n`, "").Replace(got[name]); strings.ContainsAny(bare, ",;\\") {
				t.Fatalf("%s is not escaped: %q", name, got[name])
			}
		}
		if unescape(got["FN"]) != p.Name || unescape(got["NOTE"]) != p.About || unescape(got["TITLE"]) != p.Headline || urls != len(p.Links) || got["GEO"] == "" {
			t.Fatalf("%q from %+v", lines, p)
		}
	})
	evil := Profile{Name: "A\r\nTEL:1", Links: []Link{{"", "https://a\r\nTEL:2"}}, Languages: []string{"fr\nTEL:3"}, Skills: []string{"a\u2028\x00b"}}
	for _, l := range unfold(t, WriteVCard(evil)) {
		if l[0] == "TEL" {
			t.Errorf("a property was smuggled in: %q", l)
		}
	}
}

// FuzzReadProfiles: every item is either a problem or a profile that makes a
// body, and lines never fall back.
func FuzzReadProfiles(f *testing.F) {
	f.Fuzz(func(t *testing.T, content string) {
		line := 0
		for _, item := range collect(content) {
			if item.Line < line {
				t.Fatalf("line %d after %d", item.Line, line)
			}
			line = item.Line
			if item.Err != nil {
				var p *Problem
				if !errors.As(item.Err, &p) {
					t.Fatalf("not a problem: %v", item.Err)
				}
				continue
			}
			again, err := checked(item.Profile)
			if err != nil {
				t.Fatalf("an accepted profile is refused: %v", err)
			}
			if again.Name != item.Profile.Name || len(again.Skills) != len(item.Profile.Skills) {
				t.Fatalf("cleaning twice differs: %+v, %+v", again, item.Profile)
			}
		}
	})
}

// FuzzDecodeJSON: what the strict reader takes, writes and reads again the
// same; no panic on anything.
func FuzzDecodeJSON(f *testing.F) {
	f.Fuzz(func(t *testing.T, text string) {
		for _, into := range []any{new(Profile), new(Mission), new(Collective)} {
			if err := DecodeJSON(strings.NewReader(text), 1<<16, into); err != nil {
				var p *Problem
				if !errors.As(err, &p) {
					t.Fatalf("not a problem: %v", err)
				}
				continue
			}
			if !json.Valid([]byte(strings.TrimPrefix(text, "\ufeff"))) {
				t.Fatal("accepted what is no JSON")
			}
			out, err := json.Marshal(into)
			if err != nil {
				t.Fatal(err)
			}
			if err := DecodeJSON(strings.NewReader(string(out)), 1<<20, into); err != nil {
				t.Fatalf("does not read what it wrote: %v\n%s", err, out)
			}
		}
	})
}

func TestFuzzSeedsAreThere(t *testing.T) {
	for _, name := range []string{"FuzzReadProfiles", "FuzzDecodeJSON"} {
		if entries, err := os.ReadDir(filepath.Join("testdata", "fuzz", name)); err != nil || len(entries) == 0 {
			t.Errorf("no seeds for %s (%v)", name, err)
		}
	}
}
