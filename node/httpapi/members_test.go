package httpapi

import (
	"context"
	"net/http"
	"slices"
	"testing"

	"courtcircuit/node/card"
)

func (f *fakeNode) MemberEntries(context.Context) ([]card.Member, error) { return f.members, f.fail }

func (f *fakeNode) InviteMember(_ context.Context, name string) (card.MemberLink, error) {
	m := card.Member{ID: idOf(9), Name: name, State: card.MemberInvited}
	f.members = append(f.members, m)
	return card.MemberLink{Member: m, Path: "/moi/entrer/secret"}, f.fail
}

func (f *fakeNode) LinkMember(_ context.Context, id string) (card.MemberLink, error) {
	return card.MemberLink{Member: card.Member{ID: id}, Path: "/moi/entrer/secret"}, f.fail
}

func (f *fakeNode) RemoveMember(_ context.Context, id string) error {
	if !slices.ContainsFunc(f.members, func(m card.Member) bool { return m.ID == id }) {
		return notFound("member")
	}
	f.members = slices.DeleteFunc(f.members, func(m card.Member) bool { return m.ID == id })
	return f.fail
}

func TestMembersOverTheInterface(t *testing.T) {
	a, node := newTestAPI(t)
	link := decode[card.MemberLink](t, call{method: "POST", path: "/api/v1/members", body: `{"name":"Camille"}`, token: true}, a, http.StatusCreated)
	if link.Member.Name != "Camille" || link.Path != "/moi/entrer/secret" {
		t.Errorf("invited: %+v", link)
	}
	if got := decode[list[card.Member]](t, call{method: "GET", path: "/api/v1/members", token: true}, a, http.StatusOK); len(got.Results) != 1 {
		t.Errorf("members: %+v", got)
	}
	if again := decode[card.MemberLink](t, call{method: "POST", path: "/api/v1/members/" + idOf(9) + "/link", token: true}, a, http.StatusCreated); again.Member.ID != idOf(9) {
		t.Errorf("link: %+v", again)
	}
	for _, want := range []int{http.StatusNoContent, http.StatusNotFound} {
		if w := (call{method: "DELETE", path: "/api/v1/members/" + idOf(9), token: true}).do(t, a); w.Code != want {
			t.Errorf("remove: %d, %d expected", w.Code, want)
		}
	}
	for name, c := range map[string]call{
		"no name": {method: "POST", path: "/api/v1/members", body: `{"name":""}`},
		"unknown": {method: "POST", path: "/api/v1/members", body: `{"name":"Camille","role":"boss"}`},
		"id":      {method: "DELETE", path: "/api/v1/members/camille"},
	} {
		c.token = true
		if w := c.do(t, a); w.Code != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
	}
	for _, c := range []call{{method: "GET", path: "/api/v1/members"}, {method: "POST", path: "/api/v1/members", body: `{"name":"Camille"}`}} {
		if w := c.do(t, a); w.Code != http.StatusUnauthorized {
			t.Errorf("without the token: %d", w.Code)
		}
	}
	if len(node.members) != 0 {
		t.Errorf("a refused call reached the node: %+v", node.members)
	}
}

func TestClientInvites(t *testing.T) {
	c, node := dialed(t)
	link, err := c.InviteMember(t.Context(), "Camille")
	if err != nil || link.Member.Name != "Camille" {
		t.Fatal(err, link)
	}
	if got, err := c.Members(t.Context()); err != nil || len(got) != 1 {
		t.Error(err, got)
	}
	if again, err := c.LinkMember(t.Context(), idOf(9)); err != nil || again.Path == "" {
		t.Error(err, again)
	}
	if err := c.RemoveMember(t.Context(), idOf(9)); err != nil || len(node.members) != 0 {
		t.Error(err, node.members)
	}
}
