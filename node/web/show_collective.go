package web

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"courtcircuit/node/card"
)

const (
	maxMembers     = 48 // on one page; the search has them all
	maxTopSkills   = 4  // on a member's card here
	maxSkillLinks  = 30
	maxMissions    = 100 // read
	maxOpenShown   = 12
	maxDeedsShown  = 24
	statusOpen     = "open"
	statusDone     = "attributed"
	statusFinished = "closed"
)

// collectivePage is a collective with its people and its work. The vitrine
// shows the own one in the same words.
type collectivePage struct {
	Words
	Mark        avatar
	ID, Name    string
	Place, City string // City is the address of the commune's page, "" without one
	About       []string
	Languages   string
	Links       []card.Link
	Site        string // address of its own pages elsewhere, "" when there is none
	Skills      []skillLink
	MoreSkills  int
	Members     []member
	Total       int
	MoreMembers bool
	Open        []missionItem
	MoreOpen    bool
	Deeds       []deed
	Reach       *reach // nil: it published no way to write to it
	Deposit     string // the form for a request to it, "" when these pages take none
	Own         bool
	Around      string // who else is near, "" when there is nobody
	Origin      []fact
	Files       []download
}

// skillLink searches for a skill from here.
type skillLink struct {
	Skill, Address string
	Count          int // how many have it; 0 is not said
}

// member is a person in the list of a collective.
type member struct {
	person
	Town string // without its department: members live around one place
	Top  []string
}

// deed is a mission that was done.
type deed struct{ Year, Title, Address, Place string }

// download is a file or form that belongs to a card.
type download struct {
	link
	Download bool
}

// Long says that the name needs smaller letters.
func (d *collectivePage) Long() bool { return isLong(d.Name) }

func (p *Pages) showCollective(ctx context.Context, r *http.Request, v *page) (view, error) {
	c, err := p.node.Collective(ctx, r.PathValue("id"))
	if err != nil {
		return view{}, err
	}
	data, _, _, err := p.collectivePage(ctx, v, &c)
	if err != nil {
		return view{}, err
	}
	p.headCollective(v, c)
	v.Data = data
	return view{Template: "collective.html"}, nil
}

// collectivePage reads what a collective's page shows, and returns what it
// read as well.
func (p *Pages) collectivePage(ctx context.Context, v *page, c *card.Collective) (*collectivePage, []card.Profile, []card.Mission, error) {
	members, err := p.node.Members(ctx, c.ID, maxMembers+1)
	if err != nil {
		return nil, nil, nil, err
	}
	missions, err := p.node.MissionsOf(ctx, c.ID, maxMissions)
	if err != nil {
		return nil, nil, nil, err
	}
	data := &collectivePage{
		Words: v.Words, Mark: avatarOf(c.Name, c.Fingerprint+c.ID), ID: c.ID, Name: c.Name, Place: placeName(c.Place), City: p.cityAddress(c.Place),
		About: paragraphs(c.About), Languages: v.languages(c.Languages), Links: httpsLinks(c.Links), Reach: v.reachOf(c.Contact),
		Own: v.Site.Collective != nil && v.Site.Collective.ID == c.ID, Origin: v.originOfCollective(c), Deposit: p.depositTo(v.Site, c.ID, ""),
		Files: []download{{link: link{"/signaler/collective/" + url.PathEscape(c.ID), v.Say("report_collective")}}},
	}
	if isHTTPS(c.URL) && strings.TrimSuffix(c.URL, "/") != strings.TrimSuffix(p.cfg.PublicURL, "/") {
		data.Site = c.URL
	}
	data.Mark.Large = true
	data.addSkills(c.Skills)
	data.addMembers(members, c.Members)
	data.addMissions(missions)
	return data, members, missions, nil
}

func (d *collectivePage) addSkills(skills []card.SkillCount) {
	var shown []card.SkillCount
	shown, d.MoreSkills = firstOf(skills, maxSkillLinks)
	for _, s := range shown {
		l := skillLink{Skill: s.Skill, Address: form{Skill: s.Skill}.address()}
		if s.Count > 1 {
			l.Count = s.Count
		}
		d.Skills = append(d.Skills, l)
	}
}

func (d *collectivePage) addMembers(members []card.Profile, total int) {
	shown, more := firstOf(members, maxMembers)
	d.MoreMembers, d.Total = more > 0, max(total, len(members))
	for i, p := range d.membersOf(shown, d.Own) {
		m := member{person: p, Town: p.Place}
		if at := shown[i].Place.Resolved; at != nil {
			m.Town = at.Name
		}
		m.Top, _ = firstOf(p.Skills, maxTopSkills)
		d.Members = append(d.Members, m)
	}
}

func (d *collectivePage) addMissions(missions []card.Mission) {
	var open []card.Mission
	for i := range missions {
		switch m := &missions[i]; m.Status {
		case statusOpen:
			open = append(open, *m)
		case statusDone, statusFinished:
			d.Deeds = append(d.Deeds, deed{Year: yearOf(m), Title: m.Title, Address: "/missions/" + url.PathEscape(m.ID), Place: placeName(m.Place)})
		}
	}
	d.Deeds, _ = firstOf(d.Deeds, maxDeedsShown)
	shown, more := firstOf(open, maxOpenShown)
	d.Open, d.MoreOpen = d.missionsOf(shown, d.Own), more > 0
}

// yearOf is when a mission took place, as far as its card tells.
func yearOf(m *card.Mission) string {
	if len(m.Start) >= 4 {
		return m.Start[:4]
	}
	if m.IssuedAt != nil {
		return strconv.Itoa(m.IssuedAt.Year())
	}
	return ""
}

// cityAddress is the page of a card's commune, "" without one.
func (p *Pages) cityAddress(place card.Place) string {
	if place.Resolved == nil {
		return ""
	}
	slug := p.node.CitySlug(*place.Resolved)
	if slug == "" {
		return ""
	}
	return "/ville/" + url.PathEscape(slug)
}
