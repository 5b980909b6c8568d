package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"courtcircuit/node/card"
	"courtcircuit/node/httpapi/client"
)

// shownKinds have pages, so they can be reported and hidden.
var shownKinds = []string{"profile", "mission", "collective"}

func (a *app) reportCommand() *cobra.Command {
	return a.group("report", "help.report", a.reportListCommand(), a.reportDismissCommand())
}

func (a *app) reportListCommand() *cobra.Command {
	return a.command("list", "help.report_list", cobra.NoArgs, a.onNode(func(ctx contextType, c *client.Client, _ []string) error {
		reports, err := c.Reports(ctx)
		if err != nil {
			return err
		}
		if a.json {
			return a.printJSON(map[string]any{"results": orEmpty(reports)})
		}
		if len(reports) == 0 {
			a.say("report.none")
			return nil
		}
		for i, r := range reports {
			if i > 0 {
				fmt.Fprintln(a.out)
			}
			a.printReport(r)
		}
		return nil
	}))
}

func (a *app) printReport(r card.Report) {
	fmt.Fprintf(a.out, "%s: %s\n", a.t("report_reason."+r.Reason), r.Name)
	a.field("id", shortID(r.ID))
	a.field("subject", a.t("kind."+r.Kind)+" "+r.Subject)
	a.field("received", r.At.Local().Format(time.DateTime))
	if r.IsHidden {
		a.field("status", a.t("report.hidden"))
	}
	a.field("contact", r.Contact)
	if r.Details != "" {
		fmt.Fprintln(a.out, "  "+strings.ReplaceAll(r.Details, "\n", "\n  "))
	}
}

func (a *app) reportDismissCommand() *cobra.Command {
	return a.command("dismiss ID", "help.report_dismiss", cobra.ExactArgs(1), a.onNode(func(ctx contextType, c *client.Client, args []string) error {
		reports, err := c.Reports(ctx)
		if err != nil {
			return err
		}
		r, err := pickByPrefix(reports, args[0], func(r card.Report) card.Candidate {
			return card.Candidate{ID: r.ID, Name: r.Name, Hint: r.Reason}
		})
		if err != nil {
			return err
		}
		if err := c.DismissReport(ctx, r.ID); err != nil {
			return err
		}
		if a.json {
			return a.printJSON(map[string]any{"dismissed": r.ID})
		}
		a.say("report.dismissed", "Name", r.Name)
		return nil
	}))
}

func (a *app) hideCommand() *cobra.Command {
	var kind, reason string
	cmd := a.command("hide ID", "help.hide", cobra.ExactArgs(1), a.onNode(func(ctx contextType, c *client.Client, args []string) error {
		kinds, err := a.kindsOf(kind)
		if err != nil {
			return err
		}
		h, err := hideFirst(ctx, c, kinds, args[0], reason)
		if err != nil {
			return err
		}
		if a.json {
			return a.printJSON(h)
		}
		a.say("hide.done", "Name", h.Name, "Short", shortID(h.Subject))
		return nil
	}))
	cmd.Flags().StringVar(&kind, "kind", "", a.t("flag.hide_kind"))
	cmd.Flags().StringVar(&reason, "reason", "", a.t("flag.reason"))
	return cmd
}

func (a *app) kindsOf(flag string) ([]string, error) {
	if flag == "" {
		return shownKinds, nil
	}
	if !slices.Contains(shownKinds, flag) {
		return nil, usageError{fmt.Errorf("--kind %q: %s", flag, a.t("error.hide_kind"))}
	}
	return []string{flag}, nil
}

// hideFirst hides the record that an id or its beginning names, of the first
// kind that has one.
func hideFirst(ctx contextType, c *client.Client, kinds []string, text, reason string) (card.Hidden, error) {
	for _, kind := range kinds {
		id, err := c.ResolveID(ctx, kind, text)
		if err == nil {
			var h card.Hidden
			if h, err = c.Hide(ctx, kind, id, reason); err == nil {
				return h, nil
			}
		}
		var p *card.Problem
		if !errors.As(err, &p) || p.Cause != card.NotFound {
			return card.Hidden{}, err
		}
	}
	return card.Hidden{}, unknownID(text)
}

func (a *app) unhideCommand() *cobra.Command {
	var kind string
	cmd := a.command("unhide ID", "help.unhide", cobra.ExactArgs(1), a.onNode(func(ctx contextType, c *client.Client, args []string) error {
		kinds, err := a.kindsOf(kind)
		if err != nil {
			return err
		}
		hidden, err := c.HiddenRecords(ctx)
		if err != nil {
			return err
		}
		hidden = slices.DeleteFunc(hidden, func(h card.Hidden) bool { return !slices.Contains(kinds, h.Kind) })
		h, err := pickByPrefix(hidden, args[0], func(h card.Hidden) card.Candidate {
			return card.Candidate{ID: h.Subject, Name: h.Name, Hint: h.Kind}
		})
		if err != nil {
			return err
		}
		if err := c.Unhide(ctx, h.Kind, h.Subject); err != nil {
			return err
		}
		if a.json {
			return a.printJSON(map[string]any{"kind": h.Kind, "shown": h.Subject})
		}
		a.say("hide.undone", "Name", orDash(h.Name))
		return nil
	}))
	cmd.Flags().StringVar(&kind, "kind", "", a.t("flag.hide_kind"))
	return cmd
}

func (a *app) hiddenCommand() *cobra.Command {
	return a.command("hidden", "help.hidden", cobra.NoArgs, a.onNode(func(ctx contextType, c *client.Client, _ []string) error {
		hidden, err := c.HiddenRecords(ctx)
		if err != nil {
			return err
		}
		if a.json {
			return a.printJSON(map[string]any{"results": orEmpty(hidden)})
		}
		if len(hidden) == 0 {
			a.say("hide.none")
			return nil
		}
		t := a.newTable("id", "kind", "name", "hidden_at", "reason")
		for _, h := range hidden {
			t.add(shortID(h.Subject), a.t("kind."+h.Kind), orDash(clip(h.Name, 30)), h.At.Local().Format(time.DateOnly), clip(h.Reason, 50))
		}
		t.print(a.out)
		return nil
	}))
}

// minTyped is how much of an id a command takes, as for records.
const minTyped = 4

// pickByPrefix finds the one item whose id begins as it was typed.
func pickByPrefix[T any](items []T, typed string, show func(T) card.Candidate) (found T, err error) {
	var candidates []card.Candidate
	for _, item := range items {
		if c := show(item); len(typed) >= minTyped && strings.HasPrefix(c.ID, strings.ToLower(typed)) {
			candidates, found = append(candidates, c), item
		}
	}
	switch len(candidates) {
	case 0:
		return found, unknownID(typed)
	case 1:
		return found, nil
	}
	return found, &card.Problem{Cause: card.Ambiguous, Field: "id", Detail: "several ids begin so; add characters", Expected: "an id or a unique beginning of one", Candidates: candidates}
}

func unknownID(typed string) error {
	return &card.Problem{
		Cause: card.NotFound, Field: "id", Detail: fmt.Sprintf("nothing is known here as %s", clip(typed, 60)),
		Expected: fmt.Sprintf("an id, or at least %d characters of its beginning", minTyped),
	}
}
