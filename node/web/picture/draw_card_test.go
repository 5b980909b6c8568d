package picture

import (
	"bytes"
	"flag"
	"image"
	"image/png"
	"iter"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"

	"courtcircuit/node/web/atlas"
)

var update = flag.Bool("update", false, "write the pictures in testdata anew")

// somewhere is a country of 900 communes on a bent grid, big ones seldom.
func somewhere() iter.Seq[atlas.Dot] {
	return func(yield func(atlas.Dot) bool) {
		for i := range 900 {
			x, y := float64(i%30), float64(i/30)
			d := atlas.Dot{Lat: 43 + y*0.06 + 0.02*math.Sin(x), Lon: 0.5 + x*0.08 + 0.03*math.Cos(y*1.7), Population: 80 + i*i%97*i}
			if !yield(d) {
				return
			}
		}
	}
}

func testPainter(t testing.TB) *Painter {
	t.Helper()
	p, err := New(somewhere())
	if err != nil {
		t.Fatal(err)
	}
	return p
}

var toulouse = &Point{43.6045, 1.444}

var goldenCards = map[string]Card{
	"person":  {Group: "Les Indés", Title: "Camille Moreau", Text: "Graphiste, identités visuelles et édition", Place: "Toulouse (Haute-Garonne)", At: toulouse, Foot: "lesindes.example"},
	"long":    {Group: "Coopérative des artisans du logiciel libre et de la typographie", Title: "Marie-Antoinette Vandenbroucke-Nguyễn Thị Hoàng Yến", Text: "Développeuse back-end, architecture d’événements, formation, audit de sécurité et accompagnement dans la durée", Place: "Saint-Rémy-en-Bouzemont-Saint-Genest-et-Isson (Marne)", At: toulouse, Foot: "lesindes.example"},
	"arabic":  {Group: "Les Indés", Title: "محمد الأمين", Text: "Traducteur arabe français", Place: "Toulouse", At: toulouse, Foot: "lesindes.example"},
	"russian": {Group: "Les Indés", Title: "Вера Соколова 🎨", Text: "Illustratrice", Place: "Au large", At: &Point{0, -30}},
	"nobody":  {Title: "Courtcircuit", Text: "Des collectifs d’indépendants, sans intermédiaire ni commission"},
}

// The pictures look as they did when somebody last looked at them. A rounding
// that differs between processors moves the edge of a letter, never a letter.
func TestPicturesLookTheSame(t *testing.T) {
	p := testPainter(t)
	for name, c := range goldenCards {
		data, err := p.Draw(c)
		if err != nil {
			t.Fatal(err)
		}
		if len(data) > 60_000 {
			t.Errorf("%s: %d bytes", name, len(data))
		}
		file := filepath.Join("testdata", name+".png")
		if *update {
			if err := os.WriteFile(file, data, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if n := unlike(t, data, want); n > 200 {
			t.Errorf("%s: %d pixels are not as in %s; look at it, then run with -update", name, n, file)
		}
	}
}

// unlike counts the pixels that differ by more than a shade.
func unlike(t *testing.T, got, want []byte) (n int) {
	t.Helper()
	a, b := decode(t, got), decode(t, want)
	if a.Bounds() != b.Bounds() || a.Bounds() != image.Rect(0, 0, Width, Height) {
		t.Fatalf("%v and %v", a.Bounds(), b.Bounds())
	}
	for i := range Width * Height {
		r1, g1, b1, _ := a.At(i%Width, i/Width).RGBA()
		r2, g2, b2, _ := b.At(i%Width, i/Width).RGBA()
		for _, pair := range [][2]uint32{{r1, r2}, {g1, g2}, {b1, b2}} {
			if max(pair[0], pair[1])-min(pair[0], pair[1]) > 0x1800 {
				n++
				break
			}
		}
	}
	return n
}

func decode(t *testing.T, data []byte) image.Image {
	t.Helper()
	picture, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return picture
}

// What the fonts lack is left out, and the largest line is never empty.
func TestWhatCannotBeDrawn(t *testing.T) {
	p := testPainter(t)
	for name, c := range map[string]struct{ in, want Card }{
		"arabic name":      {Card{Title: "محمد", Place: "Lyon", Group: "Les Indés"}, Card{Title: "Lyon", Group: "Les Indés"}},
		"hebrew and kanji": {Card{Title: "שלום", Text: "東京", Group: "Les Indés"}, Card{Title: "Les Indés"}},
		"one letter lacks": {Card{Title: "Camille 田", Place: "Lyon"}, Card{Title: "Lyon"}},
		"nothing at all":   {Card{Title: "田", Foot: "lesindes.example"}, Card{Title: "lesindes.example"}},
		"pictograms":       {Card{Title: "🎨 Vera 👩‍🎨", Text: "❤️ N° 1 ®"}, Card{Title: "Vera", Text: "N° 1 ®"}},
		"bidi overrides":   {Card{Title: "gnp\u202eexe\u2066\u200b", Text: "a\x00b\tc\nd"}, Card{Title: "gnpexe", Text: "ab c d"}},
		"decomposed":       {Card{Title: "Zoe\u0301"}, Card{Title: "Zoé"}},
		"marks that stay":  {Card{Title: "Z\u0335a\u0321lgo", Place: "Lyon"}, Card{Title: "Lyon"}},
		"greek":            {Card{Title: "Ελένη"}, Card{Title: "Ελένη"}},
		"broken":           {Card{Title: "a\xffb"}, Card{Title: "ab"}},
	} {
		if got := p.drawable(c.in); got != c.want {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
}

// Every text that passes has a drawing for each of its characters.
func FuzzDrawable(f *testing.F) {
	for _, seed := range []string{"Camille", "محمد", "\u202e", "e\u0301\u0301\u0301", "👩‍🎨", "\xff", strings.Repeat("W", 1000), "ﷺ", "½ ﬁ"} {
		f.Add(seed)
	}
	p := testPainter(f)
	f.Fuzz(func(t *testing.T, text string) {
		for _, r := range p.fonts.drawable(text) {
			if unicode.In(r, unicode.Bidi_Control, unicode.Cc, unicode.M) || !has(p.fonts.text, string(r)) && !has(p.fonts.more, string(r)) {
				t.Errorf("%q: %U", text, r)
			}
		}
	})
}

// FuzzDraw must end and stay within its frame, whatever it is given.
func FuzzDraw(f *testing.F) {
	f.Add("Camille Moreau", "Graphiste", 43.6, 1.4)
	f.Add(strings.Repeat("W", 400), strings.Repeat("iii ", 200), 91.0, -200.0)
	f.Add("", "…", math.NaN(), math.Inf(1))
	p := testPainter(f)
	f.Fuzz(func(t *testing.T, title, text string, lat, lon float64) {
		data, err := p.Draw(Card{Title: title, Group: text, Text: text, Place: title, At: &Point{lat, lon}})
		if err != nil || len(data) > 100_000 {
			t.Errorf("%d bytes, %v", len(data), err)
		}
	})
}

func BenchmarkDraw(b *testing.B) {
	p := testPainter(b)
	for b.Loop() {
		if _, err := p.Draw(goldenCards["person"]); err != nil {
			b.Fatal(err)
		}
	}
}
