package web

import (
	"context"
	"net/http"
	"strings"
	"time"

	"courtcircuit/node/access"
	"courtcircuit/node/card"
	"courtcircuit/node/httpapi/api"
)

// consoleHome is what a coordinator sees first: what waits, then how the node
// is.
type consoleHome struct {
	Waits   []todo
	Replica string // the federation in one line
	Backup  string
	Aged    bool // the backup is older than it should be
	NoDir   bool
	Checks  []healthCheck // those that are not well
	Page    string
}

// todo is something that waits for a coordinator.
type todo struct {
	link
	Note   string
	Urgent bool
}

// healthCheck is one thing of the node that needs somebody.
type healthCheck struct {
	Name, Advice, Detail string
	Failed               bool
	Address              string // of the page that helps
}

const maxTodos = 20 // of one kind

func (p *Pages) showConsole(ctx context.Context, r *http.Request, v *page, _ access.Session) (view, error) {
	if v.Site.Collective == nil {
		return view{Redirect: firstRunPath}, nil
	}
	status, err := p.doors.Console.Status(ctx)
	if err != nil {
		return view{}, err
	}
	backup, err := p.doors.Console.Backups(ctx)
	if err != nil {
		return view{}, err
	}
	data := &consoleHome{Replica: v.replicaLine(status.Info), NoDir: backup.Dir == ""}
	data.Backup, data.Aged = v.backupLine(backup, time.Now())
	for _, add := range []func(context.Context, *page, *consoleHome) error{p.addBriefs, p.addReports, p.addStale} {
		if err := add(ctx, v, data); err != nil {
			return view{}, err
		}
	}
	data.Checks = v.healthChecks(status.Checks)
	return p.consoleView(v, r, "console_home", "console_home.html", data), nil
}

// addBriefs puts those first that nobody answered, oldest first: a client
// waits.
func (p *Pages) addBriefs(ctx context.Context, v *page, data *consoleHome) error {
	briefs, err := p.doors.Console.Briefs(ctx)
	if err != nil {
		return err
	}
	now := time.Now()
	for i := len(briefs) - 1; i >= 0; i-- {
		b := &briefs[i]
		if !waitsForUs(b) || len(data.Waits) == maxTodos {
			continue
		}
		data.Waits = append(data.Waits, todo{
			link:   link{consolePath + "briefs/" + b.ID, briefTitle(b)},
			Note:   joinSaid(" · ", v.Say("console_brief_"+b.State), placeName(b.Place), v.ago(now, b.ReceivedAt)),
			Urgent: now.Sub(b.ReceivedAt) > 48*time.Hour,
		})
	}
	return nil
}

// waitsForUs: a coordinator has to do the next step.
func waitsForUs(b *card.Brief) bool {
	return b.State == card.BriefReceived || b.State == card.BriefRead || b.State == card.BriefProposed && b.Change != ""
}

func (p *Pages) addReports(ctx context.Context, v *page, data *consoleHome) error {
	reports, err := p.doors.Console.Reports(ctx)
	if err != nil {
		return err
	}
	shown, more := firstOf(reports, maxTodos)
	for _, report := range shown {
		data.Waits = append(data.Waits, todo{
			link: link{consolePath + "moderation", v.Say("console_todo_report", report.Name)}, Note: v.Say("report_" + report.Reason),
		})
	}
	if more > 0 {
		data.Waits = append(data.Waits, todo{link: link{consolePath + "moderation", v.AndMore(more)}})
	}
	return nil
}

func (p *Pages) addStale(ctx context.Context, v *page, data *consoleHome) error {
	members, err := p.doors.Console.MemberEntries(ctx)
	if err != nil {
		return err
	}
	stale := 0
	for _, m := range members {
		if m.ToConfirm && m.State == card.MemberPublished {
			stale++
		}
	}
	if stale > 0 {
		data.Waits = append(data.Waits, todo{link: link{consolePath + "membres", v.count("console_stale", stale)}, Note: v.Say("console_stale_note")})
	}
	return nil
}

// replicaLine says in one line whom the node reaches and what it holds.
func (w Words) replicaLine(info api.Info) string {
	sync := w.known("console_sync_"+info.Sync.State, info.Sync.State)
	return joinSaid(" · ", w.count("console_peers", info.Peers), w.heldLine(info.Counts), sync)
}

// heldLine counts the live records that people ask about.
func (w Words) heldLine(counts map[string]int) string {
	said := w.countsOf(card.PlaceCount{Profiles: counts["profile"], Missions: counts["mission"], Collectives: counts["collective"]})
	if len(said) == 0 {
		return w.Say("console_held_none")
	}
	return strings.Join(said, ", ")
}

func (w Words) backupLine(b BackupState, now time.Time) (line string, aged bool) {
	if b.Last == nil {
		return w.Say("console_backup_none"), true
	}
	return w.Say("console_backup_age", w.ago(now, b.Last.CreatedAt)), now.Sub(b.Last.CreatedAt) > 2*max(b.Every, 24*time.Hour)
}

// helpPages are where something can be done about a check.
var helpPages = map[string]string{
	"collective": "reglages/collectif", "peers": "reseau", "catch-up": "reseau", "backup": "sauvegarde", "members": "membres",
	"mail": "reglages/courriel", "webhook": "reglages/webhook", "notify": "reglages/courriel", "outbox": "reseau", "public-page": "reglages/adresse",
}

func (w Words) healthChecks(checks []api.Check) (shown []healthCheck) {
	for _, c := range checks {
		if c.State == "ok" {
			continue
		}
		key := "console_check_" + strings.NewReplacer("-", "_", " ", "_").Replace(c.Name)
		h := healthCheck{Name: w.known(key, c.Name), Advice: w.known(key+"_do", ""), Failed: c.State == "failed"}
		h.Detail = c.Detail
		if h.Advice == "" { // else it would be said twice, once for a terminal
			h.Detail = joinSaid(". ", c.Detail, c.NextStep)
		}
		if page, ok := helpPages[c.Name]; ok {
			h.Address = consolePath + page
		}
		shown = append(shown, h)
	}
	return shown
}
