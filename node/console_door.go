package node

import (
	"context"
	"time"

	"courtcircuit/node/access"
	"courtcircuit/node/card"
	"courtcircuit/node/httpapi/api"
	"courtcircuit/node/web"
)

// console is the coordinators' door to the node. What the node offers in the
// same shape (briefs, settings, members, notices) is passed through; it notes
// by itself who did it. The rest is noted here.
type console struct{ *Node }

var _ web.Console = console{}

// noted writes a line in the journal for what went well.
func (c console) noted(by access.Person, action, subject string, err error) error {
	if err == nil {
		c.audit(by, action, subject)
	}
	return err
}

// Journal says who did what, newest first.
func (c console) Journal(_ context.Context, before string, limit int) (web.JournalPage, error) {
	return c.journal(before, limit)
}

// Backups says where backups go and how old the newest is.
func (c console) Backups(context.Context) (web.BackupState, error) {
	s := c.settings().Backup
	return web.BackupState{Dir: s.Dir, Sealed: s.Passphrase != "", Keep: c.cfg.Backup.Keep, Every: c.cfg.Backup.Every, Last: c.lastBackup()}, nil
}

// BackUp writes a backup to the folder that is set.
func (c console) BackUp(ctx context.Context, by access.Person) (api.Backup, error) {
	pressed := time.Now().Truncate(time.Second)
	done, err := c.BackupTo(context.WithoutCancel(ctx), "") // half a backup helps nobody: whoever leaves the page gets a whole one
	// Files are named by the second: the one that was written by itself in the
	// very second in which the button was pressed is the one asked for.
	if last := c.lastBackup(); isProblem(err, card.Conflict) && last != nil && !last.CreatedAt.Before(pressed) {
		done, err = *last, nil
	}
	return done, c.noted(by, "backup-written", "", err)
}

// RetentionTimes says how long private things are kept.
func (c console) RetentionTimes(context.Context) ([]card.Retention, error) {
	return retentionTimes(), nil
}

// OwnCollective is the own card as it is published.
func (c console) OwnCollective(ctx context.Context) (card.Collective, error) {
	return c.Collective(ctx, "")
}

// NameCollective publishes the own card.
func (c console) NameCollective(ctx context.Context, by access.Person, edit card.Collective) (card.Collective, error) {
	action := "collective-named"
	if _, _, _, err := c.collective(time.Now()); err == nil {
		action = "collective-edited"
	}
	done, err := c.EditCollective(ctx, edit)
	return done, c.noted(by, action, cleanLine(edit.Name), err)
}

// RemoveCard erases a card and what is kept here of its person, or ends the
// membership of somebody who keeps the key.
func (c console) RemoveCard(ctx context.Context, by access.Person, profileID string) error {
	raw, err := parseID("profile", profileID)
	if err != nil {
		return err
	}
	if err := c.RemoveProfile(ctx, profileID); err != nil {
		return err
	}
	// The card first: cut off here, the entry without a card can be removed
	// by itself.
	if key, ok, err := c.entryOf(raw); err != nil {
		return err
	} else if ok {
		if err := c.dropMember(key); err != nil {
			return err
		}
	}
	c.audit(by, "profile-removed", profileID) // not the name, which leaves all files with the card
	return nil
}

// DismissReport deletes a report.
func (c console) DismissReport(ctx context.Context, by access.Person, id string) error {
	return c.noted(by, "report-dismissed", shortWords(id), c.Node.DismissReport(ctx, id))
}

// Hide stops showing a record here.
func (c console) Hide(ctx context.Context, by access.Person, kind, id, reason string) (card.Hidden, error) {
	h, err := c.Node.Hide(ctx, kind, id, reason)
	return h, c.noted(by, "record-hidden", h.Name, err)
}

// Unhide shows a record again.
func (c console) Unhide(ctx context.Context, by access.Person, kind, id string) error {
	name := ""
	if k, raw, err := parseShown(kind, id); err == nil {
		name, _ = c.nameOf(k, raw, time.Now())
	}
	return c.noted(by, "record-shown", name, c.Node.Unhide(ctx, kind, id))
}
