package nodesim

import (
	"fmt"
	"io"
	"math/rand/v2"
	"testing"
	"time"

	"courtcircuit/protocol"
)

// writer is an identity that publishes, a person or a collective. It knows its
// own past, as a member's node does, and uses any node that runs.
type writer struct {
	name   string
	author protocol.Author
	secret protocol.RecoverySecret
	keys   io.Reader // of its successions
}

var simSkills = []string{"graphisme", "soudure", "traduction"}

// castOf makes the writers of a seed.
func castOf(t testing.TB, s Seed, people, collectives int) (out struct{ people, clubs []*writer }) {
	t.Helper()
	one := func(name string) *writer {
		w := &writer{name: name, keys: s.source(name)}
		var err error
		if w.author, w.secret, err = protocol.NewAuthor(w.keys); err != nil {
			t.Fatal(err)
		}
		return w
	}
	for i := range people {
		out.people = append(out.people, one(fmt.Sprintf("Camille Moreau %d", i)))
	}
	for i := range collectives {
		out.clubs = append(out.clubs, one(fmt.Sprintf("Les Indés %d", i)))
	}
	return out
}

func (w *writer) seal(t testing.TB, d protocol.Draft, err error) []byte {
	t.Helper()
	if err != nil {
		t.Fatalf("draft of %s: %v", w.name, err)
	}
	return seal(t, w.author, d)
}

// writePerson draws what a person does next: mostly edits of the card.
func writePerson(t testing.TB, r *rand.Rand, w, club *writer, at time.Time) (what string, wire []byte) {
	t.Helper()
	ms := at.UnixMilli()
	switch n := r.IntN(20); {
	case n < 13:
		p := &protocol.Profile{
			Name: w.name, Headline: fmt.Sprint("Version ", ms), Place: protocol.PlaceAt(43+float64(r.IntN(500))/100, 1+float64(r.IntN(300))/100),
			Skills: []string{pick(r, simSkills)}, Languages: []string{"fr"}, ConfirmedAtMillis: ms,
		}
		var g *protocol.Grant
		if r.IntN(2) == 0 {
			grant, err := protocol.NewGrant(NetworkName, club.author, w.author.Identity(), at, 300*24*time.Hour, protocol.CustodyNode)
			if err != nil {
				t.Fatal(err)
			}
			g = &grant
		}
		d, err := p.Draft(g, ms)
		return "profile", w.seal(t, d, err)
	case n < 15:
		return "profile tombstone", w.seal(t, protocol.Draft{Kind: protocol.KindProfile, IssuedAtMillis: ms}, nil)
	case n < 18:
		return "erasure", w.seal(t, protocol.ErasureDraft(nil, ms), nil)
	default:
		return "succession", w.succeed(t, ms)
	}
}

// writeClub draws what a collective does next: missions with their states,
// its own card, dismissals, now and then a new key.
func writeClub(t testing.TB, r *rand.Rand, w, person *writer, at time.Time) (what string, wire []byte) {
	t.Helper()
	ms, slot := at.UnixMilli(), [16]byte{byte(r.IntN(4)), 1}
	switch n := r.IntN(20); {
	case n < 11:
		state := pick(r, []protocol.MissionState{protocol.MissionOpen, protocol.MissionAttributed, protocol.MissionClosed})
		m := &protocol.Mission{
			Title: fmt.Sprint("Identité visuelle ", ms), Place: protocol.PlaceAt(43.6, 1.44), State: state,
			Needs: []protocol.Need{{Skill: pick(r, simSkills), Count: 1}},
		}
		d, err := m.Draft(slot, ms)
		return "mission " + state.String(), w.seal(t, d, err)
	case n < 13:
		return "mission tombstone", w.seal(t, protocol.Draft{Kind: protocol.KindMission, Slot: slot[:], IssuedAtMillis: ms}, nil)
	case n < 16:
		d, err := (&protocol.Collective{Name: w.name, Place: protocol.PlaceAt(43.6, 1.44), Languages: []string{"fr"}}).Draft(ms)
		return "collective", w.seal(t, d, err)
	case n < 19:
		return "dismissal", w.seal(t, protocol.DismissalDraft(person.author.Identity(), ms), nil)
	default:
		return "succession", w.succeed(t, ms)
	}
}

func (w *writer) succeed(t testing.TB, ms int64) []byte {
	t.Helper()
	key, err := protocol.NewPrivateKey(w.keys)
	if err != nil {
		t.Fatal(err)
	}
	if w.author, err = w.author.Signer.Succeed(NetworkName, w.secret, key); err != nil {
		t.Fatal(err)
	}
	return w.seal(t, protocol.SuccessionDraft(nil, ms), nil)
}
