package card

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/charmap"
)

const frenchCSV = "Réf;NOM;Accroche;Présentation;Code postal;Commune;Rayon (km);Compétences;Langues;Modes;Disponible le;Jours par semaine;Depuis;Liens;Téléphone\r\n" +
	"M-1;Zoé Lefèvre;\"Rédactrice; correctrice\";\"Première ligne\r\nSeconde \"\"ligne\"\"\";31000;Toulouse;50 km;\"rédaction;relecture|SEO\";français, anglais;présentiel;01/12/2026;4 j;2015;Site https://example.org|https://example.net;06\r\n" +
	"\r\n" +
	"M-2;Noël Œuvrard;;;;Saint-Étienne;;;;À distance;maintenant;;;;\r\n"

func wantFrench() []Item {
	warn := []string{`column "Téléphone" is no part of a profile and was not read`}
	return []Item{
		{Line: 2, Ref: "M-1", Warnings: warn, Profile: Profile{
			Name: "Zoé Lefèvre", Headline: "Rédactrice; correctrice", About: "Première ligne\nSeconde \"ligne\"", Place: Place{Text: "31000 Toulouse"},
			RadiusKm: uintOf(50), Skills: []string{"rédaction", "relecture", "SEO"}, Languages: []string{"fr", "en"}, Modes: []string{"onsite"},
			AvailableFrom: "2026-12-01", DaysPerWeek: uintOf(4), Since: 2015, Links: []Link{{"Site", "https://example.org"}, {"", "https://example.net"}},
		}},
		{Line: 5, Ref: "M-2", Profile: Profile{Name: "Noël Œuvrard", Place: Place{Text: "Saint-Étienne"}, Modes: []string{"remote"}}},
	}
}

// One list, as different programs save it.
func TestCSVAsProgramsSaveIt(t *testing.T) {
	latin, err := charmap.Windows1252.NewEncoder().String(frenchCSV)
	if err != nil {
		t.Fatal(err)
	}
	var wide strings.Builder
	for _, u := range utf16.Encode([]rune("\ufeff" + frenchCSV)) {
		wide.Write([]byte{byte(u), byte(u >> 8)})
	}
	for name, content := range map[string]string{
		"UTF-8": frenchCSV, "UTF-8 with mark": "\ufeff" + frenchCSV, "Windows-1252": latin, "UTF-16": wide.String(),
		"sep hint": "sep=;\r\n" + frenchCSV, "LF": strings.ReplaceAll(frenchCSV, "\r\n", "\n"),
		"lower case": strings.Replace(frenchCSV, "Réf;NOM;Accroche;Présentation", "ref;nom;titre;presentation", 1),
	} {
		want := wantFrench()
		if name == "sep hint" {
			want[0].Line, want[1].Line = 3, 6
		}
		if diff := cmp.Diff(want, collect(content)); diff != "" {
			t.Errorf("%s -want +got:\n%s", name, diff)
		}
	}
}

func TestCSVDelimiters(t *testing.T) {
	for _, d := range []string{",", ";", "\t"} {
		content := strings.ReplaceAll("name,place,radius_km,skills,days_per_week\nAnna Roy,Lyon 3e,0,\"go;ux design\",0\n", ",", d)
		want := []Item{{Line: 2, Profile: Profile{Name: "Anna Roy", Place: Place{Text: "Lyon 3e"}, RadiusKm: uintOf(0), Skills: []string{"go", "ux design"}, DaysPerWeek: uintOf(0)}}}
		if diff := cmp.Diff(want, collect(content)); diff != "" {
			t.Errorf("delimiter %q -want +got:\n%s", d, diff)
		}
	}
}

// Each bad row is named by line and field; all others go in.
func TestCSVBadRows(t *testing.T) {
	long := strings.Repeat("x", MaxRowBytes)
	content := "nom;commune;rayon;jours par semaine;disponible le;présentation;ref\n" +
		"Bon Un;Lyon\n" + // 2
		";Lyon\n" + // 3: no name
		"Sans Lieu\n" + // 4
		"A;Lyon;loin\n" + // 5
		"A;Lyon;;9\n" + // 6
		"A;Lyon;;;demain\n" + // 7
		"A;Lyon;;;;\"jamais fermé\n" + // 8
		"Bon Deux;\"Lyon\";;;;5\" d'écran\n" + // 9
		"A;Lyon;;;;\"a\"b\n" + // 10
		"A;Lyon;1;1;;x;r;de trop\n" + // 11
		"A;Lyon;;;;" + long + "\n" + // 12
		"A;\x81Lyon\n" + // 13
		"A;Lyon;;;;;" + strings.Repeat("r", 201) + "\n" + // 14
		"A;Lyon;;3;indisponible\n" + // 15
		"Bon Trois;Lyon;;;indisponible" // 16
	want := map[int]string{
		3: "name", 4: "place", 5: "radius_km", 6: "days_per_week", 7: "available_from", 8: "", 10: "", 11: "", 12: "", 13: "", 14: "ref", 15: "available_from",
	}
	good := map[int]string{2: "Bon Un", 9: "Bon Deux", 16: "Bon Trois"}
	items := collect(content)
	if len(items) != 15 {
		t.Errorf("%d items, 15 expected", len(items))
	}
	for _, item := range items {
		if name, ok := good[item.Line]; ok {
			if item.Err != nil || item.Profile.Name != name {
				t.Errorf("line %d: %q, %v", item.Line, item.Profile.Name, item.Err)
			}
			continue
		}
		field, ok := want[item.Line]
		var p *Problem
		if !ok || !errors.As(item.Err, &p) || p.Field != field || p.Expected == "" || item.Profile.Name != "" {
			t.Errorf("line %d: %v; a problem with %q expected", item.Line, item.Err, field)
		}
		delete(want, item.Line)
	}
	if len(want) > 0 {
		t.Errorf("no problem at %v", want)
	}
}

// A quote that nothing closes loses its own line only, also when no other
// quote follows up to the end or for longer than a row may be.
func TestCSVUnclosedQuote(t *testing.T) {
	for _, rows := range []int{3, 20_000} {
		bad, good := 0, 0
		content := "nom;commune\nA;\"Lyon\n" + strings.Repeat("B;;;\n", rows) + "C;Lyon\n"
		for _, item := range collect(content) {
			if item.Profile.Name == "C" && item.Line == rows+3 {
				good++
			} else if item.Err != nil {
				bad++
			}
		}
		if bad != rows+1 || good != 1 {
			t.Errorf("%d rows: %d bad and %d good ones, %d and 1 expected", rows, bad, good, rows+1)
		}
	}
}

func TestCSVFileFaults(t *testing.T) {
	for content, field := range map[string]string{
		"":                        "",
		"\n \n":                   "",
		"foo;bar\n1;2\n":          "name",
		"nom;name;place\na;b;c":   "name",
		"nom;place;téléphone\n":   "",
		strings.Repeat("a;", 101): "",
	} {
		items := collect(content)
		var p *Problem
		if len(items) != 1 || !errors.As(items[0].Err, &p) || p.Field != field {
			if content != "nom;place;téléphone\n" || len(items) != 1 {
				t.Errorf("%.20q: %+v; one problem with %q expected", content, items, field)
			}
		}
	}
	broken := errors.New("the disk is gone")
	content := io.MultiReader(strings.NewReader("nom;commune\nA;Lyon\n"), iotest.ErrReader(broken))
	var last Item
	n := 0
	for item := range ReadProfiles(content, "liste.csv") {
		last, n = item, n+1
	}
	if n != 2 || !errors.Is(last.Err, broken) || !strings.Contains(last.Err.Error(), "liste.csv") {
		t.Errorf("a failed read: %d items, last %v", n, last.Err)
	}
}

func TestJSONLists(t *testing.T) {
	content := "\n[\n {\"name\": \"A\", \"place\": \"Lyon\"},\n {\"name\": \"\", \"place\": \"Lyon\"},\n" +
		" {\"name\": \"B\",\n  \"place\": {\"lat\": 43.6, \"lon\": 1.44}, \"nmae\": 1},\n 7,\n" +
		" {\"basics\": {\"name\": \"C\", \"location\": {\"city\": \"Lyon\"}}},\n {\"name\": \"D\", \"place\": \"Lyon\", \"id\": \"x\"}\n]\n"
	items := collect(content)
	if len(items) != 6 {
		t.Fatalf("%d items, 6 expected: %+v", len(items), items)
	}
	for i, want := range []struct {
		line        int
		name, field string
	}{{3, "A", ""}, {4, "", "name"}, {5, "", "nmae"}, {7, "", ""}, {8, "C", ""}, {9, "D", ""}} {
		got := items[i]
		var p *Problem
		errors.As(got.Err, &p)
		if got.Line != want.line || got.Profile.Name != want.name || (want.name == "") != (p != nil) || p != nil && p.Field != want.field {
			t.Errorf("item %d: line %d, %q, %v; line %d, %q, field %q expected", i, got.Line, got.Profile.Name, got.Err, want.line, want.name, want.field)
		}
	}
	if items[5].Profile.ID != "x" {
		t.Error("an id was lost")
	}
}

// Behind a fault JSON cannot be picked up again; what stood before it goes in.
func TestJSONFileFaults(t *testing.T) {
	const a = `{"name": "A", "place": "Lyon"}`
	for content, want := range map[string]struct{ items, line int }{
		"[" + a + ",\n" + a + ",\n{\"name\": }]": {3, 3},
		"[" + a + ",\n" + a:                      {3, 2},
		"[" + a + "\n]\n" + a:                    {2, 3},
		a + "\n" + a:                             {2, 2},
		"{":                                      {1, 1},
		"[" + a + ",\n{\"name\": \"" + strings.Repeat("x", MaxItemBytes) + "\"},\n" + a + "]": {2, 2},
		"[" + a + ",\n{\"name\": \"" + strings.Repeat("x", 3*MaxItemBytes) + "\"}]":           {2, 2},
		"[" + strings.Repeat(" ", 3*MaxItemBytes) + "]":                                       {1, 1},
	} {
		items := collect(content)
		if len(items) != want.items {
			t.Errorf("%.60q: %d items, %d expected", content, len(items), want.items)
			continue
		}
		last := items[len(items)-1]
		var p *Problem
		if !errors.As(last.Err, &p) || last.Line != want.line {
			t.Errorf("%.60q: line %d: %v; a problem at line %d expected", content, last.Line, last.Err, want.line)
		}
	}
	if items := collect("[]"); len(items) != 0 {
		t.Errorf("an empty list: %+v", items)
	}
}

func TestForeignResumes(t *testing.T) {
	paths, err := filepath.Glob(filepath.Join("testdata", "jsonresume", "*.resume.json"))
	if err != nil || len(paths) != 4 {
		t.Fatalf("%d examples, 4 expected (%v)", len(paths), err)
	}
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		items := collect(string(data))
		if len(items) != 1 || items[0].Err != nil {
			t.Errorf("%s: %+v", path, items)
			continue
		}
		p := items[0].Profile
		if p.Name == "" || p.Headline == "" || p.About == "" || p.Place.Text == "" || len(p.Skills) < 5 || len(p.Languages) == 0 || p.Since < 1990 || len(p.Links) == 0 {
			t.Errorf("%s: something was not read: %+v", path, p)
		}
		own, err := WriteResume(p)
		if err != nil {
			t.Fatal(err)
		}
		var private struct {
			Basics struct {
				Email, Phone string
				Location     struct{ Address string }
			}
		}
		if err := json.Unmarshal(data, &private); err != nil {
			t.Fatal(err)
		}
		for _, secret := range []string{private.Basics.Email, private.Basics.Phone, private.Basics.Location.Address} {
			if secret != "" && strings.Contains(string(own), secret) {
				t.Errorf("%s: %q went through", path, secret)
			}
		}
	}
	data, err := os.ReadFile(filepath.Join("testdata", "jsonresume", "sample.resume.json"))
	if err != nil {
		t.Fatal(err)
	}
	got := collect(string(data))[0]
	if len(got.Warnings) != 1 || !strings.Contains(got.Warnings[0], "http://richardhendricks.example.com") {
		t.Errorf("warnings %q; one about the http link expected", got.Warnings)
	}
	if got.Profile.Place.Text != "San Francisco, US" || got.Profile.Since != 2013 || got.Profile.Skills[1] != "HTML" {
		t.Errorf("%+v", got.Profile)
	}
}

// A city that was edited in another program counts, not the old place.
func TestEditedResume(t *testing.T) {
	p := Profile{Name: "A", Place: Place{Resolved: &ResolvedPlace{Name: "Lyon", Lat: 45.76, Lon: 4.83}}}
	data, err := WriteResume(p)
	if err != nil {
		t.Fatal(err)
	}
	edited := strings.Replace(string(data), `"city": "Lyon"`, `"city": "Lille", "postalCode": "59000"`, 1)
	if got := collect(edited)[0].Profile.Place.Text; got != "59000 Lille" {
		t.Errorf("place %q, the edited one expected", got)
	}
	newer := strings.Replace(string(data), `"version": 1`, `"version": 2`, 1)
	wantProblem(t, collect(newer)[0].Err, "meta.courtcircuit.version", "up to 1")
}

// Thousands of rows go through without being held.
func TestLongFilesTakeLittleMemory(t *testing.T) {
	const rows = 10_000
	for name, content := range map[string]io.Reader{
		"csv":  endless("name,place,about\n", "Anna Roy,Lyon,"+strings.Repeat("x", 500)+"\n", "", rows),
		"json": endless("[", `{"name": "Anna Roy", "place": "Lyon", "about": "`+strings.Repeat("x", 500)+"\"},\n", `{"name": "Z", "place": "Lyon"}]`, rows),
	} {
		n, peak := 0, uint64(0)
		var before, now runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		for item := range ReadProfiles(content, name) {
			if item.Err != nil {
				t.Fatal(item.Err)
			}
			if n++; n%2500 == 0 {
				runtime.GC()
				runtime.ReadMemStats(&now)
				peak = max(peak, now.HeapAlloc-min(before.HeapAlloc, now.HeapAlloc))
			}
		}
		if n < rows || peak > 2<<20 {
			t.Errorf("%s: %d items, %d bytes held; %d and under 2 MiB expected", name, n, peak, rows)
		}
	}
}

func endless(head, row, tail string, rows int) io.Reader {
	readers := []io.Reader{strings.NewReader(head)}
	for range rows {
		readers = append(readers, strings.NewReader(row))
	}
	return io.MultiReader(append(readers, strings.NewReader(tail))...)
}

func TestTooManyRowsAndBytes(t *testing.T) {
	r := boundedReader{r: strings.NewReader("abcdef"), left: 4}
	if data, err := io.ReadAll(&r); string(data) != "abcd" || !errors.Is(err, errTooLarge) {
		t.Errorf("%q, %v", data, err)
	}
	wantProblem(t, readProblem("x", fmt.Errorf("x: %w", errTooLarge)), "", "at most")
	var last Item
	n := 0
	for item := range readProfiles(endless("name,place\n", ",\n,x\n", "", 15), "test", 10) {
		last, n = item, n+1
	}
	if n != 11 {
		t.Errorf("%d items, 11 expected", n)
	}
	wantProblem(t, last.Err, "", "at most 10 profiles")
}
