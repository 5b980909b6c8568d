package web

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"time"

	"courtcircuit/node/access"
	"courtcircuit/node/card"
)

const (
	maxWorkText    = 2000 // characters
	maxWorkMembers = 24
	firstWorkYear  = 1950
)

// workList is what the collective has done, and a form for one more.
type workList struct {
	Works []workRow
	Form  *workForm
}

type workRow struct {
	card.Work
	Address string
	Delete  string
	People  []workPerson
}

type workPerson struct{ Name, State string }

// workForm writes a work.
type workForm struct {
	Title  string
	Fields []consoleField
	Button string
	Delete string // address of the page that asks; "" for a new one
	Back   string
}

func (p *Pages) showWorks(ctx context.Context, r *http.Request, v *page, _ access.Session) (view, error) {
	return p.worksView(ctx, r, v, card.Work{Year: time.Now().Year()}, nil)
}

func (p *Pages) worksView(ctx context.Context, r *http.Request, v *page, w card.Work, sent *http.Request) (view, error) {
	works, err := p.doors.Console.Works(ctx)
	if err != nil {
		return view{}, err
	}
	data := &workList{}
	for _, w := range works {
		row := workRow{Work: w, Address: consolePath + "realisations/" + w.ID}
		row.Delete = row.Address + "/supprimer"
		for _, m := range w.Members {
			state := "console_work_waits"
			if m.Agreed {
				state = "console_work_agreed"
			}
			row.People = append(row.People, workPerson{m.Name, v.Say(state)})
		}
		data.Works = append(data.Works, row)
	}
	if data.Form, err = p.workForm(ctx, v, w, sent); err != nil {
		return view{}, err
	}
	data.Form.Button = v.Say("console_work_add")
	return p.consoleView(v, r, "console_works", "console_works.html", data), nil
}

func (p *Pages) workForm(ctx context.Context, v *page, w card.Work, sent *http.Request) (*workForm, error) {
	members, err := p.memberEntries(ctx, v)
	if err != nil {
		return nil, err
	}
	var people []choice
	for _, m := range members {
		named := slices.ContainsFunc(w.Members, func(in card.WorkMember) bool { return in.ID == m.Profile })
		if m.Profile != "" && (m.State == card.MemberPublished || m.State == card.MemberMoved || named) {
			people = append(people, choice{Value: m.Profile, Text: m.Title, Selected: named})
		}
	}
	year := ""
	if w.Year != 0 {
		year = strconv.Itoa(w.Year)
	}
	if sent != nil {
		year = typedLine(sent.PostForm.Get("year"))
	}
	fields := []consoleField{
		v.field("title", w.Title, required, wide, upTo(maxTitleRunes)),
		v.field("year", year, required, asType("number"), upTo(4)),
		v.field("client", w.Client, upTo(120)),
		v.field("consent", "", checked(w.Consent)),
		v.field("text", w.Text, area(5, maxWorkText)),
	}
	if len(people) > 0 {
		fields = append(fields, v.field("members", "", oneOf("checks", people)))
	}
	return &workForm{Fields: fields, Button: v.Say("console_save"), Back: consolePath + "realisations"}, nil
}

func readWork(r *http.Request) card.Work {
	w := card.Work{
		Title: typedLine(r.PostForm.Get("title")), Text: typed(r.PostForm.Get("text")), Client: typedLine(r.PostForm.Get("client")),
		Consent: r.PostForm.Get("consent") != "",
	}
	w.Year, _ = strconv.Atoi(typedLine(r.PostForm.Get("year")))
	for _, id := range r.PostForm["members"] {
		if len(w.Members) < maxWorkMembers {
			w.Members = append(w.Members, card.WorkMember{ID: id})
		}
	}
	return w
}

func (v *page) wrongWork(f *workForm, w card.Work) bool {
	found := v.tooLong(f.Fields)
	wrong := func(name string) {
		if at := fieldOf(name, f.Fields); at.Wrong == "" {
			at.Wrong, found = v.Say("console_wrong_"+name), true
		}
	}
	if w.Title == "" {
		wrong("title")
	}
	if w.Year < firstWorkYear || w.Year > time.Now().Year()+1 {
		wrong("year")
	}
	if w.Client != "" && !w.Consent {
		wrong("consent")
	}
	if found {
		v.Data.(*consolePage).Alert = v.Say("console_check")
	}
	return found
}

func (p *Pages) addWork(ctx context.Context, r *http.Request, v *page, who access.Session) (view, error) {
	if err := posted(r); err != nil {
		return view{}, err
	}
	w := readWork(r)
	answer, err := p.worksView(ctx, r, v, w, r)
	if err != nil {
		return view{}, err
	}
	return p.keepWork(ctx, v, who, answer, v.Data.(*consolePage).Body.(*workList).Form, w)
}

// keepWork keeps a work that its form lets through.
func (p *Pages) keepWork(ctx context.Context, v *page, who access.Session, answer view, form *workForm, w card.Work) (view, error) {
	answer.Status = http.StatusUnprocessableEntity
	if v.wrongWork(form, w) {
		return answer, nil
	}
	if _, err := p.doors.Console.PutWork(ctx, who.Person, w); err != nil {
		answer.Status, err = v.refusedAt(err, form.Fields)
		return answer, err
	}
	return doneAt(consolePath+"realisations", "work_kept"), nil
}

func (p *Pages) workOf(ctx context.Context, id string) (card.Work, error) {
	works, err := p.doors.Console.Works(ctx)
	if err != nil {
		return card.Work{}, err
	}
	for _, w := range works {
		if w.ID == id {
			return w, nil
		}
	}
	return card.Work{}, &card.Problem{Cause: card.NotFound, Field: "id", Detail: "no such work is kept here"}
}

func (p *Pages) showWork(ctx context.Context, r *http.Request, v *page, _ access.Session) (view, error) {
	w, err := p.workOf(ctx, r.PathValue("id"))
	if err != nil {
		return view{}, err
	}
	answer, _, err := p.workView(ctx, r, v, w, nil)
	return answer, err
}

func (p *Pages) workView(ctx context.Context, r *http.Request, v *page, w card.Work, sent *http.Request) (view, *workForm, error) {
	form, err := p.workForm(ctx, v, w, sent)
	if err != nil {
		return view{}, nil, err
	}
	form.Title, form.Delete = v.Say("console_work_edit"), consolePath+"realisations/"+w.ID+"/supprimer"
	return p.consoleView(v, r, "console_work_edit", "console_work.html", form), form, nil
}

func (p *Pages) saveWork(ctx context.Context, r *http.Request, v *page, who access.Session) (view, error) {
	old, err := p.workOf(ctx, r.PathValue("id"))
	if err != nil {
		return view{}, err
	}
	if err := posted(r); err != nil {
		return view{}, err
	}
	w := readWork(r)
	w.ID = old.ID
	answer, form, err := p.workView(ctx, r, v, w, r)
	if err != nil {
		return view{}, err
	}
	return p.keepWork(ctx, v, who, answer, form, w)
}

func (p *Pages) askDeleteWork(ctx context.Context, r *http.Request, v *page) (*question, error) {
	w, err := p.workOf(ctx, r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	return v.question("work_delete", w.Title, consolePath+"realisations"), nil
}

func (p *Pages) deleteWork(ctx context.Context, r *http.Request, _ *page, by access.Person) (view, error) {
	if err := p.doors.Console.DeleteWork(ctx, by, r.PathValue("id")); err != nil {
		return view{}, err
	}
	return doneAt(consolePath+"realisations", "work_deleted"), nil
}
