package main

import (
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"courtcircuit/node"
	"courtcircuit/node/httpapi/client"
)

func (a *app) backupCommand() *cobra.Command {
	return a.command("backup [FILE]", "help.backup", cobra.MaximumNArgs(1), a.onNode(func(ctx contextType, c *client.Client, args []string) error {
		path := ""
		if len(args) > 0 {
			var err error
			if path, err = filepath.Abs(args[0]); err != nil {
				return err
			}
		}
		b, err := c.Backup(ctx, path)
		if err != nil {
			return err
		}
		if a.json {
			return a.printJSON(b)
		}
		a.say("backup.done", "Path", b.Path, "Size", a.mebibytes(b.SizeBytes))
		return nil
	}))
}

func (a *app) restoreCommand() *cobra.Command {
	return a.command("restore FILE", "help.restore", cobra.ExactArgs(1), func(cmd *cobra.Command, args []string) error {
		sealed, err := node.BackupIsSealed(args[0])
		if err != nil {
			return err
		}
		passphrase := os.Getenv("COURTCIRCUIT_PASSPHRASE")
		if sealed && passphrase == "" {
			if passphrase, err = a.passphrase(false); err != nil {
				return err
			}
		}
		cfg, err := a.loadConfig(nil)
		if err != nil {
			return err
		}
		bar := a.progressBar(0, a.t("restore.reading"))
		done, err := node.Restore(cmd.Context(), cfg, args[0], passphrase, bar.setOf)
		bar.end()
		if err != nil {
			return err
		}
		if a.json {
			return a.printJSON(done)
		}
		a.say("restore.done", "Count", done.Records, "Home", a.home)
		a.say("restore.next")
		return nil
	})
}

func (a *app) recordCommand() *cobra.Command {
	show := a.command("show ID", "help.record_show", cobra.ExactArgs(1), a.onNode(func(ctx contextType, c *client.Client, args []string) error {
		record, err := c.DescribeRecord(ctx, args[0])
		if err != nil {
			return err
		}
		return a.printJSON(record)
	}))
	return a.group("record", "help.record", show)
}

// eraseCommand is the other name of profile remove: what a person asks for.
func (a *app) eraseCommand() *cobra.Command {
	var yes bool
	cmd := a.command("erase ID", "help.erase", cobra.ExactArgs(1), func(cmd *cobra.Command, args []string) error {
		return a.removeProfile(cmd, args[0], yes)
	})
	cmd.Flags().BoolVar(&yes, "yes", false, a.t("flag.yes"))
	return cmd
}
