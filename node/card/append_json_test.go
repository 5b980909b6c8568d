package card

import (
	"bytes"
	"encoding/json"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// encoded is what encoding/json makes of a value, without escapes for HTML.
func encoded(t *rapid.T, v any) string {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

var anyText = rapid.OneOf(rapid.SampledFrom([]string{"", "Les Indés", `"Atelier" <b>&</b>`, "a\nb\x00\x7f", "\u2028\u2029", "\xff\xc3", "日本 🙂", `C:\`}), rapid.String())

func anyTime(t *rapid.T) *time.Time {
	if rapid.Bool().Draw(t, "time?") {
		at := time.UnixMilli(rapid.Int64Range(0, 4e12).Draw(t, "ms")).UTC()
		return &at
	}
	return nil
}

func anyMembership(t *rapid.T) Membership {
	return Membership{ID: anyText.Draw(t, "id"), Name: anyText.Draw(t, "name"), Verified: rapid.Bool().Draw(t, "verified"), Custody: "node"}
}

func anyMeta(t *rapid.T) Meta {
	return Meta{ID: anyText.Draw(t, "id"), Fingerprint: "ABCD", RecordID: anyText.Draw(t, "record"), IssuedAt: anyTime(t), ExpiresAt: anyTime(t)}
}

func somePlace(t *rapid.T) Place {
	if rapid.Bool().Draw(t, "typed") {
		return Place{Text: anyText.Draw(t, "text")}
	}
	r := &ResolvedPlace{Name: anyText.Draw(t, "place"), Lat: rapid.Float64Range(-90, 90).Draw(t, "lat"), Lon: rapid.SampledFrom([]float64{0.1, 0, 1e-7, -179.99}).Draw(t, "lon")}
	if rapid.Bool().Draw(t, "more of it") {
		r.Department, r.Country, r.Approximate = anyText.Draw(t, "department"), anyText.Draw(t, "country"), true
		r.Postcodes = rapid.SliceOfN(anyText, 0, 2).Draw(t, "postcodes")
	}
	return Place{Resolved: r}
}

func anyNumber(t *rapid.T) *uint {
	if rapid.Bool().Draw(t, "number?") {
		n := rapid.Uint().Draw(t, "number")
		return &n
	}
	return nil
}

func anyLink(t *rapid.T) Link {
	return Link{Label: anyText.Draw(t, "label"), URL: anyText.Draw(t, "url")}
}

func anyFound(t *rapid.T) Found {
	f := Found{DistanceKm: float64(rapid.IntRange(0, 200160).Draw(t, "tenths of km")) / 10, Trust: Trust{Tier: anyText.Draw(t, "tier")}}
	if rapid.Bool().Draw(t, "path") {
		f.Trust.Path = rapid.SliceOf(anyText).Draw(t, "path")
	}
	for range rapid.IntRange(0, 3).Draw(t, "reasons") {
		f.Reasons = append(f.Reasons, Reason{Code: "skill", Text: anyText.Draw(t, "reason")})
	}
	return f
}

// A page that is written piece by piece is, byte for byte, what encoding/json
// makes of it, cards written beforehand among them.
func TestAppendedEqualsEncoded(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		page := Page[FoundProfile]{Results: []FoundProfile{}, NextCursor: anyText.Draw(t, "cursor"), Partial: rapid.Bool().Draw(t, "partial")}
		if rapid.Bool().Draw(t, "near") {
			page.Near = &Understood{Query: anyText.Draw(t, "near")}
		}
		if rapid.Bool().Draw(t, "skills") {
			page.Skills = []UnderstoodSkill{{Query: anyText.Draw(t, "typed")}}
		}
		if rapid.Bool().Draw(t, "words") {
			page.Words = &UnderstoodWords{Query: anyText.Draw(t, "words typed"), LeftOut: rapid.SliceOf(anyText).Draw(t, "left out")}
		}
		missions := Page[FoundMission]{Results: []FoundMission{}}
		yes := true
		for range rapid.IntRange(0, 3).Draw(t, "results") {
			p := FoundProfile{Found: anyFound(t), Profile: Profile{
				Name: anyText.Draw(t, "name"), Headline: anyText.Draw(t, "headline"), About: anyText.Draw(t, "about"), Place: somePlace(t),
				Skills: rapid.SliceOf(anyText).Draw(t, "skills"), Languages: rapid.SliceOf(anyText).Draw(t, "languages"), Modes: rapid.SliceOf(anyText).Draw(t, "modes"),
				RadiusKm: anyNumber(t), DaysPerWeek: anyNumber(t), Since: rapid.UintRange(0, 2).Draw(t, "since"), AvailableFrom: anyText.Draw(t, "from"),
				Links: rapid.SliceOfN(rapid.Custom(anyLink), 0, 3).Draw(t, "links"), Meta: anyMeta(t), ConfirmedAt: anyTime(t),
			}}
			m := FoundMission{Found: anyFound(t), Mission: Mission{
				Title: anyText.Draw(t, "title"), Place: somePlace(t), Needs: []Need{{Skill: anyText.Draw(t, "need")}}, Meta: anyMeta(t),
				Budget: &Budget{Max: 3000, Currency: "EUR"}, Status: rapid.SampledFrom([]string{"", "open"}).Draw(t, "status"),
			}}
			for range rapid.IntRange(0, 2).Draw(t, "collectives") {
				ms := anyMembership(t)
				p.Collectives, m.Collective = append(p.Collectives, ms), &ms
			}
			if rapid.Bool().Draw(t, "confirmed") {
				p.AvailabilityConfirmed = &yes
			}
			if rapid.Bool().Draw(t, "ready") {
				var err error
				if p.Ready, err = ReadyProfile(p.Profile); err != nil {
					t.Fatal(err)
				}
				if m.Ready, err = ReadyMission(m.Mission); err != nil {
					t.Fatal(err)
				}
			}
			page.Results, missions.Results = append(page.Results, p), append(missions.Results, m)
		}
		got, err := AppendPage(nil, &page, (*FoundProfile).AppendJSON)
		if want := encoded(t, page); err != nil || string(got)+"\n" != want {
			t.Fatalf("%v:\nwritten %s,\nencoded %s", err, got, want)
		}
		got, err = AppendPage(nil, &missions, (*FoundMission).AppendJSON)
		if want := encoded(t, missions); err != nil || string(got)+"\n" != want {
			t.Fatalf("%v:\nwritten %s,\nencoded %s", err, got, want)
		}
	})
}
