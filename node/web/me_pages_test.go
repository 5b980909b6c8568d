package web

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"courtcircuit/node/access"
	"courtcircuit/node/access/accesstest"
	"courtcircuit/node/card"
)

var mePaths = []string{"/moi", "/moi/carte", "/moi/historique", "/moi/cle", "/moi/effacer", "/moi/arriver", "/moi/publier"}

// A card as the form has it.
var typedCard = []string{
	"name", "Camille Moreau", "headline", "Graphiste", "place", "Toulouse", "skills", "graphisme, affiches", "about", "Des marques qui durent.",
	"when", "now", "days", "4", "mode", "onsite", "language", "fr", "links", "Portfolio https://example.org/p", "since", "2015", "radius", "50",
}

// TestEveryPageOfAMember looks at each page in every state, in both languages.
func TestEveryPageOfAMember(t *testing.T) {
	states := map[string]func(*fakeMembers){
		"invited": func(*fakeMembers) {},
		"draft": func(f *fakeMembers) {
			me := f.entries[camilleHere.ID]
			p := newFakeReader().profiles[camille]
			p.Meta, me.HasDraft = card.Meta{}, true
			me.Draft = &p
		},
		"published": func(f *fakeMembers) {
			me := f.withCard(camilleHere)
			me.ToConfirm, me.SecretKept = true, false
			me.History = []card.MemberStep{{At: today, What: card.StepChanged, By: "Sophie <b>", Role: "coordinator"}, {At: today, What: card.StepRenewed, Role: "node"}, {At: today, What: card.StepPublished, Role: "member"}, {At: today, What: card.StepConfirmed, Role: "command"}}
			me.Consents = []card.Consent{{What: card.ConsentMembership, At: today, Wording: 1}, {What: card.ConsentPublication, At: today, Wording: 1}}
			f.missions = []card.FoundMission{{Mission: newFakeReader().missions[fakeID("open")], Found: card.Found{DistanceKm: 3}}}
			f.works = []card.Work{{ID: fakeID("work"), Title: "La halle", Year: 2025, Members: []card.WorkMember{{ID: me.Profile, Agreed: true}}}, {ID: fakeID("other"), Title: "Le pont", Year: 2024}}
		},
		"moved": func(f *fakeMembers) { f.withCard(camilleHere).State = card.MemberMoved },
		"ended": func(f *fakeMembers) { f.entries[camilleHere.ID].State = card.MemberEnded },
	}
	for name, set := range states {
		for _, lang := range []string{"fr", "en"} {
			d := newMeDoor(t)
			d.lang = lang
			set(d.fake)
			for _, path := range mePaths {
				t.Run(name+"/"+lang+path, func(t *testing.T) {
					d.t = t
					v := d.get(path)
					if v.code == http.StatusOK && !strings.Contains(v.header.Get("X-Robots-Tag"), "noindex") {
						t.Error("the page may be indexed")
					}
				})
			}
		}
	}
}

// TestNobodyElse: without a session, and with a coordinator's, nothing of a
// member is shown or done.
func TestNobodyElse(t *testing.T) {
	d := newMeDoor(t)
	d.fake.withCard(camilleHere)
	coordinator := accesstest.Enter(t, d.pages.doors.Access, accesstest.Person(access.Coordinator, "Sophie"), access.Public, garonne+"/")
	for name, c := range map[string]struct {
		cookie *http.Cookie
		want   int
	}{"nobody": {nil, 401}, "coordinator": {coordinator, 403}} {
		d.cookie = c.cookie
		for _, path := range append(slices.Clone(mePaths), "/moi/secret", "/moi/apercu") {
			if v := d.get(path); v.code != c.want || strings.Contains(v.body, "Moreau") {
				t.Errorf("%s reads %s: %d", name, path, v.code)
			}
		}
		for path, fields := range map[string][]string{
			"/moi": {"do", "confirm"}, "/moi/carte": append([]string{"do", "publish"}, typedCard...), "/moi/effacer": {"sure", "1"},
			"/moi/cle": {"do", "export", "passphrase", "treize lettres", "again", "treize lettres"}, "/moi/secret": {"kept", "1"},
		} {
			if v := d.post(path, fields...); v.code != c.want {
				t.Errorf("%s writes to %s: %d", name, path, v.code)
			}
		}
	}
	if len(d.fake.calls) > 0 {
		t.Errorf("the node was asked: %q", d.fake.calls)
	}
}

// TestFirstCard goes from the empty form to the noted secret.
// A skill that may be a slip is said, and published as it is written.
func TestCardHintsAtSlips(t *testing.T) {
	d := newMeDoor(t)
	fields := append(slices.Clone(typedCard), "skills", "graphsime, reliure")
	for i := 0; i+1 < len(typedCard); i += 2 {
		if typedCard[i] == "skills" {
			fields = slices.Clone(typedCard)
			fields[i+1] = "graphsime, reliure"
		}
	}
	v := d.post("/moi/carte", append([]string{"do", "preview"}, fields...)...)
	if v.code != 200 || !strings.Contains(v.text(), "Vouliez-vous dire «\u00a0graphisme") || strings.Contains(v.text(), "«\u00a0reliure") {
		t.Errorf("%d: %s", v.code, v.text())
	}
	if v := d.post("/moi/carte", append([]string{"do", "publish"}, fields...)...); v.header.Get("Location") != "/moi/publier" {
		t.Errorf("a hint kept the card back: %d", v.code)
	}
	if v := d.post("/moi/carte", append([]string{"do", "preview"}, typedCard...)...); strings.Contains(v.text(), "Vouliez-vous dire") {
		t.Error("a hint without a slip")
	}
}

func TestFirstCard(t *testing.T) {
	d := newMeDoor(t)
	if v := d.get("/moi/carte"); v.value("name") != "Camille" || v.value("place") != "Toulouse (Haute-Garonne)" {
		t.Errorf("the form begins with %q at %q", v.value("name"), v.value("place"))
	}
	if v := d.post("/moi/carte", append([]string{"do", "preview"}, typedCard...)...); v.code != 200 || !strings.Contains(v.text(), "Des marques qui durent.") || d.fake.asked("draft") {
		t.Errorf("preview: %d", v.code)
	}
	if v := d.post("/moi/carte", append([]string{"do", "publish"}, typedCard...)...); v.header.Get("Location") != "/moi/publier" || d.fake.asked("publish") {
		t.Fatalf("%d to %q, %q", v.code, v.header.Get("Location"), d.fake.calls)
	}
	page := d.get("/moi/publier")
	token := page.value("token")
	if token == "" || !strings.Contains(page.text(), "Les Indés de la Garonne") {
		t.Fatal(page.text())
	}
	for _, given := range [][]string{{}, {"consent", "membership"}, {"consent", "publication"}, {"consent", "all"}} {
		if v := d.post("/moi/publier", append([]string{"token", token}, given...)...); v.code != 422 || d.fake.asked("publish") {
			t.Fatalf("with %q: %d", given, v.code)
		}
	}
	agreed := []string{"token", token, "consent", "membership", "consent", "publication"}
	var both sync.WaitGroup
	var answers [2]visit
	for i := range answers {
		both.Go(func() { answers[i] = d.post("/moi/publier", agreed...) }) // a doubled press
	}
	both.Wait()
	for _, v := range answers {
		if v.code != 200 || !strings.Contains(v.text(), recoverySecret) {
			t.Errorf("%d without the secret", v.code)
		}
	}
	if n := len(slices.DeleteFunc(slices.Clone(d.fake.calls), func(c string) bool { return c != "publish Camille" })); n != 1 {
		t.Errorf("published %d times", n)
	}
	if c := d.fake.entries[camilleHere.ID].Consents; len(c) != 2 || c[0].Wording != meWording || c[0].Language != "fr" {
		t.Errorf("agreed to %+v", c)
	}
	if v := d.post("/moi/publier", "token", "another", "consent", "membership", "consent", "publication"); v.code != 303 || strings.Contains(v.body, recoverySecret) {
		t.Errorf("another form shows the secret: %d", v.code)
	}
	if v := d.post("/moi/secret", "token", token); v.code != 422 || !strings.Contains(v.text(), recoverySecret) || d.fake.asked("kept") {
		t.Errorf("without the tick: %d", v.code)
	}
	if v := d.post("/moi/secret", "token", token, "kept", "1"); v.header.Get("Location") != "/moi?fait=secret" || !d.fake.asked("kept") {
		t.Errorf("%d %q", v.code, v.header.Get("Location"))
	}
	if v := d.post("/moi/publier", agreed...); v.code != 303 {
		t.Errorf("the secret is shown after it was noted: %d", v.code)
	}
	if v := d.get("/moi?fait=secret"); !strings.Contains(v.text(), "en lieu sûr") {
		t.Error("what was done is not said")
	}
}

// TestEveryFaultStandsAtItsField, and all that was typed stands in the form.
func TestEveryFaultStandsAtItsField(t *testing.T) {
	for field, value := range map[string]string{
		"name": "", "headline": strings.Repeat("x", 141), "about": strings.Repeat("x", 4001), "radius": "très loin", "skills": strings.Repeat("x", 61),
		"languages": "martien de Mars", "since": "1066", "links": "Portfolio http://example.org", "days": "", "mode": "nageant",
	} {
		t.Run(field, func(t *testing.T) {
			d := newMeDoor(t)
			fields := formOfPairs(typedCard)
			fields.Set(field, value)
			fields.Set("do", "publish")
			v := d.post("/moi/carte", pairsOf(fields)...)
			if v.code != 422 || len(v.all(isInvalidOrError)) == 0 || d.fake.asked("draft") || d.fake.asked("publish") {
				t.Errorf("%d, asked %q", v.code, d.fake.calls)
			}
			for _, name := range []string{"name", "headline", "about", "radius", "skills", "since", "links", "place"} {
				if got, want := v.value(name), fields.Get(name); strings.TrimSpace(got) != want {
					t.Errorf("%s is %q, %q was typed", name, got, want)
				}
			}
		})
	}
}

// TestAmbiguousPlace offers the communes of the name, and takes the one that
// was picked only for the name that it was offered for.
func TestAmbiguousPlace(t *testing.T) {
	d := newMeDoor(t)
	one, two := fakePlace("Saint-Denis", "Seine-Saint-Denis", 48.93, 2.35).Resolved, fakePlace("Saint-Denis", "La Réunion", -20.88, 55.45).Resolved
	d.fake.places = &card.Problem{Cause: card.Ambiguous, Field: "place", Candidates: []card.Candidate{{Name: "Saint-Denis", Place: one}, {Name: "Saint-Denis", Place: two}}}
	fields := formOfPairs(typedCard)
	fields.Set("place", "Saint-Denis")
	fields.Set("do", "publish")
	v := d.post("/moi/carte", pairsOf(fields)...)
	var picks []string
	for _, n := range v.named("input") {
		if attr(n, "name") == "choice" {
			picks = append(picks, attr(n, "value"))
		}
	}
	if v.code != 422 || len(picks) != 2 || v.value("asked") != "Saint-Denis" || !strings.Contains(v.text(), "La Réunion") {
		t.Fatal(v.code, picks)
	}
	fields.Set("choice", picks[1])
	fields.Set("asked", "Saint-Denis")
	if v := d.post("/moi/carte", pairsOf(fields)...); v.code != 303 {
		t.Fatal(v.code)
	}
	if r := d.fake.entries[camilleHere.ID].Draft.Place.Resolved; r == nil || r.Department != "La Réunion" {
		t.Error("picked", r)
	}
	fields.Set("place", "Saint-Germain")
	if v := d.post("/moi/carte", pairsOf(fields)...); v.code != 422 {
		t.Error("a pick for another name was taken:", v.code)
	}
}

// TestEditingTellsOfOthersChanges: who edited meanwhile is not overwritten
// unawares, and nothing typed is lost.
func TestEditingTellsOfOthersChanges(t *testing.T) {
	d := newMeDoor(t)
	me := d.fake.withCard(camilleHere)
	v := d.get("/moi/carte")
	if v.value("record") != me.Card.RecordID {
		t.Fatal("the form does not say which version it edits")
	}
	d.fake.fail = nil
	stub := &refusingMembers{d.fake, &card.Problem{Cause: card.Conflict, Field: "record_id", Expected: "newer"}}
	d.pages.doors.Members = stub
	fields := append([]string{"do", "publish", "record", "older"}, typedCard...)
	v = d.post("/moi/carte", fields...)
	if v.value("record") != me.Card.RecordID || v.value("headline") != "Graphiste" || !strings.Contains(v.text(), "changé entre-temps") {
		t.Error(v.code, v.value("record"))
	}
	d.pages.doors.Members = d.fake
	if v := d.post("/moi/carte", fields...); v.header.Get("Location") != "/moi?fait=changed" {
		t.Error(v.code)
	}
}

// TestImports: a file, a pasted text, and what cannot be read.
func TestImports(t *testing.T) {
	const resume = `{"basics":{"name":"Malik Benali","label":"Ébéniste","email":"malik@example.org","phone":"0601020304","summary":"Du bois.","location":{"city":"Bordeaux","postalCode":"33000"}},"skills":[{"name":"menuiserie"}],"languages":[{"language":"Français"}]}`
	for name, c := range map[string]struct {
		file, text string
		want       map[string]string
		code       int
	}{
		"json resume":   {file: resume, want: map[string]string{"name": "Malik Benali", "headline": "Ébéniste", "skills": "menuiserie", "place": "33000 Bordeaux", "since": "2015"}, code: 200},
		"pasted":        {text: resume, want: map[string]string{"name": "Malik Benali"}, code: 200},
		"csv":           {text: "nom;commune;compétences\nMalik Benali;Bordeaux;menuiserie|chaises", want: map[string]string{"name": "Malik Benali", "skills": "menuiserie, chaises", "headline": "Graphiste"}, code: 200},
		"nothing":       {want: map[string]string{"name": "Camille Moreau"}, code: 422},
		"not a cv":      {text: "bonjour", want: map[string]string{"name": "Camille Moreau", "import": "bonjour"}, code: 422},
		"broken json":   {file: `{"basics":`, want: map[string]string{"name": "Camille Moreau"}, code: 422},
		"without place": {text: `{"basics":{"name":"Malik"}}`, want: map[string]string{"name": "Camille Moreau"}, code: 422},
	} {
		t.Run(name, func(t *testing.T) {
			d := newMeDoor(t)
			fields := append([]string{"do", "import", "import", c.text}, typedCard...)
			v := d.upload("/moi/carte", c.file, fields...)
			if v.code != c.code {
				t.Error(v.code)
			}
			for field, want := range c.want {
				if got := strings.TrimSpace(v.value(field)); got != want {
					t.Errorf("%s is %q, %q expected", field, got, want)
				}
			}
			if d.fake.asked("draft") || d.fake.asked("publish") || strings.Contains(v.value("about"), "@") {
				t.Error("an import keeps or shows more than the card")
			}
		})
	}
}

// TestOneTap: what each button of the first page asks for.
func TestOneTap(t *testing.T) {
	d := newMeDoor(t)
	me := d.fake.withCard(camilleHere)
	for _, c := range []struct {
		fields    []string
		where     string
		days      uint
		from, ask string
	}{
		{[]string{"do", "now"}, "/moi?fait=availability", 5, "", "availability"},
		{[]string{"do", "no"}, "/moi?fait=availability", 0, "", "availability"},
		{[]string{"do", "from", "from", "2027-01-04", "days", "3"}, "/moi?fait=availability", 3, "2027-01-04", "availability"},
		{[]string{"do", "confirm"}, "/moi?fait=confirmed", 3, "2027-01-04", "confirm"},
		{[]string{"do", "agree", "work", "x"}, "/moi?fait=work", 3, "2027-01-04", "work x"},
		{[]string{"do", "disagree", "work", "x"}, "/moi?fait=work", 3, "2027-01-04", "work x"},
	} {
		d.fake.calls = nil
		v := d.post("/moi", c.fields...)
		if v.header.Get("Location") != c.where || *me.Card.DaysPerWeek != c.days || me.Card.AvailableFrom != c.from || !d.fake.asked(c.ask) {
			t.Errorf("%q: %d to %q, %+v, %q", c.fields, v.code, v.header.Get("Location"), me.Card.DaysPerWeek, d.fake.calls)
		}
	}
	d.fake.calls = nil
	if v := d.post("/moi", "do", "from", "from", "demain", "days", "3"); v.code != 422 || v.value("from") != "demain" || d.fake.asked("availability") {
		t.Error(v.code, v.value("from"))
	}
	if v := d.post("/moi", "do", "dance"); v.code != 422 {
		t.Error(v.code)
	}
}

// TestPreviewAlone is what the script shows.
func TestPreviewAlone(t *testing.T) {
	d := newMeDoor(t)
	if v := d.post("/moi/apercu", typedCard...); v.code != 200 || strings.Contains(v.body, "<main") || !strings.Contains(v.text(), "Graphiste") {
		t.Error(v.code, v.body)
	}
	if v := d.post("/moi/apercu", "name", "<script>", "place", "Toulouse"); strings.Contains(v.body, "<script") {
		t.Error(v.body)
	}
	if v := d.post("/moi/apercu", "name", ""); v.code != 200 || !strings.Contains(v.text(), "Le nom") {
		t.Error(v.code, v.text())
	}
}

// TestMoveKeyErase: the pages by which people leave and come.
func TestMoveKeyErase(t *testing.T) {
	d := newMeDoor(t)
	agreed := []string{"consent", "membership", "consent", "publication"}
	if v := d.post("/moi/arriver", append([]string{"id", camille, "secret", "CCR1-faux"}, agreed...)...); v.code != 422 || v.value("id") != camille || v.value("secret") != "" {
		t.Error("a wrong secret:", v.code, v.value("secret"))
	}
	if v := d.post("/moi/arriver", "id", camille, "secret", recoverySecret); v.code != 422 || d.fake.entries[camilleHere.ID].Card != nil {
		t.Error("moved without agreement:", v.code)
	}
	d.fake.calls = nil
	v := d.post("/moi/arriver", append([]string{"id", "https://autre.example/p/" + strings.ToUpper(camille) + "?lang=fr", "secret", recoverySecret}, agreed...)...)
	if v.header.Get("Location") != "/moi?fait=moved" || !d.fake.asked("move "+camille) {
		t.Error(v.code, d.fake.calls)
	}
	for _, wrong := range [][]string{{"passphrase", "court", "again", "court"}, {"passphrase", "treize lettres", "again", "autre chose ici"}} {
		if v := d.post("/moi/cle", append([]string{"do", "export"}, wrong...)...); v.code != 422 || d.fake.asked("export") || strings.Contains(v.body, wrong[1]) {
			t.Errorf("%q: %d", wrong, v.code)
		}
	}
	if v := d.post("/moi/cle", "do", "export", "passphrase", "treize lettres", "again", "treize lettres"); !strings.Contains(v.text(), "BEGIN AGE") {
		t.Error(v.code)
	}
	if v := d.post("/moi/effacer"); v.code != 422 || d.fake.asked("erase") {
		t.Error("erased without the tick:", v.code)
	}
	if v := d.post("/moi/effacer", "sure", "1"); v.code != 200 || !d.fake.asked("erase") || !strings.Contains(v.text(), "C’est effacé") {
		t.Error(v.code)
	}
}

// TestHostileMember: what somebody typed stays text on their own pages.
func TestHostileMember(t *testing.T) {
	for _, text := range hostile {
		d := newMeDoor(t)
		fields := url.Values{}
		for _, name := range []string{"name", "headline", "about", "place", "choice", "asked", "radius", "skills", "language", "languages", "mode", "when", "from", "days", "since", "links", "record", "import"} {
			fields.Set(name, text)
		}
		for _, do := range []string{"preview", "publish", "keep", "import", text} {
			fields.Set("do", do)
			if v := d.post("/moi/carte", pairsOf(fields)...); v.code >= 500 {
				t.Errorf("%q: %d", text, v.code)
			}
		}
		d.post("/moi/arriver", "id", text, "secret", text)
		d.get("/moi")
		d.get("/moi/carte")
	}
}

// TestFormKeepsTheCard: a card read into the fields and back is the same.
func TestFormKeepsTheCard(t *testing.T) {
	for _, id := range []string{camille, malik} {
		p := newFakeReader().profiles[id]
		f := formOf(&p)
		got, wrong := f.profile(&p)
		if len(wrong) > 0 {
			t.Error(wrong)
		}
		want := p
		want.Meta, want.Collectives, want.ConfirmedAt, want.AvailabilityConfirmed = card.Meta{RecordID: p.RecordID}, nil, nil, nil
		if a, b := mustJSON(t, got), mustJSON(t, want); a != b {
			t.Errorf("%s\n%s", a, b)
		}
	}
}

// TestSecretOnce: every copy of a form gets the one answer, another form its
// own, and what failed is tried again.
func TestSecretOnce(t *testing.T) {
	s, made := newShownSecrets(), 0
	publish := func(token, secret string, err error) shownSecret {
		shown, got := s.once(camilleHere.ID, token, func() (shownSecret, error) {
			made++
			return shownSecret{Secret: secret}, err
		})
		if !errors.Is(got, err) {
			t.Error(got)
		}
		return shown
	}
	publish("a", "", errors.New("the disk is full"))
	if first, again := publish("a", "one", nil), publish("a", "two", nil); first.Secret != "one" || again.Secret != "one" || made != 2 {
		t.Errorf("%+v %+v, made %d times", first, again, made)
	}
	if _, ok := s.get(camilleHere.ID, "b"); ok {
		t.Error("another form has the secret")
	}
	if _, ok := s.get(inès.ID, "a"); ok {
		t.Error("somebody else has the secret")
	}
	for i := range 2 * maxShownSecrets {
		s.of(access.ID{1, byte(i), byte(i >> 8)})
	}
	if len(s.held) > maxShownSecrets {
		t.Errorf("%d are held", len(s.held))
	}
}
