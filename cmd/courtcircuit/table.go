package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/mattn/go-runewidth"

	"courtcircuit/node/card"
)

// table is rows under headings, aligned by what a terminal shows and not by
// bytes: names have accents.
type table struct {
	headings []string
	rows     [][]string
}

func (a *app) newTable(headingIDs ...string) *table {
	t := &table{}
	for _, id := range headingIDs {
		t.headings = append(t.headings, a.t("col."+id))
	}
	return t
}

func (t *table) add(cells ...string) { t.rows = append(t.rows, cells) }

func (t *table) print(w io.Writer) {
	widths := make([]int, len(t.headings))
	for _, row := range append([][]string{t.headings}, t.rows...) {
		for i, cell := range row {
			widths[i] = max(widths[i], runewidth.StringWidth(cell))
		}
	}
	for _, row := range append([][]string{t.headings}, t.rows...) {
		var line strings.Builder
		for i, cell := range row {
			line.WriteString(cell)
			if i < len(row)-1 {
				line.WriteString(strings.Repeat(" ", widths[i]-runewidth.StringWidth(cell)+2))
			}
		}
		fmt.Fprintln(w, strings.TrimRight(line.String(), " "))
	}
}

// shortID is a prefix long enough to be typed back as an id.
func shortID(id string) string { return id[:min(len(id), 12)] }

// clip keeps a column readable.
func clip(s string, columns int) string {
	return runewidth.Truncate(strings.ReplaceAll(s, "\n", " "), columns, "…")
}

func placeName(p card.Place) string {
	switch {
	case p.Resolved == nil:
		return p.Text
	case p.Resolved.Department != "" && p.Resolved.Department != p.Resolved.Name:
		return p.Resolved.Name + " (" + p.Resolved.Department + ")"
	default:
		return p.Resolved.Name
	}
}

// printCandidates lists what could have been meant: people by what tells them
// apart, places by department and postcode, which is what to type next.
func (a *app) printCandidates(w io.Writer, candidates []card.Candidate) {
	isPlace := func(c card.Candidate) bool { return c.Place != nil && c.ID == "" }
	if !slices.ContainsFunc(candidates, func(c card.Candidate) bool { return !isPlace(c) }) {
		t := a.newTable("place", "postcodes")
		for _, c := range candidates {
			t.add(placeName(card.Place{Resolved: c.Place}), strings.Join(c.Place.Postcodes, " "))
		}
		t.print(w)
		return
	}
	t := a.newTable("id", "name", "fingerprint", "hint")
	for _, c := range candidates {
		hint := c.Hint
		if c.Place != nil {
			hint = strings.TrimSpace(placeName(card.Place{Resolved: c.Place}) + " " + hint)
		}
		t.add(c.ID, c.Name, c.Fingerprint, clip(hint, 60))
	}
	t.print(w)
}
