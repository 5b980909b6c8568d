package node

import (
	"context"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"courtcircuit/node/access"
	"courtcircuit/node/card"
	"courtcircuit/node/inbox"
	"courtcircuit/protocol"
)

var sophie = access.Person{Role: access.Coordinator, ID: access.ID{7}, Name: "Sophie"}

var bothConsents = []card.Consent{{What: card.ConsentMembership, Wording: 1, Language: "fr"}, {What: card.ConsentPublication, Wording: 1, Language: "fr"}}

// comeIn presses the button of a link as a browser does.
func comeIn(t testing.TB, n *Node, link card.MemberLink) access.Person {
	t.Helper()
	s, err := pressLink(n, link)
	if err != nil {
		t.Fatal(err)
	}
	return s.Person
}

func pressLink(n *Node, link card.MemberLink) (access.Session, error) {
	var s access.Session
	var err error
	h := access.WithDoor(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		secret := link.Path[strings.LastIndexByte(link.Path, '/')+1:]
		s, err = n.access.UseLink(w, r, secret)
	}), access.Private)
	h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodPost, "http://127.0.0.1:7317"+link.Path, nil))
	return s, err
}

func invite(t testing.TB, n *Node, name string) card.MemberLink {
	t.Helper()
	link, err := n.InviteMember(context.Background(), sophie, name)
	if err != nil {
		t.Fatal(err)
	}
	return link
}

// stepsOf are the steps of a history, oldest first, as role:what.
func stepsOf(t testing.TB, n *Node, who access.Person) (steps []string) {
	t.Helper()
	me, err := memberDoor{n}.Me(context.Background(), who)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range me.History {
		steps = append(steps, s.Role+":"+s.What)
	}
	slices.Reverse(steps)
	return steps
}

// TestMemberLives goes the whole way of one person: invited, let in, the card
// published and edited by several hands, taken to another collective, erased.
func TestMemberLives(t *testing.T) {
	ctx := context.Background()
	n, other := namedNode(t), namedNode(t)
	door := memberDoor{n}
	link := invite(t, n, "Camille")
	if link.Member.State != card.MemberInvited || time.Until(link.ExpiresAt) > linkAge {
		t.Fatalf("%+v", link)
	}
	who := comeIn(t, n, link)

	p := camille("Graphiste", "graphisme")
	_, err := door.PublishCard(ctx, who, p, nil)
	wantProblem(t, err, card.Invalid, "consent_membership")
	if err := door.KeepDraft(ctx, who, p); err != nil {
		t.Fatal(err)
	}
	if me, err := door.Me(ctx, who); err != nil || me.Card != nil || me.Draft == nil || me.Draft.Headline != "Graphiste" {
		t.Fatal(err, me)
	}
	done, err := door.PublishCard(ctx, who, p, bothConsents)
	if err != nil || !done.Created || done.Collectives[0].Custody != "node" {
		t.Fatal(err, done)
	}
	secret, err := protocol.ParseRecoverySecret(done.RecoverySecret)
	if err != nil || secret.String() != done.RecoverySecret {
		t.Fatal("the recovery secret does not verify:", err)
	}
	again, err := door.PublishCard(ctx, who, camille("Graphiste et autrice"), nil)
	if err != nil || again.ID != done.ID || again.RecoverySecret != "" || again.Created {
		t.Fatal(err, again)
	}

	four := uint(4)
	if _, err := door.SetAvailability(ctx, who, card.Availability{DaysPerWeek: &four, From: "2027-01-04"}); err != nil {
		t.Fatal(err)
	}
	if q, err := door.ConfirmCard(ctx, who); err != nil || q.AvailableFrom != "2027-01-04" || q.Headline != "Graphiste et autrice" {
		t.Fatal(err, q)
	}
	if _, err := n.ReplaceProfile(withActor(ctx, sophie), done.ID, camille("Corrigée")); err != nil {
		t.Fatal(err)
	}
	if _, err := n.ConfirmProfile(ctx, done.ID); err != nil {
		t.Fatal(err)
	}
	if err := door.KeepSecret(ctx, who); err != nil {
		t.Fatal(err)
	}
	want := []string{"coordinator:invited", "member:published", "member:changed", "member:availability", "member:confirmed", "coordinator:changed", "command:confirmed", "member:secret_kept"}
	if got := stepsOf(t, n, who); !slices.Equal(got, want) {
		t.Errorf("history %q, %q expected", got, want)
	}
	me, err := door.Me(ctx, who)
	if err != nil || me.Draft != nil || !me.SecretKept || len(me.Consents) != 2 || me.History[2].By != "Sophie" {
		t.Errorf("%v %+v", err, me)
	}

	// To the other collective, with the identity.
	feed(t, other, wiresOf(t, n)...)
	there := comeIn(t, other, invite(t, other, "Camille"))
	_, err = memberDoor{other}.MoveIn(ctx, there, done.ID, done.RecoverySecret, nil)
	wantProblem(t, err, card.Invalid, "consent_membership")
	moved, err := memberDoor{other}.MoveIn(ctx, there, done.ID, done.RecoverySecret, bothConsents)
	if err != nil || moved.ID != done.ID || moved.Headline != "Corrigée" {
		t.Fatal(err, moved)
	}
	feed(t, n, wiresOf(t, other)...)
	if me, err := door.Me(ctx, who); err != nil || me.State != card.MemberMoved || me.Card.RecordID != moved.RecordID {
		t.Errorf("the former collective does not know that the card moved: %v %+v", err, me.Member)
	}
	_, err = door.ConfirmCard(ctx, who)
	wantProblem(t, err, card.Forbidden, "")
	if err := door.EraseMember(ctx, who); err != nil {
		t.Fatal(err)
	}
	if _, err := other.Profile(ctx, done.ID); err != nil {
		t.Error("leaving here erased the card there:", err)
	}
	if q, err := (memberDoor{other}).SetAvailability(ctx, there, card.Availability{DaysPerWeek: new(uint)}); err != nil || *q.DaysPerWeek != 0 {
		t.Error(err, q)
	}

	// Erased: everywhere, and nothing is left of the entry.
	if err := (memberDoor{other}).EraseMember(ctx, there); err != nil {
		t.Fatal(err)
	}
	feed(t, n, wiresOf(t, other)...)
	for _, at := range []*Node{n, other} {
		_, err = at.Profile(ctx, done.ID)
		wantProblem(t, err, card.Gone, "id")
		if left, err := at.MemberEntries(ctx); err != nil || len(left) != 0 {
			t.Error("left of the erased:", err, left)
		}
	}
	_, err = memberDoor{other}.Me(ctx, there)
	wantProblem(t, err, card.NotFound, "id")
}

// TestMemberLinks: a link lets in once, a fresh one ends the one before, and
// a removed member has no way in.
func TestMemberLinks(t *testing.T) {
	ctx := context.Background()
	n := namedNode(t)
	first := invite(t, n, "Camille")
	second, err := n.LinkMember(ctx, sophie, first.Member.ID)
	if err != nil || second.Path == first.Path {
		t.Fatal(err, second)
	}
	if _, err := pressLink(n, first); err == nil {
		t.Error("a link that was replaced lets in")
	}
	who := comeIn(t, n, second)
	if _, err := pressLink(n, second); err == nil {
		t.Error("a link lets in twice")
	}
	if who.ID != identityOf(t, first.Member.ID) {
		t.Error("the session is for somebody else")
	}
	third, err := n.LinkMember(ctx, sophie, first.Member.ID)
	if err != nil {
		t.Fatal(err)
	}
	if listed, err := n.MemberEntries(ctx); err != nil || len(listed) != 1 || listed[0].SeenAt == nil || listed[0].LinkExpiresAt == nil {
		t.Error(err, listed)
	}
	if err := n.EndMemberSessions(ctx, sophie, first.Member.ID); err != nil {
		t.Fatal(err)
	}
	if held, err := n.access.Sessions(who.ID); err != nil || len(held) != 0 {
		t.Error(err, held)
	}
	if _, err := pressLink(n, third); err == nil {
		t.Error("a link outlives the end of all sessions")
	}
	fourth, err := n.LinkMember(ctx, sophie, first.Member.ID)
	if err != nil {
		t.Fatal(err)
	}
	comeIn(t, n, fourth)
	if err := n.RemoveMember(ctx, sophie, first.Member.ID); err != nil {
		t.Fatal(err)
	}
	if held, err := n.access.Sessions(who.ID); err != nil || len(held) != 0 {
		t.Error("a removed member is still in:", err, held)
	}
	_, err = n.LinkMember(ctx, sophie, first.Member.ID)
	wantProblem(t, err, card.NotFound, "id")
	for _, name := range []string{"", " \t", strings.Repeat("é", 81)} {
		_, err := n.InviteMember(ctx, sophie, name)
		wantProblem(t, err, card.Invalid, "name")
	}
}

// TestLinkForACard: who was published by the command line gets a page too, and
// only one.
func TestLinkForACard(t *testing.T) {
	ctx := context.Background()
	n := namedNode(t)
	p := mustPublish(t, n, camille("Graphiste"), "ref-1")
	if listed, err := n.MemberEntries(ctx); err != nil || len(listed) != 1 || listed[0].ID != "" || listed[0].Profile != p.ID {
		t.Fatal(err, listed)
	}
	link, err := n.LinkMember(ctx, access.Person{}, p.ID)
	if err != nil || link.Member.State != card.MemberPublished {
		t.Fatal(err, link)
	}
	same, err := n.LinkMember(ctx, sophie, p.ID)
	if err != nil || same.Member.ID != link.Member.ID {
		t.Fatal("a second entry for one card:", err, same.Member)
	}
	who := comeIn(t, n, same)
	mustPublish(t, n, camille("Par une liste"), "ref-1")
	if got, want := stepsOf(t, n, who), []string{"command:invited", "command:changed"}; !slices.Equal(got, want) {
		t.Errorf("history %q, %q expected", got, want)
	}
	if err := n.RemoveProfile(ctx, p.ID); err != nil {
		t.Fatal(err)
	}
	me, err := memberDoor{n}.Me(ctx, who)
	if err != nil || me.State != card.MemberEnded || me.Card != nil || me.History[0].What != card.StepErased {
		t.Fatal(err, me)
	}
	// Erased by the collective, the person can begin again, as somebody new.
	done, err := memberDoor{n}.PublishCard(ctx, who, camille("Encore"), bothConsents)
	if err != nil || done.ID == p.ID || done.RecoverySecret == "" {
		t.Fatal(err, done)
	}
	stranger := newPerson(t)
	feed(t, n, profileWire(t, "test", stranger, time.Now()))
	_, err = n.LinkMember(ctx, sophie, stranger.Identity().String())
	wantProblem(t, err, card.Forbidden, "")
}

// TestMoveInRefuses: what must not move by this door.
func TestMoveInRefuses(t *testing.T) {
	ctx := context.Background()
	n := serviceNode(t, t.TempDir())
	made, err := n.Init(ctx, card.Collective{Name: "Les Indés", Place: card.Place{Text: "Toulouse"}})
	if err != nil {
		t.Fatal(err)
	}
	door := memberDoor{n}
	who := comeIn(t, n, invite(t, n, "Malik"))
	// The collective itself, even where it has signed a card.
	author, _ := n.keys.Collective()
	feed(t, n, profileWire(t, "test", author, time.Now()))
	_, err = door.MoveIn(ctx, who, made.ID, made.RecoverySecret, bothConsents)
	wantProblem(t, err, card.NotFound, "id")
	if now, _ := n.keys.Collective(); now.Signer.Generation() != author.Signer.Generation() {
		t.Error("a member's page moved the collective to another key")
	}
	taken := comeIn(t, n, invite(t, n, "Camille"))
	done, err := door.PublishCard(ctx, taken, camille("Graphiste"), bothConsents)
	if err != nil {
		t.Fatal(err)
	}
	_, err = door.MoveIn(ctx, who, done.ID, done.RecoverySecret, bothConsents)
	wantProblem(t, err, card.Conflict, "")
	_, err = door.MoveIn(ctx, who, strings.Repeat("a", 52), done.RecoverySecret, bothConsents)
	wantProblem(t, err, card.NotFound, "id")
	own, err := door.PublishCard(ctx, who, camille("Malik"), bothConsents)
	if err != nil {
		t.Fatal(err)
	}
	_, err = door.MoveIn(ctx, who, own.ID, done.RecoverySecret, nil)
	wantProblem(t, err, card.Invalid, "recovery_secret")
}

// TestPublishCutOff: the card was published and the entry never heard of it;
// it finds its card again, and a second press makes no second person.
func TestPublishCutOff(t *testing.T) {
	ctx := context.Background()
	n := namedNode(t)
	door := memberDoor{n}
	who := comeIn(t, n, invite(t, n, "Camille"))
	p := mustPublish(t, n, camille("Graphiste"), memberRef(who.ID))
	me, err := door.Me(ctx, who)
	if err != nil || me.Profile != p.ID || me.State != card.MemberPublished {
		t.Fatal(err, me)
	}
	done, err := door.PublishCard(ctx, who, camille("Autrice"), bothConsents)
	if err != nil || done.ID != p.ID {
		t.Fatal(err, done)
	}
}

// TestMembersTouchTheirOwnOnly: nobody but a member has a card at this door,
// and what one does leaves the others as they are.
func TestMembersTouchTheirOwnOnly(t *testing.T) {
	ctx := context.Background()
	n := namedNode(t)
	door := memberDoor{n}
	_, err := door.Me(ctx, sophie)
	wantProblem(t, err, card.Forbidden, "")
	one, two := comeIn(t, n, invite(t, n, "Une")), comeIn(t, n, invite(t, n, "Deux"))
	first, err := door.PublishCard(ctx, one, camille("Une"), bothConsents)
	if err != nil {
		t.Fatal(err)
	}
	stolen := camille("Deux")
	stolen.ID = first.ID
	second, err := door.PublishCard(ctx, two, stolen, bothConsents)
	if err != nil || second.ID == first.ID {
		t.Fatal(err, second)
	}
	_, err = door.PublishCard(ctx, two, stolen, nil)
	wantProblem(t, err, card.Invalid, "id")
	if err := door.EraseMember(ctx, two); err != nil {
		t.Fatal(err)
	}
	if q, err := n.Profile(ctx, first.ID); err != nil || q.RecordID != first.RecordID {
		t.Error(err, q)
	}
}

// A member reads the missions that were meant for the members, not what the
// coordinators are still writing, and the world reads neither.
func TestMembersReadTheirMissions(t *testing.T) {
	ctx := context.Background()
	n := namedNode(t)
	who := comeIn(t, n, invite(t, n, "Une"))
	ids := map[string]string{}
	for _, audience := range []string{"", card.AudienceCollective} {
		m, err := n.PostMission(ctx, card.Mission{Title: "Une enseigne", Place: card.Place{Text: "Toulouse"}}, false)
		if err != nil {
			t.Fatal(err)
		}
		raw, err := parseID("mission", m.ID)
		if err != nil {
			t.Fatal(err)
		}
		d, err := n.inbox.Draft(raw)
		if err != nil {
			t.Fatal(err)
		}
		d.Audience = audience
		if err := n.inbox.PutDraft(d); err != nil {
			t.Fatal(err)
		}
		ids[audience] = m.ID
	}
	if m, err := (memberDoor{n}).MissionFor(ctx, who, ids[card.AudienceCollective]); err != nil || m.Title != "Une enseigne" {
		t.Error(m, err)
	}
	_, err := (memberDoor{n}).MissionFor(ctx, who, ids[""])
	wantProblem(t, err, card.NotFound, "id")
	_, err = webBackend{n}.Mission(ctx, ids[card.AudienceCollective])
	wantProblem(t, err, card.NotFound, "id")
}

// TestMemberEntryIsBounded: a history never grows out of its shelf.
func TestMemberEntryIsBounded(t *testing.T) {
	var e memberEntry
	now := time.Now().UTC()
	for i := range 3 * maxMemberSteps {
		e.add(card.MemberStep{At: now.Add(time.Duration(i)), What: card.StepAvailability, By: strings.Repeat("é", 80), Role: "coordinator"})
		e.consent([]card.Consent{{What: "membership", Wording: i, Language: "fr"}}, now)
	}
	if len(e.History) != maxMemberSteps || len(e.Consents) != maxMemberConsents || !e.History[maxMemberSteps-1].At.After(e.History[0].At) {
		t.Fatal(len(e.History), len(e.Consents))
	}
	n := namedNode(t)
	who := comeIn(t, n, invite(t, n, "Camille"))
	p := camille("Graphiste")
	p.About = strings.Repeat("<", protocol.MaxAboutRunes)
	e.Draft, e.Name = &p, strings.Repeat("é", 80)
	if err := n.memberShelf().Put(who.ID, e); err != nil {
		t.Error("a full entry does not fit its shelf:", err)
	}
	p.About = strings.Repeat("<", 10*protocol.MaxAboutRunes)
	wantProblem(t, memberDoor{n}.KeepDraft(context.Background(), who, p), card.Invalid, "about")
}

// TestInvitationsEnd: what nobody took up is deleted, what has a card stays.
func TestInvitationsEnd(t *testing.T) {
	ctx := context.Background()
	n := namedNode(t)
	invite(t, n, "Personne")
	who := comeIn(t, n, invite(t, n, "Camille"))
	if _, err := (memberDoor{n}).PublishCard(ctx, who, camille("Graphiste"), bothConsents); err != nil {
		t.Fatal(err)
	}
	if err := n.sweepMembers(time.Now().Add(invitationKept + time.Hour)); err != nil {
		t.Fatal(err)
	}
	left := 0
	err := n.memberShelf().Each(func(key inbox.ID, _ memberEntry) error {
		left++
		if key != who.ID {
			t.Error("an invitation stayed")
		}
		return nil
	})
	if err != nil || left != 1 {
		t.Fatal(err, left)
	}
}
