package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"courtcircuit/node"
	"courtcircuit/node/httpapi/api"
	"courtcircuit/node/httpapi/client"
)

// diagnosis is what doctor answers a program.
type diagnosis struct {
	Running  bool        `json:"running"`
	Problems int         `json:"problems"`
	Warnings int         `json:"warnings"`
	Checks   []api.Check `json:"checks"`
}

// doctorCommand looks at settings, home, machine and, when it runs, the node;
// each line that is not well says what to do. Problems make it fail, warnings
// do not.
func (a *app) doctorCommand() *cobra.Command {
	return a.command("doctor", "help.doctor", cobra.NoArgs, func(cmd *cobra.Command, _ []string) error {
		d := a.diagnose(cmd.Context())
		for _, c := range d.Checks {
			switch c.State {
			case "failed":
				d.Problems++
			case "warning":
				d.Warnings++
			}
		}
		if a.json {
			if err := a.printJSON(d); err != nil {
				return err
			}
		} else {
			a.printChecks(d.Checks)
		}
		if d.Problems > 0 {
			return errors.New(a.t("doctor.problems", "Count", d.Problems))
		}
		if !a.json && d.Warnings == 0 {
			a.say("doctor.well")
		}
		return nil
	})
}

func (a *app) diagnose(ctx contextType) (d diagnosis) {
	cfg, err := a.loadConfig(nil)
	if err != nil {
		return diagnosis{Checks: []api.Check{{Name: "settings", State: "failed", Detail: err.Error(), NextStep: a.t("doctor.settings")}}}
	}
	d.Checks = append(d.Checks, api.Check{Name: "settings", State: "ok"})
	var running *api.Status
	var notRunning *client.NotRunningError
	c, err := a.connect()
	if err == nil {
		var s api.Status
		if s, err = c.Status(ctx); err == nil {
			d.Running, running = true, &s
		}
	}
	if err != nil && !errors.As(err, &notRunning) {
		d.Checks = append(d.Checks, api.Check{Name: "node", State: "failed", Detail: err.Error(), NextStep: a.t("doctor.no_answer")})
	}
	d.Checks = append(d.Checks, node.Diagnose(ctx, cfg, running)...)
	return d
}

// printChecks gives each check a line, and what to do about it another.
func (a *app) printChecks(checks []api.Check) {
	for _, c := range checks {
		line := fmt.Sprintf("%-13s %s", a.t("check."+c.State), a.t("check_name."+c.Name))
		if c.Detail != "" {
			line += a.t("check.colon") + a.inLanguage(c.Detail)
		}
		fmt.Fprintln(a.out, strings.ReplaceAll(line, "\n", " "))
		if c.NextStep != "" {
			fmt.Fprintf(a.out, "%-13s → %s\n", "", a.inLanguage(c.NextStep))
		}
	}
}
