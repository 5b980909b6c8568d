package web

import (
	"net/http"
	"strings"
	"testing"

	"courtcircuit/node/card"
)

// A mission that never leaves the collective has a page of its own for its
// members, and none for the world.
func TestMissionForMembers(t *testing.T) {
	d := newMeDoor(t)
	d.fake.withCard(camilleHere)
	own := newFakeReader().missions[fakeID("open")]
	own.ID, own.RecordID, own.Title = fakeID("inside"), "", "Une enseigne"
	d.fake.missions = []card.FoundMission{{Mission: own}, {Mission: newFakeReader().missions[fakeID("open")]}}
	home := d.get("/moi")
	for _, address := range []string{meMissions + own.ID, "/missions/" + fakeID("open")} {
		if !strings.Contains(home.body, `href="`+address+`"`) {
			t.Errorf("no link to %s", address)
		}
	}
	page := d.get(meMissions + own.ID)
	if page.code != http.StatusOK || !strings.Contains(page.body, "Une enseigne") || strings.Contains(page.body, "/signaler/") {
		t.Errorf("%d: %s", page.code, page.body)
	}
	if page := d.get(meMissions + fakeID("open")); page.code != http.StatusNotFound {
		t.Errorf("a public mission answers %d there, 404 expected", page.code)
	}
}
