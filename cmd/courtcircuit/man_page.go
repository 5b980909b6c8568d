package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"courtcircuit/node"
)

// manCommand prints one page for the whole program: somebody on a server wants
// to search one text. cobra's own generator writes a page for each command,
// with English headings, and brings three further modules along.
func (a *app) manCommand(root *cobra.Command) *cobra.Command {
	return a.command("man", "help.man", cobra.NoArgs, func(*cobra.Command, []string) error {
		page := a.manPage(root)
		if a.json {
			return a.printJSON(map[string]string{"man": page})
		}
		_, err := fmt.Fprint(a.out, page)
		return err
	})
}

// manPage writes troff with the man macros: man(7).
func (a *app) manPage(root *cobra.Command) string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line(`.TH COURTCIRCUIT 1 "%s" "courtcircuit %s"`, time.Now().UTC().Format("2006-01"), roff(node.Version()))
	line(".SH %s", a.t("man.name"))
	line(`courtcircuit \- %s`, roff(root.Short))
	line(".SH %s", a.t("man.synopsis"))
	line(".B courtcircuit\n[\\fB\\-\\-home\\fR %s] [\\fB\\-\\-json\\fR] \\fI%s\\fR [\\fI%s\\fR]", a.t("man.folder"), a.t("man.command"), a.t("man.arguments"))
	line(".SH DESCRIPTION")
	for _, part := range strings.Split(root.Long, "\n\n") {
		line("%s\n.PP", roff(strings.ReplaceAll(part, "\n", " ")))
	}
	line(".SH OPTIONS")
	a.manFlags(&b, root.PersistentFlags())
	line(".SH %s", a.t("man.commands"))
	a.manCommands(&b, root)
	line(".SH %s", a.t("man.environment"))
	line("%s", roff(a.t("man.environment_text")))
	line(".SH %s", a.t("man.files"))
	line("%s", roff(a.t("man.files_text")))
	line(".SH %s", a.t("man.exit"))
	line("%s", roff(a.t("man.exit_text")))
	return b.String()
}

// manCommands writes all commands that do something, in the order of help.
func (a *app) manCommands(b *strings.Builder, parent *cobra.Command) {
	for _, cmd := range parent.Commands() {
		if cmd.Hidden || cmd.Name() == "help" {
			continue
		}
		if cmd.HasSubCommands() {
			a.manCommands(b, cmd)
			continue
		}
		fmt.Fprintf(b, ".SS \"%s\"\n%s\n", roff(strings.TrimPrefix(cmd.UseLine(), "courtcircuit ")), roff(cmd.Short))
		a.manFlags(b, cmd.LocalNonPersistentFlags())
	}
}

func (a *app) manFlags(b *strings.Builder, flags *pflag.FlagSet) {
	flags.VisitAll(func(f *pflag.Flag) {
		if f.Hidden || f.Name == "help" {
			return
		}
		name := `\fB` + roff("--"+f.Name) + `\fR`
		if f.Shorthand != "" {
			name = `\fB` + roff("-"+f.Shorthand) + `\fR, ` + name
		}
		if kind := f.Value.Type(); kind != "bool" {
			name += ` \fI` + roff(kind) + `\fR`
		}
		fmt.Fprintf(b, ".TP\n%s\n%s\n", name, roff(f.Usage))
	})
}

// roff keeps what troff would read as its own: backslashes, hyphens that it
// might turn into dashes, and a dot or an apostrophe at the start of a line.
func roff(s string) string {
	s = strings.NewReplacer(`\`, `\e`, "-", `\-`, `"`, `\(dq`).Replace(s)
	lines := strings.Split(s, "\n")
	for i, l := range lines {
		if strings.HasPrefix(l, ".") || strings.HasPrefix(l, "'") {
			lines[i] = `\&` + l
		}
	}
	return strings.Join(lines, "\n")
}
