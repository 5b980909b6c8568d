package nodesim

import (
	"crypto/rand"
	"fmt"
	"testing"
	"time"

	"courtcircuit/protocol"
)

// Person makes an author.
func Person(t testing.TB) protocol.Author {
	t.Helper()
	a, _, err := protocol.NewAuthor(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// ProfileOf seals a profile issued now.
func ProfileOf(t testing.TB, a protocol.Author, name string) []byte {
	t.Helper()
	return profileAt(t, a, name, time.Now())
}

func profileAt(t testing.TB, a protocol.Author, name string, now time.Time) []byte {
	t.Helper()
	p := &protocol.Profile{
		Name: name, Place: protocol.PlaceAt(43.6, 1.44), Skills: []string{"graphisme"}, Languages: []string{"fr"},
		ConfirmedAtMillis: now.UnixMilli(),
	}
	d, err := p.Draft(nil, now.UnixMilli())
	if err != nil {
		t.Fatal(err)
	}
	return seal(t, a, d)
}

func seal(t testing.TB, a protocol.Author, d protocol.Draft) []byte {
	t.Helper()
	wire, err := protocol.Seal(NetworkName, a, d)
	if err != nil {
		t.Fatal(err)
	}
	return wire
}

// Profiles seals profiles of that many new people.
func Profiles(t testing.TB, count int) [][]byte {
	t.Helper()
	out := make([][]byte, count)
	for i := range out {
		out[i] = ProfileOf(t, Person(t), fmt.Sprintf("Camille Moreau %d", i))
	}
	return out
}

// UnknownKind seals a record of a kind that no version knows yet.
func UnknownKind(t testing.TB, a protocol.Author) []byte {
	t.Helper()
	return seal(t, a, protocol.Draft{Kind: 1500, IssuedAtMillis: time.Now().UnixMilli(), BodyVersion: 1, Body: []byte("later")})
}

// Holds says whether a node holds the record.
func (n *Node) Holds(wire []byte) bool {
	rec, err := protocol.Parse(wire)
	if err != nil {
		return false
	}
	return n.HoldsRecord(rec.ID)
}

// author is a fresh identity of the attack, the same in every run of a seed.
func (a *attack) author(i int) protocol.Author {
	a.t.Helper()
	author, _, err := protocol.NewAuthor(a.seed.source(fmt.Sprintf("attack at %d, author %d", a.at.UnixMilli(), i)))
	if err != nil {
		a.t.Fatal(err)
	}
	return author
}

func (a *attack) profile(i int) []byte {
	a.t.Helper()
	return profileAt(a.t, a.author(i), fmt.Sprintf("Foule %d", i), a.at)
}
