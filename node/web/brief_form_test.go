package web

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"courtcircuit/node/card"
)

func TestDepositFormSaysWhomItIsFor(t *testing.T) {
	p, _, _ := briefPages(t, testURL)
	for address, want := range map[string][]string{
		"":                                   {"Les Indés de la Garonne", "Toulouse (Haute-Garonne)", "bonjour@lesindes.example"},
		"?to=" + own:                         {"Les Indés de la Garonne"},
		"?profile=" + camille:                {"Camille Moreau, par Les Indés de la Garonne"},
		"?to=" + other + "&profile=" + malik: {"Malik Benali, par La Fabrique des Chartrons", "Bordeaux (Gironde)", "pas encore connu d’ici", "chiffrée"},
	} {
		v := visitPage(t, p, depositPath+address)
		v.must(t, append(want, "Que vous faut-il", "5 jours ouvrés", "90 jours", "180 jours", "Jamais publiés", "facultatif")...)
		if v.header.Get("Cache-Control") == "no-store" {
			t.Error("going back would fetch another token, and send the request twice")
		}
		if strings.Contains(v.body, "pas encore connu") != strings.Contains(address, "to="+other) {
			t.Errorf("%s: known or not", address)
		}
	}
	v := visitPage(t, p, depositPath+"?near=Bordeaux&lang=en")
	v.must(t, "What do you need?", "Submit a mission")
	if place := v.field("place"); attr(place, "value") != "Bordeaux" || attr(place, "data-complete") != "places" {
		t.Error("the place that was searched around is lost")
	}
	if a, b := tokenIn(read(t, p, depositPath)), tokenIn(read(t, p, depositPath)); a == b || len(a) < 20 {
		t.Errorf("tokens %q and %q", a, b)
	}
}

// field is the element of a form with this name.
func (v visit) field(name string) *html.Node {
	for _, n := range v.named("input", "textarea") {
		if attr(n, "name") == name {
			return n
		}
	}
	return &html.Node{}
}

func TestDepositForNobody(t *testing.T) {
	p, f, _ := briefPages(t, testURL)
	f.gone[fakeID("gone")] = &card.Problem{Cause: card.Gone}
	for query, want := range map[string]int{
		"?to=" + fakeID("nobody"): http.StatusNotFound, "?to=" + fakeID("gone"): http.StatusGone, "?profile=" + fakeID("gone"): http.StatusGone,
		"?profile=" + malik: http.StatusNotFound, // hers is another collective
	} {
		if v := visitPage(t, p, depositPath+query); v.code != want {
			t.Errorf("%s: %d", query, v.code)
		}
	}
	// She is one of theirs only once both say so.
	m := f.profiles[malik]
	m.Collectives[0].Verified = false
	f.profiles[malik] = m
	if v := visitPage(t, p, depositPath+"?to="+other+"&profile="+malik); v.code != http.StatusNotFound {
		t.Errorf("a membership that is only claimed: %d", v.code)
	}
}

func TestNobodyToAnswer(t *testing.T) {
	p, err := New(Config{}, namelessReader(), Doors{Briefs: newFakeBriefs()}, nil)
	if err != nil {
		t.Fatal(err)
	}
	v := visitPage(t, p, depositPath)
	v.must(t, "n’a pas encore de nom")
	if v.code != http.StatusNotFound || len(v.named("textarea")) != 0 {
		t.Errorf("%d, a form for nobody", v.code)
	}
	if w := ask(p, http.MethodPost, depositPath, asked()); w.Code != http.StatusNotFound {
		t.Errorf("POST: %d", w.Code)
	}
}

func TestDeposit(t *testing.T) {
	p, _, briefs := briefPages(t, testURL)
	v := send(t, p, depositPath+"?to="+other+"&profile="+malik, asked("audience", "network"), "Accept-Language", "en")
	if v.code != http.StatusSeeOther || v.header.Get("Location") != "/suivi/"+fakeSecret(1)+"?nouveau=1" || v.header.Get("Cache-Control") != "no-store" {
		t.Fatalf("%d %v", v.code, v.header)
	}
	want := card.BriefForm{
		To: &card.BriefTo{Collective: other, Profile: malik}, Title: "Un logo", Description: "Nous ouvrons une épicerie.\nIl nous faut un logo.",
		Place: card.Place{Text: "Toulouse"}, When: "en mars", Contact: card.BriefContact{Name: "Inès Haddad", Email: "ines@epicerie.example", Phone: "05 61 00 00 00"},
		Audience: card.AudienceNetwork, Language: "en",
	}
	got := briefs.got[0]
	if *got.To != *want.To || got.Description != want.Description || got.Contact != want.Contact || got.Place != want.Place || got.Audience != want.Audience || got.Language != want.Language {
		t.Errorf("%+v", got)
	}
	if briefs.visitors[0] != "192.0.2.1" {
		t.Errorf("visitor %q", briefs.visitors[0])
	}
	if v := visitPage(t, p, v.header.Get("Location")); v.code != http.StatusOK {
		t.Errorf("the page it leads to: %d", v.code)
	}
}

// Pressing twice, or going back and pressing again, is one request; other
// words, or another form, are another.
func TestDepositOnce(t *testing.T) {
	p, _, briefs := briefPages(t, testURL)
	first := send(t, p, depositPath, asked()).header.Get("Location")
	done := make(chan string)
	for range 8 {
		go func() { done <- ask(p, http.MethodPost, depositPath, asked()).Header().Get("Location") }()
	}
	for range 8 {
		if again := <-done; again != first {
			t.Errorf("led to %s, then to %s", first, again)
		}
	}
	if len(briefs.got) != 1 {
		t.Fatalf("%d requests of one", len(briefs.got))
	}
	for _, change := range [][]string{{"phone", "05 61 00 00 01"}, {"token", "0THER"}, {"when", "en mai"}, {"audience", "network"}} {
		if next := send(t, p, depositPath, asked(change...)).header.Get("Location"); next == first || next == "" {
			t.Errorf("%v is taken for the same request, or refused", change)
		}
	}
	for _, address := range []string{depositPath + "?to=" + other, depositPath + "?lang=en"} {
		if next := send(t, p, address, asked()).header.Get("Location"); next == first || next == "" {
			t.Errorf("%s is taken for the same request, or refused", address)
		}
	}
}

func TestDepositFaults(t *testing.T) {
	p, _, briefs := briefPages(t, testURL)
	long := func(n int) string { return strings.Repeat("é", n+1) }
	for name, c := range map[string]struct{ field, value, error, anchor string }{
		"nothing asked":       {"description", " \r\n ", "brief-description-error", "#brief-description"},
		"asked at length":     {"description", long(maxBriefDescription), "brief-description-error", "#brief-description"},
		"long title":          {"title", long(maxBriefTitle), "brief-title-error", "#brief-title"},
		"no place":            {"place", "", "brief-place-error", "#brief-place"},
		"long place":          {"place", long(maxFieldRunes), "brief-place-error", "#brief-place"},
		"long when":           {"when", long(maxBriefWhen), "brief-when-error", "#brief-when"},
		"no name":             {"name", "", "brief-name-error", "#brief-name"},
		"long name":           {"name", long(maxBriefName), "brief-name-error", "#brief-name"},
		"no mail address":     {"email", "ines", "brief-email-error", "#brief-email"},
		"two mail addresses":  {"email", "a@b.example, c@d.example", "brief-email-error", "#brief-email"},
		"a name and address":  {"email", "Inès <a@b.example>", "brief-email-error", "#brief-email"},
		"long mail address":   {"email", long(maxBriefEmail) + "@b.example", "brief-email-error", "#brief-email"},
		"no phone number":     {"phone", "le soir", "brief-phone-error", "#brief-phone"},
		"short phone number":  {"phone", "12345", "brief-phone-error", "#brief-phone"},
		"no audience":         {"audience", "", "brief-audience-error", "#brief-audience-collective"},
		"trusted collectives": {"audience", "trusted", "brief-audience-error", "#brief-audience-collective"},
	} {
		v := send(t, p, depositPath, asked(c.field, c.value))
		if v.code != http.StatusUnprocessableEntity || !strings.Contains(v.body, `id="`+c.error+`"`) || strings.Count(v.body, `class="error"`) != 1 {
			t.Errorf("%s: %d", name, v.code)
		}
		if links := v.all(func(n *html.Node) bool { return n.Data == "a" && attr(n, "href") == c.anchor }); len(links) != 1 {
			t.Errorf("%s: the top of the page does not lead to the field", name)
		}
		if !strings.Contains(textOf(v.named("title")[0]), "À compléter") {
			t.Errorf("%s: the title says nothing of it", name)
		}
		v.keeps(t, name, c.field)
	}
	v := send(t, p, depositPath, asked("email", "", "phone", ""))
	if v.code != http.StatusUnprocessableEntity || !strings.Contains(v.body, `id="brief-reach-error"`) {
		t.Errorf("no way to answer: %d", v.code)
	}
	if len(briefs.got) != 0 {
		t.Errorf("%d requests", len(briefs.got))
	}
	for _, fine := range []url.Values{asked("email", ""), asked("phone", ""), asked("title", "", "when", ""), asked("description", strings.Repeat("é", maxBriefDescription))} {
		if v := send(t, p, depositPath, fine); v.code != http.StatusSeeOther {
			t.Errorf("%v: %d", fine, v.code)
		}
	}
}

// keeps holds when everything typed stands in the form, but for one field.
func (v visit) keeps(t *testing.T, name, but string) {
	t.Helper()
	for field, values := range asked() {
		if field == but || field == "website" || field == "audience" {
			continue
		}
		n := v.field(field)
		if got := attr(n, "value") + strings.TrimPrefix(textOf(n), "\n"); got != strings.ReplaceAll(values[0], "\r\n", "\n") {
			t.Errorf("%s: %s is now %q", name, field, got)
		}
	}
}

func TestDepositRefused(t *testing.T) {
	for name, c := range map[string]struct {
		err  error
		want int
		say  string
	}{
		"too many":         {&card.Problem{Cause: card.Unavailable}, http.StatusServiceUnavailable, "brief_full"},
		"another request":  {&card.Problem{Cause: card.Conflict, Field: "Idempotency-Key"}, http.StatusUnprocessableEntity, "brief_enough"},
		"takes none":       {&card.Problem{Cause: card.Invalid, Field: "to"}, http.StatusUnprocessableEntity, "brief_to_closed"},
		"person is gone":   {&card.Problem{Cause: card.Gone, Field: "to.profile"}, http.StatusUnprocessableEntity, "brief_to_closed"},
		"unknown place":    {&card.Problem{Cause: card.Invalid, Field: "place"}, http.StatusUnprocessableEntity, "no_place"},
		"bad words":        {&card.Problem{Cause: card.Invalid, Field: "description"}, http.StatusUnprocessableEntity, "report_unreadable"},
		"bad name":         {&card.Problem{Cause: card.Invalid, Field: "contact.name"}, http.StatusUnprocessableEntity, "report_unreadable"},
		"bad mail address": {&card.Problem{Cause: card.Invalid, Field: "contact.email"}, http.StatusUnprocessableEntity, "brief_email_wrong"},
		"bad phone":        {&card.Problem{Cause: card.Invalid, Field: "contact.phone"}, http.StatusUnprocessableEntity, "brief_phone_wrong"},
		"no way to answer": {&card.Problem{Cause: card.Invalid, Field: "contact"}, http.StatusUnprocessableEntity, "brief_reach_wrong"},
		"something else":   {&card.Problem{Cause: card.Invalid, Field: "language"}, http.StatusUnprocessableEntity, "problem_refused"},
	} {
		p, _, briefs := briefPages(t, testURL)
		briefs.err = c.err
		v := send(t, p, depositPath, asked())
		want, _, _ := strings.Cut(wordsFor("fr").Say(c.say), "%s")
		if v.code != c.want || !strings.Contains(v.text(), want) {
			t.Errorf("%s: %d", name, v.code)
		}
		v.keeps(t, name, "")
	}
	p, _, briefs := briefPages(t, testURL)
	briefs.err = errors.New("disk")
	if v := send(t, p, depositPath, asked()); v.code != http.StatusInternalServerError || strings.Contains(v.body, "disk") {
		t.Errorf("a fault of ours: %d", v.code)
	}
	if v := send(t, p, depositPath, asked("description", strings.Repeat("x", 65<<10))); v.code != http.StatusUnprocessableEntity {
		t.Errorf("a huge form: %d", v.code)
	}
}

// A place of many towns is answered with all of them; the one picked counts
// as long as the words it was picked for stand.
func TestDepositAsksWhichPlace(t *testing.T) {
	p, _, briefs := briefPages(t, testURL)
	saint := func(department string, lat float64) card.Candidate {
		return card.Candidate{Place: &card.ResolvedPlace{Name: "Saint-Denis", Department: department, Postcodes: []string{"93200"}, Lat: lat, Lon: 2.3}}
	}
	briefs.err = &card.Problem{Cause: card.Ambiguous, Field: "place", Candidates: []card.Candidate{saint("Seine-Saint-Denis", 48.9), saint("Réunion", -20.8), saint("Réunion", -20.9), {Name: "odd"}}}
	v := send(t, p, depositPath, asked("place", "Saint-Denis"))
	var values []string
	for _, n := range v.named("input") {
		if attr(n, "name") == "place_picked" {
			values = append(values, attr(n, "value"))
		}
	}
	if v.code != http.StatusUnprocessableEntity || strings.Join(values, "; ") != "Saint-Denis (Seine-Saint-Denis); Saint-Denis (Réunion); -20.9000,2.3000" {
		t.Fatalf("%d %q", v.code, values)
	}
	v.keeps(t, "which place", "place")
	briefs.err = nil
	for _, c := range [][3]string{{"Saint-Denis", "Saint-Denis", "Saint-Denis (Réunion)"}, {"Toulouse", "Saint-Denis", "Toulouse"}, {"Saint-Denis", "", "Saint-Denis"}} {
		send(t, p, depositPath, asked("place", c[0], "place_asked", c[1], "place_picked", "Saint-Denis (Réunion)"))
		if got := briefs.got[len(briefs.got)-1].Place.Text; got != c[2] {
			t.Errorf("%v: %s", c, got)
		}
	}
}

// A program that fills in everything is asked again; nobody's request is
// thrown away unseen.
func TestDepositTrap(t *testing.T) {
	p, _, briefs := briefPages(t, testURL)
	v := send(t, p, depositPath, asked("website", "https://spam.example"))
	v.must(t, wordsFor("fr").Say("brief_trapped"))
	v.keeps(t, "trap", "")
	if len(briefs.got) != 0 || attr(v.field("website"), "value") != "" {
		t.Error("it was sent, or would be trapped again")
	}
}

// Somebody who left while the form was filled in costs no words.
func TestDepositToSomebodyWhoLeft(t *testing.T) {
	p, f, briefs := briefPages(t, testURL)
	f.gone[malik] = &card.Problem{Cause: card.Gone}
	v := send(t, p, depositPath+"?to="+other+"&profile="+malik, asked())
	v.must(t, wordsFor("fr").Say("brief_to_lost"), "Les Indés de la Garonne")
	v.keeps(t, "left", "")
	if v.code != http.StatusConflict || len(briefs.got) != 0 {
		t.Errorf("%d, %d sent", v.code, len(briefs.got))
	}
	if form := v.all(func(n *html.Node) bool { return n.Data == "form" }); attr(form[0], "action") != depositPath {
		t.Errorf("the next try goes to %s", attr(form[0], "action"))
	}
}

// What is typed comes back as text, whatever it is.
func TestDepositShowsTextAsText(t *testing.T) {
	p, _, _ := briefPages(t, testURL)
	for _, text := range []string{
		"</textarea><script>alert(1)</script>", `"><img src=x onerror=alert(1)>`, "{{.Site}} %s %d", strings.Repeat("anticonstitutionnellement", 100),
		"نحتاج إلى شعار", "\u202eexe.gpj", "a\x00b\xff", "👩🏽‍🚀 <b>",
	} {
		form := asked("audience", "")
		for _, field := range []string{"description", "title", "place", "when", "name", "email", "phone", "token"} {
			form.Set(field, text)
		}
		v := send(t, p, depositPath, form)
		if v.code != http.StatusUnprocessableEntity {
			t.Errorf("%q: %d", text, v.code)
		}
		for _, n := range v.named("textarea") {
			if attr(n, "dir") != "auto" {
				t.Error("a text in the other direction is set in ours")
			}
		}
		visitPage(t, p, depositPath+"?near="+url.QueryEscape(text)+"&lang="+url.QueryEscape(text))
	}
}
