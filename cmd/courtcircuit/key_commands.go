package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"courtcircuit/node/httpapi/client"
)

func (a *app) keyCommand() *cobra.Command {
	return a.group("key", "help.key", a.keyListCommand(), a.keyExportCommand(), a.keyImportCommand(), a.keyRecoverCommand())
}

func (a *app) keyListCommand() *cobra.Command {
	return a.command("list", "help.key_list", cobra.NoArgs, a.onNode(func(ctx contextType, c *client.Client, _ []string) error {
		keys, err := c.Keys(ctx)
		if err != nil {
			return err
		}
		if a.json {
			return a.printJSON(map[string]any{"results": orEmpty(keys)})
		}
		t := a.newTable("role", "name", "fingerprint", "generation", "id")
		for _, k := range keys {
			t.add(a.t("role."+k.Role), orDash(k.Name), k.Fingerprint, fmt.Sprint(k.Generation), k.ID)
		}
		t.print(a.out)
		return nil
	}))
}

func (a *app) keyExportCommand() *cobra.Command {
	var out string
	cmd := a.command("export ID", "help.key_export", cobra.ExactArgs(1), a.onNode(func(ctx contextType, c *client.Client, args []string) error {
		passphrase, err := a.passphrase(true)
		if err != nil {
			return err
		}
		sealed, err := c.KeyExport(ctx, args[0], passphrase)
		if err != nil {
			return err
		}
		if out == "" || out == "-" {
			_, err = a.out.Write(sealed)
			return err
		}
		f, err := os.OpenFile(out, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if err != nil {
			return err
		}
		_, err = f.Write(sealed)
		if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
			return err
		}
		a.note("key.exported", "File", out)
		return nil
	}))
	cmd.Flags().StringVarP(&out, "output", "o", "", a.t("flag.output"))
	return cmd
}

func (a *app) keyImportCommand() *cobra.Command {
	return a.command("import FILE", "help.key_import", cobra.ExactArgs(1), func(cmd *cobra.Command, args []string) error {
		in, err := a.openInput(args[0])
		if err != nil {
			return err
		}
		defer in.Close()
		sealed, err := io.ReadAll(io.LimitReader(in, 64<<10))
		if err != nil {
			return err
		}
		c, err := a.connect()
		if err != nil {
			return err
		}
		passphrase, err := a.passphrase(false)
		if err != nil {
			return err
		}
		key, err := c.KeyImport(cmd.Context(), sealed, passphrase)
		if err != nil {
			return err
		}
		if a.json {
			return a.printJSON(key)
		}
		a.say("key.imported", "ID", key.ID, "Fingerprint", key.Fingerprint)
		return nil
	})
}

func (a *app) keyRecoverCommand() *cobra.Command {
	return a.command("recover ID", "help.key_recover", cobra.ExactArgs(1), a.onNode(func(ctx contextType, c *client.Client, args []string) error {
		secret, err := a.secretLine("secret.ask", "COURTCIRCUIT_RECOVERY_SECRET")
		if err != nil {
			return err
		}
		key, err := c.KeyRecover(ctx, args[0], secret)
		if err != nil {
			return err
		}
		if a.json {
			return a.printJSON(key)
		}
		a.say("key.recovered", "ID", key.ID, "Generation", key.Generation)
		return nil
	}))
}

// passphrase comes from COURTCIRCUIT_PASSPHRASE or from the terminal, never
// from an argument, which every user of the machine could read.
func (a *app) passphrase(repeat bool) (string, error) {
	first, err := a.secretLine("passphrase.ask", "COURTCIRCUIT_PASSPHRASE")
	if err != nil || !repeat || !onTerminal(a.in) || os.Getenv("COURTCIRCUIT_PASSPHRASE") != "" {
		return first, err
	}
	second, err := a.secretLine("passphrase.again", "")
	if err == nil && first != second {
		return "", errors.New(a.t("passphrase.differ"))
	}
	return first, err
}

func (a *app) secretLine(askID, envName string) (string, error) {
	if value := os.Getenv(envName); envName != "" && value != "" {
		return value, nil
	}
	f, ok := a.in.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return "", usageError{errors.New(a.t("error.secret_needs_env", "Name", envName))}
	}
	fmt.Fprint(a.err, a.t(askID)+" ")
	typed, err := term.ReadPassword(int(f.Fd()))
	fmt.Fprintln(a.err)
	return strings.TrimSpace(string(typed)), err
}
