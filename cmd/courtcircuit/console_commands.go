package main

import (
	"time"

	"github.com/spf13/cobra"

	"courtcircuit/node/httpapi/api"
	"courtcircuit/node/httpapi/client"
)

// consoleCommand prints a fresh way into the console of the running node:
// whoever holds the machine may open it.
func (a *app) consoleCommand() *cobra.Command {
	return a.command("console", "help.console", cobra.NoArgs, a.onNode(func(ctx contextType, c *client.Client, _ []string) error {
		link, err := c.ConsoleLink(ctx)
		if err != nil {
			return err
		}
		if a.json {
			return a.printJSON(link)
		}
		a.sayConsole(link)
		return nil
	}))
}

// sayConsole prints a link, and over SSH the line that brings it home.
func (a *app) sayConsole(link api.ConsoleLink) {
	a.say("console.link", "URL", link.URL, "Until", link.ExpiresAt.Local().Format(time.TimeOnly))
	if link.PublicURL != "" {
		a.say("console.public", "URL", link.PublicURL)
	}
	if ssh := sshLine(link.URL); ssh != "" {
		a.say("console.ssh", "Line", ssh, "URL", link.URL)
	}
}
