package web

import (
	"context"
	"net/http"
	"time"

	"courtcircuit/node/access"
)

// backupPage says where backups go, how old the newest is, and how one comes
// back.
type backupPage struct {
	Line   string
	Aged   bool
	Facts  []fact
	CanNow bool // a folder is set
	Sealed bool
	File   string // of the newest, for the command that restores it
}

func (p *Pages) showBackup(ctx context.Context, r *http.Request, v *page, _ access.Session) (view, error) {
	state, err := p.doors.Console.Backups(ctx)
	if err != nil {
		return view{}, err
	}
	data := &backupPage{CanNow: state.Dir != "", Sealed: state.Sealed, File: "courtcircuit-….backup"}
	data.Line, data.Aged = v.backupLine(state, time.Now())
	add := func(term, text string, code bool) {
		data.Facts = append(data.Facts, fact{Term: v.Say(term), Text: text, Code: code, Foreign: code})
	}
	if state.Dir != "" {
		add("console_backup_dir", state.Dir, true)
		add("console_backup_rhythm", v.Say("console_backup_every", int(state.Every.Hours()), state.Keep), false)
	}
	if state.Last != nil {
		data.File = state.Last.Path
		add("console_backup_last", state.Last.Path, true)
		add("console_backup_at", v.moment(state.Last.CreatedAt), false)
		add("console_backup_size", v.Say("console_kib", state.Last.SizeBytes>>10+1), false)
	}
	return p.consoleView(v, r, "console_backup", "console_backup.html", data), nil
}

func (p *Pages) makeBackup(ctx context.Context, r *http.Request, v *page, who access.Session) (view, error) {
	_, refusal := p.doors.Console.BackUp(ctx, who.Person)
	if refusal == nil {
		return doneAt(consolePath+"sauvegarde", "backup"), nil
	}
	answer, err := p.showBackup(ctx, r, v, who)
	if err != nil {
		return view{}, err
	}
	answer.Status, err = v.refusedAt(refusal, nil)
	return answer, err
}
