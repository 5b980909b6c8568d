package node

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"courtcircuit/node/card"
	"courtcircuit/store"
)

// onDisk keeps a test's store in its home.
func onDisk(c *store.Config) { c.BallastBytes = 0 }

func TestReportIsKeptListedAndDismissed(t *testing.T) {
	w := newNeighbours(t)
	ctx := context.Background()
	sent := card.Report{Kind: "profile", Subject: w.camille.ID, Reason: "mine", Details: " C'est moi,\r\nsans mon accord.\x07 ", Contact: "camille\n@example.org", ID: "ignored", Name: "ignored", IsHidden: true}
	kept, err := w.here.Report(ctx, sent)
	if err != nil {
		t.Fatal(err)
	}
	if kept.Name != "Camille Moreau" || kept.Details != "C'est moi,\nsans mon accord." || kept.Contact != "camille @example.org" || kept.IsHidden || kept.At.IsZero() || len(kept.ID) != 52 {
		t.Errorf("%+v", kept)
	}
	if _, err := w.here.Report(ctx, card.Report{Kind: "mission", Subject: w.mission.ID, Reason: "spam"}); err != nil {
		t.Fatal(err)
	}
	w.hide(t, "collective", w.collective.ID)
	list, err := w.here.Reports(ctx)
	if err != nil || len(list) != 2 || list[0].Kind != "mission" || !list[0].IsHidden || list[1].IsHidden {
		t.Errorf("%v: %+v", err, list)
	}
	if err := w.here.DismissReport(ctx, kept.ID); err != nil {
		t.Fatal(err)
	}
	err = w.here.DismissReport(ctx, kept.ID)
	wantProblem(t, err, card.NotFound, "id")
	err = w.here.DismissReport(ctx, "nonsense")
	wantProblem(t, err, card.NotFound, "id")
	if list, err := w.here.Reports(ctx); err != nil || len(list) != 1 {
		t.Errorf("%v: %+v", err, list)
	}
}

func TestReportChecksWhatItIsGiven(t *testing.T) {
	w := newNeighbours(t)
	for name, c := range map[string]struct {
		change func(*card.Report)
		cause  card.Cause
		field  string
	}{
		"kind":           {func(r *card.Report) { r.Kind = "dismissal" }, card.Invalid, "kind"},
		"reason":         {func(r *card.Report) { r.Reason = "ugly" }, card.Invalid, "reason"},
		"no reason":      {func(r *card.Report) { r.Reason = "" }, card.Invalid, "reason"},
		"id":             {func(r *card.Report) { r.Subject = "x" }, card.NotFound, "id"},
		"not held":       {func(r *card.Report) { r.Kind = "mission" }, card.NotFound, "id"},
		"long details":   {func(r *card.Report) { r.Details = longText(2001) }, card.Invalid, "details"},
		"long contact":   {func(r *card.Report) { r.Contact = longText(201) }, card.Invalid, "contact"},
		"longest is ok":  {func(r *card.Report) { r.Details, r.Contact = longText(2000), longText(200) }, "", ""},
		"emoji count as": {func(r *card.Report) { r.Details = strings.Repeat("🎨", 2000) }, "", ""},
	} {
		r := card.Report{Kind: "profile", Subject: w.camille.ID, Reason: "spam"}
		c.change(&r)
		_, err := w.here.Report(context.Background(), r)
		var p *card.Problem
		if c.cause == "" && err != nil || c.cause != "" && (!errors.As(err, &p) || p.Cause != c.cause || p.Field != c.field) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestReportsAboutOneRecordAreBounded(t *testing.T) {
	w := newNeighbours(t)
	ctx := context.Background()
	r := card.Report{Kind: "profile", Subject: w.camille.ID, Reason: "spam"}
	for range 20 {
		if _, err := w.here.Report(ctx, r); err != nil {
			t.Fatal(err)
		}
	}
	_, err := w.here.Report(ctx, r)
	wantProblem(t, err, card.Conflict, "")
	r.Kind, r.Subject = "mission", w.mission.ID
	if _, err := w.here.Report(ctx, r); err != nil {
		t.Errorf("about another record: %v", err)
	}
}

// A report goes after 180 days, and with the record that its author erased.
func TestReportsAreSwept(t *testing.T) {
	w := newNeighbours(t)
	ctx := context.Background()
	erased := mustPublish(t, w.here, camille("Sérigraphe"), "")
	for _, id := range []string{w.camille.ID, erased.ID} {
		if _, err := w.here.Report(ctx, card.Report{Kind: "profile", Subject: id, Reason: "spam"}); err != nil {
			t.Fatal(err)
		}
	}
	w.here.sweepReports(time.Now())
	if list, err := w.here.Reports(ctx); err != nil || len(list) != 2 {
		t.Fatalf("%v: %+v", err, list)
	}
	if err := w.here.RemoveProfile(ctx, erased.ID); err != nil {
		t.Fatal(err)
	}
	w.here.sweepReports(time.Now())
	if list, err := w.here.Reports(ctx); err != nil || len(list) != 1 || list[0].Subject != w.camille.ID {
		t.Errorf("after the erasure, %v: %+v", err, list)
	}
	w.here.sweepReports(time.Now().Add(reportKept - time.Hour))
	if list, err := w.here.Reports(ctx); err != nil || len(list) != 1 {
		t.Errorf("a day early, %v: %+v", err, list)
	}
	w.here.sweepReports(time.Now().Add(reportKept + time.Hour))
	if list, err := w.here.Reports(ctx); err != nil || len(list) != 0 {
		t.Errorf("after half a year, %v: %+v", err, list)
	}
}
