package web

import (
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
)

func TestLegalSaysWhatIsGiven(t *testing.T) {
	cfg := Config{Legal: Legal{Publisher: "Les Indés, association", Email: "bonjour@lesindes.example", Host: "Hébergeur, 1 rue X, 01 02", DataContact: "donnees@lesindes.example"}, Sources: []string{"INSEE, Licence Ouverte"}}
	v := visitPage(t, newPages(t, cfg, newFakeReader()), "/mentions-legales")
	v.must(t, "Les Indés, association", "Hébergeur, 1 rue X, 01 02", "INSEE, Licence Ouverte", "SIL Open Font License", "Mozilla Public License", "Un seul cookie", "CNIL", "pas encore indiqué")
	if v.link("donnees@lesindes.example") != "mailto:donnees@lesindes.example" || v.link("bonjour@") != "mailto:bonjour@lesindes.example" {
		t.Error("the addresses of the publisher are no links")
	}
	snippet := textOf(v.named("pre")[0])
	for _, key := range []string{"registration", "address", "phone", "director"} {
		if !strings.Contains(snippet, "\n"+key+" = ") {
			t.Errorf("the coordinator is not told of %s: %s", key, snippet)
		}
	}
	if strings.Contains(snippet, "publisher") || strings.Contains(snippet, "host") {
		t.Errorf("the coordinator is asked for what is given: %s", snippet)
	}
	// Nothing given at all: the page stands and says where to ask.
	v = visitPage(t, newPages(t, Config{}, newFakeReader()), "/mentions-legales")
	if got := v.link("ce collectif"); got != "/#contact" {
		t.Errorf("questions about data go to %q", got)
	}
}

func TestAccessibilityStates(t *testing.T) {
	for state, want := range map[string]string{"": "conformité partielle", "partial": "conformité partielle", "total": "conformité totale", "none": "ne sont pas déclarées conformes"} {
		v := visitPage(t, newPages(t, Config{Legal: Legal{Access: state, Email: "a@b.example", AccessEmail: "acces@b.example"}}, newFakeReader()), "/accessibilite")
		v.must(t, want, "Défenseur des droits")
		if v.link("acces@b.example") != "mailto:acces@b.example" {
			t.Errorf("%q: who answers is not said", state)
		}
	}
}

func TestAPIPage(t *testing.T) {
	v := visitPage(t, newPages(t, Config{PublicURL: "https://indes.example"}, newFakeReader()), "/api")
	v.must(t, "curl 'https://indes.example/api/v1/profiles?near=Toulouse&radius_km=50", "/missions.atom", "problem+json")
	if v.link("/openapi.json") != "/openapi.json" {
		t.Error("no link to the description")
	}
}

// TestEmbedding: the frame may be shown by the configured sites and by no
// other, what it links to opens in the whole window, and no other page may be
// framed.
func TestEmbedding(t *testing.T) {
	sites := []string{"https://lesindes.example", "https://blog.example:8443"}
	pages := newPages(t, Config{PublicURL: "https://indes.example", EmbedSites: sites}, newFakeReader())
	ancestors := func(address string) string {
		w := httptest.NewRecorder()
		r := httptest.NewRequest("GET", address, nil)
		if strings.HasPrefix(address, "/integrer") {
			pages.serveEmbed(w, r)
		} else {
			pages.ServeHTTP(w, r)
		}
		_, after, _ := strings.Cut(w.Header().Get("Content-Security-Policy"), "frame-ancestors ")
		return after
	}
	if got := ancestors("/integrer"); got != strings.Join(sites, " ") {
		t.Errorf("frame: %q", got)
	}
	if got := ancestors("/"); got != "'none'" {
		t.Errorf("vitrine: %q", got)
	}
	if got := ancestors("/integrer?aide=1"); got != "" && got != "'none'" {
		t.Errorf("help: %q", got)
	}
	v := visitPage(t, pages, "/integrer")
	v.must(t, "Les Indés de la Garonne", "Camille Moreau")
	if base := v.named("base"); len(base) != 1 || attr(base[0], "target") != "_top" || attr(base[0], "href") != "" {
		t.Error("links open inside the frame")
	}
	if len(v.named("form")) != 1 {
		t.Error("no search in the frame")
	}
	help := visitPage(t, pages, "/integrer?aide=1")
	help.must(t, `<iframe src="https://indes.example/integrer"`, sites[0], sites[1], "embed_sites")
	visitPage(t, newPages(t, Config{}, newFakeReader()), "/integrer?aide=1").must(t, "Aucun site pour l’instant")
}

// TestPagesKeepToTheirSize: what a first reader of the vitrine loads, packed.
func TestPagesKeepToTheirSize(t *testing.T) {
	pages := newPages(t, Config{}, newFakeReader())
	v := visitPage(t, pages, "/")
	total := len(pack([]byte(v.body)))
	var loaded []string
	for _, n := range v.named("link", "script") {
		if address := attr(n, "href") + attr(n, "src"); strings.HasPrefix(address, "/assets/") && !slices.Contains(loaded, address) {
			loaded = append(loaded, address)
		}
	}
	fonts := 0
	for _, address := range append(loaded, pages.assets.byName["field.svg"]) {
		f, ok := pages.assets.byAddress[address]
		if !ok {
			t.Fatalf("the page loads %s, which is not there", address)
		}
		size := len(f.data)
		if f.packed != nil {
			size = len(f.packed)
		}
		if f.kind == "font/woff2" {
			fonts += size
		}
		total += size
	}
	t.Logf("%d bytes in all, %d of them fonts", total, fonts)
	if total > 150_000 || fonts > 80_000 || fonts == 0 {
		t.Errorf("%d bytes in all, at most 150,000 expected; %d of fonts, at most 80,000", total, fonts)
	}
}
