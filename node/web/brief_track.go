package web

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"courtcircuit/node/card"
)

// newTrack stands in the address right after a request was sent: the page then
// begins with the link to keep.
const newTrack = "nouveau=1"

// trackPage is a request as its client follows it.
type trackPage struct {
	Words
	To       collectiveName
	ToName   string // of the person it is for, "" when it is for all of them
	Unknown  bool
	New      bool
	Link     string // of this page for the world, "" when the pages have no address there
	Mail     string // sends it to oneself; "" as above
	State    string
	Standing string // the state in words
	Now      said   // what it means
	Steps    []trackStep
	Proposed *missionPage // the exact public text
	Digest   string       // of it
	Seen     said         // by whom it will be seen
	Mission  string       // address of what became of it, "" while it is nowhere
	Offered  *collectiveName
	Offers   []collectiveItem
	Sent     []fact // what the client wrote
	EndsAt   string
	Alert    string
	Wrong    map[string]string
	Change   string // as it was typed
}

// trackStep is one line of the history.
type trackStep struct {
	Said  said
	Words []string // a reason, or what the client asks for
	At    string
	Stamp string // the same for programs
	Last  bool
}

// said is a sentence with a name in it, which may be written in the other
// direction.
type said struct{ Before, Name, After string }

// CanWithdraw says that somebody may still answer.
func (d *trackPage) CanWithdraw() bool {
	return slices.Contains([]string{card.BriefSending, card.BriefReceived, card.BriefRead, card.BriefProposed}, d.State)
}

// Answers says that the text waits for the client.
func (d *trackPage) Answers() bool { return d.State == card.BriefProposed && d.Proposed != nil }

func trackAddress(secret string) string { return trackPath + url.PathEscape(secret) }

func (p *Pages) showTrack(ctx context.Context, r *http.Request, v *page) (view, error) {
	track, err := p.doors.Briefs.FollowBrief(ctx, r.PathValue("secret"))
	if err != nil {
		return v.lostTrack(err)
	}
	if _, err := p.trackPage(ctx, r, v, &track); err != nil {
		return view{}, err
	}
	if r.URL.Query().Get("fragment") == "1" {
		return view{Template: "brief_track_now"}, nil
	}
	return view{Template: "brief_track.html"}, nil
}

// lostTrack says what to do with a link that leads nowhere.
func (v *page) lostTrack(err error) (view, error) {
	if !isLost(err) {
		return view{}, err
	}
	status := http.StatusNotFound
	var problem *card.Problem
	if errors.As(err, &problem) && problem.Cause == card.Gone {
		status = http.StatusGone
	}
	v.Head.Title = v.Say("brief_lost")
	v.Data = message{Title: v.Head.Title, Text: v.Say("brief_lost_text"), Status: status, Back: &link{depositPath, v.Say("brief_deposit")}}
	return view{Template: "message.html", Status: status}, nil
}

func (p *Pages) trackPage(ctx context.Context, r *http.Request, v *page, t *card.Track) (*trackPage, error) {
	own := v.Site.Collective != nil && v.Site.Collective.ID == t.To.ID
	data := &trackPage{
		Words: v.Words, To: v.collectiveName(t.To), ToName: t.ToName, Unknown: !own, New: r.URL.Query().Has("nouveau") && isFresh(t.State), State: t.State,
		Steps: v.trackSteps(t), Sent: v.sentOf(&t.Form), EndsAt: v.longDate(t.DeleteAt), Wrong: map[string]string{},
	}
	data.To.Note = "" // whether a person is one of them is not the matter here
	state := stateKey(t, t.State)
	data.Standing, data.Now = v.Say("brief_state_"+state), v.sentence("brief_now_"+state, data.To.Name)
	p.headPlain(v, v.Say("brief_track_title", data.To.Name), "", "")
	v.Head.Kind = ""
	v.Head.Scripts = append(v.Head.Scripts, "brief.js")
	if data.Link = p.absolute(trackPath + r.PathValue("secret")); data.Link != "" {
		data.Mail = mailTo(t.Form.Contact.Email, v.Head.Title, v.Say("brief_mail", data.Link))
	}
	if t.Text != nil {
		data.propose(v, t, own)
	}
	if t.Offered != nil {
		to := v.collectiveName(*t.Offered)
		to.Note = ""
		data.Offered = &to
	}
	v.Data = data
	if !t.CanOffer || t.Offered != nil {
		return data, nil
	}
	var err error
	data.Offers, err = p.offersOf(ctx, v, t)
	return data, err
}

// isFresh: people keep the address that says that it is new, and later it is not.
func isFresh(state string) bool { return state == card.BriefSending || state == card.BriefReceived }

// mailTo begins a mail. Nothing in an address or a text may pass for another
// field of it.
func mailTo(address, subject, text string) string {
	escape := func(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }
	return "mailto:" + strings.ReplaceAll(escape(address), "%40", "@") + "?subject=" + escape(subject) + "&body=" + escape(text)
}

// propose shows the text as it will stand on its page.
func (d *trackPage) propose(v *page, t *card.Track, own bool) {
	m := t.Text.Mission
	if m.Status == "" {
		m.Status = statusOpen
	}
	if m.Collective == nil {
		m.Collective = &card.Membership{ID: t.To.ID, Name: t.To.Name, Verified: true}
	}
	d.Proposed = &missionPage{
		missionItem: v.missionItemOf(&m, own), Description: paragraphs(m.Description), Budget: v.budget(m.Budget), Contract: v.contract(m.Contract), Inside: true,
	}
	d.Digest, d.Seen = t.Text.Digest, v.sentence("brief_seen_"+t.Text.Audience, d.To.Name)
	if t.State == card.BriefPublished && isOurs(t.MissionURL) {
		d.Mission = t.MissionURL
	}
}

// isOurs: a link elsewhere is https, one of these pages a path.
func isOurs(address string) bool {
	u, err := url.Parse(address)
	return err == nil && (isHTTPS(address) || (u.Scheme == "" && u.Host == "" && len(u.Path) > 1 && u.Path[0] == '/'))
}

// stateKey is the state, or that of a mission which is shown to members only.
func stateKey(t *card.Track, state string) string {
	if state == card.BriefPublished && t.Text != nil && t.Text.Audience == card.AudienceCollective {
		return state + "_members"
	}
	return state
}

// trackSteps tells the history. To be read again after a text was proposed is
// what the client asked for; after one was accepted, it is what became of it.
func (w Words) trackSteps(t *card.Track) []trackStep {
	to := w.collectiveName(t.To).Name
	steps := make([]trackStep, 0, len(t.Steps))
	before := ""
	for i, s := range t.Steps {
		key, name := stateKey(t, s.State), to
		switch {
		case s.State == card.BriefRead && before == card.BriefProposed:
			key = "change"
		case s.State == card.BriefRead && before == card.BriefAccepted:
			key = "again"
		case s.By != "" && (s.State == card.BriefRead || s.State == card.BriefProposed):
			key, name = s.State+"_by", s.By
		}
		steps = append(steps, trackStep{
			Said: w.sentence("brief_step_"+key, name), Words: paragraphs(s.Words), At: w.moment(s.At), Stamp: s.At.UTC().Format(time.RFC3339), Last: i == len(t.Steps)-1,
		})
		before = s.State
	}
	return steps
}

// sentence parts the words around a name.
func (w Words) sentence(key, name string) said {
	before, after, named := strings.Cut(w.Say(key), "%s")
	if !named {
		name = ""
	}
	return said{before, name, after}
}

// sentOf is what the client wrote, as it was understood.
func (w Words) sentOf(f *card.BriefForm) []fact {
	var facts []fact
	for _, one := range []fact{
		{Term: w.Say("brief_name"), Text: f.Contact.Name, Foreign: true}, {Term: w.Say("brief_email"), Text: f.Contact.Email, Foreign: true},
		{Term: w.Say("brief_phone"), Text: f.Contact.Phone, Foreign: true}, {Term: w.Say("brief_title"), Text: f.Title, Foreign: true},
		{Term: w.Say("brief_where"), Text: placeName(f.Place), Foreign: true}, {Term: w.Say("brief_when"), Text: f.When, Foreign: true},
		{Term: w.Say("brief_what"), Text: f.Description, Foreign: true},
	} {
		if one.Text != "" {
			facts = append(facts, one)
		}
	}
	return facts
}
