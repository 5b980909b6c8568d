package web

import (
	"context"
	"net/http"

	"courtcircuit/node/access"
	"courtcircuit/node/card"
)

// missionGroup is one state of missions and those that are in it.
type missionGroup struct {
	Key, Title string
	Missions   []missionRow
}

type missionRow struct {
	Address, Title, Place, When string
	Steps                       []link // what can be done with it
}

// ownStates are the groups of the list, in the order in which they need
// somebody.
var ownStates = []string{"draft", "collective", "open", "expired", "attributed", "closed"}

// missionSteps are the steps that a state offers; the node decides again.
var missionSteps = map[string][]string{
	"draft": {"publier", "supprimer"}, "collective": {"publier", "supprimer"}, "open": {"attribuer", "clore"},
	"expired": {"attribuer", "clore"}, "attributed": {"clore"},
}

func (p *Pages) showOwnMissions(ctx context.Context, r *http.Request, v *page, _ access.Session) (view, error) {
	missions, err := p.doors.Console.OwnMissions(ctx)
	if err != nil {
		return view{}, err
	}
	groups := make([]missionGroup, 0, len(ownStates))
	for _, state := range ownStates {
		g := missionGroup{Key: state, Title: v.Say("console_missions_" + state)}
		for i := range missions {
			m := &missions[i]
			if m.state() != state {
				continue
			}
			row := missionRow{Address: consolePath + "missions/" + m.ID, Title: m.Title, Place: placeName(m.Place)}
			if m.IssuedAt != nil {
				row.When = v.date(*m.IssuedAt)
			}
			for _, step := range missionSteps[state] {
				row.Steps = append(row.Steps, link{row.Address + "/" + step, v.Say("console_step_" + step)})
			}
			g.Missions = append(g.Missions, row)
		}
		if len(g.Missions) > 0 {
			groups = append(groups, g)
		}
	}
	return p.consoleView(v, r, "console_missions", "console_missions.html", groups), nil
}

// state tells drafts that members see from those that nobody does.
func (m *OwnMission) state() string {
	if m.Status == "draft" && m.Audience == card.AudienceCollective {
		return "collective"
	}
	return m.Status
}

// editPage is a form on a page of its own.
type editPage struct {
	Title, State string
	Form         *missionForm
	Shown        *missionShown // instead of the form, when its words no longer change
	Public       string        // its public page
	Steps        []link
	Note         string
	Back         string
}

func (p *Pages) showNewMission(_ context.Context, r *http.Request, v *page, _ access.Session) (view, error) {
	m := card.Mission{}
	if own := v.Site.Collective; own != nil {
		m.Place, m.Languages = own.Place, own.Languages
	}
	return p.newMissionView(v, r, v.missionForm(m, card.AudienceNetwork, nil)), nil
}

func (p *Pages) newMissionView(v *page, r *http.Request, form *missionForm) view {
	form.Button = v.Say("console_mission_keep")
	data := &editPage{Title: v.Say("console_mission_new"), Form: form, Note: v.Say("console_mission_new_note"), Back: consolePath + "missions"}
	answer := p.consoleView(v, r, "console_mission_new", "console_mission.html", data)
	v.Head.Scripts = append(v.Head.Scripts, "complete.js")
	return answer
}

func (p *Pages) newMission(ctx context.Context, r *http.Request, v *page, who access.Session) (view, error) {
	if err := posted(r); err != nil {
		return view{}, err
	}
	m, audience := readMission(r.PostForm)
	form := v.missionForm(m, audience, r.PostForm)
	answer := p.newMissionView(v, r, form)
	answer.Status = http.StatusUnprocessableEntity
	if v.wrongMission(form, r.PostForm) {
		return answer, nil
	}
	kept, err := p.doors.Console.DraftMission(ctx, who.Person, m, audience)
	if err != nil {
		answer.Status, err = v.refusedAt(err, form.Fields)
		return answer, err
	}
	return doneAt(consolePath+"missions/"+kept.ID, "mission_kept"), nil
}

func (p *Pages) showOwnMission(ctx context.Context, r *http.Request, v *page, _ access.Session) (view, error) {
	m, err := p.doors.Console.OwnMission(ctx, r.PathValue("id"))
	if err != nil {
		return view{}, err
	}
	return p.ownMissionView(v, r, &m, v.missionForm(m.Mission, "", nil)), nil
}

func (p *Pages) ownMissionView(v *page, r *http.Request, m *OwnMission, form *missionForm) view {
	state := m.state()
	data := &editPage{Title: m.Title, State: v.Say("console_state_" + state), Note: v.Say("console_mission_" + state + "_note"), Back: consolePath + "missions"}
	switch state {
	case "attributed", "closed":
		data.Shown = v.missionShown(&m.Mission, card.AudienceNetwork)
	default:
		form.Button = v.Say("console_save")
		data.Form = form
	}
	if m.Status != "draft" {
		data.Public = "/missions/" + m.ID
	}
	for _, step := range missionSteps[state] {
		data.Steps = append(data.Steps, link{consolePath + "missions/" + m.ID + "/" + step, v.Say("console_step_" + step)})
	}
	answer := p.consoleView(v, r, "console_missions", "console_mission.html", data)
	v.Head.Title = m.Title
	v.Head.Scripts = append(v.Head.Scripts, "complete.js")
	return answer
}

func (p *Pages) saveMission(ctx context.Context, r *http.Request, v *page, who access.Session) (view, error) {
	old, err := p.doors.Console.OwnMission(ctx, r.PathValue("id"))
	if err != nil {
		return view{}, err
	}
	if err := posted(r); err != nil {
		return view{}, err
	}
	m, _ := readMission(r.PostForm)
	form := v.missionForm(m, "", r.PostForm)
	answer := p.ownMissionView(v, r, &old, form)
	answer.Status = http.StatusUnprocessableEntity
	if v.wrongMission(form, r.PostForm) {
		return answer, nil
	}
	if _, err := p.doors.Console.UpdateMission(ctx, who.Person, old.ID, m); err != nil {
		answer.Status, err = v.refusedAt(err, form.Fields)
		return answer, err
	}
	return doneAt(consolePath+"missions/"+old.ID, "saved"), nil
}

// missionStep asks before a step of a mission, and takes it.
func (p *Pages) missionStep(step string, take func(ctx context.Context, by access.Person, id string) error) {
	p.asks(consolePath+"missions/{id}/"+step,
		func(ctx context.Context, r *http.Request, v *page) (*question, error) {
			m, err := p.doors.Console.OwnMission(ctx, r.PathValue("id"))
			if err != nil {
				return nil, err
			}
			q := v.question("mission_"+step, m.Title, consolePath+"missions/"+m.ID)
			q.Mild = step == "publier"
			return q, nil
		},
		func(ctx context.Context, r *http.Request, _ *page, by access.Person) (view, error) {
			id := r.PathValue("id")
			if err := take(ctx, by, id); err != nil {
				return view{}, err
			}
			if step == "supprimer" {
				return doneAt(consolePath+"missions", "mission_"+step), nil
			}
			return doneAt(consolePath+"missions/"+id, "mission_"+step), nil
		})
}

func (p *Pages) routeMissionSteps() {
	c := p.doors.Console
	p.missionStep("publier", func(ctx context.Context, by access.Person, id string) error {
		_, err := c.PublishMission(ctx, by, id)
		return err
	})
	p.missionStep("attribuer", func(ctx context.Context, by access.Person, id string) error {
		_, err := c.AttributeMission(ctx, by, id)
		return err
	})
	p.missionStep("clore", func(ctx context.Context, by access.Person, id string) error {
		_, err := c.CloseMission(ctx, by, id)
		return err
	})
	p.missionStep("supprimer", c.DeleteMission)
}
