package node

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"
	"unicode/utf8"

	"courtcircuit/node/card"
	"courtcircuit/node/inbox"
	"courtcircuit/protocol"
)

// The bounds of a report, in characters.
const (
	maxReportDetails = 2000
	maxReportContact = 200
)

// Report keeps a visitor's report about a record that is shown here, durably,
// and answers it with its id and time. Only kind, subject, reason, details and
// contact are read.
func (n *Node) Report(_ context.Context, r card.Report) (card.Report, error) {
	kind, subject, err := parseShown(r.Kind, r.Subject)
	if err != nil {
		return card.Report{}, err
	}
	if !slices.Contains(card.ReportReasons, r.Reason) {
		return card.Report{}, invalid("reason", "spam, impersonation, illegal, mine or other", "%q is no reason for a report", shortWords(r.Reason))
	}
	now := time.Now()
	if _, _, err := n.shownRecord(kind, subject, now); err != nil {
		return card.Report{}, err
	}
	name, err := n.nameOf(kind, subject, now)
	if err != nil {
		return card.Report{}, err
	}
	kept := inbox.Report{
		Kind: r.Kind, Subject: subject, Name: name, Reason: r.Reason,
		Details: cleanText(r.Details), Contact: cleanLine(r.Contact), At: now.UTC(),
	}
	if utf8.RuneCountInString(kept.Details) > maxReportDetails {
		return card.Report{}, invalid("details", fmt.Sprintf("at most %d characters", maxReportDetails), "the text is too long")
	}
	if utf8.RuneCountInString(kept.Contact) > maxReportContact {
		return card.Report{}, invalid("contact", fmt.Sprintf("at most %d characters", maxReportContact), "the text is too long")
	}
	if _, err := io.ReadFull(rand.Reader, kept.ID[:]); err != nil {
		return card.Report{}, fmt.Errorf("draw id of report: %w", err)
	}
	err = n.inbox.AddReport(kept)
	switch {
	case errors.Is(err, inbox.ErrEnough):
		return card.Report{}, conflict("this was reported many times already, and the collective knows of it")
	case errors.Is(err, inbox.ErrFull):
		return card.Report{}, unavailable("the collective has more reports than it can keep; write to it instead")
	case err != nil:
		return card.Report{}, problemOf(err)
	}
	return n.reportCard(kept, now), nil
}

// Reports lists what visitors reported, newest first.
func (n *Node) Reports(context.Context) ([]card.Report, error) {
	list, err := n.inbox.Reports()
	if err != nil {
		return nil, err
	}
	now := time.Now()
	out := make([]card.Report, len(list))
	for i, r := range list {
		out[i] = n.reportCard(r, now)
	}
	return out, nil
}

// DismissReport deletes a report for good.
func (n *Node) DismissReport(_ context.Context, id string) error {
	raw, err := parseID("report", id)
	if err != nil {
		return err
	}
	if err = n.inbox.DeleteReport(raw); errors.Is(err, inbox.ErrNotFound) {
		return notFound("report", id)
	}
	return err
}

func (n *Node) reportCard(r inbox.Report, now time.Time) card.Report {
	c := card.Report{
		ID: protocol.StableID(r.ID).String(), Kind: r.Kind, Subject: protocol.StableID(r.Subject).String(), Name: r.Name,
		Reason: r.Reason, Details: r.Details, Contact: r.Contact, At: r.At,
	}
	if kind, err := protocol.ParseKind(r.Kind); err == nil {
		_, _, err := n.shownRecord(kind, r.Subject, now)
		c.IsHidden = isHidden(err)
	}
	return c
}

// isHidden tells a record that is hidden here from one that was erased.
func isHidden(err error) bool {
	var p *card.Problem
	return errors.As(err, &p) && p.Field == "hidden"
}

// runReports deletes old reports, and those about a record that its author
// erased: its name would otherwise outlive it here.
func (n *Node) runReports(ctx context.Context) error {
	// More often than the days would need, for the sake of erasures.
	every := time.NewTicker(time.Hour)
	defer every.Stop()
	for {
		n.sweepReports(time.Now())
		select {
		case <-ctx.Done():
			return nil
		case <-every.C:
		}
	}
}

func (n *Node) sweepReports(now time.Time) {
	deleted, err := n.inbox.SweepReports(now.Add(-reportKept), func(kind string, subject [32]byte) bool {
		k, err := protocol.ParseKind(kind)
		if err != nil {
			return false
		}
		_, _, err = n.recordOf(k, subject, now)
		// A mission leaves with its collective without a trace of its own, and
		// else it ends by itself: none that is gone comes back.
		return isProblem(err, card.Gone) || (k == protocol.KindMission && isProblem(err, card.NotFound))
	})
	if err != nil {
		n.log.Warn("old reports not deleted", "error", err)
	} else if deleted > 0 {
		n.log.Info("old reports deleted", "reports", deleted)
	}
}
