package httpapi

import (
	"errors"
	"net/http"
	"testing"

	"courtcircuit/node/card"
)

func TestModerationOverTheInterface(t *testing.T) {
	a, node := newTestAPI(t)
	node.reports = []card.Report{{ID: idOf(3), Kind: "profile", Subject: idOf(1), Reason: "spam"}}
	if got := decode[list[card.Report]](t, call{method: "GET", path: "/api/v1/reports", token: true}, a, http.StatusOK); len(got.Results) != 1 || got.Results[0].ID != idOf(3) {
		t.Errorf("reports: %+v", got)
	}
	for _, want := range []int{http.StatusNoContent, http.StatusNotFound} {
		if w := (call{method: "DELETE", path: "/api/v1/reports/" + idOf(3), token: true}).do(t, a); w.Code != want {
			t.Errorf("dismiss: %d, %d expected", w.Code, want)
		}
	}
	body := `{"kind":"profile","id":"` + idOf(1) + `","reason":"usurpation"}`
	if h := decode[card.Hidden](t, call{method: "POST", path: "/api/v1/hidden", body: body, token: true}, a, http.StatusOK); h.Subject != idOf(1) || h.Reason != "usurpation" {
		t.Errorf("hidden: %+v", h)
	}
	if got := decode[list[card.Hidden]](t, call{method: "GET", path: "/api/v1/hidden", token: true}, a, http.StatusOK); len(got.Results) != 1 {
		t.Errorf("hidden: %+v", got)
	}
	for _, want := range []int{http.StatusNoContent, http.StatusNotFound} {
		if w := (call{method: "DELETE", path: "/api/v1/hidden/profile/" + idOf(1), token: true}).do(t, a); w.Code != want {
			t.Errorf("unhide: %d, %d expected", w.Code, want)
		}
	}
	for name, c := range map[string]call{
		"kind":         {method: "POST", path: "/api/v1/hidden", body: `{"kind":"erasure","id":"` + idOf(1) + `"}`},
		"id":           {method: "POST", path: "/api/v1/hidden", body: `{"kind":"profile","id":"camille"}`},
		"unknown":      {method: "POST", path: "/api/v1/hidden", body: `{"kind":"profile","id":"` + idOf(1) + `","for":"ever"}`},
		"path":         {method: "DELETE", path: "/api/v1/hidden/profile/camille"},
		"kind in path": {method: "DELETE", path: "/api/v1/hidden/erasure/" + idOf(1)},
		"report":       {method: "DELETE", path: "/api/v1/reports/3"},
	} {
		c.token = true
		if w := c.do(t, a); w.Code != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
	}
	if len(node.hidden) != 0 {
		t.Errorf("a refused call reached the node: %+v", node.hidden)
	}
}

func TestClientModerates(t *testing.T) {
	c, node := dialed(t)
	node.reports = []card.Report{{ID: idOf(3), Reason: "mine"}}
	if got, err := c.Reports(t.Context()); err != nil || len(got) != 1 || got[0].Reason != "mine" {
		t.Error(err, got)
	}
	if err := c.DismissReport(t.Context(), idOf(3)); err != nil || len(node.reports) != 0 {
		t.Error(err)
	}
	if h, err := c.Hide(t.Context(), "mission", idOf(1), "doublon"); err != nil || h.Kind != "mission" || h.Reason != "doublon" {
		t.Error(err, h)
	}
	if got, err := c.HiddenRecords(t.Context()); err != nil || len(got) != 1 {
		t.Error(err, got)
	}
	if err := c.Unhide(t.Context(), "mission", idOf(1)); err != nil || len(node.hidden) != 0 {
		t.Error(err)
	}
	var p *card.Problem
	if err := c.Unhide(t.Context(), "mission", idOf(1)); !errors.As(err, &p) || p.Cause != card.NotFound {
		t.Error(err)
	}
}
