package httpapi

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"courtcircuit/node/card"
	"courtcircuit/node/httpapi/api"
	"courtcircuit/node/httpapi/client"
)

// dialed serves the interface on a real port and opens the client on its home.
func dialed(t *testing.T, edit ...func(*Config)) (*client.Client, *fakeNode) {
	t.Helper()
	a, node := newTestAPI(t, edit...)
	server := httptest.NewServer(a)
	address := strings.TrimPrefix(server.URL, "http://")
	a.hosts[address] = true
	c, err := client.Open(writeHome(t, address, testToken))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close(); a.StopStreams(); server.Close() })
	return c, node
}

func writeHome(t *testing.T, address, token string) string {
	t.Helper()
	home := t.TempDir()
	for name, content := range map[string]string{client.AddressFile: address, client.TokenFile: token} {
		if err := os.WriteFile(filepath.Join(home, name), []byte(content+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return home
}

func TestClientSearchArrivesWhole(t *testing.T) {
	c, node := dialed(t)
	radius := 12.5
	want := card.Search{
		Near: "L'Isle-d'Abeau & co", RadiusKm: &radius, Skills: []string{"c++", "a,b"}, Languages: []string{"fr-CA"}, Modes: []string{"remote"},
		AvailableBy: "2026-12-01", Collective: idOf(4), Words: "été", Limit: 3, Cursor: "x=/+", Lang: "en",
	}
	if _, err := c.SearchProfiles(t.Context(), want); err != nil {
		t.Fatal(err)
	}
	want.ToWrite = true
	if diff := cmp.Diff(want, node.searched); diff != "" {
		t.Error(diff)
	}
	if _, err := c.SearchMissions(t.Context(), card.Search{Status: "any"}); err != nil || node.searched.Status != "any" {
		t.Error(err, node.searched)
	}
	if _, err := c.SearchCollectives(t.Context(), card.Search{Near: "Lyon"}); err != nil || node.searched.Near != "Lyon" {
		t.Error(err, node.searched)
	}
}

func TestClientGetsTheNodesProblem(t *testing.T) {
	c, _ := dialed(t)
	_, err := c.PublishProfile(t.Context(), card.Profile{Name: "C", Place: card.Place{Text: "Saint-Denis"}}, "")
	var p *card.Problem
	if !errors.As(err, &p) || p.Cause != card.Ambiguous || p.Field != "place" || len(p.Candidates) != 2 || p.Candidates[0].Hint != "93" {
		t.Errorf("got %#v", err)
	}
	_, err = c.Profile(t.Context(), "Camille Moreau?x#y")
	if !errors.As(err, &p) || p.Field != "id" || p.Cause != card.Invalid {
		t.Errorf("got %#v", err)
	}
}

func TestClientWrites(t *testing.T) {
	c, node := dialed(t)
	zero := uint(0)
	made, err := c.PublishProfile(t.Context(), card.Profile{Name: "Camille", Place: card.Place{Text: "Toulouse"}, DaysPerWeek: &zero}, "ref 1")
	if err != nil || !made.Created || made.RecoverySecret == "" || made.DaysPerWeek == nil {
		t.Fatal(err, made)
	}
	if own, err := c.OwnProfiles(t.Context()); err != nil || len(own) != 1 || own[0].ID != made.ID {
		t.Error(err, own)
	}
	if id, err := c.ResolveID(t.Context(), "profile", made.ID[:7]); err != nil || id != made.ID {
		t.Error(err, id)
	}
	if b, err := c.VCard(t.Context(), made.ID); err != nil || !strings.Contains(string(b), "FN:Camille") {
		t.Error(err, string(b))
	}
	if err := c.RemoveProfile(t.Context(), made.ID); err != nil || len(node.profiles) != 0 {
		t.Error(err)
	}
	m, err := c.PostMission(t.Context(), card.Mission{Title: "T", Place: card.Place{Text: "Lyon"}}, false)
	if err != nil || m.Status != statusDraft {
		t.Fatal(err, m)
	}
	draft, err := c.PostMission(t.Context(), card.Mission{Title: "T", Place: card.Place{Text: "Lyon"}}, false)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.DeleteMission(t.Context(), draft.ID); err != nil || len(node.missions) != 1 {
		t.Error(err, len(node.missions))
	}
	if m, err = c.PublishMission(t.Context(), m.ID); err != nil || m.Status != statusOpen {
		t.Error(err, m)
	}
	if _, err := c.EditCollective(t.Context(), card.Collective{Name: "Les Indés", Place: card.Place{Text: "Toulouse"}}); err != nil || node.collected.Name != "Les Indés" {
		t.Error(err)
	}
	if b, err := c.Backup(t.Context(), ""); err != nil || b.Path != "" {
		t.Error(err, b)
	}
	if _, err := c.Status(t.Context()); err != nil {
		t.Error(err)
	}
	calls := 0
	for _, repair := range []bool{true, false} {
		if v, err := c.VerifyReplica(t.Context(), repair, func(done, total int) { calls += done * total }); err != nil || v.Well != repair || v.Records != 3 {
			t.Error(err, v)
		}
	}
	if calls != 4 {
		t.Errorf("progress came %d times, 2 expected", calls/2)
	}
	if i, err := c.Invite(t.Context()); err != nil || i.Line != "courtcircuit-line" {
		t.Error(err, i)
	}
	if j, err := c.Join(t.Context(), "line"); err != nil || j.PeerID != "line" {
		t.Error(err, j)
	}
	node.fail = &card.Problem{Cause: card.Unavailable, Detail: "no room"}
	if _, err := c.VerifyReplica(t.Context(), true, func(int, int) {}); err == nil || !strings.Contains(err.Error(), "no room") {
		t.Error(err)
	}
}

// itemsOf counts how many were taken.
func itemsOf(n int, taken *int) iter.Seq[api.Import] {
	return func(yield func(api.Import) bool) {
		for i := range n {
			*taken = i + 1
			if !yield(api.Import{Ref: fmt.Sprint(i), Profile: card.Profile{Name: fmt.Sprintf("Personne %d", i), Place: card.Place{Text: "Toulouse"}}}) {
				return
			}
		}
	}
}

func TestClientImportsThousands(t *testing.T) {
	const n = 3000
	c, node := dialed(t)
	taken, line := 0, 0
	err := c.ImportProfiles(t.Context(), itemsOf(n, &taken), func(r api.ImportResult) error {
		line++
		if r.Line != line || r.Problem != nil || r.Ref != fmt.Sprint(line-1) {
			return fmt.Errorf("line %d: %+v", line, r)
		}
		return nil
	})
	if err != nil || line != n || len(node.batches) != n/200 {
		t.Fatal(err, line, len(node.batches))
	}
}

func TestClientImportEndsEarly(t *testing.T) {
	c, _ := dialed(t, func(cfg *Config) { cfg.ImportBatch = 1 })
	taken, stop := 0, errors.New("enough")
	if err := c.ImportProfiles(t.Context(), itemsOf(1_000_000, &taken), func(api.ImportResult) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("got %v", err)
	}
	if taken == 1_000_000 {
		t.Error("everything was sent")
	}
	ctx, cancel := context.WithCancel(t.Context())
	err := c.ImportProfiles(ctx, itemsOf(1_000_000, &taken), func(api.ImportResult) error { cancel(); return nil })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestClientFollowsEvents(t *testing.T) {
	c, node := dialed(t)
	node.events <- api.Event{ID: "e-1", Type: "inbox", Private: true, Data: map[string]int{"n": 1}}
	node.events <- api.Event{ID: "e-2", Type: "record-stored", Data: map[string]string{"a": "b: c"}}
	close(node.events)
	var got []client.Event
	if err := c.Events(t.Context(), "e-0", func(e client.Event) error { got = append(got, e); return nil }); err != nil {
		t.Fatal(err)
	}
	want := []client.Event{{ID: "e-1", Type: "inbox", Data: []byte(`{"n":1}`)}, {ID: "e-2", Type: "record-stored", Data: []byte(`{"a":"b: c"}`)}}
	if diff := cmp.Diff(want, got); diff != "" || node.after != "e-0" {
		t.Error(diff, node.after)
	}
}

func TestClientSaysWhatIsMissing(t *testing.T) {
	var missing *client.NotRunningError
	if _, err := client.Open(t.TempDir()); !errors.As(err, &missing) || !strings.Contains(err.Error(), "courtcircuit serve") {
		t.Errorf("no address: %v", err)
	}
	gone := httptest.NewServer(nil)
	address := strings.TrimPrefix(gone.URL, "http://")
	gone.Close()
	c, err := client.Open(writeHome(t, address, testToken))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Info(t.Context()); !errors.As(err, &missing) {
		t.Errorf("nobody listens: %v", err)
	}
	if _, err := client.Open(writeHome(t, "7317", testToken)); err == nil || !strings.Contains(err.Error(), "host:port") {
		t.Errorf("bad address: %v", err)
	}
	home := writeHome(t, address, testToken)
	if err := os.Remove(filepath.Join(home, client.TokenFile)); err != nil {
		t.Fatal(err)
	}
	if _, err := client.Open(home); err == nil || !strings.Contains(err.Error(), client.TokenFile) {
		t.Errorf("no token: %v", err)
	}
	stranger := httptest.NewServer(nil) // answers 404 in plain text
	defer stranger.Close()
	if c, err = client.Open(writeHome(t, strings.TrimPrefix(stranger.URL, "http://"), testToken)); err != nil {
		t.Fatal(err)
	}
	var p *card.Problem
	if _, err := c.Info(t.Context()); err == nil || errors.As(err, &p) || !strings.Contains(err.Error(), "something else") {
		t.Errorf("a stranger listens: %v", err)
	}
}
