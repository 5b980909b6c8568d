package main

import (
	"fmt"
	"runtime"

	"github.com/spf13/cobra"

	"courtcircuit/node"
	"courtcircuit/node/places"
)

func (a *app) versionCommand() *cobra.Command {
	var licenses bool
	cmd := a.command("version", "help.version", cobra.NoArgs, func(*cobra.Command, []string) error {
		v := map[string]any{"version": node.Version(), "go": runtime.Version(), "platform": runtime.GOOS + "/" + runtime.GOARCH}
		if licenses {
			v["licenses"] = append([]string{"courtcircuit: MPL-2.0"}, node.Licenses()...)
			v["data"] = places.Attribution()
		}
		if a.json {
			return a.printJSON(v)
		}
		fmt.Fprintf(a.out, "courtcircuit %s (%s, %s)\n", v["version"], v["go"], v["platform"])
		if licenses {
			fmt.Fprintln(a.out, "\ncourtcircuit: MPL-2.0")
			for _, line := range node.Licenses() {
				fmt.Fprintln(a.out, line)
			}
			fmt.Fprintln(a.out)
			for _, line := range places.Attribution() {
				fmt.Fprintln(a.out, line)
			}
		}
		return nil
	})
	cmd.Flags().BoolVar(&licenses, "licenses", false, a.t("flag.licenses"))
	return cmd
}

func (a *app) completionCommand(root *cobra.Command) *cobra.Command {
	return a.command("completion SHELL", "help.completion", cobra.ExactArgs(1), func(_ *cobra.Command, args []string) error {
		switch args[0] {
		case "bash":
			return root.GenBashCompletionV2(a.out, true)
		case "zsh":
			return root.GenZshCompletion(a.out)
		case "fish":
			return root.GenFishCompletion(a.out, true)
		case "powershell":
			return root.GenPowerShellCompletionWithDesc(a.out)
		default:
			return usageError{fmt.Errorf("%q: %s", args[0], a.t("error.shell"))}
		}
	})
}
