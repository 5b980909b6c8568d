package web

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"courtcircuit/node/card"
)

func TestFirstRun(t *testing.T) {
	h := openHouse(t)
	h.reader.site = card.Site{}
	h.console.settings, h.console.secret = nil, "CCR1-SECRET"
	v := answerOf(t, h.ask(firstRunPath, nil))
	if v.code != http.StatusOK || len(v.named("form")) != 2 { // with the button that signs out
		t.Fatalf("%d, %d forms", v.code, len(v.named("form")))
	}
	for _, fault := range faultsOf(v) {
		t.Error(fault)
	}
	// The first button of a form is what the return key presses.
	for _, n := range v.named("button") {
		if attr(n, "name") == "try" {
			t.Error("return would send a test mail")
		} else if textOf(n) == "Nommer le collectif" {
			break
		}
	}
	for field, form := range map[string]url.Values{"name": sent("place", "Toulouse"), "place": sent("name", "Les Indés")} {
		w := h.ask(firstRunPath, form)
		if w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), `id="f-`+field+`-error"`) || len(h.console.writes) != 0 {
			t.Errorf("without %s: %d %+v", field, w.Code, h.console.writes)
		}
	}
	good := sent("name", "Les Indés", "place", "Toulouse", "languages", "fr", "mail.security", "starttls", "mail.host", "", "backup.dir", "")
	w := h.ask(firstRunPath, good)
	if w.Code != http.StatusOK || strings.Count(w.Body.String(), "CCR1-SECRET") != 1 || !strings.Contains(w.Body.String(), `name="kept" value="1" required`) {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	if len(h.console.writes) != 1 {
		t.Errorf("settings that nobody gave were set: %+v", h.console.writes)
	}
	if c := h.console.last(t, "NameCollective").args[0].(card.Collective); c.Name != "Les Indés" || c.Place.Text != "Toulouse" {
		t.Errorf("%+v", c)
	}
	if w := h.ask(firstRunPath, sent("kept", "1")); w.Code != http.StatusSeeOther || len(h.console.writes) != 1 {
		t.Errorf("%d %+v", w.Code, h.console.writes)
	}
	// The secret is shown even when the card could not be published.
	h.console.refuse = &card.Problem{Cause: card.Unavailable, Detail: "no room"}
	if body := h.ask(firstRunPath, good).Body.String(); !strings.Contains(body, "CCR1-SECRET") || !strings.Contains(body, "no room") {
		t.Error("the secret is lost")
	}
}

func TestFirstRunKeepsSettings(t *testing.T) {
	h := openHouse(t)
	h.reader.site = card.Site{}
	h.console.settings = nil
	form := sent("name", "Les Indés", "place", "Toulouse", "mail.host", "smtp.example.org", "mail.security", "tls", "backup.dir", "/b", "your_name", "Ada")
	h.ask(firstRunPath, with(form, "try", "mail"))
	var methods []string
	for _, w := range h.console.writes {
		methods = append(methods, w.method)
	}
	if got := strings.Join(methods, " "); got != "ChangeSettings ChangeSettings TestMail" {
		t.Errorf("%s: only kept and tried expected", got)
	}
	h.console.refuse = &card.Problem{Cause: card.Invalid, Field: "backup.dir", Detail: "no such folder"}
	w := h.ask(firstRunPath, form)
	if w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), `id="f-backup-dir-error"`) || !strings.Contains(w.Body.String(), "smtp.example.org") {
		t.Errorf("%d", w.Code)
	}
	// A node that has a name is not set up again.
	h.reader.site, h.console.refuse = newFakeReader().site, nil
	before := len(h.console.writes)
	if w := h.ask(firstRunPath, form); w.Code != http.StatusSeeOther || len(h.console.writes) != before {
		t.Errorf("%d", w.Code)
	}
}
