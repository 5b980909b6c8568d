package node

import (
	"context"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"courtcircuit/node/card"
)

// visitor is a browser at a running node.
type visitor struct {
	t    *testing.T
	base string
	http http.Client
}

func newVisitor(t *testing.T, n *Node) *visitor {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &visitor{t, strings.TrimSuffix(n.PageURL(), "/"), http.Client{Jar: jar, Timeout: time.Minute}}
}

// ask gets a page, or sends a form when there is one, and follows where it
// leads.
func (v *visitor) ask(path string, form ...string) (code int, at, body string) {
	v.t.Helper()
	var answer *http.Response
	var err error
	if form == nil {
		answer, err = v.http.Get(v.base + path)
	} else {
		values := url.Values{}
		for i := 0; i+1 < len(form); i += 2 {
			values.Add(form[i], form[i+1])
		}
		answer, err = v.http.PostForm(v.base+path, values)
	}
	if err != nil {
		v.t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		v.t.Fatal(err)
	}
	return answer.StatusCode, answer.Request.URL.Path, string(text)
}

// enter comes in by the link that a start prints.
func (v *visitor) enter(n *Node) {
	v.t.Helper()
	link, err := n.NewConsoleLink(context.Background())
	if err != nil {
		v.t.Fatal(err)
	}
	path := strings.TrimPrefix(link.URL, v.base)
	if code, _, _ := v.ask(path); code != http.StatusOK {
		v.t.Fatalf("the page of the link: %d", code)
	}
	if code, at, _ := v.ask(path, "name", "Ada"); code != http.StatusOK || !strings.HasPrefix(at, "/_/") || strings.Contains(at, "entrer") {
		v.t.Fatalf("the button of the link: %d at %s", code, at)
	}
}

// From an empty home to a named collective, through the page alone.
func TestFirstRunNamesTheNode(t *testing.T) {
	cfg := loopConfig(t, t.TempDir())
	cfg.HTTP = "127.0.0.1:0"
	n, _ := runNode(t, cfg)
	v := newVisitor(t, n)
	if code, _, _ := v.ask("/_/"); code != http.StatusUnauthorized {
		t.Fatalf("without a session: %d", code)
	}
	v.enter(n)
	if _, at, body := v.ask("/_/"); at != "/_/premiere-fois" || !strings.Contains(body, `name="place"`) {
		t.Fatalf("at %s", at)
	}
	// A name that several communes bear is asked about, and nothing is made.
	code, _, body := v.ask("/_/premiere-fois", "name", "Les Indés", "place", "Saint-Denis", "languages", "fr")
	chosen := regexp.MustCompile(`name="place_chosen" value="([^"]*Seine-Saint-Denis)"`).FindStringSubmatch(body)
	if code != http.StatusUnprocessableEntity || chosen == nil {
		t.Fatalf("%d %s", code, body)
	}
	if _, ok := n.keys.Collective(); ok {
		t.Fatal("a key was made for a collective without a place")
	}
	folder := filepath.Join(t.TempDir(), "backups")
	code, _, body = v.ask("/_/premiere-fois", "name", "Les Indés", "place", "Saint-Denis", "place_asked", "Saint-Denis", "place_chosen", chosen[1],
		"languages", "fr", "backup.dir", folder, "mail.security", "starttls")
	secret := regexp.MustCompile(`CCR1(?:-[0-9A-Z]+)+`).FindString(body)
	if code != http.StatusOK || secret == "" {
		t.Fatalf("%d %s", code, body)
	}
	if _, at, body := v.ask("/_/premiere-fois", "kept", "1"); at != "/_/" || strings.Contains(body, secret) {
		t.Errorf("at %s", at)
	}
	own, err := n.Collective(t.Context(), "")
	if err != nil || own.Name != "Les Indés" || own.Place.Resolved.Department != "Seine-Saint-Denis" {
		t.Fatal(err, own)
	}
	if s := n.settings(); s.Backup.Dir != folder || s.Mail.Host != "" {
		t.Errorf("%+v", s)
	}
	if people, err := n.Coordinators(); err != nil || len(people) != 1 || people[0].Name != "Ada" {
		t.Error(err, people)
	}
	if code, _, body := v.ask("/_/sauvegarde", "", ""); code != http.StatusOK || !strings.Contains(body, "console-done") || n.lastBackup() == nil {
		t.Errorf("backup: %d", code)
	}
	if code, at, _ := v.ask("/_/premiere-fois"); code != http.StatusOK || at != "/_/" {
		t.Errorf("a second first time: %d at %s", code, at)
	}
	// The secret is what recovers the key.
	if _, err := n.KeyRecover(t.Context(), own.ID, secret); err != nil {
		t.Errorf("the secret that was shown: %v", err)
	}
	_, _, body = v.ask("/_/journal")
	for _, did := range []string{"collectif nommé", "réglages changés", "sauvegarde écrite"} {
		if !strings.Contains(body, did) {
			t.Errorf("the journal does not say %q", did)
		}
	}
	if strings.Contains(body, secret) {
		t.Error("the journal holds the secret")
	}
}

// A record that arrives is told to whoever follows the events, and stands on
// the page by then.
func TestArrivalsAreSeenLive(t *testing.T) {
	cfg := loopConfig(t, t.TempDir())
	cfg.HTTP = "127.0.0.1:0"
	n, _ := runNode(t, cfg)
	nameNode(t, n)
	v := newVisitor(t, n)
	v.enter(n)
	if _, _, body := v.ask("/_/reseau"); strings.Contains(body, "Camille Moreau") || !strings.Contains(body, "data-console-live") {
		t.Fatal(body)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, v.base+"/api/v1/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	stream, err := v.http.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer stream.Body.Close()
	got := subscribed(t, n)
	p := mustPublish(t, n, camille("Graphiste", "graphisme"), "")
	awaitEvent(t, got, "record", func(e Event) bool { return e.PublicID == p.ID })
	text := ""
	for buffer := make([]byte, 1024); !strings.Contains(text, p.ID); {
		size, err := stream.Body.Read(buffer)
		if text += string(buffer[:size]); err != nil {
			t.Fatalf("%v after %q", err, text)
		}
	}
	if !strings.Contains(text, "event: record-stored") {
		t.Errorf("%q", text)
	}
	_, _, body := v.ask("/_/reseau")
	if !strings.Contains(body, `href="/p/`+p.ID+`"`) || !strings.Contains(body, "Camille Moreau") {
		t.Errorf("the page does not show it: %s", body)
	}
	arrivals, err := console{n}.Arrivals(t.Context())
	if err != nil || arrivals[0].ID != p.ID || arrivals[0].Kind != "profile" {
		t.Error(err, arrivals)
	}
}

// The newest of many, each record once.
func TestArrivalsAreBounded(t *testing.T) {
	n := namedNode(t)
	for i := range eventRingLength + 10 {
		n.events.emit(Event{Type: EventRecordStored, Kind: "profile", PublicID: string(rune('a' + i%40))})
	}
	arrivals, err := console{n}.Arrivals(t.Context())
	if err != nil || len(arrivals) != shownArrivals {
		t.Fatal(err, len(arrivals))
	}
	seen := map[string]bool{}
	for _, a := range arrivals {
		if seen[a.ID] {
			t.Errorf("%q twice", a.ID)
		}
		seen[a.ID] = true
	}
	if events := n.events.newest(); len(events) != eventRingLength || events[0].ID <= events[1].ID && len(events[0].ID) == len(events[1].ID) {
		t.Errorf("%d events, %s before %s", len(events), events[0].ID, events[1].ID)
	}
}

// A mission for the members alone is a draft that never becomes a record,
// until somebody publishes it.
func TestMissionForTheCollectiveAlone(t *testing.T) {
	n := namedNode(t)
	c, ctx := console{n}, t.Context()
	kept, err := c.DraftMission(ctx, ada, brochure(), card.AudienceCollective)
	if err != nil {
		t.Fatal(err)
	}
	m, err := c.OwnMission(ctx, kept.ID)
	if err != nil || m.Audience != card.AudienceCollective || m.Status != statusDraft || len(wiresOf(t, n)) != 1 {
		t.Fatal(err, m)
	}
	if inside, err := n.MissionsForMembers(); err != nil || len(inside) != 1 {
		t.Error(err, inside)
	}
	if _, err := c.PublishMission(ctx, ada, kept.ID); err != nil || len(wiresOf(t, n)) != 2 {
		t.Error(err)
	}
	if m, err := c.OwnMission(ctx, kept.ID); err != nil || m.Audience != "" || m.Status != statusOpen {
		t.Error(err, m)
	}
	_, err = c.OwnMission(ctx, fullIDExample)
	wantProblem(t, err, card.NotFound, "id")
}
