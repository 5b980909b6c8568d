package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"courtcircuit/node/card"
	"courtcircuit/node/httpapi/client"
)

func (a *app) profileCommand() *cobra.Command {
	return a.group("profile", "help.profile",
		a.profileAddCommand(), a.profileListCommand(), a.profileShowCommand(),
		a.profileEditCommand(), a.profileExportCommand(), a.profileConfirmCommand(), a.profileRemoveCommand())
}

func (a *app) profileListCommand() *cobra.Command {
	return a.command("list", "help.profile_list", cobra.NoArgs, a.onNode(func(ctx contextType, c *client.Client, _ []string) error {
		profiles, err := c.OwnProfiles(ctx)
		if err != nil {
			return err
		}
		if a.json {
			return a.printJSON(map[string]any{"results": orEmpty(profiles)})
		}
		if len(profiles) == 0 {
			a.say("profile.none")
			return nil
		}
		t := a.newTable("id", "name", "headline", "place", "fingerprint", "expires")
		for _, p := range profiles {
			t.add(shortID(p.ID), clip(p.Name, 30), clip(p.Headline, 40), placeName(p.Place), p.Fingerprint, dateOf(p.ExpiresAt))
		}
		t.print(a.out)
		return nil
	}))
}

func (a *app) profileShowCommand() *cobra.Command {
	return a.command("show ID", "help.profile_show", cobra.ExactArgs(1), a.onRecord("profile", func(ctx contextType, c *client.Client, id string) error {
		p, err := c.Profile(ctx, id)
		if err != nil {
			return err
		}
		if a.json {
			return a.printJSON(p)
		}
		a.printProfile(p)
		return nil
	}))
}

func (a *app) printProfile(p card.Profile) {
	fmt.Fprintf(a.out, "%s\n%s\n\n", p.Name, p.Headline)
	a.field("id", p.ID)
	a.field("fingerprint", p.Fingerprint)
	a.field("place", placeName(p.Place)+a.approximately(p.Place))
	if p.RadiusKm != nil {
		a.field("radius", fmt.Sprintf("%d km", *p.RadiusKm))
	}
	a.field("skills", strings.Join(p.Skills, ", "))
	a.field("languages", strings.Join(p.Languages, ", "))
	a.field("modes", a.modes(p.Modes))
	a.field("availability", a.availability(p))
	if p.Since != 0 {
		a.field("since", fmt.Sprint(p.Since))
	}
	for _, l := range p.Links {
		a.field("link", strings.TrimSpace(l.Label+" "+l.URL))
	}
	for _, m := range p.Collectives {
		state := "membership.unverified"
		if m.Verified {
			state = "membership.verified"
		}
		a.field("collective", fmt.Sprintf("%s (%s, %s)", orDash(m.Name), a.t(state), a.t("custody."+m.Custody)))
	}
	a.field("confirmed", dateOf(p.ConfirmedAt))
	a.field("expires", dateOf(p.ExpiresAt))
	if p.About != "" {
		fmt.Fprintf(a.out, "\n%s\n", p.About)
	}
}

func (a *app) availability(p card.Profile) string {
	switch {
	case p.DaysPerWeek != nil && *p.DaysPerWeek == 0:
		return a.t("availability.none")
	case p.AvailabilityConfirmed != nil && !*p.AvailabilityConfirmed:
		return a.t("availability.unconfirmed")
	}
	text := a.t("availability.now")
	if p.AvailableFrom != "" {
		text = a.t("availability.from", "Date", p.AvailableFrom)
	}
	if p.DaysPerWeek != nil {
		text += ", " + a.t("availability.days", "Count", int(*p.DaysPerWeek))
	}
	return text
}

func (a *app) profileEditCommand() *cobra.Command {
	var file string
	cmd := a.command("edit ID", "help.profile_edit", cobra.ExactArgs(1), a.onRecord("profile", func(ctx contextType, c *client.Client, id string) error {
		old, err := c.Profile(ctx, id)
		if err != nil {
			return err
		}
		edited, err := editJSON(a, file, old)
		if err != nil {
			return err
		}
		a.sayHints(ctx, c, writtenSkills(edited.Skills, ""))
		p, err := c.ReplaceProfile(ctx, id, edited)
		if err != nil {
			return err
		}
		if a.json {
			return a.printJSON(p)
		}
		a.say("profile.edited", "Name", p.Name, "ID", shortID(p.ID))
		return nil
	}))
	cmd.Flags().StringVar(&file, "file", "", a.t("flag.edit_file"))
	return cmd
}

func (a *app) profileConfirmCommand() *cobra.Command {
	return a.command("confirm ID", "help.profile_confirm", cobra.ExactArgs(1), a.onRecord("profile", func(ctx contextType, c *client.Client, id string) error {
		p, err := c.ConfirmProfile(ctx, id)
		if err != nil {
			return err
		}
		if a.json {
			return a.printJSON(p)
		}
		a.say("profile.confirmed", "Name", p.Name)
		return nil
	}))
}

func (a *app) profileExportCommand() *cobra.Command {
	var format string
	cmd := a.command("export ID", "help.profile_export", cobra.ExactArgs(1), a.onRecord("profile", func(ctx contextType, c *client.Client, id string) error {
		switch format {
		case "resume":
			return a.write(c.Resume(ctx, id))
		case "vcard":
			return a.write(c.VCard(ctx, id))
		case "json":
			p, err := c.Profile(ctx, id)
			if err != nil {
				return err
			}
			return a.printJSON(p)
		default:
			return usageError{fmt.Errorf("--format %q: %s", format, a.t("error.format", "Formats", "json, resume, vcard"))}
		}
	}))
	cmd.Flags().StringVar(&format, "format", "json", a.t("flag.format"))
	return cmd
}

func (a *app) profileRemoveCommand() *cobra.Command {
	var yes bool
	cmd := a.command("remove ID", "help.profile_remove", cobra.ExactArgs(1), func(cmd *cobra.Command, args []string) error {
		return a.removeProfile(cmd, args[0], yes)
	})
	cmd.Flags().BoolVar(&yes, "yes", false, a.t("flag.yes"))
	return cmd
}

// removeProfile erases for good, so on a terminal it asks and says what will
// happen elsewhere.
func (a *app) removeProfile(cmd *cobra.Command, typed string, yes bool) error {
	c, err := a.connect()
	if err != nil {
		return err
	}
	id, err := c.ResolveID(cmd.Context(), "profile", typed)
	if err != nil {
		return err
	}
	p, err := c.Profile(cmd.Context(), id)
	if err != nil {
		return err
	}
	if !yes && onTerminal(a.in) {
		if err := a.confirm(a.t("profile.remove_ask", "Name", p.Name, "Fingerprint", p.Fingerprint)); err != nil {
			return err
		}
	}
	if err := c.RemoveProfile(cmd.Context(), id); err != nil {
		return err
	}
	if a.json {
		return a.printJSON(map[string]any{"removed": id})
	}
	a.say("profile.removed", "Name", p.Name)
	return nil
}

// openInput opens a file, or standard input for "-".
func (a *app) openInput(name string) (io.ReadCloser, error) {
	if name == "-" {
		return io.NopCloser(a.in), nil
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	if info, err := f.Stat(); err == nil && info.IsDir() {
		return nil, errors.Join(fmt.Errorf("%s: %s", name, a.t("error.is_folder")), f.Close())
	}
	return f, nil
}
