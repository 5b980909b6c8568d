package web

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"courtcircuit/node/access"
	"courtcircuit/node/access/accesstest"
	"courtcircuit/node/card"
	"courtcircuit/node/httpapi/api"
)

// fakeConsole holds what it answers in plain sight, and notes every write with
// who did it.
type fakeConsole struct {
	briefs       []card.Brief
	members      []card.Member
	missions     []OwnMission
	works        []card.Work
	settings     []Setting
	reports      []card.Report
	hidden       []card.Hidden
	coordinators []Coordinator
	sessions     []access.Session
	journal      []JournalEntry
	arrivals     []Arrival
	waiting      []Waiting
	peers        []api.Peer
	status       api.Status
	backups      BackupState
	notify       NotifyState
	own          card.Collective
	secret       string // that naming the collective brings

	writes []fakeWrite
	refuse error // of every write
	fail   error // of every read
}

type fakeWrite struct {
	method string
	by     access.Person
	args   []any
}

func (f *fakeConsole) write(by access.Person, method string, args ...any) error {
	f.writes = append(f.writes, fakeWrite{method, by, args})
	return f.refuse
}

// last is the last write, by its method.
func (f *fakeConsole) last(t testing.TB, method string) fakeWrite {
	t.Helper()
	if len(f.writes) == 0 || f.writes[len(f.writes)-1].method != method {
		t.Fatalf("%s was not called: %+v", method, f.writes)
	}
	return f.writes[len(f.writes)-1]
}

const markup = `</textarea><script>alert(1)</script>"><img src=x onerror=alert(2)>`

// newFakeConsole holds one of everything. The texts of others try to be
// markup.
func newFakeConsole() *fakeConsole {
	place := fakePlace("Toulouse", "Haute-Garonne", 43.6, 1.44)
	ago := func(d time.Duration) time.Time { return time.Now().Add(-d) }
	m := fakeMission("open", "Une affiche "+markup, "open", fakeCollective("own", "Les Indés", "Toulouse", "Haute-Garonne", 43.6, 1.44))
	draft, members, done := m, m, m
	draft.Meta, draft.Status = fakeMeta("draft"), "draft"
	members.Meta, members.Status = fakeMeta("inside"), "draft"
	done.Meta, done.Status = fakeMeta("done"), "attributed"
	return &fakeConsole{
		briefs: []card.Brief{{
			ID: fakeID("brief"), State: card.BriefReceived, ReceivedAt: ago(72 * time.Hour), DeleteAt: time.Now().Add(90 * 24 * time.Hour),
			BriefForm: card.BriefForm{
				Description: "Un site pour notre café.\n\nAppelez Jeanne Petit au 06 12 34 56 78 ou jeanne@example.org. " + markup, Place: place, When: "avant Noël",
				Contact: card.BriefContact{Name: "Jeanne Petit", Email: "jeanne@example.org", Phone: "+33 6 12 34 56 78"}, Audience: card.AudienceNetwork, Language: "fr",
			},
			Steps: []card.BriefStep{{At: ago(72 * time.Hour), State: card.BriefReceived}},
		}},
		members: []card.Member{
			{ID: fakeID("entry"), Name: "Camille " + markup, Profile: fakeID("camille"), State: card.MemberPublished, ToConfirm: true, ConfirmedAt: pointer(ago(4000 * time.Hour)), SeenAt: pointer(ago(time.Hour))},
			{ID: fakeID("invited"), Name: "Nadia", State: card.MemberInvited, LinkExpiresAt: pointer(time.Now().Add(time.Hour)), HasDraft: true},
			{Name: "Malik", Profile: fakeID("malik"), State: card.MemberMoved},
		},
		missions: []OwnMission{{Mission: m}, {Mission: draft}, {Mission: members, Audience: card.AudienceCollective}, {Mission: done}},
		works:    []card.Work{{ID: fakeID("work"), Title: "Un festival " + markup, Year: 2025, Client: "La Halle", Consent: true, Members: []card.WorkMember{{ID: fakeID("camille"), Name: "Camille", Agreed: true}}}},
		settings: []Setting{
			{Key: "backup.dir", Value: "/var/backups", Set: true, Source: SettingConsole}, {Key: "backup.passphrase", Secret: true, Set: true, Source: SettingConsole},
			{Key: "mail.host", Value: "smtp.example.org", Set: true, Source: SettingConsole}, {Key: "mail.password", Secret: true, Set: true, Source: SettingConsole},
			{Key: "webhook.url", Value: "https://hook.example", Set: true, Source: SettingConsole}, {Key: "legal.publisher", Value: "Les Indés " + markup, Set: true, Source: "courtcircuit.toml"},
		},
		reports:      []card.Report{{ID: fakeID("report"), Kind: "profile", Subject: fakeID("malik"), Name: "Malik " + markup, Reason: "spam", Details: markup, Contact: markup, At: ago(time.Hour)}},
		hidden:       []card.Hidden{{Kind: "mission", Subject: fakeID("hidden"), Name: "Cachée", Reason: markup, At: ago(time.Hour)}},
		coordinators: []Coordinator{{ID: fakeID("boss"), Person: accesstest.Person(access.Coordinator, "Ada"), CreatedAt: ago(time.Hour)}, {ID: fakeID("second"), Person: accesstest.Person(access.Coordinator, "Bo "+markup), CreatedAt: ago(time.Hour)}},
		sessions:     []access.Session{{Key: access.ID{7}, Person: accesstest.Person(access.Coordinator, "Ada"), Door: access.Private, Device: "Firefox, Linux", CreatedAt: ago(time.Hour), SeenAt: ago(time.Hour), ExpiresAt: time.Now().Add(time.Hour)}},
		journal:      []JournalEntry{{ID: fakeID("entry"), At: ago(time.Hour), By: "Ada", Role: access.Coordinator, Action: "member-invited", Subject: markup}, {ID: fakeID("older"), At: ago(2 * time.Hour), Action: "console-link"}},
		arrivals:     []Arrival{{At: ago(time.Minute), Kind: "profile", ID: fakeID("camille"), Name: "Camille " + markup}, {At: ago(time.Hour), Kind: "erasure", ID: fakeID("gone")}},
		waiting:      []Waiting{{To: card.Membership{Name: "La Fabrique"}, Messages: 2, Since: ago(time.Hour), Next: pointer(time.Now()), Failure: "no answer"}},
		peers:        []api.Peer{{PeerID: "12D3KooA", Connected: true, Collective: &api.CollectiveRef{Name: "La Fabrique " + markup}}, {PeerID: "12D3KooB", LastSeen: pointer(ago(time.Hour))}},
		status: api.Status{
			Info:   api.Info{Network: "main", Peers: 1, Digest: strings.Repeat("ab", 32), Counts: map[string]int{"profile": 3}, Addresses: []string{"/ip4/127.0.0.1/tcp/1/p2p/12D3KooC"}, Sync: api.Sync{State: "idle"}},
			Checks: []api.Check{{Name: "peers", State: "ok"}, {Name: "disk", State: "warning", Detail: "500 MiB free"}, {Name: "something-new", State: "failed", Detail: markup}},
		},
		backups: BackupState{Dir: "/var/backups", Sealed: true, Keep: 7, Every: 24 * time.Hour, Last: &api.Backup{Path: "/var/backups/x.backup", SizeBytes: 4096, CreatedAt: ago(time.Hour)}},
		own:     fakeCollective("own", "Les Indés", "Toulouse", "Haute-Garonne", 43.6, 1.44),
	}
}

func (f *fakeConsole) Briefs(context.Context) ([]card.Brief, error) { return f.briefs, f.fail }

func (f *fakeConsole) Brief(_ context.Context, id string) (card.Brief, error) {
	for _, b := range f.briefs {
		if b.ID == id {
			return b, f.fail
		}
	}
	return card.Brief{}, &card.Problem{Cause: card.NotFound, Field: "id", Detail: "no brief " + id}
}

func (f *fakeConsole) ReadBrief(ctx context.Context, by access.Person, id string) (card.Brief, error) {
	f.writes = append(f.writes, fakeWrite{"ReadBrief", by, []any{id}})
	return f.Brief(ctx, id)
}

func (f *fakeConsole) ProposeBrief(_ context.Context, by access.Person, id string, m card.Mission, audience string) (card.Brief, error) {
	return card.Brief{}, f.write(by, "ProposeBrief", id, m, audience)
}

func (f *fakeConsole) DeclineBrief(_ context.Context, by access.Person, id, reason string) (card.Brief, error) {
	return card.Brief{}, f.write(by, "DeclineBrief", id, reason)
}

func (f *fakeConsole) DeleteBrief(_ context.Context, by access.Person, id string) error {
	return f.write(by, "DeleteBrief", id)
}

func (f *fakeConsole) Status(context.Context) (api.Status, error) { return f.status, f.fail }

func (f *fakeConsole) Backups(context.Context) (BackupState, error) { return f.backups, f.fail }

func (f *fakeConsole) BackUp(_ context.Context, by access.Person) (api.Backup, error) {
	return api.Backup{}, f.write(by, "BackUp")
}

func (f *fakeConsole) NameCollective(_ context.Context, by access.Person, c card.Collective) (card.Collective, error) {
	c.RecoverySecret = f.secret
	return c, f.write(by, "NameCollective", c)
}

func (f *fakeConsole) OwnCollective(context.Context) (card.Collective, error) { return f.own, f.fail }
func (f *fakeConsole) Settings(context.Context) ([]Setting, error)            { return f.settings, f.fail }

func (f *fakeConsole) ChangeSettings(_ context.Context, by access.Person, values map[string]string) error {
	return f.write(by, "ChangeSettings", values)
}

func (f *fakeConsole) TestMail(_ context.Context, by access.Person) error {
	return f.write(by, "TestMail")
}

func (f *fakeConsole) TestWebhook(_ context.Context, by access.Person) error {
	return f.write(by, "TestWebhook")
}

func (f *fakeConsole) NotifyStatus(context.Context) (NotifyState, error) { return f.notify, f.fail }

func (f *fakeConsole) RetentionTimes(context.Context) ([]card.Retention, error) {
	return []card.Retention{{Key: "brief", Duration: 90 * 24 * time.Hour}}, f.fail
}

func (f *fakeConsole) MemberEntries(context.Context) ([]card.Member, error) { return f.members, f.fail }

func (f *fakeConsole) InviteMember(_ context.Context, by access.Person, name string) (card.MemberLink, error) {
	return card.MemberLink{Member: card.Member{Name: name}, URL: "https://lesindes.example/moi/entrer/SECRET", ExpiresAt: time.Now()}, f.write(by, "InviteMember", name)
}

func (f *fakeConsole) LinkMember(_ context.Context, by access.Person, id string) (card.MemberLink, error) {
	return card.MemberLink{Member: card.Member{Name: "Nadia"}, URL: "https://lesindes.example/moi/entrer/SECRET", ExpiresAt: time.Now()}, f.write(by, "LinkMember", id)
}

func (f *fakeConsole) EndMemberSessions(_ context.Context, by access.Person, id string) error {
	return f.write(by, "EndMemberSessions", id)
}

func (f *fakeConsole) RemoveMember(_ context.Context, by access.Person, id string) error {
	return f.write(by, "RemoveMember", id)
}

func (f *fakeConsole) RemoveCard(_ context.Context, by access.Person, id string) error {
	return f.write(by, "RemoveCard", id)
}

func (f *fakeConsole) OwnMissions(context.Context) ([]OwnMission, error) { return f.missions, f.fail }

func (f *fakeConsole) OwnMission(_ context.Context, id string) (OwnMission, error) {
	for _, m := range f.missions {
		if m.ID == id {
			return m, f.fail
		}
	}
	return OwnMission{}, &card.Problem{Cause: card.NotFound, Field: "id", Detail: "no mission " + id}
}

func (f *fakeConsole) DraftMission(_ context.Context, by access.Person, m card.Mission, audience string) (card.Mission, error) {
	err := f.write(by, "DraftMission", m, audience)
	m.Meta = fakeMeta("draft")
	return m, err
}

func (f *fakeConsole) UpdateMission(_ context.Context, by access.Person, id string, m card.Mission) (card.Mission, error) {
	return m, f.write(by, "UpdateMission", id, m)
}

func (f *fakeConsole) PublishMission(_ context.Context, by access.Person, id string) (card.Mission, error) {
	return card.Mission{}, f.write(by, "PublishMission", id)
}

func (f *fakeConsole) AttributeMission(_ context.Context, by access.Person, id string) (card.Mission, error) {
	return card.Mission{}, f.write(by, "AttributeMission", id)
}

func (f *fakeConsole) CloseMission(_ context.Context, by access.Person, id string) (card.Mission, error) {
	return card.Mission{}, f.write(by, "CloseMission", id)
}

func (f *fakeConsole) DeleteMission(_ context.Context, by access.Person, id string) error {
	return f.write(by, "DeleteMission", id)
}

func (f *fakeConsole) Works(context.Context) ([]card.Work, error) { return f.works, f.fail }

func (f *fakeConsole) PutWork(_ context.Context, by access.Person, w card.Work) (card.Work, error) {
	return w, f.write(by, "PutWork", w)
}

func (f *fakeConsole) DeleteWork(_ context.Context, by access.Person, id string) error {
	return f.write(by, "DeleteWork", id)
}

func (f *fakeConsole) Peers(context.Context) ([]api.Peer, error) { return f.peers, f.fail }

func (f *fakeConsole) AddPeer(_ context.Context, by access.Person, address string) (api.Peer, error) {
	return api.Peer{Connected: !strings.HasSuffix(address, "-off")}, f.write(by, "AddPeer", address)
}

func (f *fakeConsole) Invite(context.Context) (api.Invite, error) {
	return api.Invite{Line: "courtcircuit-1-line"}, f.fail
}

func (f *fakeConsole) Outbox(context.Context) ([]Waiting, error)   { return f.waiting, f.fail }
func (f *fakeConsole) Arrivals(context.Context) ([]Arrival, error) { return f.arrivals, f.fail }

func (f *fakeConsole) Reports(context.Context) ([]card.Report, error) { return f.reports, f.fail }

func (f *fakeConsole) HiddenRecords(context.Context) ([]card.Hidden, error) { return f.hidden, f.fail }

func (f *fakeConsole) DismissReport(_ context.Context, by access.Person, id string) error {
	return f.write(by, "DismissReport", id)
}

func (f *fakeConsole) Hide(_ context.Context, by access.Person, kind, id, reason string) (card.Hidden, error) {
	return card.Hidden{}, f.write(by, "Hide", kind, id, reason)
}

func (f *fakeConsole) Unhide(_ context.Context, by access.Person, kind, id string) error {
	return f.write(by, "Unhide", kind, id)
}

func (f *fakeConsole) Coordinators(context.Context) ([]Coordinator, error) {
	return f.coordinators, f.fail
}

func (f *fakeConsole) InviteCoordinator(_ context.Context, by access.Person, name string) (PrivateLink, error) {
	return PrivateLink{Name: name, URL: "https://lesindes.example/_/entrer/SECRET", ExpiresAt: time.Now()}, f.write(by, "InviteCoordinator", name)
}

func (f *fakeConsole) LinkCoordinator(_ context.Context, by access.Person, id string) (PrivateLink, error) {
	return PrivateLink{Name: "Bo", URL: "https://lesindes.example/_/entrer/SECRET", ExpiresAt: time.Now()}, f.write(by, "LinkCoordinator", id)
}

func (f *fakeConsole) NameCoordinator(_ context.Context, by access.Person, id, name string) error {
	return f.write(by, "NameCoordinator", id, name)
}

func (f *fakeConsole) RemoveCoordinator(_ context.Context, by access.Person, id string) error {
	return f.write(by, "RemoveCoordinator", id)
}

func (f *fakeConsole) Sessions(context.Context) ([]access.Session, error) { return f.sessions, f.fail }

func (f *fakeConsole) EndSession(_ context.Context, by access.Person, key access.ID) error {
	return f.write(by, "EndSession", key)
}

func (f *fakeConsole) Journal(_ context.Context, before string, limit int) (JournalPage, error) {
	if before != "" {
		return JournalPage{}, f.fail
	}
	return JournalPage{Entries: f.journal, Next: fakeID("older")}, f.fail
}

// house is a console with somebody in it.
type house struct {
	pages   *Pages
	console *fakeConsole
	reader  *fakeReader
	keeper  *access.Keeper
	cookie  *http.Cookie // of a coordinator
	member  *http.Cookie
}

func openHouse(t testing.TB) *house {
	t.Helper()
	h := &house{console: newFakeConsole(), reader: newFakeReader()}
	h.keeper, _, _ = accesstest.NewKeeper(t, "")
	var err error
	if h.pages, err = New(Config{}, h.reader, Doors{Access: h.keeper, Console: h.console}, nil); err != nil {
		t.Fatal(err)
	}
	h.cookie = accesstest.Enter(t, h.keeper, accesstest.Person(access.Coordinator, "Ada"), access.Private, houseURL)
	h.member = accesstest.Enter(t, h.keeper, accesstest.Person(access.Member, "Camille"), access.Private, houseURL)
	return h
}

// reset forgets what was written.
func (h *house) reset() { *h.console = *newFakeConsole() }

const houseURL = "http://127.0.0.1:7317/"

// ask sends a request as the coordinator; form is nil for a GET.
func (h *house) ask(path string, form url.Values, cookies ...*http.Cookie) *httptest.ResponseRecorder {
	method := http.MethodGet
	if form != nil {
		method = http.MethodPost
	}
	if cookies == nil {
		cookies = []*http.Cookie{h.cookie}
	}
	r := httptest.NewRequest(method, houseURL[:len(houseURL)-1]+path, strings.NewReader(form.Encode()))
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for _, c := range cookies {
		if c != nil {
			r.AddCookie(c)
		}
	}
	w := httptest.NewRecorder()
	access.WithDoor(h.pages, access.Private).ServeHTTP(w, r)
	return w
}
