package httpapi

import (
	"context"
	"encoding/base32"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"courtcircuit/node/card"
	"courtcircuit/node/httpapi/api"
	"courtcircuit/protocol"
)

const (
	testToken = "0123456789abcdef0123456789abcdef"
	testHost  = "127.0.0.1:7317"
)

func idOf(n byte) string {
	var b [32]byte
	b[0], b[31] = n, n
	return strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(b[:]))
}

// fakeNode remembers what it was asked and answers from maps.
type fakeNode struct {
	mu       sync.Mutex
	profiles map[string]card.Profile
	missions map[string]card.Mission
	records  map[string][]byte
	refs     map[string]string
	next     byte
	fail     error // every call answers it
	panics   bool
	unready  error

	searched  card.Search
	collected card.Collective
	reports   []card.Report
	hidden    []card.Hidden
	briefs    fakeBriefs
	members   []card.Member
	batches   []int
	imported  chan int // when set: one send for each batch
	after     string   // Last-Event-ID of the last subscriber
	events    chan api.Event
}

func newFakeNode() *fakeNode {
	return &fakeNode{
		profiles: map[string]card.Profile{}, missions: map[string]card.Mission{}, records: map[string][]byte{}, refs: map[string]string{},
		events: make(chan api.Event, 16),
	}
}

func (f *fakeNode) enter() (func(), error) {
	f.mu.Lock()
	if f.panics {
		f.mu.Unlock()
		panic("the fake node panics")
	}
	return f.mu.Unlock, f.fail
}

func notFound(what string) error {
	return &card.Problem{Cause: card.NotFound, Detail: "no " + what + " of this id is held here"}
}

func (f *fakeNode) Info(context.Context) (api.Info, error) {
	leave, err := f.enter()
	defer leave()
	return api.Info{Version: "test", Network: "test", Counts: map[string]int{"profile": len(f.profiles)}}, err
}

func (f *fakeNode) Status(context.Context) (api.Status, error) { return api.Status{}, f.fail }
func (f *fakeNode) Live() error                                { return nil }
func (f *fakeNode) Ready() error                               { return f.unready }
func (f *fakeNode) BackupTo(_ context.Context, path string) (api.Backup, error) {
	return api.Backup{Path: path}, f.fail
}

func (f *fakeNode) VerifyReplica(_ context.Context, repair bool, progress func(done, total int)) (api.Verification, error) {
	progress(1, 2)
	return api.Verification{Well: repair, Records: 3}, f.fail
}

func (f *fakeNode) Invite(context.Context) (api.Invite, error) {
	return api.Invite{Line: "courtcircuit-line"}, f.fail
}

func (f *fakeNode) Join(_ context.Context, line string) (api.Joined, error) {
	return api.Joined{PeerID: line}, f.fail
}

func (f *fakeNode) SearchPlaces(_ context.Context, q string, limit int) ([]card.ResolvedPlace, error) {
	if q == "nowhere" {
		return nil, f.fail
	}
	return []card.ResolvedPlace{{Name: q, Lat: 43.6, Lon: 1.44}}, f.fail
}

func (f *fakeNode) SkillHints(_ context.Context, written []string, lang string) ([]card.SkillHint, error) {
	var out []card.SkillHint
	for _, skill := range written {
		if skill == "graphsime" {
			out = append(out, card.SkillHint{Skill: skill, Meant: "graphisme in " + lang})
		}
	}
	return out, nil
}

func (f *fakeNode) SearchSkills(_ context.Context, q, lang string, limit int) ([]card.Skill, error) {
	if q == "nothing" {
		return nil, f.fail
	}
	return []card.Skill{{Skill: q + " in " + lang, Matched: q, People: limit}}, f.fail
}

func (f *fakeNode) SearchProfiles(_ context.Context, s card.Search) (card.Page[card.FoundProfile], error) {
	leave, err := f.enter()
	defer leave()
	f.searched = s
	var page card.Page[card.FoundProfile]
	for _, skill := range s.Skills {
		page.Skills = append(page.Skills, card.UnderstoodSkill{Query: skill, Skill: skill, Known: true})
	}
	for _, p := range f.profiles {
		page.Results = append(page.Results, card.FoundProfile{Profile: p, Found: card.Found{DistanceKm: 1.5}})
	}
	return page, err
}

func (f *fakeNode) SearchMissions(_ context.Context, s card.Search) (card.Page[card.FoundMission], error) {
	f.searched = s
	return card.Page[card.FoundMission]{}, f.fail
}

func (f *fakeNode) SearchCollectives(_ context.Context, s card.Search) (card.Page[card.FoundCollective], error) {
	f.searched = s
	return card.Page[card.FoundCollective]{}, f.fail
}

func (f *fakeNode) ResolveID(_ context.Context, kind protocol.Kind, q string) (string, error) {
	for id := range f.profiles {
		if kind == protocol.KindProfile && strings.HasPrefix(id, q) {
			return id, nil
		}
	}
	return "", &card.Problem{Cause: card.Ambiguous, Field: "q", Detail: "a name is not an id", Candidates: []card.Candidate{{ID: idOf(1), Name: q}}}
}

func (f *fakeNode) Profile(_ context.Context, id string) (card.Profile, error) {
	leave, err := f.enter()
	defer leave()
	if err != nil {
		return card.Profile{}, err
	}
	p, ok := f.profiles[id]
	if !ok {
		return p, notFound("profile")
	}
	return p, nil
}

func (f *fakeNode) OwnProfiles(context.Context) ([]card.Profile, error) {
	leave, err := f.enter()
	defer leave()
	var own []card.Profile
	for _, p := range f.profiles {
		own = append(own, p)
	}
	return own, err
}

func (f *fakeNode) PublishProfile(_ context.Context, p card.Profile, ref string) (api.Published, error) {
	leave, err := f.enter()
	defer leave()
	if err != nil {
		return api.Published{}, err
	}
	return f.publish(p, ref)
}

func (f *fakeNode) publish(p card.Profile, ref string) (api.Published, error) {
	if p.Place.Text == "Saint-Denis" {
		return api.Published{}, &card.Problem{
			Cause: card.Ambiguous, Field: "place", Detail: "several places have this name", Expected: "a postcode",
			Candidates: []card.Candidate{{Name: "Saint-Denis", Hint: "93"}, {Name: "Saint-Denis", Hint: "974"}},
		}
	}
	id, known := f.refs[ref]
	if !known || ref == "" {
		f.next++
		id = idOf(f.next)
		known = false
	}
	if ref != "" {
		f.refs[ref] = id
	}
	p.ID = id
	f.profiles[id] = p
	return api.Published{Profile: p, Created: !known, RecoverySecret: "secret"}, nil
}

func (f *fakeNode) PublishProfiles(_ context.Context, items []api.Import) ([]api.Imported, error) {
	leave, err := f.enter()
	defer leave()
	f.batches = append(f.batches, len(items))
	if f.imported != nil {
		f.imported <- len(items)
	}
	var done []api.Imported
	for _, item := range items {
		published, err := f.publish(item.Profile, item.Ref)
		done = append(done, api.Imported{Published: published, Err: err})
	}
	return done, err
}

func (f *fakeNode) ReplaceProfile(_ context.Context, id string, p card.Profile) (card.Profile, error) {
	leave, err := f.enter()
	defer leave()
	p.ID = id
	f.profiles[id] = p
	return p, err
}

func (f *fakeNode) ConfirmProfile(ctx context.Context, id string) (card.Profile, error) {
	return f.Profile(ctx, id)
}

func (f *fakeNode) RemoveProfile(_ context.Context, id string) error {
	leave, err := f.enter()
	defer leave()
	delete(f.profiles, id)
	return err
}

func (f *fakeNode) Mission(_ context.Context, id string) (card.Mission, error) {
	m, ok := f.missions[id]
	if !ok {
		return m, notFound("mission")
	}
	return m, f.fail
}

func (f *fakeNode) OwnMissions(context.Context) ([]card.Mission, error) {
	var own []card.Mission
	for _, m := range f.missions {
		own = append(own, m)
	}
	return own, f.fail
}

func (f *fakeNode) PostMission(_ context.Context, m card.Mission, publish bool) (card.Mission, error) {
	f.next++
	m.ID, m.Status = idOf(f.next), statusDraft
	if publish {
		m.Status = statusOpen
	}
	f.missions[m.ID] = m
	return m, f.fail
}

func (f *fakeNode) UpdateMission(_ context.Context, id string, m card.Mission) (card.Mission, error) {
	f.missions[id] = m
	return m, f.fail
}

func (f *fakeNode) DeleteMission(_ context.Context, id string) error {
	if m := f.missions[id]; m.Status != statusDraft {
		return &card.Problem{Cause: card.Conflict, Field: "status", Detail: "a mission that is " + m.Status + " is not deleted"}
	}
	delete(f.missions, id)
	return f.fail
}

func (f *fakeNode) step(id, from, to string) (card.Mission, error) {
	m := f.missions[id]
	if m.Status != from {
		return m, &card.Problem{Cause: card.Conflict, Field: "status", Detail: "a mission that is " + m.Status + " cannot become " + to}
	}
	m.Status = to
	f.missions[id] = m
	return m, nil
}

func (f *fakeNode) PublishMission(_ context.Context, id string) (card.Mission, error) {
	return f.step(id, statusDraft, statusOpen)
}

func (f *fakeNode) AttributeMission(_ context.Context, id string) (card.Mission, error) {
	return f.step(id, statusOpen, "attributed")
}

func (f *fakeNode) CloseMission(_ context.Context, id string) (card.Mission, error) {
	return f.step(id, statusOpen, "closed")
}

func (f *fakeNode) Collective(_ context.Context, id string) (card.Collective, error) {
	return card.Collective{Name: "Les Indés", Meta: card.Meta{ID: id}}, f.fail
}

func (f *fakeNode) EditCollective(_ context.Context, c card.Collective) (card.Collective, error) {
	f.collected = c
	return c, f.fail
}

func (f *fakeNode) Record(_ context.Context, id string) ([]byte, any, error) {
	wire, ok := f.records[id]
	if !ok {
		return nil, nil, notFound("record")
	}
	return wire, card.Profile{Name: "Camille Moreau"}, f.fail
}

func (f *fakeNode) SubmitRecord(_ context.Context, wire []byte) (api.Submitted, error) {
	return api.Submitted{Outcome: "stored"}, f.fail
}

func (f *fakeNode) Peers(context.Context) ([]api.Peer, error) {
	return []api.Peer{{PeerID: "p"}}, f.fail
}
func (f *fakeNode) AddPeer(_ context.Context, addr string) (api.Peer, error) {
	return api.Peer{PeerID: addr}, f.fail
}
func (f *fakeNode) Bootstrap(context.Context) (api.Bootstrap, error) {
	return api.Bootstrap{Network: "test"}, f.fail
}

func (f *fakeNode) AddBootstrap(_ context.Context, p api.BootstrapPeer) (api.Bootstrap, error) {
	return api.Bootstrap{Peers: []api.BootstrapPeer{p}}, f.fail
}

func (f *fakeNode) RemoveBootstrap(context.Context, string) (api.Bootstrap, error) {
	return api.Bootstrap{}, f.fail
}

func (f *fakeNode) Events(_ context.Context, after string) (<-chan api.Event, error) {
	f.after = after
	return f.events, f.fail
}

func (f *fakeNode) Keys(context.Context) ([]api.Key, error) { return nil, f.fail }
func (f *fakeNode) KeyExport(_ context.Context, id, pass string) ([]byte, error) {
	return []byte("sealed " + id), f.fail
}
func (f *fakeNode) KeyImport(context.Context, []byte, string) (api.Key, error) {
	return api.Key{}, f.fail
}
func (f *fakeNode) KeyRecover(context.Context, string, string) (api.Key, error) {
	return api.Key{}, f.fail
}

func (f *fakeNode) Reports(context.Context) ([]card.Report, error) { return f.reports, f.fail }

func (f *fakeNode) DismissReport(_ context.Context, id string) error {
	for i := range f.reports {
		if f.reports[i].ID == id {
			f.reports = append(f.reports[:i], f.reports[i+1:]...)
			return nil
		}
	}
	return notFound("report")
}

func (f *fakeNode) HiddenRecords(context.Context) ([]card.Hidden, error) { return f.hidden, f.fail }

func (f *fakeNode) Hide(_ context.Context, kind, id, reason string) (card.Hidden, error) {
	h := card.Hidden{Kind: kind, Subject: id, Reason: reason}
	f.hidden = append(f.hidden, h)
	return h, f.fail
}

func (f *fakeNode) Unhide(_ context.Context, kind, id string) error {
	for i, h := range f.hidden {
		if h.Kind == kind && h.Subject == id {
			f.hidden = append(f.hidden[:i], f.hidden[i+1:]...)
			return nil
		}
	}
	return notFound(kind)
}

func testConfig() Config {
	cfg := DefaultConfig()
	cfg.Token, cfg.Hosts = testToken, LoopbackHosts(7317)
	cfg.Resume = func(p card.Profile) ([]byte, error) { return []byte(`{"basics":{}}`), nil }
	cfg.VCard = func(p card.Profile) ([]byte, error) { return []byte("BEGIN:VCARD\r\nFN:" + p.Name), nil }
	cfg.Metrics = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "metrics 1\n") })
	cfg.Heartbeat = time.Hour
	return cfg
}

func newTestAPI(t *testing.T, edit ...func(*Config)) (*API, *fakeNode) {
	t.Helper()
	cfg, node := testConfig(), newFakeNode()
	for _, change := range edit {
		change(&cfg)
	}
	a, err := New(cfg, node, nil)
	if err != nil {
		t.Fatal(err)
	}
	return a, node
}

// call is one request as a program on the same machine sends it.
type call struct {
	method, path, body string
	header             map[string]string
	token              bool
	host, remote       string
}

func (c call) do(t *testing.T, h http.Handler) *httptest.ResponseRecorder {
	t.Helper()
	var r *http.Request
	if c.body == "" {
		r = httptest.NewRequest(c.method, "http://"+testHost+c.path, nil)
	} else {
		r = httptest.NewRequest(c.method, "http://"+testHost+c.path, strings.NewReader(c.body))
		r.Header.Set("Content-Type", "application/json")
	}
	r.RemoteAddr = "127.0.0.1:40000"
	if c.remote != "" {
		r.RemoteAddr = c.remote
	}
	if c.host != "" {
		r.Host = c.host
	}
	if c.token {
		r.Header.Set("Authorization", "Bearer "+testToken)
	}
	for name, value := range c.header {
		r.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}
