package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"courtcircuit/node"
	"courtcircuit/node/french"
	"courtcircuit/node/httpapi/api"
	"courtcircuit/node/httpapi/client"
)

// inviteCommand prints the line alone on standard output, so that it can be
// piped; what to do with it goes to standard error.
func (a *app) inviteCommand() *cobra.Command {
	return a.command("invite", "help.invite", cobra.NoArgs, a.onNode(func(ctx contextType, c *client.Client, _ []string) error {
		invite, err := c.Invite(ctx)
		if err != nil {
			return err
		}
		if a.json {
			return a.printJSON(invite)
		}
		fmt.Fprintln(a.out, invite.Line)
		switch invite.Reach {
		case "machine":
			a.note("invite.machine")
		case "network":
			a.note("invite.network")
		}
		a.note("invite.next")
		return nil
	}))
}

// joinCommand takes a line, also one that the shell cut into several words.
func (a *app) joinCommand() *cobra.Command {
	return a.command("join LINE", "help.join", cobra.MinimumNArgs(1), func(cmd *cobra.Command, args []string) error {
		joined, running, err := a.join(cmd.Context(), strings.Join(args, " "))
		if err != nil {
			return err
		}
		if a.json {
			return a.printJSON(joined)
		}
		name := joined.PeerID
		if joined.Collective != nil && joined.Collective.Name != "" {
			name = joined.Collective.Name
		}
		switch {
		case joined.Connected:
			a.say("join.connected", "Name", name)
		case running:
			a.say("join.waiting", "Name", name)
			a.note("join.failure", "Text", a.inLanguage(joined.Failure))
		default:
			a.say("join.noted", "Name", name, "OfName", keyboard(french.OfName(name)))
		}
		return nil
	})
}

func (a *app) join(ctx contextType, line string) (joined api.Joined, running bool, err error) {
	c, err := a.connect()
	if err == nil {
		if joined, err = c.Join(ctx, line); err == nil {
			return joined, true, nil
		}
	}
	var notRunning *client.NotRunningError
	if !errors.As(err, &notRunning) {
		return joined, true, err
	}
	cfg, err := a.loadConfig(nil)
	if err != nil {
		return joined, false, err
	}
	joined, err = node.JoinHome(cfg, line)
	return joined, false, err
}
