package node

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"courtcircuit/node/card"
	"courtcircuit/node/httpapi/api"
)

const (
	backupNameLayout = "20060102T150405Z"
	backupSuffix     = ".backup"
	backupRetry      = time.Hour
	noBackup         = 365 * 24 * time.Hour // without a folder: until one is set
)

func (n *Node) backupName(at time.Time) string {
	return "courtcircuit-" + string(n.cfg.Network) + "-" + at.UTC().Format(backupNameLayout) + backupSuffix
}

// ownBackup matches the names that this node gives on its network; nothing
// else in the folder is ever deleted.
func (n *Node) ownBackup() *regexp.Regexp {
	return regexp.MustCompile(`^courtcircuit-` + regexp.QuoteMeta(string(n.cfg.Network)) + `-(\d{8}T\d{6}Z)\.backup$`)
}

// BackupTo writes a backup to a new file; "" is the configured folder, and a
// folder gets a file named after the time. It is sealed when a passphrase is
// configured.
func (n *Node) BackupTo(ctx context.Context, path string) (api.Backup, error) {
	n.service.backups.Lock()
	defer n.service.backups.Unlock()
	now := time.Now()
	if path == "" {
		if path = n.settings().Backup.Dir; path == "" {
			return api.Backup{}, &card.Problem{
				Cause: card.Conflict, Field: "path", Expected: "a file to write, or backup.dir in courtcircuit.toml",
				Detail: "no folder for backups is configured",
			}
		}
		if err := os.MkdirAll(path, 0o700); err != nil {
			return api.Backup{}, fmt.Errorf("make backup folder: %w", err)
		}
	}
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		path = filepath.Join(path, n.backupName(now))
	}
	if _, err := os.Lstat(path); err == nil {
		p := conflict("%s is there already; a backup overwrites nothing", path)
		p.Field = "path"
		return api.Backup{}, p
	}
	size, err := n.writeBackupFile(ctx, path, now)
	if err != nil {
		return api.Backup{}, err
	}
	done := api.Backup{Path: path, SizeBytes: size, CreatedAt: now.UTC()}
	remembered, err := json.Marshal(done)
	if err != nil {
		return api.Backup{}, err
	}
	return done, n.store.SetMeta(metaLastBackup, remembered)
}

// writeBackupFile writes beside the file and renames: a backup under its own
// name is a whole one.
func (n *Node) writeBackupFile(ctx context.Context, path string, now time.Time) (size int64, err error) {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*.part")
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) {
		return 0, &card.Problem{Cause: card.Invalid, Field: "path", Expected: "a file in a folder that the node may write to", Detail: err.Error()}
	}
	if err != nil {
		return 0, fmt.Errorf("write backup: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("write backup %s: %w", path, err), f.Close(), os.Remove(f.Name()))
		}
	}()
	if err = n.writeBackup(ctx, f, n.settings().Backup.Passphrase, now); err != nil {
		return 0, err
	}
	if err = f.Sync(); err != nil {
		return 0, err
	}
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	if err = f.Close(); err != nil {
		return 0, err
	}
	if err = os.Rename(f.Name(), path); err != nil {
		return 0, err
	}
	return info.Size(), syncFolder(filepath.Dir(path))
}

// runBackups writes one whenever the newest in the folder is old enough, and
// deletes the oldest of its own.
func (n *Node) runBackups(ctx context.Context) error {
	timer := time.NewTimer(n.untilBackup(time.Now()))
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-n.settingsHeld.backups:
			timer.Reset(n.untilBackup(time.Now()))
			continue
		case <-timer.C:
		}
		if n.settings().Backup.Dir == "" {
			timer.Reset(noBackup)
			continue
		}
		done, err := n.BackupTo(ctx, "")
		if err != nil {
			if ctx.Err() != nil {
				return nil
			}
			n.log.Warn("backup failed", "error", err)
			timer.Reset(backupRetry)
			continue
		}
		n.log.Info("backup written", "path", done.Path, "size_bytes", done.SizeBytes)
		if err := n.pruneBackups(); err != nil {
			n.log.Warn("old backups not deleted", "error", err)
		}
		timer.Reset(n.untilBackup(time.Now()))
	}
}

// untilBackup goes by the files, not by memory: a folder that was emptied
// gets a new backup at once.
func (n *Node) untilBackup(now time.Time) time.Duration {
	if n.settings().Backup.Dir == "" {
		return noBackup
	}
	names, err := n.listBackups()
	if err != nil || len(names) == 0 {
		return 0
	}
	stamp := n.ownBackup().FindStringSubmatch(names[0])[1]
	last, err := time.Parse(backupNameLayout, stamp)
	if err != nil || last.After(now) {
		return n.cfg.Backup.Every
	}
	return max(n.cfg.Backup.Every-now.Sub(last), 0)
}

// listBackups gives the names of own backups, newest first.
func (n *Node) listBackups() ([]string, error) {
	entries, err := os.ReadDir(n.settings().Backup.Dir)
	if err != nil {
		return nil, fmt.Errorf("read backup folder: %w", err)
	}
	own := n.ownBackup()
	var names []string
	for _, e := range entries {
		if e.Type().IsRegular() && own.MatchString(e.Name()) {
			names = append(names, e.Name())
		}
	}
	slices.SortFunc(names, func(a, b string) int { return strings.Compare(b, a) })
	return names, nil
}

func (n *Node) pruneBackups() error {
	names, err := n.listBackups()
	if err != nil {
		return err
	}
	errs := []error{n.dropHalfBackups(time.Now())}
	for _, name := range names[min(len(names), n.cfg.Backup.Keep):] {
		errs = append(errs, os.Remove(filepath.Join(n.settings().Backup.Dir, name)))
	}
	return errors.Join(errs...)
}

// dropHalfBackups removes what a crash left of backups: keys and texts, some of
// them erased since, under a name that nobody looks at. What was written to
// within the hour may be under way.
func (n *Node) dropHalfBackups(now time.Time) error {
	entries, err := os.ReadDir(n.settings().Backup.Dir)
	if err != nil {
		return fmt.Errorf("read backup folder: %w", err)
	}
	half := regexp.MustCompile(`^\.courtcircuit-` + regexp.QuoteMeta(string(n.cfg.Network)) + `-\d{8}T\d{6}Z\.backup-\d+\.part$`)
	var errs []error
	for _, e := range entries {
		if !e.Type().IsRegular() || !half.MatchString(e.Name()) {
			continue
		}
		info, err := e.Info()
		if err == nil && now.Sub(info.ModTime()) > time.Hour {
			err = os.Remove(filepath.Join(n.settings().Backup.Dir, e.Name()))
		}
		if !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}
