package node

import (
	"context"
	"crypto/rand"
	"errors"
	"testing"
	"time"

	"courtcircuit/node/access"
	"courtcircuit/node/card"
	"courtcircuit/node/delivery"
	"courtcircuit/node/inbox"
	"courtcircuit/protocol"
)

var lou = access.Person{Role: access.Coordinator, Name: "Lou Garnier"}

// canary stands in every field of a client's that no record may hold.
const (
	canaryEmail = "canari-4711@exemple.fr"
	canaryPhone = "+33 5 61 47 11 47"
	canaryName  = "Canari Quarante-Sept-Onze"
)

func grocery() card.BriefForm {
	return card.BriefForm{
		Title: "Une épicerie associative", Description: "Il nous faut un nom, un logo et un site simple.", Place: card.Place{Text: "31000"},
		When: "en mars", Contact: card.BriefContact{Name: canaryName, Email: canaryEmail, Phone: canaryPhone},
	}
}

// publicText is what a coordinator makes of it.
func publicText() card.Mission {
	return card.Mission{Title: "Identité d'une épicerie", Place: card.Place{Text: "31000"}, Needs: []card.Need{{Skill: "graphisme", Days: 10}}, Languages: []string{"fr"}}
}

// heldPost keeps messages until a test delivers them, in whichever order and
// however often.
type heldPost struct {
	from *Node
	out  []delivery.Received
	back map[inbox.ID]bool // taken back, and perhaps under way already
}

func (p *heldPost) QueueIn(_ *inbox.Tx, to protocol.Identity, kind string, body []byte) (id [32]byte, err error) {
	rand.Read(id[:])
	p.out = append(p.out, delivery.Received{ID: id, From: p.from.ownIdentity(), To: to, Kind: kind, Body: body, SentAt: time.Now(), ReceivedAt: time.Now()})
	return id, nil
}

func (p *heldPost) WithdrawIn(_ *inbox.Tx, id [32]byte) error {
	if p.back == nil {
		p.back = map[inbox.ID]bool{}
	}
	p.back[id] = true
	return nil
}

func (p *heldPost) Wake() {}

// take gives a message to the node that it is for.
func (n *Node) takeMessage(m delivery.Received) error {
	handlers := map[string]delivery.Handler{kindBrief: n.takeBrief, kindBriefState: n.takeReport, kindBriefAnswer: n.takeAnswer}
	return n.inbox.Update(func(tx *inbox.Tx) error { return handlers[m.Kind](tx, m) })
}

// end says to the sender how the sending ended.
func (n *Node) endMessage(m delivery.Received, delivered bool) error {
	o := delivery.Outcome{ID: m.ID, To: m.To, Kind: m.Kind, Delivered: delivered, At: time.Now()}
	return n.inbox.Update(func(tx *inbox.Tx) error {
		switch m.Kind {
		case kindBrief:
			return n.briefEnded(tx, o)
		case kindBriefAnswer:
			return n.answerEnded(tx, o)
		}
		return nil
	})
}

// briefPair is a node where a client is, and one of another collective that
// answers, without a network between them.
type briefPair struct {
	t            *testing.T
	here, there  *Node
	sent, answer *heldPost
}

func newBriefPair(t *testing.T) *briefPair {
	p := &briefPair{t: t, here: namedNode(t), there: serviceNode(t, t.TempDir())}
	if _, err := p.there.Init(context.Background(), card.Collective{Name: "La Fabrique", Place: card.Place{Text: "Bordeaux"}, Languages: []string{"fr"}}); err != nil {
		t.Fatal(err)
	}
	feed(t, p.here, wiresOf(t, p.there)...)
	feed(t, p.there, wiresOf(t, p.here)...)
	p.sent, p.answer = &heldPost{from: p.here}, &heldPost{from: p.there}
	p.here.briefs.post, p.there.briefs.post = p.sent, p.answer
	return p
}

// settle delivers until nothing is under way, and lets both nodes publish.
func (p *briefPair) settle() {
	p.t.Helper()
	for len(p.sent.out)+len(p.answer.out) > 0 {
		p.pass(p.sent, p.here, p.there)
		p.pass(p.answer, p.there, p.here)
	}
}

func (p *briefPair) pass(post *heldPost, from, to *Node) {
	p.t.Helper()
	held := post.out
	post.out = nil
	for _, m := range held {
		err := to.takeMessage(m)
		var refusal *delivery.Refusal
		if err != nil && !errors.As(err, &refusal) {
			p.t.Fatalf("%s not taken: %v", m.Kind, err)
		}
		to.settleBriefs(p.t.Context())
		if err := from.endMessage(m, err == nil); err != nil {
			p.t.Fatal(err)
		}
	}
}

func (p *briefPair) to() *card.BriefTo {
	return &card.BriefTo{Collective: p.there.ownIdentity().String()}
}

// wantState reads the client's link.
func wantTrack(t *testing.T, n *Node, secret, state string) card.Track {
	t.Helper()
	tr, err := n.FollowBrief(t.Context(), secret)
	if err != nil {
		t.Fatal(err)
	}
	if tr.State != state {
		t.Fatalf("the client sees %s, %s expected; steps %+v", tr.State, state, tr.Steps)
	}
	return tr
}

// theBrief is the only one that a node has.
func theBrief(t *testing.T, n *Node, state string) card.Brief {
	t.Helper()
	list, err := n.Briefs(t.Context())
	if err != nil || len(list) != 1 || list[0].State != state {
		t.Fatalf("%v: %+v, one in state %s expected", err, list, state)
	}
	return list[0]
}

func must[T any](t *testing.T) func(v T, err error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}
