package main

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"courtcircuit/node/card"
)

// rootCommand assembles the whole command line.
func (a *app) rootCommand() *cobra.Command {
	root := &cobra.Command{
		Use: "courtcircuit", Short: a.t("help.root"), Long: a.t("help.root_long"),
		SilenceErrors: true, SilenceUsage: true,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usageError{fmt.Errorf("%s", a.t("error.unknown_command", "Command", args[0]))}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	flags := root.PersistentFlags()
	flags.StringVar(&a.home, "home", defaultHome(), a.t("flag.home"))
	flags.BoolVar(&a.json, "json", false, a.t("flag.json"))
	flags.StringVar(&a.logLevel, "log-level", "warn", a.t("flag.log_level"))
	flags.StringVar(&a.lang, "lang", a.lang, a.t("flag.lang"))
	root.PersistentPreRunE = func(*cobra.Command, []string) error { return a.checkLanguage() }
	root.SetFlagErrorFunc(a.flagError)
	root.CompletionOptions.HiddenDefaultCmd = true
	root.AddCommand(
		a.initCommand(), a.serveCommand(), a.consoleCommand(), a.demoCommand(),
		a.profileCommand(), a.missionCommand(), a.searchCommand(), a.collectiveCommand(),
		a.memberCommand(),
		a.inboxCommand(), a.briefCommand(), a.reportCommand(), a.hideCommand(), a.unhideCommand(), a.hiddenCommand(),
		a.peerCommand(), a.bootstrapCommand(), a.inviteCommand(), a.joinCommand(), a.statusCommand(), a.doctorCommand(), a.verifyCommand(),
		a.keyCommand(), a.backupCommand(), a.restoreCommand(), a.recordCommand(), a.eraseCommand(),
		a.serviceCommand(), a.versionCommand(), a.completionCommand(root), a.manCommand(root),
	)
	a.translateHelp(root)
	return root
}

func (a *app) checkLanguage() error {
	if a.lang != "fr" && a.lang != "en" {
		return usageError{fmt.Errorf("--lang %q: %s", a.lang, a.t("error.lang"))}
	}
	return nil
}

// translateHelp replaces the headings of cobra's usage text.
func (a *app) translateHelp(root *cobra.Command) {
	template := root.UsageTemplate()
	for _, heading := range []string{"Usage:", "Available Commands:", "Flags:", "Global Flags:", "Aliases:", "Examples:"} {
		template = strings.ReplaceAll(template, heading, a.t("usage."+strings.ToLower(strings.TrimSuffix(strings.ReplaceAll(heading, " ", "_"), ":"))))
	}
	template = strings.ReplaceAll(template, `Use "{{.CommandPath}} [command] --help" for more information about a command.`, a.t("usage.more")+` {{.CommandPath}} [command] --help`)
	root.SetUsageTemplate(template)
	root.InitDefaultHelpFlag()
	root.Flags().Lookup("help").Usage = a.t("flag.help")
	root.SetHelpCommand(a.helpCommand(root))
}

// helpCommand shows the help of another command, as --help does there.
func (a *app) helpCommand(root *cobra.Command) *cobra.Command {
	return &cobra.Command{
		Use: "help", Short: a.t("help.help"),
		RunE: func(_ *cobra.Command, args []string) error {
			about, rest, err := root.Find(args)
			if err != nil || len(rest) > 0 {
				return usageError{fmt.Errorf("%s", a.t("error.unknown_command", "Command", strings.Join(args, " ")))}
			}
			return about.Help()
		},
	}
}

// flagError says what is wrong with a flag in the person's language, and why
// there is none where somebody looked for one.
func (a *app) flagError(cmd *cobra.Command, err error) error {
	var unknown *pflag.NotExistError
	var empty *pflag.ValueRequiredError
	var invalid *pflag.InvalidValueError
	switch {
	case errors.As(err, &unknown) && unknown.GetSpecifiedShortnames() == "":
		name := unknown.GetSpecifiedName()
		text := a.t("error.unknown_flag", "Name", name, "Command", cmd.CommandPath())
		if why := card.RefusedSearch(name, a.lang); why != "" && (cmd.Name() == "search" || cmd.Name() == "list") {
			text = a.t("error.no_flag", "Name", name) + a.t("check.colon") + why
		}
		return usageError{errors.New(text)}
	case errors.As(err, &empty) && empty.GetSpecifiedShortnames() == "":
		return usageError{errors.New(a.t("error.flag_empty", "Name", empty.GetSpecifiedName()))}
	case errors.As(err, &invalid):
		return usageError{errors.New(a.t("error.flag_value", "Name", invalid.GetFlag().Name, "Value", strconv.Quote(invalid.GetValue()), "Kind", invalid.GetFlag().Value.Type()))}
	}
	return usageError{err}
}

// isCobraUsage recognises the errors that cobra itself makes of a wrong
// command line; it gives them no type.
func isCobraUsage(err error) bool {
	text := err.Error()
	return strings.HasPrefix(text, "unknown command") || strings.HasPrefix(text, "unknown flag") || strings.HasPrefix(text, "required flag")
}

// group is a command that only holds others; alone it shows its help, and a
// word it does not know is a usage error.
func (a *app) group(use, helpID string, children ...*cobra.Command) *cobra.Command {
	cmd := &cobra.Command{
		Use: use, Short: a.t(helpID),
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usageError{fmt.Errorf("%s", a.t("error.unknown_command", "Command", cmd.CommandPath()+" "+args[0]))}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(children...)
	return cmd
}
