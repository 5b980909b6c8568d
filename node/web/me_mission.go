package web

import (
	"context"
	"net/http"

	"courtcircuit/node/access"
)

// showMyMission is a mission that is for the members alone. It has no record,
// so nobody signed it and nothing is shared.
func (p *Pages) showMyMission(ctx context.Context, r *http.Request, v *page, who access.Session) (view, error) {
	m, err := p.doors.Members.MissionFor(ctx, who.Person, r.PathValue("id"))
	if err != nil {
		return view{}, err
	}
	p.headMe(v, m.Title)
	data := missionPage{
		missionItem: v.missionItemOf(&m, true), Description: paragraphs(m.Description), Budget: v.budget(m.Budget), Contract: v.contract(m.Contract),
		ForMembers: true,
	}
	v.Data = data
	return view{Template: "mission.html"}, nil
}
