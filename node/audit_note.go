package node

import (
	"crypto/rand"
	"encoding/binary"
	"errors"
	"regexp"
	"slices"
	"time"
	"unicode/utf8"

	"courtcircuit/node/access"
	"courtcircuit/node/inbox"
	"courtcircuit/node/web"
	"courtcircuit/protocol"
)

// auditNote is one line of who did what.
type auditNote struct {
	At      time.Time     `json:"at"`
	By      access.Person `json:"by"`
	Action  string        `json:"action"`
	Subject string        `json:"subject,omitempty"`
}

// The bounds of the journal. Some room is left under the shelf's own bound,
// so that two who write at once never find it full.
const (
	maxAuditNotes   = 19_000
	auditDropped    = 500 // the oldest leave so many at a time
	maxAuditSubject = 120 // characters
)

func (n *Node) auditShelf() inbox.Shelf[auditNote] {
	return inbox.NewShelf[auditNote](n.inbox, inbox.SpaceAudit)
}

// audit notes who did what, for the coordinators to read. action is one of a
// fixed list of words (brief-read, profile-published, …); subject is an id or
// a name, never a client's contact details. It never fails what it notes: an
// error is logged.
func (n *Node) audit(who access.Person, action, subject string) {
	if err := n.keepAudit(who, action, subject, time.Now()); err != nil {
		n.log.Warn("not noted in the journal", "action", action, "error", err)
	}
}

func (n *Node) keepAudit(who access.Person, action, subject string, now time.Time) error {
	shelf := n.auditShelf()
	if shelf.Len() >= maxAuditNotes {
		if err := n.dropOldestAudit(shelf); err != nil {
			return err
		}
	}
	who.Name = withoutContact(who.Name)
	return shelf.Put(auditKey(now), auditNote{At: now.UTC(), By: who, Action: action, Subject: withoutContact(subject)})
}

// auditKey sorts by time, and tells apart what happened at one moment.
func auditKey(at time.Time) (key inbox.ID) {
	binary.BigEndian.PutUint64(key[:8], uint64(at.UnixNano()))
	rand.Read(key[8:])
	return key
}

func (n *Node) dropOldestAudit(shelf inbox.Shelf[auditNote]) error {
	return n.inbox.Discard(func(tx *inbox.Tx) error {
		var oldest []inbox.ID
		err := shelf.EachIn(tx, func(id inbox.ID, _ auditNote) error {
			if len(oldest) < auditDropped {
				oldest = append(oldest, id)
			}
			return nil
		})
		if err != nil {
			return err
		}
		return shelf.DeleteIn(tx, oldest...)
	})
}

// contactShape are mail addresses and telephone numbers.
var contactShape = regexp.MustCompile(`\S+@\S+|\+?\d(?:[\s.()/-]?\d){8,}`)

// withoutContact takes out of a subject what it must not hold: a client may
// have written a telephone number where a name was asked for.
func withoutContact(s string) string {
	s = contactShape.ReplaceAllString(cleanLine(s), "…")
	if utf8.RuneCountInString(s) > maxAuditSubject {
		s = string([]rune(s)[:maxAuditSubject]) + "…"
	}
	return s
}

var errJournalRead = errors.New("read as far as asked for")

// journal lists at most limit notes, newest first, older than the one named.
func (n *Node) journal(before string, limit int) (web.JournalPage, error) {
	end := inbox.ID{}
	for i := range end {
		end[i] = 0xff
	}
	if before != "" {
		raw, err := parseID("entry", before)
		if err != nil {
			return web.JournalPage{}, err
		}
		end = raw
	}
	// The shelf reads forward only: the last ones before the end are kept.
	var found []web.JournalEntry
	err := n.auditShelf().Each(func(id inbox.ID, note auditNote) error {
		if slices.Compare(id[:], end[:]) >= 0 {
			return errJournalRead
		}
		if found = append(found, journalEntry(id, note)); len(found) > limit+1 {
			found = found[1:]
		}
		return nil
	})
	if err != nil && !errors.Is(err, errJournalRead) {
		return web.JournalPage{}, err
	}
	slices.Reverse(found)
	page := web.JournalPage{Entries: found}
	if len(found) > limit {
		page.Entries = found[:limit]
		page.Next = page.Entries[limit-1].ID
	}
	return page, nil
}

func journalEntry(id inbox.ID, note auditNote) web.JournalEntry {
	return web.JournalEntry{
		ID: protocol.StableID(id).String(), At: note.At, By: note.By.Name, Role: note.By.Role, Action: note.Action, Subject: note.Subject,
	}
}
