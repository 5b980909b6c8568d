package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"time"

	"courtcircuit/node/card"
)

// editJSON gives the new form of a value: from a file (or standard input),
// else from the person's editor.
func editJSON[T any](a *app, file string, old T) (T, error) {
	var edited T
	var data []byte
	var err error
	switch {
	case file != "":
		in, openErr := a.openInput(file)
		if openErr != nil {
			return edited, openErr
		}
		defer in.Close()
		data, err = io.ReadAll(io.LimitReader(in, 1<<20))
	case onTerminal(a.in) && onTerminal(a.out):
		data, err = a.editor(old)
	default:
		return edited, usageError{errors.New(a.t("error.edit_needs_file"))}
	}
	if err != nil {
		return edited, err
	}
	if file == "" {
		file = a.t("edit.name")
	}
	return edited, readCard(bytes.NewReader(data), file, &edited)
}

// maxCardBytes bounds one typed card; a record holds 16 KiB.
const maxCardBytes = 128 << 10

// readCard reads one card and says of which file an error speaks.
func readCard(in io.Reader, name string, into any) error {
	if err := card.DecodeJSON(in, maxCardBytes, into); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// write passes bytes on to standard output.
func (a *app) write(data []byte, err error) error {
	if err != nil {
		return err
	}
	_, err = a.out.Write(data)
	return err
}

// editor opens $EDITOR on the JSON form.
func (a *app) editor(old any) ([]byte, error) {
	before, err := json.MarshalIndent(old, "", "  ")
	if err != nil {
		return nil, err
	}
	f, err := os.CreateTemp("", "courtcircuit-*.json")
	if err != nil {
		return nil, err
	}
	defer os.Remove(f.Name())
	if _, err := f.Write(append(before, '\n')); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	if err := f.Close(); err != nil {
		return nil, err
	}
	words := strings.Fields(firstOf(os.Getenv("VISUAL"), os.Getenv("EDITOR"), "vi"))
	cmd := exec.Command(words[0], append(words[1:], f.Name())...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("%s: %w", words[0], err)
	}
	return os.ReadFile(f.Name())
}

// confirm asks a yes-or-no question whose default is no.
func (a *app) confirm(question string) error {
	fmt.Fprint(a.err, question+" ")
	line, err := bufio.NewReader(a.in).ReadString('\n')
	if err != nil && line == "" {
		return err
	}
	switch strings.ToLower(strings.TrimSpace(line)) {
	case "o", "oui", "y", "yes":
		return nil
	default:
		return errors.New(a.t("error.not_confirmed"))
	}
}

func firstOf(values ...string) string {
	for _, v := range values {
		if v != "" {
			return v
		}
	}
	return ""
}

// field prints one labelled line; empty values are left out.
func (a *app) field(id, value string) {
	if value != "" {
		fmt.Fprintln(a.out, a.t("col."+id)+a.t("check.colon")+value)
	}
}

func (a *app) modes(modes []string) string {
	names := make([]string, len(modes))
	for i, m := range modes {
		names[i] = a.t("mode." + m)
	}
	return strings.Join(names, ", ")
}

func (a *app) approximately(p card.Place) string {
	if p.Resolved != nil && p.Resolved.Approximate {
		return " " + a.t("place.approximate")
	}
	return ""
}

func dateOf(t *time.Time) string {
	if t == nil {
		return ""
	}
	return t.Local().Format(time.DateOnly)
}

func orDash(s string) string {
	if s == "" {
		return "—"
	}
	return s
}

// orEmpty makes JSON say [] and not null.
func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

func trimScheme(url string) string {
	_, rest, ok := strings.Cut(url, "://")
	if !ok {
		return url
	}
	host, _, _ := strings.Cut(rest, "/")
	return host
}
