package node

import (
	"strings"
	"testing"
	"time"

	"courtcircuit/node/card"
	"courtcircuit/node/inbox"
)

func deposit(t *testing.T, n *Node, f card.BriefForm) card.Deposited {
	t.Helper()
	d, err := n.DepositBrief(t.Context(), f, "", "")
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestBriefForTheOwnCollective(t *testing.T) {
	n, ctx := namedNode(t), t.Context()
	d := deposit(t, n, grocery())
	if d.Track.State != card.BriefReceived || d.Link != "/suivi/"+d.Secret || len(d.Secret) != 43 || d.Track.To.Name != "Les Indés" {
		t.Fatalf("%+v", d)
	}
	b := theBrief(t, n, card.BriefReceived)
	if b.From != nil || b.Contact.Email != canaryEmail || b.Place.Resolved.Name != "Toulouse" || b.Audience != card.AudienceCollective {
		t.Errorf("%+v", b)
	}
	if _, err := n.Brief(ctx, b.ID); err != nil {
		t.Fatal(err)
	}
	wantTrack(t, n, d.Secret, card.BriefReceived)
	for range 2 { // the second reader is not noted
		must[card.Brief](t)(n.ReadBrief(ctx, lou, b.ID))
	}
	if tr := wantTrack(t, n, d.Secret, card.BriefRead); len(tr.Steps) != 2 || tr.Steps[1].By != "Lou Garnier" {
		t.Errorf("steps %+v", tr.Steps)
	}
	must[card.Brief](t)(n.ProposeBrief(ctx, lou, b.ID, publicText(), card.AudienceNetwork))
	old := wantTrack(t, n, d.Secret, card.BriefProposed).Text
	if old.Mission.Title != "Identité d'une épicerie" || old.Audience != card.AudienceNetwork || old.Mission.Place.Resolved.Name != "Toulouse" {
		t.Errorf("%+v", old)
	}
	tr := must[card.Track](t)(n.AnswerBrief(ctx, d.Secret, card.BriefAnswer{Change: "Le titre est trop long"}))
	if last := tr.Steps[len(tr.Steps)-1]; tr.State != card.BriefRead || last.Words != "Le titre est trop long" {
		t.Errorf("%+v", tr)
	}
	if b = theBrief(t, n, card.BriefRead); b.Change != "Le titre est trop long" {
		t.Errorf("change %q", b.Change)
	}
	_, err := n.AnswerBrief(ctx, d.Secret, card.BriefAnswer{Accept: old.Digest})
	wantProblem(t, err, card.Conflict, "state")
	shorter := publicText()
	shorter.Title = "Une épicerie"
	must[card.Brief](t)(n.ProposeBrief(ctx, lou, b.ID, shorter, card.AudienceNetwork))
	_, err = n.AnswerBrief(ctx, d.Secret, card.BriefAnswer{Accept: old.Digest})
	wantProblem(t, err, card.Conflict, "accept")
	if own, _ := n.OwnMissions(ctx); len(own) != 0 {
		t.Fatalf("published without acceptance: %+v", own)
	}
	text := wantTrack(t, n, d.Secret, card.BriefProposed).Text
	for range 2 { // twice is once
		tr = must[card.Track](t)(n.AnswerBrief(ctx, d.Secret, card.BriefAnswer{Accept: text.Digest}))
		if tr.State != card.BriefPublished || tr.MissionURL != "/missions/"+tr.MissionID {
			t.Fatalf("%+v", tr)
		}
	}
	own := must[[]card.Mission](t)(n.OwnMissions(ctx))
	if len(own) != 1 || own[0].ID != tr.MissionID || own[0].Title != "Une épicerie" || own[0].Status != statusOpen {
		t.Errorf("%+v", own)
	}
	_, err = n.AnswerBrief(ctx, d.Secret, card.BriefAnswer{Withdraw: true})
	wantProblem(t, err, card.Conflict, "state")
	_, err = n.DeclineBrief(ctx, lou, b.ID, "")
	wantProblem(t, err, card.Conflict, "state")
}

// The record is byte for byte what the client accepted.
func TestAcceptedTextIsTheRecord(t *testing.T) {
	n, ctx := namedNode(t), t.Context()
	d := deposit(t, n, grocery())
	must[card.Brief](t)(n.ProposeBrief(ctx, lou, theBrief(t, n, card.BriefReceived).ID, publicText(), card.AudienceNetwork))
	accepted := wantTrack(t, n, d.Secret, card.BriefProposed).Text
	tr := must[card.Track](t)(n.AnswerBrief(ctx, d.Secret, card.BriefAnswer{Accept: accepted.Digest}))
	rec, _, err := n.recordOf(1, identityOf(t, tr.MissionID), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	signed := briefText{Audience: card.AudienceNetwork, Body: rec.Body}
	if got := inbox.ID(signed.digest()); got != identityOf(t, accepted.Digest) {
		t.Errorf("signed %x, accepted %s", got, accepted.Digest)
	}
}

func TestBriefForMembersNeverLeaves(t *testing.T) {
	n, ctx := namedNode(t), t.Context()
	before := len(wiresOf(t, n))
	d := deposit(t, n, grocery())
	b := theBrief(t, n, card.BriefReceived)
	must[card.Brief](t)(n.ProposeBrief(ctx, lou, b.ID, publicText(), ""))
	tr := must[card.Track](t)(n.AnswerBrief(ctx, d.Secret, card.BriefAnswer{Accept: wantTrack(t, n, d.Secret, card.BriefProposed).Text.Digest}))
	if tr.State != card.BriefPublished || tr.MissionURL != "" || tr.MissionID == "" {
		t.Errorf("%+v", tr)
	}
	list := must[[]card.Mission](t)(n.MissionsForMembers())
	if len(list) != 1 || list[0].ID != tr.MissionID || list[0].Status != statusOpen {
		t.Fatalf("%+v", list)
	}
	if got := len(wiresOf(t, n)); got != before {
		t.Errorf("%d records, %d before", got, before)
	}
	open := must[card.Mission](t)(n.PublishMission(ctx, tr.MissionID)) // later, by the coordinator
	if open.ID != tr.MissionID {
		t.Errorf("%s became %s", tr.MissionID, open.ID)
	}
	if list = must[[]card.Mission](t)(n.MissionsForMembers()); len(list) != 0 {
		t.Errorf("public and still listed: %+v", list)
	}
}

func TestBriefFieldsAreNamed(t *testing.T) {
	n := namedNode(t)
	for field, edit := range map[string]func(*card.BriefForm){
		"title":         func(f *card.BriefForm) { f.Title = strings.Repeat("a", 141) },
		"description":   func(f *card.BriefForm) { f.Description = " \n " },
		"when":          func(f *card.BriefForm) { f.When = strings.Repeat("a", 201) },
		"contact.name":  func(f *card.BriefForm) { f.Contact.Name = "" },
		"contact":       func(f *card.BriefForm) { f.Contact.Email, f.Contact.Phone = "", "" },
		"contact.email": func(f *card.BriefForm) { f.Contact.Email = "Canari <canari@exemple.fr>" },
		"contact.phone": func(f *card.BriefForm) { f.Contact.Phone = "appelez-moi" },
		"language":      func(f *card.BriefForm) { f.Language = "de" },
		"audience":      func(f *card.BriefForm) { f.Audience = card.AudienceTrusted },
		"place":         func(f *card.BriefForm) { f.Place = card.Place{} },
		"to.collective": func(f *card.BriefForm) { f.To = &card.BriefTo{Collective: "abc"} },
		"to.profile":    func(f *card.BriefForm) { f.To = &card.BriefTo{Profile: "abc"} },
	} {
		f := grocery()
		edit(&f)
		_, err := n.DepositBrief(t.Context(), f, "", "")
		wantProblem(t, err, card.Invalid, field)
	}
	long := grocery()
	long.Description = strings.Repeat("é", 8_000)
	deposit(t, n, long)
	long.Description += "é"
	_, err := n.DepositBrief(t.Context(), long, "", "")
	wantProblem(t, err, card.Invalid, "description")
	vague := grocery()
	vague.Place = card.Place{Text: "Saint-Denis"}
	_, err = n.DepositBrief(t.Context(), vague, "", "")
	if p := wantProblem(t, err, card.Ambiguous, "place"); len(p.Candidates) < 2 {
		t.Errorf("%+v", p)
	}
	_, err = serviceNode(t, t.TempDir()).DepositBrief(t.Context(), grocery(), "", "")
	wantProblem(t, err, card.Unavailable, "")
}

func TestDepositIsRepeatable(t *testing.T) {
	n := namedNode(t)
	first := must[card.Deposited](t)(n.DepositBrief(t.Context(), grocery(), "clé", "203.0.113.7:1"))
	for range 5 { // more than the burst: a repetition costs nothing
		again := must[card.Deposited](t)(n.DepositBrief(t.Context(), grocery(), "clé", "203.0.113.7:2"))
		if again.Secret != first.Secret {
			t.Fatalf("%s became %s", first.Secret, again.Secret)
		}
	}
	theBrief(t, n, card.BriefReceived)
	other := grocery()
	other.When = "en avril"
	_, err := n.DepositBrief(t.Context(), other, "clé", "")
	wantProblem(t, err, card.Conflict, "Idempotency-Key")
	elsewhere := must[card.Deposited](t)(namedNode(t).DepositBrief(t.Context(), grocery(), "clé", ""))
	if elsewhere.Secret == first.Secret {
		t.Error("another node draws the same secret from a key")
	}
	_, err = n.DepositBrief(t.Context(), grocery(), strings.Repeat("k", 201), "")
	wantProblem(t, err, card.Invalid, "Idempotency-Key")
	for _, secret := range []string{"", "abc", elsewhere.Secret, first.Secret + "A", strings.ToUpper(first.Secret)} {
		_, err := n.FollowBrief(t.Context(), secret)
		wantProblem(t, err, card.NotFound, "secret")
	}
}

// Many at once with one key are one brief.
func TestDepositAtOnce(t *testing.T) {
	n := namedNode(t)
	secrets := make(chan string, 8)
	for range cap(secrets) {
		go func() {
			d, _ := n.DepositBrief(t.Context(), grocery(), "ensemble", "")
			secrets <- d.Secret
		}()
	}
	first := <-secrets
	for range cap(secrets) - 1 {
		if s := <-secrets; s != first || s == "" {
			t.Errorf("%q and %q", first, s)
		}
	}
	theBrief(t, n, card.BriefReceived)
}

func TestContactStaysOutOfTheText(t *testing.T) {
	n, ctx := namedNode(t), t.Context()
	deposit(t, n, grocery())
	b := theBrief(t, n, card.BriefReceived)
	for field, edit := range map[string]func(*card.Mission){
		"description": func(m *card.Mission) { m.Description = "Écrire à CANARI-4711@exemple.fr" },
		"title":       func(m *card.Mission) { m.Title = "Appelez le 05.61.47.11.47" },
		"apply_by":    func(m *card.Mission) { m.ApplyBy = "2020-01-01" },
		"needs.skill": func(m *card.Mission) { m.Needs = []card.Need{{}} },
		"place":       func(m *card.Mission) { m.Place = card.Place{} },
	} {
		m := publicText()
		edit(&m)
		_, err := n.ProposeBrief(ctx, lou, b.ID, m, card.AudienceNetwork)
		wantProblem(t, err, card.Invalid, field)
	}
	_, err := n.ProposeBrief(ctx, lou, b.ID, publicText(), card.AudienceTrusted)
	wantProblem(t, err, card.Invalid, "audience")
	theBrief(t, n, card.BriefReceived)
}

func TestDeclineDeleteErase(t *testing.T) {
	n, ctx := namedNode(t), t.Context()
	d := deposit(t, n, grocery())
	b := theBrief(t, n, card.BriefReceived)
	must[card.Brief](t)(n.DeclineBrief(ctx, lou, b.ID, "Personne n'est libre en mars."))
	tr := wantTrack(t, n, d.Secret, card.BriefDeclined)
	if last := tr.Steps[len(tr.Steps)-1]; last.Words != "Personne n'est libre en mars." || last.By != "Lou Garnier" || !tr.CanOffer {
		t.Errorf("%+v", tr)
	}
	if err := n.DeleteBrief(ctx, lou, b.ID); err != nil {
		t.Fatal(err)
	}
	_, err := n.Brief(ctx, b.ID)
	wantProblem(t, err, card.NotFound, "id")
	wantTrack(t, n, d.Secret, card.BriefDeclined) // the client keeps their own words
	if err := n.EraseBrief(ctx, d.Secret); err != nil {
		t.Fatal(err)
	}
	wantProblem(t, n.EraseBrief(ctx, d.Secret), card.NotFound, "secret")

	d = deposit(t, n, grocery())
	b = theBrief(t, n, card.BriefReceived)
	if err := n.DeleteBrief(ctx, lou, b.ID); err != nil { // before anybody answered
		t.Fatal(err)
	}
	wantTrack(t, n, d.Secret, card.BriefDeclined)

	d = deposit(t, n, grocery())
	if err := n.EraseBrief(ctx, d.Secret); err != nil {
		t.Fatal(err)
	}
	if list, err := n.Briefs(ctx); err != nil || len(list) != 0 {
		t.Errorf("%v: %+v", err, list)
	}
}

// Withdrawing is possible until the text is accepted.
func TestWithdrawInEachState(t *testing.T) {
	ctx := t.Context()
	for state, lead := range map[string]func(n *Node, id, secret string) error{
		card.BriefReceived: func(*Node, string, string) error { return nil },
		card.BriefRead:     func(n *Node, id, _ string) error { _, err := n.ReadBrief(ctx, lou, id); return err },
		card.BriefProposed: func(n *Node, id, _ string) error {
			_, err := n.ProposeBrief(ctx, lou, id, publicText(), card.AudienceNetwork)
			return err
		},
		card.BriefDeclined: func(n *Node, id, _ string) error { _, err := n.DeclineBrief(ctx, lou, id, ""); return err },
	} {
		n := namedNode(t)
		d := deposit(t, n, grocery())
		b := theBrief(t, n, card.BriefReceived)
		if err := lead(n, b.ID, d.Secret); err != nil {
			t.Fatal(err)
		}
		_, err := n.AnswerBrief(ctx, d.Secret, card.BriefAnswer{Withdraw: true})
		if state == card.BriefDeclined {
			wantProblem(t, err, card.Conflict, "state")
			continue
		}
		if err != nil {
			t.Fatalf("%s: %v", state, err)
		}
		wantTrack(t, n, d.Secret, card.BriefWithdrawn)
		_, err = n.ProposeBrief(ctx, lou, b.ID, publicText(), card.AudienceNetwork)
		wantProblem(t, err, card.Conflict, "state")
		must[card.Track](t)(n.AnswerBrief(ctx, d.Secret, card.BriefAnswer{Withdraw: true})) // again is no error
	}
	n := namedNode(t)
	d := deposit(t, n, grocery())
	for _, a := range []card.BriefAnswer{{}, {Withdraw: true, Change: "x"}, {Accept: "abc"}, {Change: strings.Repeat("a", 2_001)}} {
		_, err := n.AnswerBrief(ctx, d.Secret, a)
		if !isProblem(err, card.Invalid) {
			t.Errorf("%+v: %v", a, err)
		}
	}
}
