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

var briefStates = []string{card.BriefSending, card.BriefReceived, card.BriefRead, card.BriefProposed, card.BriefAccepted, card.BriefPublished,
	card.BriefDeclined, card.BriefWithdrawn, card.BriefUndeliverable}

// trackPages are pages with one request in a state, and its path.
func trackPages(t testing.TB, state string, change ...func(*card.Track)) (*Pages, *fakeBriefs, string) {
	t.Helper()
	p, _, briefs := briefPages(t, testURL)
	track := fakeTrack(state)
	for _, c := range change {
		c(&track)
	}
	briefs.tracks[fakeSecret(1)] = track
	return p, briefs, "/suivi/" + fakeSecret(1)
}

func TestTrackTellsHowItStands(t *testing.T) {
	for state, want := range map[string][]string{
		card.BriefSending:       {"En route", "La Fabrique des Chartrons", "Partie vers La Fabrique des Chartrons", "Malik Benali, par"},
		card.BriefReceived:      {"Bien arrivée", "Reçue par La Fabrique des Chartrons", "23/11/2026"},
		card.BriefRead:          {"Lue", "Lue par Léa Martin"},
		card.BriefProposed:      {"Un texte vous est proposé", "Léa Martin vous propose un texte", "Vous avez demandé un changement", "Dites plutôt « un logo et un nom ».", "Accepter ce texte"},
		card.BriefAccepted:      {"Texte accepté", "Vous avez accepté le texte", "Relire le texte"},
		card.BriefPublished:     {"La mission est publiée", "Publiée par La Fabrique", "Voir la mission"},
		card.BriefDeclined:      {"ne peut pas la prendre", "Nous sommes complets jusqu’en avril.", "L’adresser à un autre collectif", "Les Indés de la Garonne"},
		card.BriefWithdrawn:     {"Vous l’avez retirée"},
		card.BriefUndeliverable: {"n’a pas pu être remise", "L’adresser à un autre collectif"},
	} {
		p, _, path := trackPages(t, state)
		v := visitPage(t, p, path)
		v.must(t, append(want, "Inès Haddad", "ines@epicerie.example", "Il nous faut un nom et un logo.", "23 mai 2027", "Tout effacer", "Votre lien privé", "pas encore connu d’ici")...)
		may := strings.Contains(" sending received read proposed ", " "+state+" ")
		if got := strings.Contains(v.body, `value="withdraw"`); got != may {
			t.Errorf("%s: to be withdrawn: %v", state, got)
		}
		if got := strings.Contains(v.body, `value="accept"`); got != (state == card.BriefProposed) {
			t.Errorf("%s: to be accepted: %v", state, got)
		}
		if got := strings.Contains(v.body, `value="offer"`); got != (state == card.BriefDeclined || state == card.BriefUndeliverable) {
			t.Errorf("%s: to be sent elsewhere: %v", state, got)
		}
		if n := len(v.all(func(n *html.Node) bool { return attr(n, "aria-current") == "step" })); n != 1 {
			t.Errorf("%s: %d last steps", state, n)
		}
		english := visitPage(t, p, path+"?lang=en")
		english.must(t, wordsFor("en").Say("brief_state_"+state), "Erase everything")
	}
}

// TestEveryStateHasWords: a state that nobody wrote words for would be shown
// as a key.
func TestEveryStateHasWords(t *testing.T) {
	for _, state := range briefStates {
		for _, family := range []string{"brief_state_", "brief_now_", "brief_step_"} {
			if _, ok := sentences[family+state]; !ok {
				t.Errorf("no words for %s%s", family, state)
			}
		}
	}
	for _, audience := range []string{card.AudienceCollective, card.AudienceTrusted, card.AudienceNetwork} {
		if _, ok := sentences["brief_seen_"+audience]; !ok {
			t.Errorf("no words for who sees it: %s", audience)
		}
	}
}

// The text is shown as it will stand on its page, and the answer names it.
func TestTrackShowsTheExactText(t *testing.T) {
	p, briefs, path := trackPages(t, card.BriefProposed)
	v := visitPage(t, p, path)
	v.must(t, "Un nom et un logo pour une épicerie associative", "Un nom, un signe, des affiches.", "graphisme", "10 jours", "pour la mission", "présentiel", "Répondre avant le",
		"tout le monde pourra le lire", "n’en font pas partie")
	if attr(v.field("digest"), "value") != "d1g3st" {
		t.Error("what is accepted is not named")
	}
	if v := send(t, p, path, pressed("do", "accept", "digest", "d1g3st")); v.code != http.StatusSeeOther || v.header.Get("Location") != path || briefs.answered[0] != (card.BriefAnswer{Accept: "d1g3st"}) {
		t.Errorf("%d %+v", v.code, briefs.answered)
	}
	// For members only, that is what is said.
	p, _, path = trackPages(t, card.BriefProposed, func(t *card.Track) { t.Text.Audience = card.AudienceCollective })
	visitPage(t, p, path).must(t, "seuls les membres du collectif (La Fabrique des Chartrons) le verront")
}

// A mission for members is not called published.
func TestTrackOfAMissionForMembers(t *testing.T) {
	p, _, path := trackPages(t, card.BriefPublished, func(t *card.Track) { t.Text.Audience, t.MissionURL = card.AudienceCollective, "" })
	v := visitPage(t, p, path)
	v.must(t, "Les membres du collectif la voient", "montrée à personne d’autre", "Montrée à ses membres par La Fabrique")
	v.mustNot(t, "La mission est publiée", "Voir la mission")
}

func pressed(pairs ...string) map[string][]string {
	v := map[string][]string{}
	for i := 0; i+1 < len(pairs); i += 2 {
		v[pairs[i]] = []string{pairs[i+1]}
	}
	return v
}

func TestTrackAnswers(t *testing.T) {
	p, briefs, path := trackPages(t, card.BriefProposed)
	for _, c := range []struct {
		sent map[string][]string
		want card.BriefAnswer
	}{
		{pressed("do", "change", "change", " Sans le mot\r\n« épicerie ». "), card.BriefAnswer{Change: "Sans le mot\n« épicerie »."}},
		{pressed("do", "withdraw"), card.BriefAnswer{Withdraw: true}},
	} {
		v := send(t, p, path, c.sent)
		if got := briefs.answered[len(briefs.answered)-1]; v.code != http.StatusSeeOther || v.header.Get("Location") != path || got != c.want {
			t.Errorf("%d %+v", v.code, got)
		}
	}
	count := len(briefs.answered)
	for _, wrong := range []map[string][]string{pressed("do", "change", "change", " "), pressed("do", "change", "change", strings.Repeat("é", maxBriefChange+1))} {
		v := send(t, p, path, wrong)
		if v.code != http.StatusUnprocessableEntity || !strings.Contains(v.body, `id="change-error"`) || !strings.Contains(v.body, "<details open>") {
			t.Errorf("%d", v.code)
		}
		if got := strings.TrimPrefix(textOf(v.field("change")), "\n"); got != strings.TrimSpace(wrong["change"][0]) {
			t.Errorf("what was typed is gone: %.20q", got)
		}
	}
	for _, odd := range []map[string][]string{pressed(), pressed("do", "publish"), pressed("do", "")} {
		if v := send(t, p, path, odd); v.code != http.StatusUnprocessableEntity {
			t.Errorf("%v: %d", odd, v.code)
		}
	}
	if v := send(t, p, path, pressed("do", "accept")); v.code != http.StatusUnprocessableEntity {
		t.Errorf("nothing accepted: %d", v.code)
	}
	if len(briefs.answered) != count {
		t.Errorf("answered %+v", briefs.answered[count:])
	}
}

func TestTrackAnswerComesTooLate(t *testing.T) {
	for _, c := range []struct {
		err  error
		want int
		say  string
	}{
		{&card.Problem{Cause: card.Conflict, Field: "accept"}, http.StatusConflict, "brief_changed"},
		{&card.Problem{Cause: card.Unavailable}, http.StatusServiceUnavailable, "brief_later"},
		{&card.Problem{Cause: card.Invalid, Field: "accept"}, http.StatusUnprocessableEntity, "problem_refused"},
		{&card.Problem{Cause: card.NotFound, Field: "secret"}, http.StatusNotFound, "brief_lost"},
		{&card.Problem{Cause: card.Gone, Field: "secret"}, http.StatusGone, "brief_lost"},
		{errors.New("disk"), http.StatusInternalServerError, "problem_failed"},
	} {
		p, briefs, path := trackPages(t, card.BriefProposed)
		briefs.err = c.err
		for _, do := range []string{"accept", "change", "withdraw", "erase"} {
			v := send(t, p, path, pressed("do", do, "digest", "d1g3st", "change", "Plus court."))
			v.must(t, wordsFor("fr").Say(c.say))
			if v.code != c.want {
				t.Errorf("%s, %v: %d", do, c.err, v.code)
			}
		}
	}
}

func TestTrackOffer(t *testing.T) {
	p, briefs, path := trackPages(t, card.BriefDeclined)
	v := visitPage(t, p, path)
	var ids []string
	for _, n := range v.named("input") {
		if attr(n, "name") == "collective" {
			ids = append(ids, attr(n, "value"))
		}
	}
	if len(ids) != 1 || ids[0] != own {
		t.Errorf("offers %v: the one that declined is not to be among them", ids)
	}
	v.must(t, "nouveau lien privé")
	v = send(t, p, path, pressed("do", "offer", "collective", own))
	if v.code != http.StatusSeeOther || v.header.Get("Location") != "/suivi/"+fakeSecret(99)+"?nouveau=1" || briefs.offered[0] != own {
		t.Errorf("%d %v", v.code, v.header)
	}
	if v := send(t, p, path, pressed("do", "offer")); v.code != http.StatusUnprocessableEntity || !strings.Contains(v.body, `id="offer-error"`) {
		t.Errorf("none chosen: %d", v.code)
	}
	for cause, want := range map[card.Cause]int{
		card.NotFound: http.StatusUnprocessableEntity, card.Invalid: http.StatusUnprocessableEntity, card.Conflict: http.StatusConflict, card.Unavailable: http.StatusServiceUnavailable,
	} {
		briefs.err = &card.Problem{Cause: cause, Field: "to.collective"}
		if v := send(t, p, path, pressed("do", "offer", "collective", fakeID("nobody"))); v.code != want {
			t.Errorf("%s: %d", cause, v.code)
		}
	}
	// It went there once: nothing more is offered.
	p, _, path = trackPages(t, card.BriefDeclined, func(t *card.Track) { t.Offered = &card.Membership{ID: own, Name: "Les Indés de la Garonne"} })
	v = visitPage(t, p, path)
	v.must(t, "Vous l’avez adressée ensuite à Les Indés de la Garonne")
	v.mustNot(t, "L’adresser à un autre collectif")
}

// Offers are searched for around the place of the request; no place, or
// nobody there, costs the offer and not the page.
func TestTrackOfferNearTheRequest(t *testing.T) {
	p, f, briefs := briefPages(t, testURL)
	briefs.tracks[fakeSecret(1)] = fakeTrack(card.BriefDeclined)
	visitPage(t, p, "/suivi/"+fakeSecret(1))
	if near := f.searched[len(f.searched)-1].Near; near != "44.8400,-0.5800" {
		t.Errorf("searched near %q", near)
	}
	f.searchErr = &card.Problem{Cause: card.Invalid, Field: "near"}
	if v := visitPage(t, p, "/suivi/"+fakeSecret(1)); v.code != http.StatusOK || strings.Contains(v.body, `value="offer"`) {
		t.Errorf("%d", v.code)
	}
}

// Nothing is erased by opening a page, and the button stands behind a question.
func TestTrackErase(t *testing.T) {
	p, briefs, path := trackPages(t, card.BriefRead)
	v := visitPage(t, p, path)
	for _, n := range v.named("button") {
		if do := attr(n, "value"); do == "erase" || do == "withdraw" {
			if details := n.Parent.Parent.Parent; details.Data != "details" {
				t.Errorf("%s asks nothing first: it stands in %s", do, details.Data)
			}
		}
	}
	for _, get := range []string{path, path + "?do=erase", path + "?fragment=1"} {
		ask(p, http.MethodGet, get, nil)
	}
	if len(briefs.tracks) != 1 {
		t.Fatal("erased by looking at it")
	}
	v = send(t, p, path, pressed("do", "erase"))
	v.must(t, "Tout est effacé")
	if v.code != http.StatusOK || len(briefs.tracks) != 0 || strings.Contains(v.body, "s3cr3t") != strings.Contains(v.Switch(), "s3cr3t") {
		t.Errorf("%d", v.code)
	}
	if v := visitPage(t, p, path); v.code != http.StatusNotFound || v.link("Déposer une mission") != depositPath {
		t.Errorf("after that: %d", v.code)
	}
}

// Switch is the address of the other language.
func (v visit) Switch() string {
	for _, n := range v.all(func(n *html.Node) bool { return attr(n, "class") == "switch" }) {
		return attr(n, "href")
	}
	return ""
}

func TestTrackOfNobody(t *testing.T) {
	p, _, _ := trackPages(t, card.BriefRead)
	for _, secret := range []string{fakeSecret(7), "x", "%00", "..%2f..%2fetc", strings.Repeat("a", 5000), "%3Cscript%3E"} {
		if v := visitPage(t, p, "/suivi/"+secret); v.code != http.StatusNotFound {
			t.Errorf("%.20s: %d", secret, v.code)
		}
		if v := send(t, p, "/suivi/"+secret, pressed("do", "withdraw")); v.code != http.StatusSeeOther && v.code != http.StatusNotFound {
			t.Errorf("POST %.20s: %d", secret, v.code)
		}
	}
	for _, path := range []string{"/suivi", "/suivi/", "/suivi/a/b"} {
		if v := visitPage(t, p, path); v.code != http.StatusNotFound {
			t.Errorf("%s: %d", path, v.code)
		}
	}
}

// TestTrackIsPrivate: the address is all it takes to answer for the client, so
// nothing but the page itself may know it.
func TestTrackIsPrivate(t *testing.T) {
	for _, state := range append(briefStates, "lost") {
		p, briefs, path := trackPages(t, card.BriefReceived)
		want := http.StatusOK
		if state == "lost" {
			delete(briefs.tracks, fakeSecret(1))
			want = http.StatusNotFound
		} else {
			briefs.tracks[fakeSecret(1)] = fakeTrack(state)
		}
		for _, address := range []string{path, path + "?nouveau=1", path + "?lang=en"} {
			v := visitPage(t, p, address)
			if v.code != want {
				t.Errorf("%s: %d", state, v.code)
			}
			for header, want := range map[string]string{"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex, nofollow"} {
				if got := v.header.Get(header); got != want {
					t.Errorf("%s: %s is %q", state, header, got)
				}
			}
			for n := range v.doc.Descendants() {
				for _, a := range n.Attr {
					if strings.Contains(a.Val, fakeSecret(1)) && !mayKnow(n, a.Key) {
						t.Errorf("%s: %s %s knows it: %s", state, n.Data, a.Key, a.Val)
					}
				}
				if n.Type == html.TextNode && strings.Contains(n.Data, fakeSecret(1)) {
					t.Errorf("%s: it stands in the text", state)
				}
			}
			if h := headIn(t, v.body); h.indexed() {
				t.Errorf("%s: to be indexed", state)
			}
		}
	}
}

// mayKnow: the field to copy it from, the mail to oneself, the forms of the
// page and its other language.
func mayKnow(n *html.Node, key string) bool {
	switch {
	case n.Data == "input":
		return attr(n, "id") == "private-link" && key == "value"
	case n.Data == "form":
		return key == "action" && strings.HasPrefix(attr(n, "action"), "/suivi/")
	case n.Data == "a":
		return key == "href" && (strings.HasPrefix(attr(n, "href"), "mailto:") || attr(n, "class") == "switch")
	}
	return false
}

func TestTrackLinkToKeep(t *testing.T) {
	p, _, path := trackPages(t, card.BriefReceived)
	v := visitPage(t, p, path+"?nouveau=1")
	v.must(t, "C’est parti. Gardez ce lien.", "le seul moyen de revenir")
	link := testURL + path
	if got := attr(v.all(func(n *html.Node) bool { return attr(n, "id") == "private-link" })[0], "value"); got != link {
		t.Errorf("the link is %q", got)
	}
	if mail := v.link("courriel"); !strings.HasPrefix(mail, "mailto:ines@epicerie.example?subject=") || !strings.Contains(mail, url.QueryEscape(link)) {
		t.Errorf("the mail is %q", mail)
	}
	p, _, path = trackPages(t, card.BriefRead)
	visitPage(t, p, path+"?nouveau=1").mustNot(t, "C’est parti")
	// What somebody writes as their address cannot add to the mail.
	p, _, path = trackPages(t, card.BriefReceived, func(t *card.Track) { t.Form.Contact.Email = "a?bcc=b@c.example&cc=d" })
	if mail := visitPage(t, p, path).link("courriel"); !strings.HasPrefix(mail, "mailto:a%3Fbcc") || strings.Contains(mail, "&cc") {
		t.Errorf("the mail is %q", mail)
	}
	// Without an address for the world there is none to give.
	pages, _, briefs := briefPages(t, "")
	briefs.tracks[fakeSecret(1)] = fakeTrack(card.BriefReceived)
	v = visitPage(t, pages, path)
	v.must(t, "Ajoutez cette page à vos favoris")
	if v.link("courriel") != "" {
		t.Error("a mail with half a link")
	}
}

// The fragment for scripts is the state alone, and the same each time.
func TestTrackFragment(t *testing.T) {
	p, briefs, path := trackPages(t, card.BriefReceived)
	first := ask(p, http.MethodGet, path+"?fragment=1", nil)
	whole := read(t, p, path)
	if first.Code != http.StatusOK || strings.Contains(first.Body.String(), "<html") || !strings.Contains(whole, first.Body.String()) || first.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("%d %s", first.Code, first.Body)
	}
	briefs.tracks[fakeSecret(1)] = fakeTrack(card.BriefRead)
	if next := ask(p, http.MethodGet, path+"?fragment=1", nil).Body.String(); next == first.Body.String() || !strings.Contains(next, "Léa Martin") {
		t.Error("what happened does not show")
	}
	if strings.Contains(first.Body.String(), "ines@") {
		t.Error("contact details in what is fetched again and again")
	}
}

// What others write stays text, and in its own direction.
func TestTrackShowsTextAsText(t *testing.T) {
	p, briefs, path := trackPages(t, card.BriefSending)
	for _, text := range []string{"</p><script>alert(1)</script>", `"><img src=x onerror=alert(1)>`, "javascript:alert(1)", strings.Repeat("x", 4000), "شركة التصميم", "{{.}} %s", "a\nb\n\nc"} {
		for _, state := range briefStates {
			track := fakeTrack(state)
			track.To.Name, track.ToName, track.MissionURL = text, text, text
			track.Form.Title, track.Form.Description, track.Form.When, track.Form.Place = text, text, text, card.Place{Text: text}
			track.Form.Contact = card.BriefContact{Name: text, Email: text, Phone: text}
			for i := range track.Steps {
				track.Steps[i].By, track.Steps[i].Words = text, text
			}
			if track.Text != nil {
				track.Text.Digest, track.Text.Mission.Title, track.Text.Mission.Description = text, text, text
			}
			briefs.tracks[fakeSecret(1)] = track
			if v := visitPage(t, p, path); v.link("Voir la mission") != "" {
				t.Error("a link to anything")
			}
		}
	}
}
