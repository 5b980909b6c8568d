package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/charmbracelet/huh"
	"github.com/spf13/cobra"

	"courtcircuit/node"
)

func (a *app) initCommand() *cobra.Command {
	var setup node.Setup
	cmd := a.command("init", "help.init", cobra.NoArgs, func(cmd *cobra.Command, _ []string) error {
		if err := a.askSetup(&setup); err != nil {
			return err
		}
		cfg, err := a.loadConfig(nil)
		if err != nil {
			return err
		}
		log, err := a.logger()
		if err != nil {
			return err
		}
		done, err := node.Init(cmd.Context(), cfg, setup, log)
		if err != nil {
			if done.RecoverySecret != "" && !a.json {
				a.printSecret(done.RecoverySecret)
			}
			return err
		}
		if err := writeConfig(a.home); err != nil {
			return err
		}
		if a.json {
			return a.printJSON(done)
		}
		a.say("init.done", "Name", done.Name, "Place", done.Place, "Home", a.home)
		a.say("init.identity", "ID", done.ID, "Fingerprint", done.Fingerprint)
		if done.RecoverySecret != "" {
			a.printSecret(done.RecoverySecret)
		} else {
			a.say("init.secret_before")
		}
		a.say("init.next")
		return nil
	})
	cmd.Flags().StringVar(&setup.Name, "name", "", a.t("flag.name"))
	cmd.Flags().StringVar(&setup.Place, "place", "", a.t("flag.place"))
	cmd.Flags().StringSliceVar(&setup.Languages, "languages", nil, a.t("flag.languages"))
	return cmd
}

// printSecret shows a recovery secret the only time it can be shown.
func (a *app) printSecret(secret string) {
	fmt.Fprintf(a.out, "\n%s\n\n    %s\n\n", a.t("secret.keep"), secret)
}

// askSetup asks on a terminal for what the flags left open; elsewhere it says
// which flags are missing.
func (a *app) askSetup(setup *node.Setup) error {
	missing := []string{}
	if setup.Name == "" {
		missing = append(missing, "--name")
	}
	if setup.Place == "" {
		missing = append(missing, "--place")
	}
	if len(missing) == 0 {
		return nil
	}
	if !onTerminal(a.in) || a.json {
		return usageError{errors.New(a.t("init.missing", "Flags", strings.Join(missing, ", ")))}
	}
	required := func(s string) error {
		if strings.TrimSpace(s) == "" {
			return errors.New(a.t("init.required"))
		}
		return nil
	}
	var fields []huh.Field
	if setup.Name == "" {
		fields = append(fields, huh.NewInput().Title(a.t("init.ask_name")).Value(&setup.Name).Validate(required))
	}
	if setup.Place == "" {
		fields = append(fields, huh.NewInput().Title(a.t("init.ask_place")).Value(&setup.Place).Validate(required))
	}
	return huh.NewForm(huh.NewGroup(fields...)).Run()
}
