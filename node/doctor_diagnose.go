package node

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"courtcircuit/node/httpapi/api"
	"courtcircuit/store"
)

// well, warned and wrong make the lines of a diagnosis. What is not well says
// what to do about it.
func well(name, format string, args ...any) api.Check {
	return api.Check{Name: name, State: checkOK, Detail: fmt.Sprintf(format, args...)}
}

func warned(name, nextStep, format string, args ...any) api.Check {
	return api.Check{Name: name, State: checkWarning, Detail: fmt.Sprintf(format, args...), NextStep: nextStep}
}

func wrong(name, nextStep, format string, args ...any) api.Check {
	return api.Check{Name: name, State: checkFailed, Detail: fmt.Sprintf(format, args...), NextStep: nextStep}
}

// counted is a sentence about n things: one is said of a single one, many of
// any other number, which stands in it.
func counted(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return fmt.Sprintf(many, n)
}

// roughly is a time that passed, in words of no language.
func roughly(d time.Duration) string {
	if d < time.Hour {
		return fmt.Sprintf("%d min", max(d, 0)/time.Minute)
	}
	return fmt.Sprintf("%d h", d/time.Hour)
}

// Diagnose looks at a home and at the machine it lies on. running is what the
// home's node says of itself, nil when none answers: then the home is opened,
// as a start would, and closed again.
func Diagnose(ctx context.Context, cfg Config, running *api.Status) []api.Check {
	cfg = cfg.withDomain()
	checks := []api.Check{diagnoseHome(cfg.Home)}
	if checks[0].State == checkFailed && running == nil {
		return append(checks, diagnosePorts(cfg)...)
	}
	checks = append(checks, diagnoseFileSystem(cfg)...)
	checks = append(checks, diagnoseClock(cfg.Home, time.Now()))
	if running != nil {
		checks = append(checks, diagnoseBootstrap(ctx, cfg, running)...)
		return append(checks, diagnoseRunning(running)...)
	}
	checks = append(checks, warned("node", "start it: courtcircuit serve", "it does not run; how it is reached, its peers and their clocks are known only while it does"))
	checks = append(checks, diagnosePorts(cfg)...)
	checks = append(checks, diagnoseBootstrap(ctx, cfg, running)...)
	if stateOf(checks, "disk") == checkFailed {
		return checks // opening writes, and a database on a full disk ends the process
	}
	return append(checks, diagnoseStopped(cfg)...)
}

func stateOf(checks []api.Check, name string) string {
	for _, c := range checks {
		if c.Name == name {
			return c.State
		}
	}
	return ""
}

func diagnoseRunning(s *api.Status) []api.Check {
	checks := []api.Check{well("node", "it runs since %s, version %s", s.Info.StartedAt.UTC().Format(time.RFC3339), s.Info.Version)}
	for _, a := range s.Info.Addresses {
		checks = append(checks, well("port", "%s", a))
	}
	return append(checks, s.Checks...)
}

// diagnoseStopped opens the home as a start would.
func diagnoseStopped(cfg Config) []api.Check {
	cfg.offline = true
	n, err := New(cfg, slog.New(slog.DiscardHandler))
	switch {
	case errors.Is(err, store.ErrLocked):
		return []api.Check{wrong("home", "stop that process, or look at its log: it does not answer", "%v", err)}
	case errors.Is(err, store.ErrNewerFormat):
		return []api.Check{wrong("format", "install the newer program again, or restore a backup into a new home", "%v", err)}
	case err != nil:
		return []api.Check{wrong("home", "if files are damaged: courtcircuit verify, else restore the last backup", "it cannot be opened: %v", err)}
	}
	now, stats := time.Now(), n.store.Stats()
	checks := []api.Check{n.checkFormat(), n.checkCollective(now), n.checkKeys(), n.checkBackup(n.lastBackup(), now), n.checkConfirmed(now), checkLimits()}
	if stats.Damaged {
		checks = append(checks, checkDamaged())
	}
	if err := n.Close(); err != nil {
		checks = append(checks, wrong("home", "check the disk", "it cannot be closed: %v", err))
	}
	return checks
}

// diagnoseHome looks at the folder before anything is opened.
func diagnoseHome(dir string) api.Check {
	info, err := os.Stat(dir)
	if errors.Is(err, fs.ErrNotExist) || err == nil && wantHome(dir) != nil {
		return wrong("home", "courtcircuit init --name … --place …, or name the right folder with --home", "there is no node in %s", dir)
	}
	if err != nil {
		return wrong("home", "check who owns the folder and those above it", "%s cannot be read: %v", dir, err)
	}
	if err := openHome(dir); err != nil {
		return wrong("home", "use the program that wrote it, or another home", "%v", err)
	}
	if err := ownerFault(dir); err != nil {
		return wrong("home", "run courtcircuit as the home's owner: sudo -u …", "%v", err)
	}
	if info.Mode().Perm()&0o077 != 0 && os.PathSeparator == '/' {
		return warned("home", fmt.Sprintf("chmod go-rwx %s", dir), "%s is open to other users of the machine (mode %#o)", dir, info.Mode().Perm())
	}
	return well("home", "%s", dir)
}

// ownerFault: what somebody else opens, the owner's node cannot write
// afterwards. The superuser's files are the usual case.
func ownerFault(dir string) error {
	info, err := os.Stat(dir)
	if err != nil {
		return err
	}
	if owner, ok := ownerOf(info); ok {
		return foreignFault(dir, owner, os.Geteuid())
	}
	return nil
}

func foreignFault(dir string, owner, me int) error {
	if owner == me {
		return nil
	}
	return fmt.Errorf("%s belongs to user %d, and this is user %d", dir, owner, me)
}

// diagnoseFileSystem looks at the disk under the home and under backups.
func diagnoseFileSystem(cfg Config) []api.Check {
	var checks []api.Check
	d, ok := diskOf(cfg.Home)
	if ok {
		checks = append(checks, d.checkRoom(cfg.MinFreeBytes), d.checkKind())
	}
	dir := cfg.Backup.Dir
	if dir == "" {
		return checks
	}
	if err := mayWrite(dir); err != nil {
		return append(checks, wrong("backup-folder", fmt.Sprintf("make it and give it to the node's user: %s", dir), "nothing can be written there: %v", err))
	}
	if b, known := diskOf(dir); ok && known && b.device == d.device {
		return append(checks, warned("backup-folder", "set backup.dir to another disk, or copy the files elsewhere", "%s lies on the same disk as the home: one failure takes both", dir))
	}
	return append(checks, well("backup-folder", "%s", dir))
}

// mayWrite says why a file could not be made in a folder that is there, or in
// the one above a folder that is not.
func mayWrite(dir string) error {
	for {
		info, err := os.Stat(dir)
		if err == nil && !info.IsDir() {
			return fmt.Errorf("%s is no folder", dir)
		}
		if err == nil {
			break
		}
		if up := filepath.Dir(dir); errors.Is(err, fs.ErrNotExist) && up != dir {
			dir = up
			continue
		}
		return err
	}
	f, err := os.CreateTemp(dir, ".courtcircuit-*")
	if err != nil {
		return err
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}
