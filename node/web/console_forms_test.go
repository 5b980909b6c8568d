package web

import (
	"errors"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"testing"

	"courtcircuit/node/access"
	"courtcircuit/node/card"
)

func sent(pairs ...string) url.Values {
	v := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		v.Add(pairs[i], pairs[i+1])
	}
	return v
}

var goodMission = sent("title", "Une affiche", "description", "Pour un café.", "place", "Toulouse", "needs", "2 × graphisme, 10 jours\nimpression", "budget_min", "4 000", "budget_max", "6000 €", "per", "mission", "audience", "network", "languages", "fr", "modes", "onsite")

// consoleForms are all forms of the console: a good filling of each, what it
// does and where it leads.
var consoleForms = map[string]struct {
	form   url.Values
	method string
	leads  string // "": the answer is a page
}{
	"briefs/" + fakeID("brief"):                  {goodMission, "ProposeBrief", "briefs/" + fakeID("brief")},
	"briefs/" + fakeID("brief") + "/decliner":    {sent("template", "busy"), "DeclineBrief", "briefs/" + fakeID("brief")},
	"briefs/" + fakeID("brief") + "/supprimer":   {sent(), "DeleteBrief", "briefs"},
	"missions/nouvelle":                          {goodMission, "DraftMission", "missions/" + fakeID("draft")},
	"missions/" + fakeID("open"):                 {goodMission, "UpdateMission", "missions/" + fakeID("open")},
	"missions/" + fakeID("draft") + "/publier":   {sent(), "PublishMission", "missions/" + fakeID("draft")},
	"missions/" + fakeID("open") + "/attribuer":  {sent(), "AttributeMission", "missions/" + fakeID("open")},
	"missions/" + fakeID("open") + "/clore":      {sent(), "CloseMission", "missions/" + fakeID("open")},
	"missions/" + fakeID("draft") + "/supprimer": {sent(), "DeleteMission", "missions"},
	"membres":                                                {sent("name", "Nadia"), "InviteMember", ""},
	"membres/" + fakeID("entry") + "/lien":                   {sent(), "LinkMember", ""},
	"membres/" + fakeID("entry") + "/sorties":                {sent(), "EndMemberSessions", "membres"},
	"membres/" + fakeID("invited") + "/retirer":              {sent(), "RemoveMember", "membres"},
	"membres/" + fakeID("camille") + "/effacer":              {sent(), "RemoveCard", "membres"},
	"realisations":                                           {sent("title", "Un festival", "year", "2025", "client", "La Halle", "consent", "1", "members", fakeID("camille")), "PutWork", "realisations"},
	"realisations/" + fakeID("work"):                         {sent("title", "Un festival", "year", "2025"), "PutWork", "realisations"},
	"realisations/" + fakeID("work") + "/supprimer":          {sent(), "DeleteWork", "realisations"},
	"moderation/masquer/profile/" + fakeID("malik"):          {sent("hide_reason", "usurpation"), "Hide", "moderation"},
	"moderation/montrer/mission/" + fakeID("hidden"):         {sent(), "Unhide", "moderation"},
	"moderation/classer/" + fakeID("report"):                 {sent(), "DismissReport", "moderation"},
	"reseau":                                                 {sent("address", "/ip4/127.0.0.1/tcp/4137/p2p/12D3KooA"), "AddPeer", "reseau"},
	"sauvegarde":                                             {sent(), "BackUp", "sauvegarde"},
	"reglages/collectif":                                     {sent("name", "Les Indés", "place", "Toulouse", "links", "Notre site https://lesindes.example"), "NameCollective", "reglages/collectif"},
	"reglages/adresse":                                       {sent("public_url", "https://lesindes.example"), "ChangeSettings", "reglages/adresse"},
	"reglages/sauvegarde":                                    {sent("backup.dir", "/var/backups"), "ChangeSettings", "reglages/sauvegarde"},
	"reglages/courriel":                                      {sent("mail.host", "smtp.example.org"), "ChangeSettings", "reglages/courriel"},
	"reglages/webhook":                                       {sent("webhook.url", "https://hook.example"), "ChangeSettings", "reglages/webhook"},
	"reglages/mentions":                                      {sent("legal.email", "a@example.org"), "ChangeSettings", "reglages/mentions"},
	"reglages/sites":                                         {sent("web.embed_sites", "https://a.example"), "ChangeSettings", "reglages/sites"},
	"reglages/courriel/essai":                                {sent(), "TestMail", "reglages/courriel"},
	"reglages/webhook/essai":                                 {sent(), "TestWebhook", "reglages/webhook"},
	"acces":                                                  {sent("name", "Bo"), "InviteCoordinator", ""},
	"acces/" + fakeID("second") + "/lien":                    {sent(), "LinkCoordinator", ""},
	"acces/" + fakeID("second") + "/nom":                     {sent("name", "Béa"), "NameCoordinator", "acces"},
	"acces/" + fakeID("second") + "/retirer":                 {sent(), "RemoveCoordinator", "acces"},
	"sessions/07" + strings.Repeat("00", len(access.ID{})-1): {sent(), "EndSession", "acces"},
}

// Every form does what it says once, by whoever is in, and leads on so that
// going back writes nothing again.
func TestConsoleForms(t *testing.T) {
	h := openHouse(t)
	for path, c := range consoleForms {
		h.reset()
		w := h.ask(consolePath+path, c.form)
		got := h.console.last(t, c.method)
		if got.by.Name != "Ada" || got.by.Role != access.Coordinator || len(h.console.writes) != 1 {
			t.Errorf("%s: %+v", path, h.console.writes)
		}
		leads, _, _ := strings.Cut(w.Header().Get("Location"), "?")
		switch {
		case c.leads == "" && w.Code != http.StatusOK:
			t.Errorf("%s: %d", path, w.Code)
		case c.leads != "" && (w.Code != http.StatusSeeOther || leads != consolePath+c.leads):
			t.Errorf("%s: %d to %q", path, w.Code, leads)
		}
		if c.leads == "" && (strings.Count(w.Body.String(), "SECRET") != 1 || !strings.Contains(w.Body.String(), "<path class=\"dark\"")) {
			t.Errorf("%s: the link and its picture are not shown", path)
		}
		if c.leads != "" {
			if body := h.ask(w.Header().Get("Location"), nil).Body.String(); !strings.Contains(body, "console-done") {
				t.Errorf("%s: what was done is not said", path)
			}
		}
	}
}

// Two collectives find one another without a shell: the line to give away is
// shown, one that was given is taken, and a node that is off is kept.
func TestConsoleInvitesAndJoins(t *testing.T) {
	h := openHouse(t)
	if text := answerOf(t, h.ask(consolePath+"reseau", nil)).text(); !strings.Contains(text, "courtcircuit-1-line") {
		t.Error("the invitation is not shown")
	}
	w := h.ask(consolePath+"reseau", sent("address", "courtcircuit-1-off"))
	if text := answerOf(t, h.ask(w.Header().Get("Location"), nil)).text(); !strings.Contains(text, "Le nœud est retenu") {
		t.Errorf("%d: a node that is off is not said to be kept", w.Code)
	}
	h.console.refuse = &card.Problem{Cause: card.Invalid, Field: "address.line", Detail: "cut off", Expected: "the whole line"}
	if w := h.ask(consolePath+"reseau", sent("address", "courtcircuit-1-li")); !strings.Contains(w.Body.String(), "coupée") {
		t.Error("a line that is cut off is not said to be one")
	}
}

// What writes is in the list above: a method of the interface that takes who
// does it, and that no form calls, is a door that nobody tested.
func TestEveryWriteHasAForm(t *testing.T) {
	called := map[string]bool{"ReadBrief": true}
	for _, c := range consoleForms {
		called[c.method] = true
	}
	console := reflect.TypeFor[Console]()
	person := reflect.TypeFor[access.Person]()
	for i := range console.NumMethod() {
		m := console.Method(i)
		writes := m.Type.NumIn() > 1 && m.Type.In(1) == person
		if writes && !called[m.Name] {
			t.Errorf("no form calls %s", m.Name)
		}
	}
}

// What the node refuses is said on the page of the form, with what was typed;
// what it cannot do is a fault of ours.
func TestConsoleRefusals(t *testing.T) {
	h := openHouse(t)
	for path, c := range consoleForms {
		for cause, want := range map[card.Cause]int{card.Invalid: 422, card.Conflict: 409, card.Forbidden: 403, card.Unavailable: 503, card.Gone: 410} {
			h.reset()
			h.console.refuse = &card.Problem{Cause: cause, Field: "no-such-field", Detail: "the node says no", Expected: "something else"}
			w := h.ask(consolePath+path, c.form)
			if w.Code != want || !strings.Contains(w.Body.String(), "the node says no") || !strings.Contains(w.Body.String(), `role="alert"`) {
				t.Errorf("%s refused as %s: %d", path, cause, w.Code)
			}
			for _, fault := range faultsOf(answerOf(t, w)) {
				t.Errorf("%s refused: %s", path, fault)
			}
			for name, values := range c.form {
				if typed := values[0]; len(typed) > 6 && name != "audience" && name != "per" && !strings.HasPrefix(path, "reglages/collectif") && !strings.Contains(w.Body.String(), strings.Split(typed, "\n")[0]) && name != "consent" && name != "modes" && name != "budget_max" {
					t.Errorf("%s refused: %s = %q is gone", path, name, typed)
				}
			}
		}
		h.reset()
		h.console.refuse = errors.New("the disk is on fire")
		if w := h.ask(consolePath+path, c.form); w.Code != http.StatusInternalServerError || strings.Contains(w.Body.String(), "on fire") {
			t.Errorf("%s with a fault of ours: %d", path, w.Code)
		}
	}
}

// A form that is too large, or no form at all, is refused before the node is
// asked.
func TestConsoleBrokenForms(t *testing.T) {
	h := openHouse(t)
	for path := range consoleForms {
		if path == "sauvegarde" {
			continue // reads no form
		}
		if w := h.ask(consolePath+path, sent("name", strings.Repeat("x", maxPrivateFormBytes+1))); w.Code != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
	if len(h.console.writes) != 0 {
		t.Errorf("%+v", h.console.writes)
	}
}

func with(form url.Values, pairs ...string) url.Values {
	out := url.Values{}
	for k, v := range form {
		out[k] = v
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		out.Set(pairs[i], pairs[i+1])
	}
	return out
}

func TestMissionFormFaults(t *testing.T) {
	h := openHouse(t)
	for name, c := range map[string]struct {
		form  url.Values
		field string
	}{
		"no title":        {with(goodMission, "title", " "), "title"},
		"a long title":    {with(goodMission, "title", strings.Repeat("é", 141)), "title"},
		"a long text":     {with(goodMission, "description", strings.Repeat("é", 4001)), "description"},
		"no amount":       {with(goodMission, "budget_min", "beaucoup"), "budget-min"},
		"a lower maximum": {with(goodMission, "budget_max", "3000"), "budget-max"},
		"many needs":      {with(goodMission, "needs", strings.Repeat("graphisme\n", 17)+"x"), "needs"},
		"a strange span":  {with(goodMission, "per", "week"), "per"},
	} {
		for _, path := range []string{"missions/nouvelle", "missions/" + fakeID("open"), "briefs/" + fakeID("brief")} {
			h.reset()
			w := h.ask(consolePath+path, c.form)
			if w.Code != http.StatusUnprocessableEntity || len(h.console.writes) != 0 || !strings.Contains(w.Body.String(), `id="f-`+c.field+`-error"`) {
				t.Errorf("%s, %s: %d %+v", path, name, w.Code, h.console.writes)
			}
		}
	}
}

func TestMissionFormSaysWhatWasMeant(t *testing.T) {
	h := openHouse(t)
	h.ask(consolePath+"missions/nouvelle", with(goodMission, "audience", "collective"))
	w := h.console.last(t, "DraftMission")
	m := w.args[0].(card.Mission)
	want := card.Mission{
		Title: "Une affiche", Description: "Pour un café.", Place: card.Place{Text: "Toulouse"}, Modes: []string{"onsite"}, Languages: []string{"fr"},
		Needs:  []card.Need{{Skill: "graphisme", Count: 2, Days: 10}, {Skill: "impression"}},
		Budget: &card.Budget{Min: 4000, Max: 6000, Currency: "EUR", Per: "mission"},
	}
	if !reflect.DeepEqual(m, want) || w.args[1] != "collective" {
		t.Errorf("%+v for %v", m, w.args[1])
	}
	// An audience that nobody offered is the widest, which the client approves.
	h.ask(consolePath+"missions/nouvelle", with(goodMission, "audience", "everybody"))
	if w := h.console.last(t, "DraftMission"); w.args[1] != card.AudienceNetwork {
		t.Errorf("%v", w.args[1])
	}
}

func TestNeedsAreLines(t *testing.T) {
	for text, want := range map[string][]card.Need{
		"": nil, "graphisme": {{Skill: "graphisme"}}, "2 x c++, 3 j": {{Skill: "c++", Count: 2, Days: 3}}, "3 × développement web (12 jours)": {{Skill: "développement web", Count: 3, Days: 12}},
		" web , 5 days\n\n  son": {{Skill: "web", Days: 5}, {Skill: "son"}}, "3d": {{Skill: "3d"}}, "html5, css3": {{Skill: "html5, css3"}}, "12 jours": {{Skill: "12 jours"}},
	} {
		got := parseNeeds(text)
		if len(got) != len(want) || len(got) > 0 && !reflect.DeepEqual(got, want) {
			t.Errorf("%q: %+v, want %+v", text, got, want)
		}
	}
	for _, n := range []card.Need{{Skill: "graphisme"}, {Skill: "son", Count: 2}, {Skill: "c++", Count: 3, Days: 12}} {
		if got := parseNeeds(needLine(n)); len(got) != 1 || got[0] != n {
			t.Errorf("%+v becomes %+v", n, got)
		}
	}
}

// A place that fits several towns is asked about once, and the town chosen is
// the one that is meant.
func TestAmbiguousPlaceIsChosen(t *testing.T) {
	h := openHouse(t)
	paris := card.ResolvedPlace{Name: "Saint-Denis", Department: "Seine-Saint-Denis", Lat: 48.94, Lon: 2.35}
	h.console.refuse = &card.Problem{Cause: card.Ambiguous, Field: "place", Detail: "several places", Candidates: []card.Candidate{{Name: "Saint-Denis", Hint: "93200", Place: &paris}, {Name: "Saint-Denis", Hint: "97400"}}}
	form := with(goodMission, "place", "Saint-Denis")
	body := h.ask(consolePath+"missions/nouvelle", form).Body.String()
	value := "48.94,2.35;Saint-Denis;Seine-Saint-Denis"
	if !strings.Contains(body, `value="`+value+`"`) || !strings.Contains(body, `name="place_asked" value="Saint-Denis"`) {
		t.Fatal(body)
	}
	h.console.refuse = nil
	h.ask(consolePath+"missions/nouvelle", with(form, "place_chosen", value, "place_asked", "Saint-Denis"))
	m := h.console.last(t, "DraftMission").args[0].(card.Mission)
	if p := m.Place.Resolved; p == nil || p.Lat != 48.94 || p.Department != "Seine-Saint-Denis" {
		t.Errorf("%+v", m.Place)
	}
	// Somebody who chose and then wrote another name means the name.
	h.ask(consolePath+"missions/nouvelle", with(form, "place", "Lyon", "place_chosen", value, "place_asked", "Saint-Denis"))
	if m := h.console.last(t, "DraftMission").args[0].(card.Mission); m.Place.Text != "Lyon" {
		t.Errorf("%+v", m.Place)
	}
	for _, bad := range []string{"", "x", "1;2;3", "a,b;c;d", ";;"} {
		if p, ok := parsePlaceValue(bad); ok {
			t.Errorf("%q is %+v", bad, p)
		}
	}
}

// Contact details stay out of the public text: they are taken out of what is
// prefilled, and a text that still holds them is not sent.
func TestContactDetailsStayPrivate(t *testing.T) {
	h := openHouse(t)
	path := consolePath + "briefs/" + fakeID("brief")
	v := answerOf(t, h.ask(path, nil))
	for _, n := range v.named("textarea") {
		if text := textOf(n); strings.Contains(text, "06 12") || strings.Contains(text, "jeanne@") || strings.Contains(text, "Jeanne") {
			t.Errorf("prefilled with %q", text)
		}
	}
	v.must(t, "Des coordonnées ont été ôtées", "jeanne@example.org", "+33 6 12 34 56 78")
	for leak, say := range map[string]string{
		"Écrire à JEANNE@example.org": "adresse électronique", "Tél. 06.12.34.56.78": "téléphone", "+33612345678": "téléphone", "chez Jeanne petit": "son nom",
	} {
		for _, field := range []string{"title", "description", "needs", "place"} {
			w := h.ask(path, with(goodMission, field, leak))
			if w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), say) {
				t.Errorf("%q in %s: %d", leak, field, w.Code)
			}
		}
	}
	for _, w := range h.console.writes {
		if w.method != "ReadBrief" {
			t.Errorf("sent all the same: %+v", w)
		}
	}
}

// Opening is noted with who it was; a form that is sent opens nothing anew.
func TestOpeningABriefIsNoted(t *testing.T) {
	h := openHouse(t)
	h.ask(consolePath+"briefs/"+fakeID("brief"), nil)
	if w := h.console.last(t, "ReadBrief"); w.by.Name != "Ada" || w.args[0] != fakeID("brief") {
		t.Errorf("%+v", w)
	}
}

func TestDeclineReasonIsInTheClientsLanguage(t *testing.T) {
	h := openHouse(t)
	path := consolePath + "briefs/" + fakeID("brief") + "/decliner"
	h.console.briefs[0].Language = "en"
	h.ask(path, sent("template", "far", "reason", "Sorry!"))
	reason := h.console.last(t, "DeclineBrief").args[1].(string)
	if reason != wordsFor("en").Say("console_decline_far")+"\n\nSorry!" {
		t.Errorf("%q", reason)
	}
	h.ask(path, sent("template", "own", "reason", "Non."))
	if reason := h.console.last(t, "DeclineBrief").args[1]; reason != "Non." {
		t.Errorf("%q", reason)
	}
	before := len(h.console.writes)
	w := h.ask(path, sent("template", "own"))
	if w.Code != http.StatusUnprocessableEntity || len(h.console.writes) != before || !strings.Contains(w.Body.String(), `id="f-reason-error"`) {
		t.Errorf("without a reason: %d", w.Code)
	}
}

func TestWorkFormFaults(t *testing.T) {
	good, h := consoleForms["realisations"].form, openHouse(t)
	for name, c := range map[string]struct {
		form  url.Values
		field string
	}{
		"no title": {with(good, "title", ""), "title"}, "no year": {with(good, "year", "jadis"), "year"}, "an early year": {with(good, "year", "1949"), "year"},
		"a client without consent": {with(good, "consent", ""), "consent"}, "a long text": {with(good, "text", strings.Repeat("x", 2001)), "text"},
	} {
		for _, path := range []string{"realisations", "realisations/" + fakeID("work")} {
			h.reset()
			w := h.ask(consolePath+path, c.form)
			if w.Code != http.StatusUnprocessableEntity || len(h.console.writes) != 0 || !strings.Contains(w.Body.String(), `id="f-`+c.field+`-error"`) {
				t.Errorf("%s, %s: %d", path, name, w.Code)
			}
		}
	}
}

// A secret is never shown again, and one that is left empty is sent as empty:
// the node then keeps the one it has.
func TestSecretsStayInside(t *testing.T) {
	h := openHouse(t)
	h.console.settings[1].Value = "never"
	for _, path := range []string{"reglages", "reglages/sauvegarde", "reglages/courriel"} {
		if strings.Contains(h.ask(consolePath+path, nil).Body.String(), "never") {
			t.Errorf("%s shows a secret", path)
		}
	}
	h.ask(consolePath+"reglages/sauvegarde", sent("backup.dir", "/b", "backup.passphrase", "", "backup.unsealed", "1", "mail.host", "evil.example"))
	got := h.console.last(t, "ChangeSettings").args[0].(map[string]string)
	if want := map[string]string{"backup.dir": "/b", "backup.passphrase": "", "backup.unsealed": "true"}; !reflect.DeepEqual(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	// What stands in a file is shown as such and cannot be changed.
	body := h.ask(consolePath+"reglages/mentions", nil).Body.String()
	if !strings.Contains(body, "courtcircuit.toml") || !strings.Contains(body, `name="legal.publisher" value="Les Indés`) || !strings.Contains(body, "disabled") {
		t.Error(body)
	}
}
