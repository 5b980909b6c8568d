package node

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"courtcircuit/node/access"
	"courtcircuit/node/card"
	"courtcircuit/node/httpapi/api"
	"courtcircuit/node/inbox"
	"courtcircuit/node/web"
	"courtcircuit/protocol"
)

var ada = access.Person{Role: access.Coordinator, ID: access.ID{1}, Name: "Ada"}

func TestJournalIsReadInPages(t *testing.T) {
	n := namedNode(t)
	start := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	for i := range 25 {
		if err := n.keepAudit(ada, "member-invited", fmt.Sprint("number ", i), start.Add(time.Duration(i)*time.Second)); err != nil {
			t.Fatal(err)
		}
	}
	var read []string
	before := ""
	for pages := 0; ; pages++ {
		page, err := n.journal(before, 10)
		if err != nil || pages > 3 {
			t.Fatal(err, pages)
		}
		for _, e := range page.Entries {
			read = append(read, e.Subject)
			if e.By != "Ada" || e.Role != access.Coordinator || e.Action != "member-invited" {
				t.Errorf("%+v", e)
			}
		}
		if before = page.Next; before == "" {
			break
		}
	}
	for i, subject := range read {
		if subject != fmt.Sprint("number ", 24-i) {
			t.Fatalf("%d is %q", i, subject)
		}
	}
	if len(read) != 25 {
		t.Errorf("%d entries", len(read))
	}
	_, err := n.journal("nonsense", 10)
	wantProblem(t, err, card.NotFound, "id")
}

// The oldest leave, whatever comes: it can be written to for ever.
func TestJournalIsBounded(t *testing.T) {
	n := serviceNode(t, t.TempDir())
	shelf := n.auditShelf()
	for from := 0; from < maxAuditNotes; from += 1000 {
		err := n.inbox.Update(func(tx *inbox.Tx) error {
			for i := from; i < from+1000; i++ {
				var key inbox.ID
				binary.BigEndian.PutUint64(key[:8], uint64(i+1))
				if err := shelf.PutIn(tx, key, auditNote{Action: "member-invited", Subject: fmt.Sprint(i)}); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for range 3 {
		n.audit(ada, "backup-written", "newest")
	}
	if held := shelf.Len(); held != maxAuditNotes-auditDropped+3 {
		t.Errorf("%d entries are held", held)
	}
	first := ""
	err := shelf.Each(func(_ inbox.ID, note auditNote) error {
		first = note.Subject
		return errJournalRead
	})
	if !errors.Is(err, errJournalRead) || first != fmt.Sprint(auditDropped) {
		t.Errorf("the oldest is number %s", first)
	}
	if page, err := n.journal("", 1); err != nil || page.Entries[0].Subject != "newest" {
		t.Error(err, page)
	}
}

func TestJournalHoldsNoContactDetails(t *testing.T) {
	for subject, want := range map[string]string{
		"Nadia Benali": "Nadia Benali", "nadia@example.org": "…", "Nadia <nadia@example.org> ici": "Nadia … ici", "Nadia 06 12 34 56 78": "Nadia …", "+33612345678": "…",
		"06.12.34.56.78, Nadia": "…, Nadia", "festival 2025": "festival 2025", "ligne\nsuite": "ligne suite", "mail.host, backup.dir": "mail.host, backup.dir",
		strings.Repeat("é", 200): strings.Repeat("é", maxAuditSubject) + "…",
		fullIDExample:            fullIDExample,
	} {
		if got := withoutContact(subject); got != want {
			t.Errorf("%q becomes %q", subject, got)
		}
	}
}

const fullIDExample = "nfqwgytsn5xgo43jnz2g63tpoq2dcnrxgi3tmmjzgazdqnrtgm2q"

// consoleWrites calls every method of the console that writes, on a node where
// it can go well. A method without an entry fails the test below.
var consoleWrites = map[string]func(t *testing.T, ctx context.Context, c console) error{
	"NameCollective": func(t *testing.T, ctx context.Context, c console) error {
		own, err := c.OwnCollective(ctx)
		if err != nil {
			return err
		}
		_, err = c.NameCollective(ctx, ada, own)
		return err
	},
	"BackUp": func(t *testing.T, ctx context.Context, c console) error {
		if err := c.changeSettings(access.Person{}, func(s *Settings) error { s.Backup.Dir = t.TempDir(); return nil }); err != nil {
			return err
		}
		_, err := c.BackUp(ctx, ada)
		return err
	},
	"ChangeSettings": func(_ *testing.T, ctx context.Context, c console) error {
		return c.ChangeSettings(ctx, ada, map[string]string{"legal.publisher": "Les Indés"})
	},
	"InviteMember": func(_ *testing.T, ctx context.Context, c console) error {
		_, err := c.InviteMember(ctx, ada, "Nadia")
		return err
	},
	"LinkMember": withMember(func(ctx context.Context, c console, id string) error {
		_, err := c.LinkMember(ctx, ada, id)
		return err
	}),
	"EndMemberSessions": withMember(func(ctx context.Context, c console, id string) error { return c.EndMemberSessions(ctx, ada, id) }),
	"RemoveMember":      withMember(func(ctx context.Context, c console, id string) error { return c.RemoveMember(ctx, ada, id) }),
	"RemoveCard": func(t *testing.T, ctx context.Context, c console) error {
		return c.RemoveCard(ctx, ada, mustPublish(t, c.Node, camille("Graphiste"), "").ID)
	},
	"DraftMission": func(_ *testing.T, ctx context.Context, c console) error {
		_, err := c.DraftMission(ctx, ada, brochure(), card.AudienceNetwork)
		return err
	},
	"UpdateMission": withMission(false, func(ctx context.Context, c console, id string) error {
		_, err := c.UpdateMission(ctx, ada, id, brochure())
		return err
	}),
	"PublishMission": withMission(false, func(ctx context.Context, c console, id string) error {
		_, err := c.PublishMission(ctx, ada, id)
		return err
	}),
	"DeleteMission": withMission(false, func(ctx context.Context, c console, id string) error { return c.DeleteMission(ctx, ada, id) }),
	"AttributeMission": withMission(true, func(ctx context.Context, c console, id string) error {
		_, err := c.AttributeMission(ctx, ada, id)
		return err
	}),
	"CloseMission": withMission(true, func(ctx context.Context, c console, id string) error {
		_, err := c.CloseMission(ctx, ada, id)
		return err
	}),
	"PutWork": func(_ *testing.T, ctx context.Context, c console) error {
		_, err := c.PutWork(ctx, ada, card.Work{Title: "Un festival", Year: 2025})
		return err
	},
	"DeleteWork": func(_ *testing.T, ctx context.Context, c console) error {
		w, err := c.PutWork(ctx, access.Person{}, card.Work{Title: "Un festival", Year: 2025})
		if err != nil {
			return err
		}
		return c.DeleteWork(ctx, ada, w.ID)
	},
	"Hide": func(t *testing.T, ctx context.Context, c console) error {
		_, err := c.Hide(ctx, ada, "profile", mustPublish(t, c.Node, camille("Graphiste"), "").ID, "")
		return err
	},
	"Unhide": func(t *testing.T, ctx context.Context, c console) error {
		id := mustPublish(t, c.Node, camille("Graphiste"), "").ID
		if _, err := c.Node.Hide(ctx, "profile", id, ""); err != nil {
			return err
		}
		return c.Unhide(ctx, ada, "profile", id)
	},
	"DismissReport": func(t *testing.T, ctx context.Context, c console) error {
		r, err := c.Report(ctx, card.Report{Kind: "profile", Subject: mustPublish(t, c.Node, camille("Graphiste"), "").ID, Reason: "spam"})
		if err != nil {
			return err
		}
		return c.DismissReport(ctx, ada, r.ID)
	},
	"InviteCoordinator": func(_ *testing.T, ctx context.Context, c console) error {
		_, err := c.InviteCoordinator(ctx, ada, "Bo")
		return err
	},
	"LinkCoordinator": withCoordinator(func(ctx context.Context, c console, id string) error {
		_, err := c.LinkCoordinator(ctx, ada, id)
		return err
	}),
	"NameCoordinator":   withCoordinator(func(ctx context.Context, c console, id string) error { return c.NameCoordinator(ctx, ada, id, "Béa") }),
	"RemoveCoordinator": withCoordinator(func(ctx context.Context, c console, id string) error { return c.RemoveCoordinator(ctx, ada, id) }),
}

// elsewhere are the writes whose line is tested where they are made: they need
// a client, a mail server or a second node.
var elsewhere = []string{"ReadBrief", "ProposeBrief", "DeclineBrief", "DeleteBrief", "TestMail", "TestWebhook", "AddPeer", "EndSession"}

func withMember(do func(context.Context, console, string) error) func(*testing.T, context.Context, console) error {
	return func(_ *testing.T, ctx context.Context, c console) error {
		l, err := c.InviteMember(ctx, access.Person{}, "Nadia")
		if err != nil {
			return err
		}
		return do(ctx, c, l.Member.ID)
	}
}

func withMission(public bool, do func(context.Context, console, string) error) func(*testing.T, context.Context, console) error {
	return func(_ *testing.T, ctx context.Context, c console) error {
		m, err := c.PostMission(ctx, brochure(), public)
		if err != nil {
			return err
		}
		return do(ctx, c, m.ID)
	}
}

func withCoordinator(do func(context.Context, console, string) error) func(*testing.T, context.Context, console) error {
	return func(_ *testing.T, ctx context.Context, c console) error {
		for _, name := range []string{"First", "Second"} {
			if _, err := c.InviteCoordinator(ctx, access.Person{}, name); err != nil {
				return err
			}
		}
		all, err := c.Coordinators(ctx)
		if err != nil {
			return err
		}
		return do(ctx, c, all[1].ID)
	}
}

// Every write of the console leaves one line that says who it was.
func TestEveryConsoleWriteIsNoted(t *testing.T) {
	methods := reflect.TypeFor[web.Console]()
	person := reflect.TypeFor[access.Person]()
	for i := range methods.NumMethod() {
		m := methods.Method(i)
		if m.Type.NumIn() < 2 || m.Type.In(1) != person {
			continue
		}
		write, ok := consoleWrites[m.Name]
		if !ok {
			if !strings.Contains(" "+strings.Join(elsewhere, " ")+" ", " "+m.Name+" ") {
				t.Errorf("no test calls %s", m.Name)
			}
			continue
		}
		t.Run(m.Name, func(t *testing.T) {
			c := console{namedNode(t)}
			if err := write(t, t.Context(), c); err != nil {
				t.Fatal(err)
			}
			page, err := c.Journal(t.Context(), "", 20)
			if err != nil {
				t.Fatal(err)
			}
			lines := 0
			for _, e := range page.Entries {
				if e.By == "Ada" && e.Role == access.Coordinator && e.Action != "" {
					lines++
				}
			}
			if lines != 1 {
				t.Errorf("%d lines by Ada: %+v", lines, page.Entries)
			}
		})
	}
}

// What did not happen is not noted.
func TestRefusedWritesAreNotNoted(t *testing.T) {
	c := console{namedNode(t)}
	ctx := t.Context()
	for name, err := range map[string]error{
		"hide":    second(c.Hide(ctx, ada, "profile", fullIDExample, "")),
		"unhide":  c.Unhide(ctx, ada, "profile", fullIDExample),
		"publish": second(c.PublishMission(ctx, ada, fullIDExample)),
		"delete":  c.DeleteMission(ctx, ada, fullIDExample),
		"work":    second(c.PutWork(ctx, ada, card.Work{Title: "x", Year: 2025, Client: "La Halle"})),
		"remove":  c.RemoveCard(ctx, ada, fullIDExample),
		"session": c.EndSession(ctx, ada, access.ID{9}),
		"link":    second(c.LinkCoordinator(ctx, ada, fullIDExample)),
	} {
		if err == nil {
			t.Errorf("%s went well", name)
		}
	}
	if page, err := c.Journal(ctx, "", 10); err != nil || len(page.Entries) != 0 {
		t.Errorf("%v: %+v", err, page.Entries)
	}
}

func second[T any](_ T, err error) error { return err }

// What is done from the command line stands in the journal, too, each once and
// by its id: no word of a card or a mission.
func TestJournalOfTheCommandLine(t *testing.T) {
	n := namedNode(t)
	b, ctx := httpBackend{n}, t.Context()
	p, published := b.PublishProfile(ctx, camille("Graphiste", "graphisme"), "")
	several, imported := b.PublishProfiles(ctx, []api.Import{{Another: true, Profile: camille("Autrice", "rédaction")}, {Another: true, Profile: camille("Développeuse", "go")}, {Profile: card.Profile{Name: "Sans Commune"}}})
	if imported == nil && (several[0].Err != nil || several[1].Err != nil || several[2].Err == nil) {
		t.Fatalf("%+v", several)
	}
	_, alone := b.PublishProfiles(ctx, []api.Import{{Another: true, Profile: camille("Relieuse", "reliure")}, {Profile: card.Profile{Name: "Sans Commune"}}})
	_, refused := b.PublishProfiles(ctx, []api.Import{{Profile: card.Profile{Name: "Sans Commune"}}})
	_, replaced := b.ReplaceProfile(ctx, p.ID, camille("Graphiste et autrice", "graphisme"))
	_, confirmed := b.ConfirmProfile(ctx, p.ID)
	own, err := n.Collective(ctx, "")
	if err != nil {
		t.Fatal(err)
	}
	own.About = "Nous."
	_, edited := b.EditCollective(ctx, own)
	_, hidden := b.Hide(ctx, "profile", p.ID, "test")
	for _, err := range []error{published, imported, alone, refused, replaced, confirmed, edited, hidden, b.Unhide(ctx, "profile", p.ID), b.RemoveProfile(ctx, p.ID), b.RemoveProfile(ctx, p.ID)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	// newest first; erased twice, but it happened once
	wantJournal(t, n, "profile-removed", "record-shown", "record-hidden", "collective-edited", "profile-published", "profile-published", "profile-published", "profiles-imported", "profile-published")
}

func TestJournalOfMissionsOfTheCommandLine(t *testing.T) {
	n := namedNode(t)
	b, ctx := httpBackend{n}, t.Context()
	m := brochure()
	first, err := b.PostMission(ctx, m, false)
	if err != nil {
		t.Fatal(err)
	}
	_, changed := b.UpdateMission(ctx, first.ID, m)
	_, published := b.PublishMission(ctx, first.ID)
	_, attributed := b.AttributeMission(ctx, first.ID)
	_, closed := b.CloseMission(ctx, first.ID)
	_, posted := b.PostMission(ctx, m, true)
	third, drafted := b.PostMission(ctx, m, false)
	for _, err := range []error{changed, published, attributed, closed, posted, drafted, b.DeleteMission(ctx, third.ID)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if b.DeleteMission(ctx, first.ID) == nil {
		t.Error("a mission that was published is deleted")
	}
	wantJournal(t, n, "mission-deleted", "mission-drafted", "mission-published", "mission-closed", "mission-attributed", "mission-published", "mission-changed", "mission-drafted")
}

// wantJournal wants these actions of the command line, newest first.
func wantJournal(t *testing.T, n *Node, want ...string) {
	t.Helper()
	page, err := n.journal("", 20)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, line := range page.Entries {
		got = append(got, line.Action)
		_, err := protocol.ParseIdentity(line.Subject)
		byID := err == nil || line.Action == "profiles-imported" && line.Subject == "2" || line.Action == "collective-edited" || strings.HasPrefix(line.Action, "record-")
		if line.By != "" || line.Role != "" || !byID {
			t.Errorf("%+v", line)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("%q, %q expected", got, want)
	}
}
