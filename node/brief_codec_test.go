package node

import (
	"bytes"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/fxamacker/cbor/v2"
	"github.com/google/go-cmp/cmp"

	"courtcircuit/node/card"
	"courtcircuit/protocol"
)

// sampleText is the body of an open mission in Bordeaux.
func sampleText(t testing.TB) *briefText {
	t.Helper()
	place := protocol.PlaceAt(44.84, -0.58)
	place.Name, place.Area, place.Country = "Bordeaux", "Gironde", "FR"
	body := &protocol.Mission{Title: "Identité visuelle", Place: place, Needs: []protocol.Need{{Skill: "graphisme", Count: 1}}, State: protocol.MissionOpen}
	d, err := body.Draft([16]byte{}, 1)
	if err != nil {
		t.Fatal(err)
	}
	return &briefText{Audience: card.AudienceNetwork, Zone: d.Zone, Body: d.Body}
}

func sampleMessages(t testing.TB) map[string]any {
	t.Helper()
	ref, profile := [32]byte{1, 2, 3}, [32]byte{9}
	text := sampleText(t)
	digest := text.digest()
	place := protocol.PlaceAt(44.84, -0.58)
	place.Name, place.Area, place.Country = "Bordeaux", "Gironde", "FR"
	return map[string]any{
		"letter": briefLetter{
			Ref: ref, Title: "Une épicerie", Description: "Nous ouvrons en mars.\nIl nous faut un nom.", Place: place, When: "en mars",
			Name: "Dominique Petit", Email: "dominique@exemple.fr", Phone: "+33 5 56 00 00 00", Audience: card.AudienceNetwork, Language: "fr", Profile: &profile,
		},
		"letter-short": briefLetter{Ref: ref, Description: "Un logo", Place: place, Name: "D", Phone: "0556000000", Audience: card.AudienceCollective, Language: "en"},
		"report": briefReport{
			Ref: ref, Number: 4, Answers: 1, State: card.BriefProposed, Text: text,
			Steps: []briefStep{{At: 1_700_000_000_000, State: card.BriefReceived}, {At: 1_700_000_100_000, State: card.BriefProposed, By: "Lou Garnier"}},
		},
		"report-end":      briefReport{Ref: ref, Number: 9, State: card.BriefPublished, Steps: []briefStep{}, Text: text, Mission: &profile},
		"answer-accept":   briefAnswer{Ref: ref, Number: 1, Act: actAccept, Digest: &digest, At: 1_700_000_000_000},
		"answer-change":   briefAnswer{Ref: ref, Number: 2, Act: actChange, Digest: &digest, Words: "Plus court, s'il vous plaît", At: 1_700_000_000_000},
		"answer-withdraw": briefAnswer{Ref: ref, Number: 3, Act: actWithdraw, At: 1_700_000_000_000},
		"answer-erase":    briefAnswer{Ref: ref, Number: 4, Act: actErase, At: 1_700_000_000_000},
	}
}

func encoded(t testing.TB, v any) []byte {
	t.Helper()
	data, err := encodeBrief(v)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func decodeKind(name string, data []byte) (any, error) {
	switch {
	case strings.HasPrefix(name, "letter"):
		return decodeLetter(data)
	case strings.HasPrefix(name, "report"):
		return decodeReport("test", data)
	default:
		return decodeAnswer(data)
	}
}

func TestBriefMessagesComeBack(t *testing.T) {
	for name, v := range sampleMessages(t) {
		data := encoded(t, v)
		got, err := decodeKind(name, data)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if diff := cmp.Diff(v, got, cmp.AllowUnexported(briefText{}, briefStep{}, protocol.Place{})); diff != "" {
			t.Errorf("%s:\n%s", name, diff)
		}
	}
}

// A later version may add keys from 64 up; below them everything counts.
func TestBriefMessageKeys(t *testing.T) {
	for name, v := range sampleMessages(t) {
		var all map[uint64]cbor.RawMessage
		if err := briefDecoding.Unmarshal(encoded(t, v), &all); err != nil {
			t.Fatal(err)
		}
		all[64] = encoded(t, "a word of a later version")
		if _, err := decodeKind(name, encoded(t, all)); err != nil {
			t.Errorf("%s with key 64: %v", name, err)
		}
		delete(all, 64)
		all[63] = encoded(t, 1)
		if _, err := decodeKind(name, encoded(t, all)); !errors.Is(err, errBriefForm) {
			t.Errorf("%s with key 63: %v", name, err)
		}
		delete(all, 63)
		delete(all, 1)
		if _, err := decodeKind(name, encoded(t, all)); !errors.Is(err, errBriefForm) {
			t.Errorf("%s without its first key: %v", name, err)
		}
	}
}

func TestBriefMessagesRefused(t *testing.T) {
	samples := sampleMessages(t)
	report, accept := samples["report"].(briefReport), samples["answer-accept"].(briefAnswer)
	otherBody := &briefText{Audience: card.AudienceNetwork, Zone: report.Text.Zone, Body: report.Text.Body[:len(report.Text.Body)-1]}
	change := func(edit func(*briefReport)) briefReport { r := report; edit(&r); return r }
	answer := func(edit func(*briefAnswer)) briefAnswer { a := accept; edit(&a); return a }
	for name, v := range map[string]any{
		"report of no number":      change(func(r *briefReport) { r.Number = 0 }),
		"report of no known state": change(func(r *briefReport) { r.State = "thinking" }),
		"report without its text":  change(func(r *briefReport) { r.Text = nil }),
		"report with a cut text":   change(func(r *briefReport) { r.Text = otherBody }),
		"report for the moon":      change(func(r *briefReport) { r.Text = &briefText{Audience: "moon", Zone: r.Text.Zone, Body: r.Text.Body} }),
		"report with many steps":   change(func(r *briefReport) { r.Steps = make([]briefStep, maxBriefSteps+1) }),
		"report with an odd step":  change(func(r *briefReport) { r.Steps = []briefStep{{State: "odd"}} }),
		"report by nobody":         change(func(r *briefReport) { r.Steps = []briefStep{{State: card.BriefRead, By: "\u202eLou"}} }),
		"report by many":           change(func(r *briefReport) { r.Steps = []briefStep{{State: card.BriefRead, By: strings.Repeat("a", 101)}} }),
		"answer of no number":      answer(func(a *briefAnswer) { a.Number = 0 }),
		"answer of a coordinator":  answer(func(a *briefAnswer) { a.Act = actPublish }),
		"answer without a text":    answer(func(a *briefAnswer) { a.Digest = nil }),
		"answer with words":        answer(func(a *briefAnswer) { a.Words = "oui" }),
		"answer long ago":          answer(func(a *briefAnswer) { a.At = -1 }),
		"letter":                   map[int]any{1: bytes.Repeat([]byte{1}, 31), 3: "x", 4: []any{1, 2, "", "", "", false}, 6: "x", 9: "x", 10: "fr"},
	} {
		if _, err := decodeKind(name, encoded(t, v)); !errors.Is(err, errBriefForm) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, data := range map[string]string{
		"nothing": "", "an array": "80", "a text as key": "a1616101", "an endless map": "bfff", "a long integer": "a1180141", "twice": "a201410101410a",
	} {
		raw, err := hex.DecodeString(data)
		if err != nil {
			t.Fatal(err)
		}
		for _, kind := range []string{"letter", "report", "answer"} {
			if _, err := decodeKind(kind, raw); !errors.Is(err, errBriefForm) {
				t.Errorf("%s as %s: %v", name, kind, err)
			}
		}
	}
}

// What decodes encodes to the same bytes, keeps its bounds, and breaks nothing
// that reads it.
func FuzzBriefMessages(f *testing.F) {
	for name, v := range sampleMessages(f) {
		f.Add(name, encoded(f, v))
	}
	now := time.UnixMilli(1_700_000_000_000)
	f.Fuzz(func(t *testing.T, kind string, data []byte) {
		v, err := decodeKind(kind, data)
		if err != nil {
			if !errors.Is(err, errBriefForm) {
				t.Fatalf("%v is no fault of the form", err)
			}
			return
		}
		switch v := v.(type) {
		case briefLetter:
			if form, err := v.form([32]byte{1}); err == nil && (form.Description == "" || form.Contact.Email+form.Contact.Phone == "") {
				t.Fatalf("taken: %+v", form)
			}
		case briefReport:
			tr := track{DepositedAt: now}
			tr.hear(v, now)
			if len(tr.steps(true)) != len(v.Steps)+1 || tr.state() != v.State {
				t.Fatalf("%s with %d steps from %+v", tr.state(), len(tr.steps(true)), v)
			}
			if v.Text != nil && v.Text.card("test") == nil {
				t.Fatal("a text that passed cannot be shown")
			}
		case briefAnswer:
			b := newBrief([32]byte{1}, v.Ref, card.BriefForm{}, "", now)
			b.hear(v, now)
			if _, ok := briefSteps[b.State]; !ok {
				t.Fatalf("led to %q", b.State)
			}
		}
		if again := encoded(t, v); len(again) > len(data) {
			t.Fatalf("%x became %x", data, again)
		}
	})
}

// The committed seeds are the samples, so that fuzzing starts from what counts
// and a change of the form is seen.
func TestBriefSeeds(t *testing.T) {
	for name, v := range sampleMessages(t) {
		path := filepath.Join("testdata", "fuzz", "FuzzBriefMessages", name)
		want := "go test fuzz v1\nstring(" + strconv.Quote(name) + ")\n[]byte(" + strconv.Quote(string(encoded(t, v))) + ")\n"
		got, err := os.ReadFile(path)
		if err != nil {
			t.Error(err)
		} else if string(got) != want {
			t.Errorf("%s is not the sample:\n%s", path, want)
		}
	}
}
