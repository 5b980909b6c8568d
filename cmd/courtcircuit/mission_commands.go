package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"courtcircuit/node/card"
	"courtcircuit/node/httpapi/client"
)

func (a *app) missionCommand() *cobra.Command {
	return a.group("mission", "help.mission",
		a.missionPostCommand(), a.missionListCommand(), a.missionShowCommand(),
		a.missionStepCommand("publish", (*client.Client).PublishMission),
		a.missionStepCommand("attribute", (*client.Client).AttributeMission),
		a.missionStepCommand("close", (*client.Client).CloseMission), a.missionDeleteCommand())
}

func (a *app) missionPostCommand() *cobra.Command {
	var publish bool
	cmd := a.command("post FILE", "help.mission_post", cobra.ExactArgs(1), func(cmd *cobra.Command, args []string) error {
		in, err := a.openInput(args[0])
		if err != nil {
			return err
		}
		defer in.Close()
		var m card.Mission
		if err := readCard(in, args[0], &m); err != nil {
			return err
		}
		c, err := a.connect()
		if err != nil {
			return err
		}
		var skills []writtenSkill
		for _, n := range m.Needs {
			skills = append(skills, writtenSkill{skill: n.Skill})
		}
		a.sayHints(cmd.Context(), c, skills)
		if m, err = c.PostMission(cmd.Context(), m, publish); err != nil {
			return err
		}
		if a.json {
			return a.printJSON(m)
		}
		if publish {
			a.say("mission.published", "Title", m.Title, "ID", m.ID)
		} else {
			a.say("mission.drafted", "Title", m.Title, "ID", m.ID, "Short", shortID(m.ID))
		}
		return nil
	})
	cmd.Flags().BoolVar(&publish, "publish", false, a.t("flag.publish"))
	return cmd
}

// missionStepCommand is one step in a mission's life.
func (a *app) missionStepCommand(verb string, step func(*client.Client, contextType, string) (card.Mission, error)) *cobra.Command {
	return a.command(verb+" ID", "help.mission_"+verb, cobra.ExactArgs(1), a.onRecord("mission", func(ctx contextType, c *client.Client, id string) error {
		m, err := step(c, ctx, id)
		if err != nil {
			return err
		}
		if a.json {
			return a.printJSON(m)
		}
		a.say("mission.now", "Title", m.Title, "Status", a.t("status."+m.Status))
		return nil
	}))
}

func (a *app) missionDeleteCommand() *cobra.Command {
	return a.command("delete ID", "help.mission_delete", cobra.ExactArgs(1), a.onRecord("mission", func(ctx contextType, c *client.Client, id string) error {
		m, err := c.Mission(ctx, id)
		if err != nil {
			return err
		}
		if err := c.DeleteMission(ctx, id); err != nil {
			return err
		}
		if a.json {
			return a.printJSON(map[string]any{"deleted": id})
		}
		a.say("mission.deleted", "Title", m.Title)
		return nil
	}))
}

func (a *app) missionListCommand() *cobra.Command {
	return a.command("list", "help.mission_list", cobra.NoArgs, a.onNode(func(ctx contextType, c *client.Client, _ []string) error {
		missions, err := c.OwnMissions(ctx)
		if err != nil {
			return err
		}
		if a.json {
			return a.printJSON(map[string]any{"results": orEmpty(missions)})
		}
		if len(missions) == 0 {
			a.say("mission.none")
			return nil
		}
		t := a.newTable("id", "title", "status", "place", "needs", "apply_by")
		for _, m := range missions {
			t.add(shortID(m.ID), clip(m.Title, 44), a.t("status."+m.Status), placeName(m.Place), clip(needs(m), 30), m.ApplyBy)
		}
		t.print(a.out)
		return nil
	}))
}

func (a *app) missionShowCommand() *cobra.Command {
	return a.command("show ID", "help.mission_show", cobra.ExactArgs(1), a.onRecord("mission", func(ctx contextType, c *client.Client, id string) error {
		m, err := c.Mission(ctx, id)
		if err != nil {
			return err
		}
		if a.json {
			return a.printJSON(m)
		}
		a.printMission(m)
		return nil
	}))
}

func (a *app) printMission(m card.Mission) {
	fmt.Fprintf(a.out, "%s\n\n", m.Title)
	a.field("id", m.ID)
	a.field("status", a.t("status."+m.Status))
	if m.Collective != nil {
		a.field("collective", orDash(m.Collective.Name))
	}
	a.field("place", placeName(m.Place)+a.approximately(m.Place))
	a.field("needs", needs(m))
	a.field("languages", strings.Join(m.Languages, ", "))
	a.field("modes", a.modes(m.Modes))
	a.field("start", m.Start)
	a.field("apply_by", m.ApplyBy)
	if b := m.Budget; b != nil {
		a.field("budget", fmt.Sprintf("%d–%d %s / %s", b.Min, b.Max, b.Currency, a.t("per."+b.Per)))
	}
	a.field("contract", m.Contract)
	if m.Description != "" {
		fmt.Fprintf(a.out, "\n%s\n", m.Description)
	}
}

func needs(m card.Mission) string {
	parts := make([]string, len(m.Needs))
	for i, n := range m.Needs {
		parts[i] = n.Skill
		if n.Count > 1 {
			parts[i] = fmt.Sprintf("%d × %s", n.Count, n.Skill)
		}
	}
	return strings.Join(parts, ", ")
}
