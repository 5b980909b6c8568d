package web

import (
	"context"
	"net/http"
	"strings"
	"time"

	"courtcircuit/node/access"
	"courtcircuit/node/card"
)

// briefRow is a brief in the list.
type briefRow struct {
	Address, Title, Place, State, Came, From string
	Waits                                    bool
}

func (p *Pages) showBriefs(ctx context.Context, r *http.Request, v *page, _ access.Session) (view, error) {
	briefs, err := p.doors.Console.Briefs(ctx)
	if err != nil {
		return view{}, err
	}
	now := time.Now()
	rows := make([]briefRow, 0, len(briefs))
	for i := range briefs {
		b := &briefs[i]
		row := briefRow{
			Address: consolePath + "briefs/" + b.ID, Title: briefTitle(b), Place: placeName(b.Place),
			State: v.Say("console_brief_" + b.State), Came: v.ago(now, b.ReceivedAt), Waits: waitsForUs(b),
		}
		if b.From != nil {
			row.From = b.From.Name
		}
		rows = append(rows, row)
	}
	return p.consoleView(v, r, "console_briefs", "console_briefs.html", rows), nil
}

// briefTitle is what a brief is called: its title, else how it begins.
func briefTitle(b *card.Brief) string {
	const shown = 80
	if b.Title != "" {
		return b.Title
	}
	first, _, _ := strings.Cut(strings.TrimSpace(b.Description), "\n")
	if first = beginning(first, shown); first != "" {
		return first
	}
	return "…"
}

// briefPage is one brief: the client's words, and the form that turns them
// into the public text.
type briefPage struct {
	Brief    card.Brief
	Title    string
	About    []string
	Place    string
	Reach    []link // mail and telephone, as links
	State    string
	From     string
	Came     string
	Until    string // it is deleted then
	Steps    []briefLine
	Form     *missionForm // nil when no text can be proposed any more
	Text     *missionShown
	Mission  string // address of the published one
	Removed  bool   // contact details were taken out of the prefilled text
	CanClose bool   // it can still be declined
	Leaks    []string
}

type briefLine struct{ At, What, By, Words string }

// missionShown is a mission as text, exactly as it is or will be published.
type missionShown struct {
	Title, Place, Audience string
	About                  []string
	Facts                  []fact
}

// showBrief opens a brief. That somebody opened it is noted, and the client
// is told who it was: it is the one page whose reading is a step.
func (p *Pages) showBrief(ctx context.Context, r *http.Request, v *page, who access.Session) (view, error) {
	read := p.doors.Console.Brief
	if r.Method == http.MethodGet {
		read = func(ctx context.Context, id string) (card.Brief, error) {
			return p.doors.Console.ReadBrief(ctx, who.Person, id)
		}
	}
	b, err := read(ctx, r.PathValue("id"))
	if err != nil {
		return view{}, err
	}
	answer, data := p.briefView(v, r, b)
	if canPropose(&b) {
		m, audience, removed := publicText(&b)
		data.Form, data.Removed = v.missionForm(m, audience, nil), removed
		data.Form.Button = v.Say("console_brief_propose")
		v.Head.Scripts = append(v.Head.Scripts, "complete.js")
	}
	return answer, nil
}

// proposeBrief sends the client the exact text. Contact details that slipped
// into it stop it: what is public once is public for good.
func (p *Pages) proposeBrief(ctx context.Context, r *http.Request, v *page, who access.Session) (view, error) {
	b, err := p.doors.Console.Brief(ctx, r.PathValue("id"))
	if err != nil {
		return view{}, err
	}
	if err := posted(r); err != nil {
		return view{}, err
	}
	m, audience := readMission(r.PostForm)
	answer, data := p.briefView(v, r, b)
	data.Form = v.missionForm(m, audience, r.PostForm)
	data.Form.Button = v.Say("console_brief_propose")
	v.Head.Scripts = append(v.Head.Scripts, "complete.js")
	answer.Status = http.StatusUnprocessableEntity
	if data.Leaks = v.leaksOf(&m, b.Contact); len(data.Leaks) > 0 {
		v.Data.(*consolePage).Alert = v.Say("console_leak")
		return answer, nil
	}
	if v.wrongMission(data.Form, r.PostForm) {
		return answer, nil
	}
	if _, err = p.doors.Console.ProposeBrief(ctx, who.Person, b.ID, m, audience); err != nil {
		answer.Status, err = v.refusedAt(err, data.Form.Fields)
		return answer, err
	}
	return doneAt(consolePath+"briefs/"+b.ID, "proposed"), nil
}

// canPropose: neither published nor over.
func canPropose(b *card.Brief) bool {
	return b.State == card.BriefReceived || b.State == card.BriefRead || b.State == card.BriefProposed
}

func (p *Pages) briefView(v *page, r *http.Request, b card.Brief) (view, *briefPage) {
	data := &briefPage{
		Brief: b, Title: briefTitle(&b), About: paragraphs(b.Description), Place: placeName(b.Place), State: v.Say("console_brief_" + b.State),
		Came: v.moment(b.ReceivedAt), Reach: reachClient(b.Contact), CanClose: canPropose(&b),
	}
	if !b.DeleteAt.IsZero() {
		data.Until = v.date(b.DeleteAt)
	}
	if b.From != nil {
		data.From = b.From.Name
	}
	for _, s := range b.Steps {
		data.Steps = append(data.Steps, briefLine{v.moment(s.At), v.Say("console_brief_" + s.State), s.By, s.Words})
	}
	if b.Text != nil {
		data.Text = v.missionShown(&b.Text.Mission, b.Text.Audience)
	}
	if b.MissionID != "" {
		data.Mission = consolePath + "missions/" + b.MissionID
	}
	answer := p.consoleView(v, r, "console_brief", "console_brief.html", data)
	v.Head.Title = data.Title
	return answer, data
}

func (v *page) missionShown(m *card.Mission, audience string) *missionShown {
	shown := &missionShown{Title: m.Title, Place: placeName(m.Place), About: paragraphs(m.Description), Audience: v.known("console_audience_"+audience, audience)}
	add := func(term, text string) {
		if text != "" {
			shown.Facts = append(shown.Facts, fact{Term: v.Say(term), Text: text})
		}
	}
	var needs []string
	for _, n := range m.Needs {
		needs = append(needs, needLine(n))
	}
	add("needs", strings.Join(needs, ", "))
	add("start", v.day(m.Start))
	add("apply_by", v.day(m.ApplyBy))
	add("mode", v.all(m.Modes))
	add("languages", v.languages(m.Languages))
	if m.Budget != nil {
		add("budget", v.budget(m.Budget))
	}
	add("contract", v.contract(m.Contract))
	return shown
}

// askDecline says no, with a reason that the client reads.
func (p *Pages) askDecline(ctx context.Context, r *http.Request, v *page) (*question, error) {
	b, err := p.doors.Console.Brief(ctx, r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	q := v.question("decline", briefTitle(&b), consolePath+"briefs/"+b.ID)
	options := make([]choice, 0, len(declineReasons))
	for _, key := range declineReasons {
		options = append(options, choice{Value: key, Text: clientWords(&b).Say("console_decline_" + key), Selected: r.PostForm.Get("template") == key})
	}
	q.Fields = []consoleField{v.field("template", "", oneOf("radios", options)), v.field("reason", typed(r.PostForm.Get("reason")), area(4, 1000))}
	return q, nil
}

// declineReasons are texts to begin with; the client reads them in their own
// language.
var declineReasons = []string{"busy", "craft", "far", "unclear", "own"}

func clientWords(b *card.Brief) Words { return wordsFor(b.Language) }

func (p *Pages) declineBrief(ctx context.Context, r *http.Request, v *page, by access.Person) (view, error) {
	b, err := p.doors.Console.Brief(ctx, r.PathValue("id"))
	if err != nil {
		return view{}, err
	}
	template, reason := r.PostForm.Get("template"), typed(r.PostForm.Get("reason"))
	for _, key := range declineReasons {
		if key == template && key != "own" {
			reason = joinSaid("\n\n", clientWords(&b).Say("console_decline_"+key), reason)
		}
	}
	if reason == "" {
		return view{}, &card.Problem{Cause: card.Invalid, Field: "reason", Expected: "a reason that the client reads", Detail: "no reason is given"}
	}
	if _, err := p.doors.Console.DeclineBrief(ctx, by, b.ID, reason); err != nil {
		return view{}, err
	}
	return doneAt(consolePath+"briefs/"+b.ID, "declined"), nil
}

func (p *Pages) askDeleteBrief(ctx context.Context, r *http.Request, v *page) (*question, error) {
	b, err := p.doors.Console.Brief(ctx, r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	return v.question("brief_delete", briefTitle(&b), consolePath+"briefs/"+b.ID), nil
}

func (p *Pages) deleteBrief(ctx context.Context, r *http.Request, _ *page, by access.Person) (view, error) {
	if err := p.doors.Console.DeleteBrief(ctx, by, r.PathValue("id")); err != nil {
		return view{}, err
	}
	return doneAt(consolePath+"briefs", "brief_deleted"), nil
}
