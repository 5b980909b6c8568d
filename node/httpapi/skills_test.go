package httpapi

import (
	"net/http"
	"strings"
	"testing"

	"courtcircuit/node/card"
)

func TestSkills(t *testing.T) {
	a, _ := newTestAPI(t)
	for _, c := range []struct {
		path, accept string
		want         card.Skill
	}{
		{"/api/v1/skills?q=graphi", "", card.Skill{Skill: "graphi in fr", Matched: "graphi", People: 10}},
		{"/api/v1/skills?q=graphi&lang=en&limit=3", "", card.Skill{Skill: "graphi in en", Matched: "graphi", People: 3}},
		{"/api/v1/skills?q=c%23", "en-GB", card.Skill{Skill: "c# in en", Matched: "c#", People: 10}},
	} {
		got := decode[list[card.Skill]](t, call{method: "GET", path: c.path, header: map[string]string{"Accept-Language": c.accept}}, a, http.StatusOK)
		if len(got.Results) != 1 || got.Results[0].Skill != c.want.Skill || got.Results[0].People != c.want.People {
			t.Errorf("%s: %+v", c.path, got)
		}
	}
	if got := decode[list[card.Skill]](t, call{method: "GET", path: "/api/v1/skills?q=nothing"}, a, http.StatusOK); got.Results == nil || len(got.Results) != 0 {
		t.Errorf("%+v", got)
	}
	for _, path := range []string{"/api/v1/skills", "/api/v1/skills?q=", "/api/v1/skills?q=a&limit=0", "/api/v1/skills?q=a&limit=101", "/api/v1/skills?q=a&lang=de", "/api/v1/skills?q=a&sort=people"} {
		if w := (call{method: "GET", path: path}).do(t, a); w.Code != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
}

// How skills were read goes out with every search, whoever asks.
func TestSearchAnswersHowSkillsWereRead(t *testing.T) {
	a, _ := newTestAPI(t)
	for _, token := range []bool{false, true} {
		got := decode[card.Page[card.FoundProfile]](t, call{method: "GET", path: "/api/v1/profiles?skill=graphiste&skill=go", token: token}, a, http.StatusOK)
		if len(got.Skills) != 2 || got.Skills[0].Query != "graphiste" || !got.Skills[1].Known {
			t.Errorf("token %t: %+v", token, got.Skills)
		}
	}
}

// What is about to be written is looked at for the holder of the token.
func TestSkillHints(t *testing.T) {
	a, _ := newTestAPI(t)
	for query, want := range map[string]int{"?skill=graphsime": http.StatusOK, "": http.StatusUnprocessableEntity, "?skill=" + strings.Repeat("a&skill=", 33) + "a": http.StatusUnprocessableEntity} {
		if w := (call{method: "GET", path: "/api/v1/skills/hints" + query, token: true}).do(t, a); w.Code != want {
			t.Errorf("%.60s: %d %s", query, w.Code, w.Body)
		}
	}
	w := call{method: "GET", path: "/api/v1/skills/hints?skill=graphsime&skill=couture&lang=fr", token: true}.do(t, a)
	if got := strings.TrimSpace(w.Body.String()); w.Code != http.StatusOK || !strings.Contains(got, `[{"skill":"graphsime","did_you_mean":"graphisme in fr"}]`) {
		t.Errorf("%d %s", w.Code, got)
	}
	if w := (call{method: "GET", path: "/api/v1/skills/hints?skill=graphsime"}).do(t, a); w.Code != http.StatusUnauthorized {
		t.Errorf("without the token: %d", w.Code)
	}
}
