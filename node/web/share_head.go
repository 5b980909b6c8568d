package web

import (
	"strings"

	"courtcircuit/node/card"
)

// head is what stands in the <head> of a page.
type head struct {
	Lang        string
	Title       string // without the site's name
	Tail        string // what follows the title there; "": the site's name
	Description string
	Canonical   string // absolute address of the one page to index; "": none
	Alternates  []alternate
	Index       bool   // false: noindex
	Image       string // absolute address of the picture shown where the page is shared; "": none
	Kind        string // Open Graph type: website, profile, article; "": the page is not for sharing
	Graph       any    // schema.org data, marshalled to JSON-LD; nil: none
	Feeds       []feedLink
	Scripts     []string // names of assets
}

// feedLink is a feed that readers find from the page, beside those of all
// missions that every page has.
type feedLink struct{ Type, Title, Address string }

// maxDescription is about what search engines show.
const maxDescription = 155

// SiteName is whose pages these are.
func (v *page) SiteName() string {
	if c := v.Site.Collective; c != nil && c.Name != "" {
		return c.Name
	}
	return "Courtcircuit"
}

// FullTitle is what stands in the tab and in search results.
func (v *page) FullTitle() string {
	tail := v.Head.Tail
	if tail == "" {
		tail = v.SiteName()
	}
	if tail == v.Head.Title {
		return tail
	}
	return v.Head.Title + " – " + tail
}

// headPlain is for pages that stand for themselves: path is the canonical
// path here, "" for pages that must not be indexed (searches, messages).
func (p *Pages) headPlain(v *page, title, description, path string) {
	p.fillHead(v, title, description, "website", "/image.png")
	if path != "" {
		p.standHere(v, path)
	}
}

// headHome is for the vitrine; own is nil while it has no name.
func (p *Pages) headHome(v *page, own *card.Collective, members []card.Profile, missions []card.Mission) {
	p.fillHead(v, v.Say("title_home"), v.Say("footer"), "website", "/image.png")
	if own == nil {
		return
	}
	v.Head.Title, v.Head.Tail = v.SiteName(), v.Say("share_collective_of", v.At(placeName(own.Place)))
	v.Head.Description = summary(v.Head.Tail, v.skillsOf(own.Skills), own.About)
	p.standHere(v, "/")
	v.Head.Graph = p.homeGraph(v, own, members, missions)
}

// headProfile is for one person's card; home is the address of her
// collective's own pages (see homeCollective), "" when unknown.
func (p *Pages) headProfile(v *page, c card.Profile, home string) {
	path := "/p/" + c.ID
	p.fillHead(v, c.Name, summary(c.Headline, placeName(c.Place), v.skillList(c.Skills), c.About), "profile", path+"/image.png")
	if tail := joinSaid(", ", c.Headline, shortPlace(c.Place)); tail != "" {
		v.Head.Tail = tail + " – " + v.SiteName()
	}
	p.stand(v, homeCollective(v.Site, c.Collectives), home, path)
	v.Head.Graph = p.profileGraph(v, &c)
}

// headCollective is for a collective's page.
func (p *Pages) headCollective(v *page, c card.Collective) {
	path := "/c/" + c.ID
	name := c.Name
	if name == "" {
		name = v.Say("unnamed_collective")
	}
	p.fillHead(v, name, summary(v.Say("share_collective_of", v.At(placeName(c.Place))), v.skillsOf(c.Skills), c.About), "website", path+"/image.png")
	v.Head.Tail = v.Say("share_collective_of", v.At(shortPlace(c.Place)))
	p.stand(v, &card.Membership{ID: c.ID, Verified: true}, c.URL, path)
	v.Head.Graph = p.collectiveGraph(v, &c)
}

// headMission is for one mission; home as in headProfile.
func (p *Pages) headMission(v *page, m card.Mission, home string) {
	path := "/missions/" + m.ID
	p.fillHead(v, m.Title, summary(v.Say("share_mission_at", v.At(placeName(m.Place))), v.skillList(needNames(m.Needs)), m.Description), "article", path+"/image.png")
	v.Head.Tail = v.Say("share_mission_at", v.At(shortPlace(m.Place))) + " – " + v.SiteName()
	var by *card.Membership
	if m.Collective != nil {
		by = homeCollective(v.Site, []card.Membership{*m.Collective})
	}
	p.stand(v, by, home, path)
	v.Head.Graph = p.missionGraph(v, &m)
}

// headCity is for a commune that has something to show.
func (p *Pages) headCity(v *page, place card.ResolvedPlace, slug string, here card.PlaceCount) {
	title := v.Say("share_city", v.At(resolvedName(place)))
	p.fillHead(v, title, summary(title, v.Say("share_city_text", here.Profiles, here.Collectives, here.Missions)), "website", "/image.png")
	p.standHere(v, "/ville/"+slug)
	v.Head.Graph = p.cityGraph(v, place)
}

func (p *Pages) fillHead(v *page, title, description, kind, image string) {
	v.Head.Title, v.Head.Description, v.Head.Kind = title, summary(description), kind
	v.Head.Image = p.absolute(image)
}

// stand decides between a card of ours and a copy of somebody else's.
func (p *Pages) stand(v *page, home *card.Membership, address, path string) {
	switch {
	case ours(v.Site, home):
		p.standHere(v, path)
	case home != nil:
		p.standElsewhere(v, address, path)
	}
}

// summary joins what is said of a page into the text under its title.
func summary(parts ...string) string {
	var said []string
	for _, part := range parts {
		if part = strings.Join(strings.Fields(part), " "); part != "" {
			said = append(said, strings.TrimRight(part, ". "))
		}
	}
	return beginning(strings.Join(said, ". "), maxDescription)
}

func joinSaid(separator string, parts ...string) string {
	var said []string
	for _, part := range parts {
		if part != "" {
			said = append(said, part)
		}
	}
	return strings.Join(said, separator)
}

// shortPlace is the commune alone: a title has no room for the department.
func shortPlace(p card.Place) string {
	if p.Resolved != nil {
		return p.Resolved.Name
	}
	return p.Text
}

const maxNamedSkills = 6

func (w Words) skillList(skills []string) string {
	if len(skills) == 0 {
		return ""
	}
	first, _ := firstOf(skills, maxNamedSkills)
	return w.Say("share_skills", strings.Join(first, ", "))
}

func (w Words) skillsOf(counts []card.SkillCount) string { return w.skillList(skillNames(counts)) }

func skillNames(counts []card.SkillCount) []string {
	names := make([]string, 0, len(counts))
	for _, c := range counts {
		names = append(names, c.Skill)
	}
	return names
}

func needNames(needs []card.Need) []string {
	names := make([]string, 0, len(needs))
	for _, n := range needs {
		names = append(names, n.Skill)
	}
	return names
}
