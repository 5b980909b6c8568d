package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"courtcircuit/node/card"
	"courtcircuit/node/httpapi/api"
	"courtcircuit/node/httpapi/client"
)

// inboxCommand shows what waits for somebody: here for the coordinators, on
// its way for other collectives.
func (a *app) inboxCommand() *cobra.Command {
	return a.command("inbox", "help.inbox", cobra.NoArgs, a.onNode(func(ctx contextType, c *client.Client, _ []string) error {
		briefs, err := c.Briefs(ctx)
		outbox, failed := c.Outbox(ctx)
		if err := errors.Join(err, failed); err != nil {
			return err
		}
		briefs = slices.DeleteFunc(briefs, func(b card.Brief) bool { return b.State != card.BriefReceived && b.State != card.BriefRead })
		if a.json {
			return a.printJSON(map[string]any{"briefs": orEmpty(briefs), "outbox": orEmpty(outbox)})
		}
		if len(briefs) == 0 {
			a.say("inbox.none")
		} else {
			a.printBriefs(briefs)
		}
		if len(outbox) > 0 {
			fmt.Fprintln(a.out)
			a.printOutbox(outbox)
		}
		return nil
	}))
}

func (a *app) printOutbox(outbox []api.Waiting) {
	a.say("inbox.outbox")
	t := a.newTable("collective", "messages", "oldest", "next_try", "reason")
	for _, w := range outbox {
		next := ""
		if w.NextTry != nil {
			next = w.NextTry.Local().Format(time.DateTime)
		}
		name := w.Collective.Name
		if name == "" {
			name = shortID(w.Collective.ID)
		}
		t.add(clip(name, 40), fmt.Sprint(w.Messages), w.Oldest.Local().Format(time.DateTime), orDash(next), clip(w.LastError, 60))
	}
	t.print(a.out)
}

func (a *app) briefCommand() *cobra.Command {
	return a.group("brief", "help.brief",
		a.briefListCommand(), a.briefShowCommand(), a.briefProposeCommand(), a.briefDeclineCommand(), a.briefDeleteCommand())
}

func (a *app) briefListCommand() *cobra.Command {
	return a.command("list", "help.brief_list", cobra.NoArgs, a.onNode(func(ctx contextType, c *client.Client, _ []string) error {
		briefs, err := c.Briefs(ctx)
		if err != nil {
			return err
		}
		if a.json {
			return a.printJSON(map[string]any{"results": orEmpty(briefs)})
		}
		if len(briefs) == 0 {
			a.say("brief.none")
			return nil
		}
		a.printBriefs(briefs)
		return nil
	}))
}

func (a *app) printBriefs(briefs []card.Brief) {
	t := a.newTable("id", "title", "status", "place", "received")
	for _, b := range briefs {
		t.add(shortID(b.ID), clip(firstOf(b.Title, b.Description), 50), a.t("brief_state."+b.State), placeName(b.Place), b.ReceivedAt.Local().Format(time.DateTime))
	}
	t.print(a.out)
}

// onBrief is a command whose first argument is the id of a brief, or the
// beginning of one.
func (a *app) onBrief(do func(ctx contextType, c *client.Client, b card.Brief, args []string) error) runFunc {
	return a.onNode(func(ctx contextType, c *client.Client, args []string) error {
		briefs, err := c.Briefs(ctx)
		if err != nil {
			return err
		}
		b, err := pickByPrefix(briefs, args[0], func(b card.Brief) card.Candidate {
			return card.Candidate{ID: b.ID, Name: firstOf(b.Title, clip(b.Description, 40)), Hint: b.State}
		})
		if err != nil {
			return err
		}
		return do(ctx, c, b, args[1:])
	})
}

func (a *app) briefShowCommand() *cobra.Command {
	return a.command("show ID", "help.brief_show", cobra.ExactArgs(1), a.onBrief(func(ctx contextType, c *client.Client, b card.Brief, _ []string) error {
		b, err := c.ReadBrief(ctx, b.ID)
		if err != nil {
			return err
		}
		if a.json {
			return a.printJSON(b)
		}
		a.printBrief(b)
		return nil
	}))
}

func (a *app) printBrief(b card.Brief) {
	fmt.Fprintf(a.out, "%s\n\n", firstOf(b.Title, a.t("brief.untitled")))
	a.field("id", b.ID)
	a.field("status", a.t("brief_state."+b.State))
	a.field("received", b.ReceivedAt.Local().Format(time.DateTime))
	if b.From != nil {
		a.field("from", firstOf(b.From.Name, shortID(b.From.ID)))
	}
	a.field("for", b.ToName)
	a.field("place", placeName(b.Place))
	a.field("when", b.When)
	a.field("contact", strings.Join(slices.DeleteFunc([]string{b.Contact.Name, b.Contact.Email, b.Contact.Phone}, func(s string) bool { return s == "" }), ", "))
	a.field("audience", a.t("audience."+b.Audience))
	a.field("deleted_on", b.DeleteAt.Local().Format(time.DateOnly))
	fmt.Fprintf(a.out, "\n%s\n", b.Description)
	if b.Change != "" {
		fmt.Fprintf(a.out, "\n%s\n  %s\n", a.t("brief.change"), strings.ReplaceAll(b.Change, "\n", "\n  "))
	}
	if b.Text != nil {
		fmt.Fprintf(a.out, "\n%s\n\n", a.t("brief.text", "Audience", a.t("audience."+b.Text.Audience)))
		a.printMission(b.Text.Mission)
	}
}

func (a *app) briefProposeCommand() *cobra.Command {
	var audience string
	cmd := a.command("propose ID [FILE]", "help.brief_propose", cobra.RangeArgs(1, 2), a.onBrief(func(ctx contextType, c *client.Client, b card.Brief, args []string) error {
		// Without a file, the client's own words; never who they are.
		m := card.Mission{Title: b.Title, Description: b.Description, Place: b.Place}
		if len(args) == 1 {
			in, err := a.openInput(args[0])
			if err != nil {
				return err
			}
			defer in.Close()
			m = card.Mission{}
			if err := readCard(in, args[0], &m); err != nil {
				return err
			}
		}
		b, err := c.ProposeBrief(ctx, b.ID, m, firstOf(audience, b.Audience))
		if err != nil {
			return err
		}
		if a.json {
			return a.printJSON(b)
		}
		a.say("brief.proposed", "Title", b.Text.Mission.Title, "Audience", a.t("audience."+b.Text.Audience))
		return nil
	}))
	cmd.Flags().StringVar(&audience, "audience", "", a.t("flag.audience"))
	return cmd
}

func (a *app) briefDeclineCommand() *cobra.Command {
	var reason string
	cmd := a.command("decline ID", "help.brief_decline", cobra.ExactArgs(1), a.onBrief(func(ctx contextType, c *client.Client, b card.Brief, _ []string) error {
		b, err := c.DeclineBrief(ctx, b.ID, reason)
		if err != nil {
			return err
		}
		if a.json {
			return a.printJSON(b)
		}
		a.say("brief.declined", "Short", shortID(b.ID))
		return nil
	}))
	cmd.Flags().StringVar(&reason, "reason", "", a.t("flag.brief_reason"))
	return cmd
}

func (a *app) briefDeleteCommand() *cobra.Command {
	return a.command("delete ID", "help.brief_delete", cobra.ExactArgs(1), a.onBrief(func(ctx contextType, c *client.Client, b card.Brief, _ []string) error {
		if err := c.DeleteBrief(ctx, b.ID); err != nil {
			return err
		}
		if a.json {
			return a.printJSON(map[string]any{"deleted": b.ID})
		}
		a.say("brief.deleted", "Short", shortID(b.ID))
		return nil
	}))
}
