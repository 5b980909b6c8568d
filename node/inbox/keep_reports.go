package inbox

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	badger "github.com/dgraph-io/badger/v4"
)

// Report is what a visitor said of a record that is shown here.
type Report struct {
	ID      [32]byte // random
	Kind    string   // profile, mission or collective
	Subject [32]byte // public id of the record
	Name    string   // as it was shown when the report came
	Reason  string
	Details string
	Contact string // may be empty
	At      time.Time
}

type reportJSON struct {
	Version int       `json:"v"`
	Kind    string    `json:"kind"`
	Subject []byte    `json:"subject"`
	Name    string    `json:"name"`
	Reason  string    `json:"reason"`
	Details string    `json:"details,omitempty"`
	Contact string    `json:"contact,omitempty"`
	At      time.Time `json:"at"`
}

// reportMark is what memory keeps of a report.
type reportMark struct {
	subject reportSubject
	at      time.Time
}

type reportSubject struct {
	kind string
	id   [32]byte
}

func markOf(r Report) reportMark { return reportMark{reportSubject{r.Kind, r.Subject}, r.At} }

func reportKey(id [32]byte) []byte { return append([]byte{reportSpace}, id[:]...) }

func decodeReport(id, value []byte) (Report, error) {
	if err := checkVersion(value); err != nil {
		return Report{}, err
	}
	var j reportJSON
	if err := json.Unmarshal(value, &j); err != nil || len(j.Subject) != 32 || len(id) != 32 {
		return Report{}, fmt.Errorf("%w: a report %d about %d bytes, 32 expected", ErrDamaged, len(id), len(j.Subject))
	}
	return Report{
		ID: [32]byte(id), Kind: j.Kind, Subject: [32]byte(j.Subject), Name: j.Name,
		Reason: j.Reason, Details: j.Details, Contact: j.Contact, At: j.At,
	}, nil
}

// markStored takes a stored report into memory.
func (b *Inbox) markStored(item *badger.Item) error {
	key := item.KeyCopy(nil)
	return item.Value(func(value []byte) error {
		r, err := decodeReport(key[1:], value)
		if err == nil {
			b.reports[r.ID] = markOf(r)
		}
		return err
	})
}

// AddReport keeps a report. Errors wrap ErrEnough when its subject has
// MaxReportsOf already, and ErrFull when the inbox is full and nothing gives
// way.
func (b *Inbox) AddReport(r Report) error {
	value, err := json.Marshal(reportJSON{formatVersion, r.Kind, r.Subject[:], r.Name, r.Reason, r.Details, r.Contact, r.At.UTC()})
	if err != nil {
		return fmt.Errorf("keep report: %w", err)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := b.checkSpace(); err != nil {
		return fmt.Errorf("keep report: %w", err)
	}
	leaves, err := b.makeRoom(markOf(r).subject)
	if err != nil {
		return fmt.Errorf("keep report: %w", err)
	}
	err = b.commit(func(txn *badger.Txn) error {
		if leaves != nil {
			if err := txn.Set(leaves, nil); err != nil {
				return err
			}
		}
		return txn.Set(reportKey(r.ID), value)
	})
	if err != nil {
		return fmt.Errorf("keep report: %w", err)
	}
	b.reports[r.ID] = markOf(r)
	if leaves != nil {
		b.uncount([][]byte{leaves})
		b.noteBlanked(1)
	}
	return nil
}

// makeRoom gives the key of the report that gives way to one more about a
// subject, nil when there is room. No subject ever loses its first report, nor
// one that leaves it with fewer than the new one's subject then has: whoever
// floods the inbox about some records displaces only that flood. The newest
// goes, because a flood comes after those it wants to push out; dropping the
// oldest would let it replace them one by one.
func (b *Inbox) makeRoom(about reportSubject) (leaves []byte, err error) {
	counts := map[reportSubject]int{}
	for _, m := range b.reports {
		counts[m.subject]++
	}
	if counts[about] >= b.cfg.MaxReportsOf {
		return nil, fmt.Errorf("%w: %d reports", ErrEnough, counts[about])
	}
	if len(b.reports) < b.cfg.MaxReports {
		return nil, nil
	}
	most := 0
	for _, n := range counts {
		most = max(most, n)
	}
	if most <= counts[about]+1 {
		return nil, fmt.Errorf("%w: it holds %d reports", ErrFull, len(b.reports))
	}
	var newest [32]byte
	var at time.Time
	for id, m := range b.reports {
		if counts[m.subject] == most && (leaves == nil || cmp.Or(m.at.Compare(at), bytes.Compare(id[:], newest[:])) > 0) {
			newest, at, leaves = id, m.at, reportKey(id)
		}
	}
	return leaves, nil
}

// Reports reads all reports, newest first.
func (b *Inbox) Reports() ([]Report, error) {
	var out []Report
	err := b.view(func(txn *badger.Txn) error {
		return each(txn, []byte{reportSpace}, func(key, value []byte) error {
			r, err := decodeReport(key[1:], value)
			out = append(out, r)
			return err
		})
	})
	if err != nil {
		return nil, fmt.Errorf("read reports: %w", err)
	}
	slices.SortFunc(out, func(x, y Report) int {
		return cmp.Or(y.At.Compare(x.At), bytes.Compare(x.ID[:], y.ID[:]))
	})
	return out, nil
}

// DeleteReport deletes a report, its text in the files too; ErrNotFound when
// there is none.
func (b *Inbox) DeleteReport(id [32]byte) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if _, ok := b.reports[id]; !ok {
		return fmt.Errorf("delete report: %w", ErrNotFound)
	}
	if err := b.purge([][]byte{reportKey(id)}); err != nil {
		return fmt.Errorf("delete report: %w", err)
	}
	return nil
}

// SweepReports deletes the reports that came before a time and those whose
// subject is settled, and drops what gave way to others. settled is called
// without any lock held.
func (b *Inbox) SweepReports(before time.Time, settled func(kind string, subject [32]byte) bool) (deleted int, err error) {
	marks := b.marks()
	answers := map[reportSubject]bool{}
	var keys [][]byte
	for id, m := range marks {
		if _, asked := answers[m.subject]; !asked {
			answers[m.subject] = settled(m.subject.kind, m.subject.id)
		}
		if m.at.Before(before) || answers[m.subject] {
			keys = append(keys, reportKey(id))
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	keys = slices.DeleteFunc(keys, func(k []byte) bool { // dismissed or displaced meanwhile
		_, ok := b.reports[[32]byte(k[1:])]
		return !ok
	})
	if err := b.purge(keys); err != nil {
		return 0, fmt.Errorf("sweep reports: %w", err)
	}
	return len(keys), b.dropBlanked()
}

func (b *Inbox) marks() map[[32]byte]reportMark {
	b.mu.Lock()
	defer b.mu.Unlock()
	return maps.Clone(b.reports)
}
