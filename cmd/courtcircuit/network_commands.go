package main

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"courtcircuit/node/card"
	"courtcircuit/node/httpapi/api"
	"courtcircuit/node/httpapi/client"
)

// applyEdits takes over exactly the flags that were given: an empty text
// clears a field, an absent flag keeps it.
func applyEdits(col *card.Collective, name, place, about, contact *string, languages *[]string) func(*pflag.Flag) {
	return func(f *pflag.Flag) {
		switch f.Name {
		case "name":
			col.Name = *name
		case "place":
			col.Place = card.Place{Text: *place}
		case "about":
			col.About = *about
		case "contact":
			col.Contact = *contact
		case "languages":
			col.Languages = *languages
		}
	}
}

func (a *app) peerCommand() *cobra.Command {
	list := a.command("list", "help.peer_list", cobra.NoArgs, a.onNode(func(ctx contextType, c *client.Client, _ []string) error {
		peers, err := c.Peers(ctx)
		if err != nil {
			return err
		}
		if a.json {
			return a.printJSON(map[string]any{"results": orEmpty(peers)})
		}
		if len(peers) == 0 {
			a.say("peer.none")
			return nil
		}
		t := a.newTable("peer", "collective", "connected", "seen", "address")
		for _, p := range peers {
			t.add(p.PeerID, peerCollective(p), a.yesNo(p.Connected), dateOf(p.LastSeen), firstOf(append(p.Addresses, "")...))
		}
		t.print(a.out)
		return nil
	}))
	add := a.command("add MULTIADDR", "help.peer_add", cobra.ExactArgs(1), a.onNode(func(ctx contextType, c *client.Client, args []string) error {
		p, err := c.AddPeer(ctx, args[0])
		if err != nil {
			return err
		}
		if a.json {
			return a.printJSON(p)
		}
		a.say("peer.added", "Peer", p.PeerID)
		return nil
	}))
	return a.group("peer", "help.peer", list, add)
}

func peerCollective(p api.Peer) string {
	if p.Collective == nil {
		return "—"
	}
	return clip(p.Collective.Name, 30)
}

func (a *app) yesNo(v bool) string {
	if v {
		return a.t("yes")
	}
	return a.t("no")
}

func (a *app) bootstrapCommand() *cobra.Command {
	list := a.command("list", "help.bootstrap_list", cobra.NoArgs, func(cmd *cobra.Command, _ []string) error {
		return a.withBootstrap(cmd, nil)
	})
	var name string
	add := a.command("add MULTIADDR...", "help.bootstrap_add", cobra.MinimumNArgs(1), func(cmd *cobra.Command, args []string) error {
		return a.withBootstrap(cmd, func(c bootstrapEditor) (api.Bootstrap, error) {
			return c.AddBootstrap(cmd.Context(), api.BootstrapPeer{Name: name, Addrs: args})
		})
	})
	add.Flags().StringVar(&name, "name", "", a.t("flag.peer_name"))
	remove := a.command("remove PEER_ID", "help.bootstrap_remove", cobra.ExactArgs(1), func(cmd *cobra.Command, args []string) error {
		return a.withBootstrap(cmd, func(c bootstrapEditor) (api.Bootstrap, error) {
			return c.RemoveBootstrap(cmd.Context(), args[0])
		})
	})
	export := a.command("export", "help.bootstrap_export", cobra.NoArgs, a.onNode(func(ctx contextType, c *client.Client, _ []string) error {
		list, err := c.Bootstrap(ctx)
		if err != nil {
			return err
		}
		return a.printJSON(list)
	}))
	return a.group("bootstrap", "help.bootstrap", list, add, remove, export)
}

// bootstrapEditor is what the bootstrap commands need of a running node.
type bootstrapEditor interface {
	Bootstrap(ctx contextType) (api.Bootstrap, error)
	AddBootstrap(ctx contextType, p api.BootstrapPeer) (api.Bootstrap, error)
	RemoveBootstrap(ctx contextType, peerID string) (api.Bootstrap, error)
}

// withBootstrap changes the list if asked to, and shows it.
func (a *app) withBootstrap(cmd *cobra.Command, change func(bootstrapEditor) (api.Bootstrap, error)) error {
	c, err := a.connect()
	if err != nil {
		return err
	}
	if change == nil {
		change = func(c bootstrapEditor) (api.Bootstrap, error) { return c.Bootstrap(cmd.Context()) }
	}
	list, err := change(c)
	if err != nil {
		return err
	}
	if a.json {
		return a.printJSON(list)
	}
	if len(list.Peers) == 0 {
		a.say("bootstrap.none")
		return nil
	}
	t := a.newTable("name", "address")
	for _, p := range list.Peers {
		t.add(orDash(p.Name), strings.Join(p.Addrs, " "))
	}
	t.print(a.out)
	return nil
}

func (a *app) statusCommand() *cobra.Command {
	return a.command("status", "help.status", cobra.NoArgs, a.onNode(func(ctx contextType, c *client.Client, _ []string) error {
		s, err := c.Status(ctx)
		if err != nil {
			return err
		}
		if a.json {
			return a.printJSON(s)
		}
		a.printStatus(s)
		return nil
	}))
}

func (a *app) printStatus(s api.Status) {
	name := a.t("status_line.nameless")
	if s.Info.Collective != nil {
		name = s.Info.Collective.Name
	}
	a.field("collective", name)
	a.field("network", s.Info.Network)
	a.field("version", s.Info.Version)
	a.field("peer", s.Info.PeerID)
	a.field("peers", fmt.Sprint(s.Info.Peers))
	for _, kind := range []string{"profile", "mission", "collective"} {
		a.field(kind+"s", fmt.Sprint(s.Info.Counts[kind]))
	}
	a.field("sync", strings.TrimSpace(a.t("sync."+s.Info.Sync.State)+" "+dateOf(s.Info.Sync.Last)))
	a.field("digest", s.Info.Digest)
	a.field("disk_free", a.mebibytes(s.DiskFree))
	a.field("disk_used", a.mebibytes(s.DiskUsed))
	if reached := limitsReached(s.Limits); reached != "" {
		a.field("limits_reached", reached)
	}
	if b := s.LastBackup; b != nil {
		a.field("last_backup", fmt.Sprintf("%s (%s, %s)", b.Path, dateOf(&b.CreatedAt), a.mebibytes(b.SizeBytes)))
	} else {
		a.field("last_backup", a.t("status_line.no_backup"))
	}
	a.printChecks(s.Checks)
}

// limitsReached names the bounds that bit, as courtcircuit.toml and the
// metrics do, and how often each.
func limitsReached(limits []api.Limit) string {
	var reached []string
	for _, l := range limits {
		if l.Reached > 0 {
			reached = append(reached, fmt.Sprintf("%s %d", l.Name, l.Reached))
		}
	}
	return strings.Join(reached, ", ")
}

func (a *app) mebibytes(n int64) string {
	return a.decimal(float64(n)/(1<<20)) + " " + a.t("unit.mebibytes")
}

// decimal has one place behind the point, or the comma.
func (a *app) decimal(v float64) string {
	return strings.Replace(strconv.FormatFloat(v, 'f', 1, 64), ".", a.t("unit.point"), 1)
}
