package main

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"courtcircuit/node/card"
	"courtcircuit/node/httpapi/client"
)

func (a *app) collectiveCommand() *cobra.Command {
	return a.group("collective", "help.collective", a.collectiveShowCommand(), a.collectiveListCommand(), a.collectiveEditCommand())
}

func (a *app) collectiveShowCommand() *cobra.Command {
	return a.command("show [ID]", "help.collective_show", cobra.MaximumNArgs(1), a.onNode(func(ctx contextType, c *client.Client, args []string) error {
		id := ""
		if len(args) > 0 {
			var err error
			if id, err = c.ResolveID(ctx, "collective", args[0]); err != nil {
				return err
			}
		}
		col, err := c.Collective(ctx, id)
		if err != nil {
			return err
		}
		if a.json {
			return a.printJSON(col)
		}
		a.printCollective(col)
		return nil
	}))
}

func (a *app) printCollective(c card.Collective) {
	fmt.Fprintf(a.out, "%s\n\n", c.Name)
	a.field("id", c.ID)
	a.field("fingerprint", c.Fingerprint)
	a.field("place", placeName(c.Place)+a.approximately(c.Place))
	a.field("languages", strings.Join(c.Languages, ", "))
	a.field("contact", c.Contact)
	a.field("page", c.URL)
	for _, l := range c.Links {
		a.field("link", strings.TrimSpace(l.Label+" "+l.URL))
	}
	a.field("members", strconv.Itoa(c.Members))
	skills := []string{}
	for _, s := range c.Skills {
		skills = append(skills, fmt.Sprintf("%s (%d)", s.Skill, s.Count))
	}
	a.field("skills", strings.Join(skills, ", "))
	for _, n := range c.Nodes {
		a.field("node", n.PeerID)
	}
	if c.About != "" {
		fmt.Fprintf(a.out, "\n%s\n", c.About)
	}
}

func (a *app) collectiveListCommand() *cobra.Command {
	var near string
	cmd := a.command("list", "help.collective_list", cobra.NoArgs, a.onNode(func(ctx contextType, c *client.Client, _ []string) error {
		return search(a, ctx, card.Search{Near: near, Lang: a.lang, Limit: 100}, c.SearchCollectives, a.collectiveTable)
	}))
	cmd.Flags().StringVar(&near, "near", "", a.t("flag.near"))
	return cmd
}

func (a *app) collectiveEditCommand() *cobra.Command {
	var file, name, place, about, contact string
	var languages []string
	cmd := a.command("edit", "help.collective_edit", cobra.NoArgs, func(cmd *cobra.Command, _ []string) error {
		c, err := a.connect()
		if err != nil {
			return err
		}
		col, err := c.Collective(cmd.Context(), "")
		var problem *card.Problem
		if errors.As(err, &problem) && (problem.Cause == card.NotFound || problem.Cause == card.Conflict) {
			col, err = card.Collective{}, nil // a node without a name yet
		}
		if err != nil {
			return err
		}
		if cmd.Flags().NFlag() == 0 || file != "" {
			if col, err = editJSON(a, file, col); err != nil {
				return err
			}
		}
		cmd.Flags().Visit(applyEdits(&col, &name, &place, &about, &contact, &languages))
		if col, err = c.EditCollective(cmd.Context(), col); err != nil {
			return err
		}
		if a.json {
			return a.printJSON(col)
		}
		a.say("collective.edited", "Name", col.Name, "Place", placeName(col.Place))
		if col.RecoverySecret != "" {
			a.printSecret(col.RecoverySecret)
		}
		return nil
	})
	f := cmd.Flags()
	f.StringVar(&file, "file", "", a.t("flag.edit_file"))
	f.StringVar(&name, "name", "", a.t("flag.name"))
	f.StringVar(&place, "place", "", a.t("flag.place"))
	f.StringVar(&about, "about", "", a.t("flag.about"))
	f.StringVar(&contact, "contact", "", a.t("flag.contact"))
	f.StringSliceVar(&languages, "languages", nil, a.t("flag.languages"))
	return cmd
}
