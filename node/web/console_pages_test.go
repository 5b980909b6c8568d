package web

import (
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"courtcircuit/node/access"
	"courtcircuit/node/card"

	"golang.org/x/net/html"
)

// consolePages are all pages of the console that are read, with ids that the
// fake holds.
var consolePages = []string{
	"", "premiere-fois", "briefs", "briefs/" + fakeID("brief"), "briefs/" + fakeID("brief") + "/decliner", "briefs/" + fakeID("brief") + "/supprimer",
	"missions", "missions/nouvelle", "missions/" + fakeID("open"), "missions/" + fakeID("draft"), "missions/" + fakeID("inside"), "missions/" + fakeID("done"),
	"missions/" + fakeID("draft") + "/publier", "missions/" + fakeID("open") + "/attribuer", "missions/" + fakeID("open") + "/clore", "missions/" + fakeID("draft") + "/supprimer",
	"membres", "membres/" + fakeID("entry") + "/lien", "membres/" + fakeID("entry") + "/sorties", "membres/" + fakeID("invited") + "/retirer", "membres/" + fakeID("camille") + "/effacer", "membres/" + fakeID("malik") + "/effacer",
	"realisations", "realisations/" + fakeID("work"), "realisations/" + fakeID("work") + "/supprimer",
	"moderation", "moderation/masquer/profile/" + fakeID("malik"), "moderation/montrer/mission/" + fakeID("hidden"), "moderation/classer/" + fakeID("report"),
	"reseau", "sauvegarde", "reglages", "reglages/collectif", "reglages/adresse", "reglages/sauvegarde", "reglages/courriel", "reglages/webhook", "reglages/mentions", "reglages/sites",
	"reglages/courriel/essai", "reglages/webhook/essai", "acces", "acces/" + fakeID("second") + "/lien", "acces/" + fakeID("second") + "/nom", "acces/" + fakeID("second") + "/retirer",
	"sessions/07" + strings.Repeat("00", 31), "journal",
}

// Two people of one name are never one row: in the list, in the question
// before one is erased, and where one is named.
func TestConsoleTellsPeopleApart(t *testing.T) {
	h := openHouse(t)
	h.console.members = []card.Member{
		{Name: "Camille Moreau", Profile: fakeID("camille"), Headline: "Affiches", Fingerprint: "AAAA-BBBB-CCCC", State: card.MemberPublished},
		{ID: fakeID("entry"), Name: "camille  Moreau", Profile: fakeID("malik"), Headline: "Affiches", Fingerprint: "DDDD-EEEE-FFFF", State: card.MemberPublished},
		{ID: fakeID("invited"), Name: "Camille Moreau", State: card.MemberInvited, InvitedAt: pointer(time.Date(2026, 3, 1, 9, 30, 0, 0, time.UTC))},
		{ID: fakeID("other"), Name: "Nadia", Fingerprint: "GGGG-HHHH-IIII", State: card.MemberPublished},
	}
	for path, want := range map[string][]string{
		"membres":      {"Camille Moreau (Affiches, empreinte AAAA-BBBB-CCCC)", "(Affiches, empreinte DDDD-EEEE-FFFF)", "Camille Moreau (invitation du 01/03/2026, 09:30 UTC)", "Nadia"},
		"realisations": {"(Affiches, empreinte AAAA-BBBB-CCCC)", "(Affiches, empreinte DDDD-EEEE-FFFF)"},
		"membres/" + fakeID("malik") + "/effacer": {"DDDD-EEEE-FFFF"}, "membres/" + fakeID("invited") + "/retirer": {"01/03/2026"},
	} {
		text := answerOf(t, h.ask(consolePath+path, nil)).text()
		for _, words := range want {
			if !strings.Contains(text, words) {
				t.Errorf("%s does not say %q", path, words)
			}
		}
		if strings.Contains(text, "GGGG") {
			t.Errorf("%s tells apart who is alone in her name", path)
		}
	}
}

func TestConsolePagesAreSound(t *testing.T) {
	h := openHouse(t)
	for _, lang := range []string{"fr", "en"} {
		for _, path := range consolePages {
			if path == "premiere-fois" {
				continue // the node has a name; see TestFirstRun
			}
			w := h.ask(consolePath+path+"?lang="+lang, nil)
			v := answerOf(t, w)
			if w.Code != http.StatusOK {
				t.Errorf("%s: %d", path, w.Code)
				continue
			}
			for _, fault := range faultsOf(v) {
				t.Errorf("%s (%s): %s", path, lang, fault)
			}
			if strings.Contains(v.body, "<script>alert") || strings.Contains(v.body, "<img src=x") {
				t.Errorf("%s: text of others became markup", path)
			}
			if strings.Contains(v.text(), "console_") {
				t.Errorf("%s (%s) says a key instead of words", path, lang)
			}
			if got := w.Header().Get("Cache-Control"); got != "no-store" {
				t.Errorf("%s: Cache-Control %q", path, got)
			}
		}
	}
}

func answerOf(t testing.TB, w *httptest.ResponseRecorder) visit {
	t.Helper()
	doc, err := html.Parse(strings.NewReader(w.Body.String()))
	if err != nil {
		t.Fatal(err)
	}
	return visit{w.Code, w.Header(), w.Body.String(), doc}
}

// registeredPatterns reads the patterns of the console from the source, so
// that a page that is added is walked without being listed anywhere.
func registeredPatterns(t *testing.T) (patterns []string) {
	t.Helper()
	add := func(suffix string) {
		patterns = append(patterns, consolePath+strings.NewReplacer("{$}", "", "{id}", fakeID("camille"), "{kind}", "profile", "{key}", strings.Repeat("00", 32)).Replace(suffix))
	}
	files, err := filepath.Glob("console_*.go")
	if err != nil || len(files) < 10 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		tree, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(tree, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || len(call.Args) == 0 {
				return true
			}
			name := ""
			switch f := call.Fun.(type) {
			case *ast.Ident:
				name = f.Name
			case *ast.SelectorExpr:
				name = f.Sel.Name
			}
			if !slices.Contains([]string{"page", "form", "asks"}, name) {
				return true
			}
			if lit, ok := lastLiteral(call.Args[0]); ok {
				add(lit)
			}
			return true
		})
	}
	for _, step := range []string{"publier", "attribuer", "clore", "supprimer"} {
		add("missions/{id}/" + step)
	}
	for _, g := range settingGroups {
		add("reglages/" + g.name)
		if g.test != "" {
			add("reglages/" + g.name + "/" + g.test)
		}
	}
	if len(patterns) < 40 {
		t.Fatalf("only %d patterns found: the search no longer fits the code", len(patterns))
	}
	return patterns
}

func lastLiteral(e ast.Expr) (string, bool) {
	if b, ok := e.(*ast.BinaryExpr); ok {
		e = b.Y
	}
	lit, ok := e.(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return "", false
	}
	s, err := strconv.Unquote(lit.Value)
	return s, err == nil
}

// No page of the console opens, and none writes, without a coordinator.
func TestConsoleNeedsACoordinator(t *testing.T) {
	h := openHouse(t)
	forged := *h.cookie
	forged.Value = strings.Repeat("A", 43)
	for _, path := range append(registeredPatterns(t), prefixed(consolePages)...) {
		for name, c := range map[string]struct {
			cookie *http.Cookie
			want   int
		}{"nobody": {nil, http.StatusUnauthorized}, "a member": {h.member, http.StatusForbidden}, "a forged cookie": {&forged, http.StatusUnauthorized}} {
			for _, form := range []url.Values{nil, {"name": {"Mallory"}, "title": {"x"}}} {
				w := h.ask(path, form, c.cookie)
				// A page without a form refuses the method before anything else.
				if w.Code != c.want && !(form != nil && w.Code == http.StatusMethodNotAllowed) {
					t.Errorf("%s by %s: %d, %d expected", path, name, w.Code, c.want)
				}
			}
		}
	}
	if len(h.console.writes) != 0 {
		t.Errorf("written without a coordinator: %+v", h.console.writes)
	}
}

func prefixed(paths []string) (out []string) {
	for _, p := range paths {
		out = append(out, consolePath+p)
	}
	return out
}

// Of the public door nothing opens without https, whoever asks.
func TestConsoleAtTheOpenDoor(t *testing.T) {
	h := openHouse(t)
	for _, path := range prefixed(consolePages) {
		r := httptest.NewRequest(http.MethodGet, "http://lesindes.example"+path, nil)
		r.AddCookie(h.cookie)
		w := httptest.NewRecorder()
		access.WithDoor(h.pages, access.Public).ServeHTTP(w, r)
		if w.Code != http.StatusNotFound {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
}

func TestConsoleHomeSaysWhatWaits(t *testing.T) {
	h := openHouse(t)
	v := answerOf(t, h.ask(consolePath, nil))
	v.must(t, "Un site pour notre café.", "Signalement : Malik", "Un profil à confirmer", "Le disque se remplit", "500 MiB free", "something-new", "Dernière sauvegarde : il y a", "un nœud relié")
	text := v.text()
	if strings.Index(text, "Un site") > strings.Index(text, "Signalement\u00a0:") || strings.Index(text, "Signalement\u00a0:") > strings.Index(text, "à confirmer") {
		t.Error("briefs first, then reports, then profiles")
	}
	v.mustNot(t, "jeanne@example.org", "Aucun autre nœud relié")
	h.console.briefs, h.console.reports, h.console.members, h.console.status.Checks = nil, nil, nil, nil
	answerOf(t, h.ask(consolePath, nil)).must(t, "Rien n’attend")
	h.reader.site = card.Site{}
	if w := h.ask(consolePath, nil); w.Header().Get("Location") != firstRunPath {
		t.Errorf("a node without a name leads to %q", w.Header().Get("Location"))
	}
}

// Faults of the node are faults of ours, not of who reads.
func TestConsoleReadsFail(t *testing.T) {
	h := openHouse(t)
	h.console.fail = errors.New("disk")
	for _, path := range consolePages {
		switch path {
		case "premiere-fois", "missions/nouvelle", "moderation/masquer/profile/" + fakeID("malik"), "reglages/courriel/essai", "reglages/webhook/essai":
			continue // these read nothing of the console
		}
		if w := h.ask(consolePath+path, nil); w.Code != http.StatusInternalServerError {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
}

func TestConsoleUnknownIDs(t *testing.T) {
	h := openHouse(t)
	for _, path := range []string{
		"briefs/x", "briefs/x/decliner", "missions/x", "missions/x/publier", "membres/x/lien", "membres/x/retirer", "realisations/x", "realisations/x/supprimer",
		"moderation/masquer/profile/x", "moderation/masquer/photo/x", "moderation/montrer/mission/x", "moderation/classer/x", "acces/x/lien", "sessions/x", "sessions/" + strings.Repeat("00", 32),
	} {
		if w := h.ask(consolePath+path, nil); w.Code != http.StatusNotFound {
			t.Errorf("%s: %d", path, w.Code)
		}
		if w := h.ask(consolePath+path, url.Values{"reason": {"x"}}); w.Code != http.StatusNotFound {
			// The fake takes a removal of anybody; what is asked about is not there.
			if !strings.HasPrefix(path, "membres/") && !strings.HasPrefix(path, "moderation/") && !strings.HasPrefix(path, "acces/") && !strings.HasPrefix(path, "missions/x/") && !strings.HasPrefix(path, "realisations/x/") && !strings.HasPrefix(path, "sessions/00") {
				t.Errorf("POST %s: %d", path, w.Code)
			}
		}
	}
}

// A key in an address shows our own sentences and no others.
func TestDoneSaysOurWords(t *testing.T) {
	h := openHouse(t)
	answerOf(t, h.ask(consolePath+"membres?fait=member_removed", nil)).must(t, "L’invitation est retirée.")
	for _, bad := range []string{"<script>", "nav_membres", "../x", strings.Repeat("a", 41), "unknown"} {
		if body := h.ask(consolePath+"membres?fait="+url.QueryEscape(bad), nil).Body.String(); strings.Contains(body, "console-done") {
			t.Errorf("%q is shown", bad)
		}
	}
}
