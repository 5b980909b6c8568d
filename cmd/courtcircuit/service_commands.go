package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
)

func (a *app) serviceCommand() *cobra.Command {
	var c unitConfig
	show := a.command("print", "help.service_print", cobra.NoArgs, func(cmd *cobra.Command, _ []string) error {
		if err := a.fillUnit(cmd, &c); err != nil {
			return err
		}
		unit, err := c.unit()
		var wrong *unitError
		if errors.As(err, &wrong) {
			return usageError{fmt.Errorf("%w: %s", err, a.t(wrong.expectedID))}
		}
		if err != nil {
			return err
		}
		if a.json {
			return a.printJSON(map[string]string{"unit": unit, "path": unitFile, "home": c.Home})
		}
		fmt.Fprint(a.out, unit)
		if underHome(c.Exec) {
			a.note("service.exec_hidden", "Path", c.Exec)
		}
		a.note("service.next", "File", unitFile, "Home", c.Home)
		return nil
	})
	flags := show.Flags()
	flags.StringVar(&c.Exec, "exec", "", a.t("flag.exec"))
	flags.StringVar(&c.User, "user", "", a.t("flag.user"))
	flags.StringVar(&c.BackupDir, "backup-dir", "", a.t("flag.unit_backup_dir"))
	flags.StringVar(&c.MemoryMax, "memory-max", "1G", a.t("flag.memory_max"))
	flags.BoolVar(&c.LowPorts, "low-ports", false, a.t("flag.low_ports"))
	return a.group("service", "help.service", show)
}

const (
	unitFile    = "/etc/systemd/system/courtcircuit.service"
	serviceHome = stateRoot + "courtcircuit"
)

// fillUnit takes the program itself, and the home where services live unless
// another was named: the caller's own is rarely meant.
func (a *app) fillUnit(cmd *cobra.Command, c *unitConfig) (err error) {
	c.Home = serviceHome
	if cmd.Flags().Changed("home") || os.Getenv("COURTCIRCUIT_HOME") != "" {
		if c.Home, err = filepath.Abs(a.home); err != nil {
			return fmt.Errorf("home: %w", err)
		}
	}
	if c.Exec == "" {
		if c.Exec, err = os.Executable(); err != nil {
			return fmt.Errorf("find the program: %w", err)
		}
	}
	return nil
}
