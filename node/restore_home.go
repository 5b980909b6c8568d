package node

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"courtcircuit/node/card"
	"courtcircuit/node/inbox"
	"courtcircuit/node/keyring"
	"courtcircuit/protocol"
	"courtcircuit/store"
)

// Restored says what Restore brought back.
type Restored struct {
	Network   protocol.Network `json:"network"`
	CreatedAt time.Time        `json:"created_at"` // when the backup was made
	Records   int              `json:"records"`    // in the backup
	Stored    int              `json:"stored"`     // live again; all of them were verified anew
	Expired   int              `json:"expired"`    // whose time has passed meanwhile
	Void      int              `json:"void"`       // erased or beaten by others in the same backup
	Members   int              `json:"members"`    // keys of members
}

// restoreStages are moved into the home in this order: the replica first,
// because it carries the mark that this home was restored, the keys last.
var restoreStages = []string{"store", "inbox", "config", "keys"}

// Restore makes cfg.Home of a backup; it must be empty or not there. Every record is verified as if it came from a stranger, and what was erased
// stays erased, because the erasures are in the backup; those that came later
// are in the network, so the restored node edits and renews nothing before it
// has caught up. progress (may be nil) gets records done and about how many
// there are.
func Restore(ctx context.Context, cfg Config, file, passphrase string, progress func(done, total int)) (Restored, error) {
	home := cfg.Home
	if progress == nil {
		progress = func(int, int) {}
	}
	if err := checkEmptyHome(home); err != nil {
		return Restored{}, err
	}
	if err := os.MkdirAll(home, 0o700); err != nil {
		return Restored{}, fmt.Errorf("make home: %w", err)
	}
	if err := settleRestores(home); err != nil {
		return Restored{}, err
	}
	// In the home, so that moving it out needs no other disk; a start in
	// between finds an empty home and not half of one.
	stage, err := os.MkdirTemp(home, stagePrefix+"*")
	if err != nil {
		return Restored{}, fmt.Errorf("restore: %w", err)
	}
	r := &restorer{ctx: ctx, cfg: cfg, dir: stage, progress: progress, now: time.Now()}
	err = r.restore(file, passphrase)
	if err == nil {
		err = moveStages(stage, home)
	}
	if err = errors.Join(err, os.RemoveAll(stage)); err != nil {
		return Restored{}, problemOf(err)
	}
	return r.done, syncFolder(home)
}

func checkEmptyHome(home string) error {
	entries, err := os.ReadDir(home)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read home: %w", err)
	}
	for _, e := range entries {
		if e.Name() == "lost+found" || isStage(e.Name()) && !isWhole(filepath.Join(home, e.Name())) {
			continue
		}
		return &card.Problem{
			Cause: card.Conflict, Field: "home", Expected: "an empty folder",
			Detail: fmt.Sprintf("%s is not empty: it holds %s", home, e.Name()),
		}
	}
	return nil
}

// restorer fills a folder from a backup.
type restorer struct {
	ctx      context.Context
	cfg      Config
	dir      string
	now      time.Time
	progress func(done, total int)
	about    int
	done     Restored
	n        *Node // only the parts that ingest needs
	wires    [][]byte
	headers  []protocol.HeaderOnly
	keys     []keyring.File
	summary  *backupSummary
	sum      recordSum
	state    backupState
}

// openReplica makes the replica that the records go into, through the same
// door as all others.
func (r *restorer) openReplica(network protocol.Network) error {
	if err := network.Validate(); err != nil {
		return fmt.Errorf("%w: %w", ErrDamagedBackup, err)
	}
	opener, err := protocol.NewOpener(network, peerClaimEntries)
	if err != nil {
		return err
	}
	log := slog.New(slog.DiscardHandler)
	c := store.DefaultConfig(filepath.Join(r.dir, "store"))
	c.MinFreeBytes = r.cfg.MinFreeBytes
	s, err := store.Open(c, opener, log)
	if err != nil {
		return fmt.Errorf("restore replica: %w", err)
	}
	r.n = &Node{cfg: Config{Network: network, Clock: func() time.Time { return r.now }}, opener: opener, store: s, log: log}
	r.n.metrics = newMetrics(r.n)
	r.done.Network = network
	return nil
}

func (r *restorer) restore(file, passphrase string) (err error) {
	f, err := os.Open(file)
	if err != nil {
		return unreadable(err)
	}
	defer f.Close()
	defer func() {
		if r.n != nil {
			err = errors.Join(err, r.n.store.Close())
		}
	}()
	if err := r.readArchive(f, passphrase); err != nil {
		return err
	}
	if err := r.finishRecords(); err != nil {
		return err
	}
	keysDir := filepath.Join(r.dir, "keys")
	if err := keyring.Restore(keysDir, r.keys); err != nil {
		return err
	}
	ring, err := keyring.Open(keysDir)
	if err != nil {
		return err
	}
	r.done.Members = len(ring.Members())
	if err := r.keepState(); err != nil {
		return err
	}
	return writeFileAtomic(filepath.Join(r.dir, stageWhole), nil)
}

// keepState marks the home as restored before anything else can see it.
func (r *restorer) keepState() error {
	meta := map[string][]byte{
		metaNetwork:  []byte(r.done.Network),
		metaRestored: []byte(r.done.CreatedAt.Format(time.RFC3339)),
	}
	for id, last := range r.state.SharedKeys {
		raw, err := protocol.ParseID(id)
		if err != nil {
			return fmt.Errorf("%w: %w", ErrDamagedBackup, err)
		}
		mark, err := protocol.ParseID(last)
		if err != nil {
			return fmt.Errorf("%w: %w", ErrDamagedBackup, err)
		}
		meta[sharedMeta(raw)] = mark[:]
	}
	for key, value := range meta {
		if err := r.n.store.SetMeta(key, value); err != nil {
			return fmt.Errorf("restore state: %w", err)
		}
	}
	return nil
}

func (r *restorer) restoreInbox(entry *tar.Header, body io.Reader) error {
	if err := checkEntry(entry, inbox.MaxBackupBytes); err != nil {
		return err
	}
	box, err := inbox.Open(inbox.DefaultConfig(filepath.Join(r.dir, "inbox")))
	if err != nil {
		return fmt.Errorf("restore inbox: %w", err)
	}
	return errors.Join(box.Restore(body), box.Close())
}
