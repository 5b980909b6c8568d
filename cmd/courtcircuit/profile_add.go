package main

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"courtcircuit/node/card"
	"courtcircuit/node/httpapi/api"
)

// added is what became of one row of one file.
type added struct {
	File           string `json:"file"`
	Line           int    `json:"line"`
	Ref            string `json:"ref,omitempty"`
	ID             string `json:"id,omitempty"`
	Name           string `json:"name,omitempty"`
	Created        bool   `json:"created,omitempty"`
	Unchanged      bool   `json:"unchanged,omitempty"`
	RecoverySecret string `json:"recovery_secret,omitempty"`
	Error          string `json:"error,omitempty"`
}

func (a *app) profileAddCommand() *cobra.Command {
	var secrets string
	var another bool
	cmd := a.command("add FILE...", "help.profile_add", cobra.MinimumNArgs(1), func(cmd *cobra.Command, files []string) error {
		if _, err := os.Lstat(secrets); secrets != "" && err == nil {
			return usageError{fmt.Errorf("--secrets %s: %s", secrets, a.t("error.file_exists"))}
		}
		c, err := a.connect()
		if err != nil {
			return err
		}
		var all []added
		for _, file := range files {
			rows, err := a.addFile(cmd, c, file, another)
			all = append(all, rows...)
			if err != nil && len(all) == 0 {
				return err // there is nothing to report
			}
			if err != nil {
				return errors.Join(a.reportAdded(all, secrets), err)
			}
		}
		return a.reportAdded(all, secrets)
	})
	cmd.Flags().StringVar(&secrets, "secrets", "", a.t("flag.secrets"))
	cmd.Flags().BoolVar(&another, "another", false, a.t("flag.another"))
	return cmd
}

// importer is the part of the client that publishes many cards.
type importer interface {
	hintAsker
	ImportProfiles(ctx context.Context, items iter.Seq[api.Import], each func(api.ImportResult) error) error
}

func (a *app) addFile(cmd *cobra.Command, c importer, file string, another bool) ([]added, error) {
	in, err := a.openInput(file)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	var rows []added
	var send []api.Import
	var owners []int // the row of each item sent
	var skills []writtenSkill
	for item := range card.ReadProfiles(in, file) {
		row := added{File: file, Line: item.Line, Ref: item.Ref, Name: item.Profile.Name}
		for _, w := range item.Warnings {
			fmt.Fprintf(a.err, "%s:%d: %s\n", file, item.Line, w)
		}
		if item.Err != nil {
			row.Error = a.rowProblem(item.Err)
		} else {
			send, owners = append(send, api.Import{Ref: item.Ref, Profile: item.Profile, ProfileID: item.ProfileID, Another: another}), append(owners, len(rows))
		}
		rows = append(rows, row)
		skills = append(skills, writtenSkills(item.Profile.Skills, fmt.Sprintf("%s:%d", file, item.Line))...)
	}
	if len(send) == 0 {
		return rows, nil
	}
	a.sayHints(cmd.Context(), c, skills)
	bar := a.progressBar(len(send), a.t("profile.publishing"))
	defer bar.end()
	done := 0
	return rows, c.ImportProfiles(cmd.Context(), slices.Values(send), func(r api.ImportResult) error {
		if done >= len(owners) {
			return errors.New("the node answered more results than cards were sent")
		}
		row := &rows[owners[done]]
		row.ID, row.Created, row.Unchanged, row.RecoverySecret = r.ID, r.Created, r.Unchanged, r.RecoverySecret
		if r.Problem != nil {
			row.Error = a.rowProblem(r.Problem.Card())
		}
		done++
		bar.set(done)
		return nil
	})
}

// rowProblem is what is wrong with a row, with the places that could be meant:
// a table of them under each row would tear the list apart.
func (a *app) rowProblem(err error) string {
	text := a.problemText(err)
	var p *card.Problem
	if !errors.As(err, &p) {
		return text
	}
	var meant []card.ResolvedPlace
	for _, c := range p.Candidates {
		if c.Place != nil && c.ID == "" {
			meant = append(meant, *c.Place)
		}
	}
	if len(meant) == 0 {
		return text
	}
	return text + ": " + placeNames(meant[:min(len(meant), mostPlacesNamed)])
}

const mostPlacesNamed = 5

// reportAdded names every bad row, and keeps recovery secrets where nobody
// reads them by chance: one is shown, many go to a file of their own.
func (a *app) reportAdded(rows []added, secretsFile string) error {
	var good, same, bad, secrets []added
	for _, r := range rows {
		switch {
		case r.Error != "":
			bad = append(bad, r)
		case r.Unchanged:
			same = append(same, r)
		case r.ID != "":
			good = append(good, r)
		}
		if r.RecoverySecret != "" {
			secrets = append(secrets, r)
		}
	}
	if a.json {
		if err := a.printJSON(map[string]any{"results": orEmpty(rows), "published": len(good), "unchanged": len(same), "refused": len(bad)}); err != nil {
			return err
		}
		return a.badRows(bad)
	}
	for _, r := range bad {
		fmt.Fprintf(a.err, "%s:%d: %s\n", r.File, r.Line, r.Error)
	}
	for i, r := range good {
		if i == 20 {
			a.say("profile.more", "Count", len(good)-i)
			break
		}
		a.say("profile.added", "Name", r.Name, "ID", r.ID)
	}
	if err := a.handOverSecrets(secrets, secretsFile); err != nil {
		return err
	}
	if len(same) > 0 {
		a.say("profile.unchanged", "Count", len(same))
	}
	a.say("profile.summary", "Published", len(good), "Refused", len(bad))
	return a.badRows(bad)
}

func (a *app) badRows(bad []added) error {
	if len(bad) == 0 {
		return nil
	}
	return errors.New(a.t("profile.refused", "Count", len(bad)))
}

func (a *app) handOverSecrets(secrets []added, file string) error {
	if len(secrets) == 0 {
		return nil
	}
	if len(secrets) == 1 && file == "" {
		a.printSecret(secrets[0].RecoverySecret)
		return nil
	}
	f, err := createSecrets(file, time.Now())
	if err != nil {
		for _, s := range secrets { // never lost for want of a file
			fmt.Fprintf(a.err, "%s,%s,%s\n", s.ID, s.Name, s.RecoverySecret)
		}
		return fmt.Errorf("write recovery secrets: %w", err)
	}
	w := csv.NewWriter(f)
	err = w.Write([]string{"id", "name", "recovery_secret"})
	for _, s := range secrets {
		err = errors.Join(err, w.Write([]string{s.ID, s.Name, s.RecoverySecret}))
	}
	w.Flush()
	if err = errors.Join(err, w.Error(), f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("write recovery secrets: %w", err)
	}
	file = f.Name()
	if full, err := filepath.Abs(file); err == nil {
		file = full
	}
	a.say("secret.file", "File", file, "Count", len(secrets))
	return nil
}

// maxSecretsFiles is how many imports of one second find a name.
const maxSecretsFiles = 1000

// createSecrets opens the file that was asked for, else one named after the
// time, with a number behind it when another import has that name. It never
// overwrites: what stands there may be known to nobody else.
func createSecrets(file string, now time.Time) (*os.File, error) {
	const flags = os.O_WRONLY | os.O_CREATE | os.O_EXCL
	if file != "" {
		return os.OpenFile(file, flags, 0o600)
	}
	name := "recovery-secrets-" + now.Format("20060102-150405")
	f, err := os.OpenFile(name+".csv", flags, 0o600)
	for i := 2; errors.Is(err, fs.ErrExist) && i <= maxSecretsFiles; i++ {
		f, err = os.OpenFile(fmt.Sprintf("%s-%d.csv", name, i), flags, 0o600)
	}
	return f, err
}
