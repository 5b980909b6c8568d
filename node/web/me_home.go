package web

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"courtcircuit/node/access"
	"courtcircuit/node/card"
)

// meHome is a member's first page: how the card stands, and what is left to do.
type meHome struct {
	Words
	Menu     []navEntry
	Name     string
	State    string
	Card     *mePreview
	Address  string // of the public page; "" without a card
	Standing string // until when the card stands
	Confirm  string // what it says of its freshness
	Due      bool   // it is to be confirmed
	Done     string // what was just done
	Alert    string
	Wrong    map[string]string
	Todo     []meTask
	Days     []choice
	From     string
	Missions []missionItem
	NoPlace  bool // they are those near the collective
	Works    []meWork
}

// meTask is one thing left to do.
type meTask struct {
	link
	Why string
}

// meWork is a work of the collective that names the person.
type meWork struct {
	ID, Title string
	Year      int
	Agreed    bool
}

// meDone are the things that a page can say were done.
var meDone = []string{"published", "changed", "draft", "availability", "confirmed", "secret", "moved", "work"}

func (p *Pages) showMe(ctx context.Context, r *http.Request, v *page, who access.Session) (view, error) {
	data, err := p.meHome(ctx, v, who)
	if err != nil {
		return view{}, err
	}
	if done := r.URL.Query().Get("fait"); slices.Contains(meDone, done) {
		data.Done = v.Say("me_done_" + done)
	}
	return view{Template: "me_home.html"}, nil
}

func (p *Pages) meHome(ctx context.Context, v *page, who access.Session) (*meHome, error) {
	me, err := p.doors.Members.Me(ctx, who.Person)
	if err != nil {
		return nil, err
	}
	p.headMe(v, v.Say("me_title"))
	data := &meHome{Words: v.Words, Menu: v.meMenu(), Name: me.Name, State: me.State, Todo: v.tasksOf(&me), Wrong: map[string]string{}}
	if me.Card != nil {
		data.Card, data.Address = p.previewOf(v, me.Card), "/p/"+me.Card.ID
		data.Due, data.Confirm = me.ToConfirm, v.freshness(me.Card)
		data.From = me.Card.AvailableFrom
		if me.Card.ExpiresAt != nil {
			data.Standing = v.Say("me_stands", v.longDate(*me.Card.ExpiresAt))
		}
		data.Days = v.daysChoices(formOf(me.Card).Days)
	}
	found, err := p.doors.Members.MissionsNear(ctx, who.Person, v.Lang)
	if err != nil {
		return nil, err
	}
	data.Missions, data.NoPlace = v.missionItemsOf(found), me.Card == nil
	for i := range found {
		if found[i].RecordID == "" { // no page shows it to the world
			data.Missions[i].Address = meMissions + url.PathEscape(found[i].ID)
		}
	}
	works, err := p.doors.Members.WorksOf(ctx, who.Person)
	if err != nil {
		return nil, err
	}
	for _, w := range works {
		data.Works = append(data.Works, meWork{w.ID, w.Title, w.Year, agreedTo(&w, me.Profile)})
	}
	v.Data = data
	return data, nil
}

func agreedTo(w *card.Work, profile string) bool {
	return slices.ContainsFunc(w.Members, func(m card.WorkMember) bool { return m.ID == profile && m.Agreed })
}

// tasksOf are in the order in which they help.
func (w Words) tasksOf(me *card.Me) (tasks []meTask) {
	add := func(address, key string) {
		tasks = append(tasks, meTask{link{address, w.Say("me_todo_" + key)}, w.Say("me_todo_" + key + "_why")})
	}
	switch {
	case me.State == card.MemberInvited && me.HasDraft:
		add(mePublish, "publish")
	case me.State == card.MemberInvited:
		add(meCardPath, "write")
		add(meMovePath, "move")
	case me.State == card.MemberEnded:
		add(meCardPath, "again")
	case me.State == card.MemberMoved:
		add(meKeyPath, "moved")
	case me.HasDraft:
		add(meCardPath, "draft")
	}
	if me.State == card.MemberPublished && !me.SecretKept {
		add(meKeyPath, "secret")
	}
	if me.State == card.MemberPublished && me.Card != nil && len(me.Card.Skills) == 0 {
		add(meCardPath, "skills")
	}
	return tasks
}

// daysChoices are the days of a week that somebody can give.
func (w Words) daysChoices(chosen string) []choice {
	choices := []choice{{Text: w.Say("me_days_unsaid"), Selected: chosen == ""}}
	for n := uint(1); n <= 7; n++ {
		value := strconv.FormatUint(uint64(n), 10)
		choices = append(choices, choice{Value: value, Text: w.days(n), Selected: chosen == value})
	}
	return choices
}

// meMenu leads to the pages of the door.
func (v *page) meMenu() []navEntry {
	entries := v.entries([]link{
		{mePath, v.Say("me_nav_home")}, {meCardPath, v.Say("me_nav_card")}, {"/moi/historique", v.Say("me_nav_history")},
		{meKeyPath, v.Say("me_nav_key")}, {meErasePath, v.Say("me_nav_erase")},
	})
	if v.Path != mePath {
		entries[0].Current = "" // the others are beside it, not below
	}
	return entries
}

// headMe is for pages that are nobody else's.
func (p *Pages) headMe(v *page, title string) {
	p.headPlain(v, title, "", "")
	v.Head.Kind, v.Head.Image = "", ""
}
