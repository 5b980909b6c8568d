package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"github.com/adrg/xdg"
	"github.com/spf13/cobra"
	"golang.org/x/term"

	"courtcircuit/node/card"
	"courtcircuit/node/httpapi/client"
)

// app is what every command needs: where it reads and writes, in which
// language it speaks, and which home it works on.
type app struct {
	in       io.Reader
	out, err io.Writer

	home     string
	json     bool
	logLevel string
	lang     string
	words    *words
}

// usageError marks what a person typed wrong: exit code 2.
type usageError struct{ error }

// run executes one command line and gives its exit code.
func run(ctx context.Context, args []string, in io.Reader, out, errOut io.Writer) int {
	lang := languageOf(args, os.Getenv)
	a := &app{in: in, out: out, err: errOut, lang: lang, words: newWords(lang)}
	root := a.rootCommand()
	root.SetArgs(args)
	root.SetIn(in)
	root.SetOut(out)
	root.SetErr(errOut)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitOK
	}
	a.explain(err)
	var usage usageError
	if errors.As(err, &usage) || isCobraUsage(err) {
		return exitUsage
	}
	return exitFailure
}

// explain says on standard error what went wrong and what can be done.
func (a *app) explain(err error) {
	if a.json {
		_ = json.NewEncoder(a.err).Encode(errorView(err))
		return
	}
	fmt.Fprintln(a.err, a.t("error.prefix")+" "+a.describe(err))
	var problem *card.Problem
	if errors.As(err, &problem) && len(problem.Candidates) > 0 {
		a.printCandidates(a.err, problem.Candidates)
	}
}

// describe translates the errors that this program itself can foresee; what
// comes from elsewhere is passed on as it is.
func (a *app) describe(err error) string {
	var notRunning *client.NotRunningError
	switch {
	case errors.As(err, &notRunning):
		return a.t("error.no_node", "Home", a.home)
	case errors.Is(err, context.Canceled):
		return a.t("error.interrupted")
	default:
		return a.problemText(err)
	}
}

func errorView(err error) any {
	var problem *card.Problem
	if errors.As(err, &problem) {
		return map[string]any{"error": problem.Error(), "cause": problem.Cause, "field": problem.Field, "expected": problem.Expected, "candidates": problem.Candidates}
	}
	return map[string]any{"error": err.Error()}
}

// defaultHome is the XDG data folder, unless the environment names another.
func defaultHome() string {
	if home := os.Getenv("COURTCIRCUIT_HOME"); home != "" {
		return home
	}
	return filepath.Join(xdg.DataHome, "courtcircuit")
}

// connect reaches the node that runs on this home.
func (a *app) connect() (*client.Client, error) { return client.Open(a.home) }

type (
	contextType = context.Context
	runFunc     = func(cmd *cobra.Command, args []string) error
)

// onNode is a command that asks the running node.
func (a *app) onNode(do func(ctx contextType, c *client.Client, args []string) error) runFunc {
	return func(cmd *cobra.Command, args []string) error {
		c, err := a.connect()
		if err != nil {
			return err
		}
		return do(cmd.Context(), c, args)
	}
}

// onRecord is a command whose first argument is an id, or the unique
// beginning of one, of a profile, mission or collective.
func (a *app) onRecord(kind string, do func(ctx contextType, c *client.Client, id string) error) runFunc {
	return a.onNode(func(ctx contextType, c *client.Client, args []string) error {
		id, err := c.ResolveID(ctx, kind, args[0])
		if err != nil {
			return err
		}
		return do(ctx, c, id)
	})
}

// logger writes to standard error; standard output belongs to answers.
func (a *app) logger() (*slog.Logger, error) {
	var level slog.Level
	if err := level.UnmarshalText([]byte(a.logLevel)); err != nil {
		return nil, usageError{fmt.Errorf("--log-level %q: %s", a.logLevel, a.t("error.log_level"))}
	}
	return slog.New(slog.NewTextHandler(a.err, &slog.HandlerOptions{Level: level})), nil
}

// printJSON answers a program.
func (a *app) printJSON(v any) error {
	e := json.NewEncoder(a.out)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

func (a *app) say(id string, pairs ...any) { fmt.Fprintln(a.out, a.t(id, pairs...)) }

// note goes to standard error: it must not stand in a program's input.
func (a *app) note(id string, pairs ...any) { fmt.Fprintln(a.err, a.t(id, pairs...)) }

// onTerminal says whether a stream is a terminal that a person looks at.
func onTerminal(stream any) bool {
	f, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// command makes a cobra command whose help is translated and whose argument
// errors are usage errors.
func (a *app) command(use, helpID string, args cobra.PositionalArgs, do func(cmd *cobra.Command, args []string) error) *cobra.Command {
	return &cobra.Command{
		Use:   use,
		Short: a.t(helpID),
		Args: func(cmd *cobra.Command, given []string) error {
			if err := args(cmd, given); err != nil {
				if strings.Contains(err.Error(), "arg(s)") { // cobra's, in English
					err = errors.New(a.t("error.arguments", "Given", len(given)))
				}
				return usageError{fmt.Errorf("%w\n%s", err, cmd.UseLine())}
			}
			return nil
		},
		RunE: do,
	}
}
