package web

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"courtcircuit/node/access"
)

const journalLimit = 50

// journalList is who did what.
type journalList struct {
	Rows        []journalRow
	Next, First string
}

type journalRow struct{ At, By, What, Subject string }

func (p *Pages) showJournal(ctx context.Context, r *http.Request, v *page, _ access.Session) (view, error) {
	before := r.URL.Query().Get("avant")
	found, err := p.doors.Console.Journal(ctx, before, journalLimit)
	if err != nil {
		return view{}, err
	}
	data := &journalList{}
	for _, e := range found.Entries {
		by := e.By
		switch {
		case by == "" && e.Role == "":
			by = v.Say("console_by_command")
		case by == "":
			by = v.Say("console_unnamed")
		}
		key := "console_did_" + strings.NewReplacer("-", "_", " ", "_").Replace(e.Action)
		data.Rows = append(data.Rows, journalRow{v.moment(e.At), by, v.known(key, e.Action), e.Subject})
	}
	if found.Next != "" {
		data.Next = consolePath + "journal?avant=" + url.QueryEscape(found.Next)
	}
	if before != "" {
		data.First = consolePath + "journal"
	}
	return p.consoleView(v, r, "console_journal", "console_journal.html", data), nil
}
