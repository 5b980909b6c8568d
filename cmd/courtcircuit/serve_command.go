package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"time"

	"github.com/spf13/cobra"

	"courtcircuit/node"
	"courtcircuit/node/card"
	"courtcircuit/node/demo"
	"courtcircuit/node/httpapi/api"
)

func (a *app) serveCommand() *cobra.Command {
	cmd := a.command("serve", "help.serve", cobra.NoArgs, func(cmd *cobra.Command, _ []string) error {
		cfg, err := a.loadConfig(cmd.Flags())
		if err != nil {
			return err
		}
		log, err := a.logger()
		if err != nil {
			return err
		}
		upgrade := a.progressBar(1, "")
		cfg.OnUpgrade = upgrade.stepOf
		n, err := node.New(cfg, log)
		upgrade.end()
		if err != nil {
			return err
		}
		if err := writeConfig(a.home); err != nil {
			return errors.Join(err, n.Close())
		}
		return a.runNode(cmd.Context(), n)
	})
	a.addNodeFlags(cmd.Flags())
	return cmd
}

// runNode runs until the context ends and says when the node is ready.
func (a *app) runNode(ctx context.Context, n *node.Node) error {
	done := make(chan error, 1)
	go func() { done <- n.Run(ctx) }()
	select {
	case err := <-done:
		return endOf(ctx, err)
	case <-n.Ready():
	}
	if err := a.announce(ctx, n); err != nil {
		return err
	}
	err := endOf(ctx, a.awaitEnd(n.CatchUpProgress, done))
	if err == nil && !a.json {
		a.note("serve.stopped")
	}
	return err
}

// manyMissing is from how many records on a catch-up is shown: fewer are there
// before anybody has read a line.
const manyMissing = 1000

// awaitEnd waits for the node to end and shows a long catch-up meanwhile.
func (a *app) awaitEnd(catchUp func() *api.SyncProgress, done <-chan error) error {
	tick := time.NewTicker(time.Second / 4)
	defer tick.Stop()
	if !onTerminal(a.err) || a.json {
		tick.Stop()
	}
	var bar *progress
	for {
		select {
		case err := <-done:
			bar.end()
			return err
		case <-tick.C:
		}
		now := catchUp()
		switch {
		case now == nil:
			bar.end()
			bar = nil
		case bar == nil && now.Needed >= manyMissing:
			bar = a.counter(a.t("serve.catching_up"), a.t("serve.catching_up_unit"))
			fallthrough
		default:
			bar.set(now.Received)
		}
	}
}

// endOf drops the error that only says that the person stopped the node.
func endOf(ctx context.Context, err error) error {
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

func (a *app) announce(ctx context.Context, n *node.Node) error {
	info, err := n.Info(ctx)
	if err != nil {
		return err
	}
	link, err := linkAtStart(ctx, n)
	if err != nil {
		return err
	}
	warnings := n.Warnings()
	if link == nil && n.PageURL() != "" {
		warnings = append(warnings, a.t("serve.no_console_link"))
	}
	if a.json {
		address, listening := n.PublicPage()
		return a.printJSON(map[string]any{
			"page": n.PageURL(), "public_page": address, "public_address": listening, "info": info, "console": link, "warnings": orEmpty(warnings),
		})
	}
	if info.Collective != nil {
		a.say("serve.collective", "Name", info.Collective.Name)
	} else {
		a.say("serve.nameless")
	}
	a.say("serve.page", "URL", n.PageURL())
	if link != nil {
		a.sayConsole(*link)
	}
	a.sayPublic(n)
	a.say("serve.peer", "PeerID", info.PeerID)
	for _, addr := range info.Addresses {
		a.say("serve.address", "Addr", addr)
	}
	for _, warning := range warnings {
		a.note("serve.warning", "Text", warning)
	}
	if n.HasNobodyToAsk() {
		a.say("serve.alone")
	}
	a.say("serve.stop")
	return nil
}

// linkAtStart is the way into the console that a start prints; nil for a node
// that serves no page, or whose disk is too full to keep a link: it starts all
// the same, for those who read.
func linkAtStart(ctx context.Context, n *node.Node) (*api.ConsoleLink, error) {
	if n.PageURL() == "" {
		return nil, nil
	}
	link, err := n.NewConsoleLink(ctx)
	var problem *card.Problem
	if errors.As(err, &problem) && problem.Cause == card.Unavailable {
		return nil, nil
	}
	return &link, err
}

// sayPublic says where the world finds the pages.
func (a *app) sayPublic(n *node.Node) {
	address, listening := n.PublicPage()
	switch {
	case listening == "":
	case address == "":
		a.say("serve.public_nameless", "Listening", listening)
	default:
		a.say("serve.public", "URL", address, "Listening", listening)
	}
}

// sshLine is what somebody types at home to reach the page of a node on a
// server they are on over SSH; "" elsewhere.
func sshLine(address string) string {
	connection := os.Getenv("SSH_CONNECTION")
	if connection == "" {
		return ""
	}
	var server string
	if _, err := fmt.Sscanf(connection, "%s %s %s", new(string), new(string), &server); err != nil {
		return ""
	}
	host, port, err := net.SplitHostPort(trimScheme(address))
	if err != nil {
		return ""
	}
	user := os.Getenv("USER")
	if user != "" {
		user += "@"
	}
	return fmt.Sprintf("ssh -L %s:%s:%s %s%s", port, host, port, user, server)
}

func (a *app) demoCommand() *cobra.Command {
	cfg := demo.Config{Nodes: 3, Profiles: 60}
	cmd := a.command("demo", "help.demo", cobra.NoArgs, func(cmd *cobra.Command, _ []string) error {
		if err := cfg.Validate(); err != nil {
			return usageError{err}
		}
		log, err := a.logger()
		if err != nil {
			return err
		}
		a.note("demo.fictional")
		return demo.Run(cmd.Context(), cfg, log, func(nodes []demo.Running) error {
			if a.json {
				return a.printJSON(nodes)
			}
			t := a.newTable("collective", "place", "page", "home")
			for _, n := range nodes {
				t.add(n.Collective, n.Place, n.PageURL, n.Home)
			}
			t.print(a.out)
			a.say("demo.ready", "Count", len(nodes), "Home", nodes[0].Home)
			a.say("serve.stop")
			return nil
		})
	})
	cmd.Flags().IntVar(&cfg.Nodes, "nodes", cfg.Nodes, a.t("flag.nodes"))
	cmd.Flags().IntVar(&cfg.Profiles, "profiles", cfg.Profiles, a.t("flag.profiles"))
	return cmd
}
