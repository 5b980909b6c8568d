package node

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"filippo.io/age"
	"github.com/klauspost/compress/zstd"

	"courtcircuit/node/keyring"
	"courtcircuit/protocol"
)

// scryptWork is log2 of scrypt's N for sealed backups: about a second.
const scryptWork = 18

// writeBackup writes everything the node holds to w.
func (n *Node) writeBackup(ctx context.Context, w io.Writer, passphrase string, now time.Time) error {
	closers := []io.Closer{}
	if passphrase != "" {
		recipient, err := age.NewScryptRecipient(passphrase)
		if err != nil {
			return fmt.Errorf("seal backup: %w", err)
		}
		recipient.SetWorkFactor(n.service.scryptWork())
		sealed, err := age.Encrypt(w, recipient)
		if err != nil {
			return fmt.Errorf("seal backup: %w", err)
		}
		w, closers = sealed, append(closers, sealed)
	}
	packed, err := zstd.NewWriter(w, zstd.WithEncoderConcurrency(1))
	if err != nil {
		return fmt.Errorf("compress backup: %w", err)
	}
	archive := tar.NewWriter(packed)
	closers = append([]io.Closer{archive, packed}, closers...)
	b := &backupWriter{n: n, w: archive, now: now, sum: sha256.New(), counts: map[string]int{}}
	err = b.write(ctx)
	for _, c := range closers {
		err = errors.Join(err, c.Close())
	}
	return err
}

type backupWriter struct {
	n      *Node
	w      *tar.Writer
	now    time.Time
	sum    hash.Hash
	chunk  []byte
	chunks int
	counts map[string]int
	total  backupSummary
}

func (b *backupWriter) write(ctx context.Context) error {
	stats := b.n.store.Stats()
	err := b.writeJSON(entryManifest, backupManifest{
		Format: backupFormat, Program: Version(), Network: string(b.n.cfg.Network), CreatedAt: b.now.UTC(), Records: stats.Records,
	})
	if err != nil {
		return err
	}
	private, err := b.writeRecords(ctx)
	if err != nil {
		return err
	}
	if err := b.writePrivate(private); err != nil {
		return err
	}
	b.total.Counts, b.total.SHA256 = b.counts, hex.EncodeToString(b.sum.Sum(nil))
	return b.writeJSON(entrySummary, b.total)
}

// privateParts is what belongs to the records of one moment.
type privateParts struct {
	keys  []keyring.File
	inbox []byte
	state backupState
}

// writeRecords copies keys and inbox and opens the records' snapshot while no
// edit is under way: else a member could be in the one without the other.
// Editing goes on as soon as the snapshot stands.
func (b *backupWriter) writeRecords(ctx context.Context) (private privateParts, err error) {
	n := b.n
	n.service.edits.Lock()
	var once sync.Once
	release := func() { once.Do(n.service.edits.Unlock) }
	defer release()
	if private, err = n.privateParts(); err != nil {
		return private, err
	}
	live := n.now() // by the clock that records are compared with; b.now is when the file is made
	digest := n.store.Digest(live)
	b.total.Digest = hex.EncodeToString(digest[:])
	err = n.store.EachLive(ctx, live, func(rec protocol.Record) error {
		release()
		return b.addRecord(&rec)
	})
	if err == nil {
		err = b.flush()
	}
	if err != nil {
		return private, fmt.Errorf("back up records: %w", err)
	}
	return private, nil
}

func (b *backupWriter) addRecord(rec *protocol.Record) error {
	b.total.Records++
	b.counts[rec.Header.Kind.String()]++
	if !rec.HasBody {
		b.total.HeaderOnly++
	}
	if b.chunk = appendBackupRecord(b.chunk, rec); len(b.chunk) >= recordChunkBytes {
		return b.flush()
	}
	return nil
}

func (b *backupWriter) flush() error {
	if len(b.chunk) == 0 {
		return nil
	}
	b.chunks++
	b.sum.Write(b.chunk)
	err := writeEntry(b.w, fmt.Sprintf("%s%06d", dirRecords, b.chunks), b.chunk, b.now)
	b.chunk = b.chunk[:0]
	return err
}

func (n *Node) privateParts() (p privateParts, err error) {
	if p.keys, err = n.keys.Files(); err != nil {
		return p, err
	}
	var inbox bytes.Buffer
	if err := n.inbox.Backup(&inbox); err != nil {
		return p, err
	}
	p.inbox, p.state.SharedKeys = inbox.Bytes(), map[string]string{}
	for _, id := range n.keys.Members() {
		last, marked, err := n.sharedMark(id)
		if err != nil {
			return p, err
		}
		if marked {
			p.state.SharedKeys[id.String()] = last.String()
		}
	}
	return p, nil
}

func (b *backupWriter) writePrivate(p privateParts) error {
	if err := writeEntry(b.w, entryInbox, p.inbox, b.now); err != nil {
		return err
	}
	for _, f := range p.keys {
		if err := writeEntry(b.w, dirKeys+f.Name, f.Data, b.now); err != nil {
			return err
		}
	}
	if b.n.peers != nil { // nil without a network, as in tests
		// Those met since the file was last written too: a restored node that
		// remembers no peer would take itself for one that never had any, and
		// edit before it has caught up.
		if err := b.n.peers.save(b.now); err != nil {
			return err
		}
	}
	for _, name := range configFiles {
		data, err := os.ReadFile(filepath.Join(b.n.cfg.Home, name))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return fmt.Errorf("back up %s: %w", name, err)
		}
		if err := writeEntry(b.w, dirConfig+name, data, b.now); err != nil {
			return err
		}
	}
	return b.writeJSON(entryState, p.state)
}

func (b *backupWriter) writeJSON(name string, v any) error {
	data, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return writeEntry(b.w, name, data, b.now)
}
