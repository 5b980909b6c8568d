package web

import (
	"context"
	"net/http"
	"net/url"
	"unicode/utf8"

	"courtcircuit/node/card"
)

// maxApart bounds the facts that tell somebody from the others of her name.
const maxApart = 4

// profilePage is one person's card.
type profilePage struct {
	Words
	Mark           avatar
	Name, Headline string
	Place, City    string // City is the address of the commune's page, "" without one
	Radius         string // how far she goes
	Available      string
	Unavailable    bool
	AvailableWhy   string // how fresh that is
	About          []string
	Skills         []skillLink
	MoreSkills     int
	Languages      string
	Modes          string
	Since          string
	Links          []card.Link
	Collectives    []collectiveName
	Via            []via
	Own            bool // a member of the own collective
	Alike          *alike
	Origin         []fact
	Files          []download
	Address        string // of this page, for paper
}

// via is a collective through which she can be reached.
type via struct {
	Name    string
	Address string
	Direct  string // its published contact, when the address is something else
}

// alike says that others have the same name.
type alike struct {
	Text   string
	Facts  []string
	Search string // finds all of them
}

// Long says that the name needs smaller letters.
func (d *profilePage) Long() bool { return isLong(d.Name) }

// maxLargeRunes is where a name in large letters fills a phone's screen.
const maxLargeRunes = 48

func isLong(name string) bool { return utf8.RuneCountInString(name) > maxLargeRunes }

func (p *Pages) showProfile(ctx context.Context, r *http.Request, v *page) (view, error) {
	c, err := p.node.Profile(ctx, r.PathValue("id"))
	if err != nil {
		return view{}, err
	}
	home, err := p.homeOf(ctx, v.Site, &c)
	if err != nil {
		return view{}, err
	}
	others, err := p.node.NamesLike(ctx, c)
	if err != nil {
		return view{}, err
	}
	p.headProfile(v, c, home)
	v.Data = p.profilePage(v, &c, others)
	return view{Template: "profile.html"}, nil
}

// homeOf is where the pages of her home collective are.
func (p *Pages) homeOf(ctx context.Context, site card.Site, c *card.Profile) (string, error) {
	home := homeCollective(site, c.Collectives)
	if home == nil {
		return "", nil
	}
	return p.node.CollectiveURL(ctx, home.ID)
}

func (p *Pages) profilePage(v *page, c *card.Profile, others int) *profilePage {
	own := isOwn(v.Site, c.Collectives)
	in := v.personOf(c, own)
	path := "/p/" + url.PathEscape(c.ID)
	data := &profilePage{
		Words: v.Words, Mark: in.Avatar(), Name: c.Name, Headline: c.Headline, Place: in.Place, City: p.cityAddress(c.Place), Radius: v.radiusOf(c),
		Available: in.Available, Unavailable: in.Unavailable, AvailableWhy: v.freshness(c), About: paragraphs(c.About),
		Languages: in.Languages, Modes: in.Modes, Since: in.Since, Links: httpsLinks(c.Links), Collectives: in.Collectives, Own: own,
		Origin: v.originOf(c), Address: p.printedAddress(v, path),
		Files: []download{
			{link{path + "/contact.vcf", v.Say("save_contact")}, true}, {link{path + "/resume.json", v.Say("save_resume")}, true},
			{link{"/signaler/profile/" + url.PathEscape(c.ID), v.Say("report_profile")}, false},
		},
	}
	data.Mark.Large, data.Via = true, p.waysTo(v, c, in.Collectives)
	for _, skill := range c.Skills {
		data.Skills = append(data.Skills, skillLink{Skill: skill, Address: form{Skill: skill}.address()})
	}
	data.Skills, data.MoreSkills = firstOf(data.Skills, maxSkillLinks)
	if others > 0 {
		data.Alike = v.alikeOf(c, &in, others)
	}
	return data
}

// waysTo are the collectives to turn to for somebody. A request takes no way
// through one that does not count her among its members.
func (p *Pages) waysTo(v *page, c *card.Profile, names []collectiveName) []via {
	var ways []via
	for i, name := range names {
		if name.Address == "" {
			continue
		}
		way := via{Name: name.Name, Address: name.Address + "#contact"}
		if of := c.Collectives[i]; of.Verified {
			if deposit := p.depositTo(v.Site, of.ID, c.ID); deposit != "" {
				way.Address, way.Direct = deposit, way.Address
			}
		}
		ways = append(ways, way)
	}
	return ways
}

// isOwn says that one of the collectives is the one these pages belong to.
func isOwn(site card.Site, in []card.Membership) bool {
	for _, c := range in {
		if site.Collective != nil && c.ID == site.Collective.ID {
			return true
		}
	}
	return false
}

// radiusOf is how far somebody goes, in words.
func (w Words) radiusOf(c *card.Profile) string {
	switch {
	case c.RadiusKm == nil:
		return ""
	case *c.RadiusKm == 0:
		return w.Say("radius_zero")
	}
	return w.Say("radius_upto", *c.RadiusKm)
}

// freshness says when the availability was last confirmed, and that it is to
// be asked for when it was not.
func (w Words) freshness(c *card.Profile) string {
	switch {
	case c.AvailabilityConfirmed != nil && !*c.AvailabilityConfirmed:
		return w.Say("availability_ask")
	case c.ConfirmedAt != nil:
		return w.Say("availability_fresh", w.longDate(*c.ConfirmedAt))
	}
	return ""
}

// alikeOf says what is this person's own among those of her name.
func (w Words) alikeOf(c *card.Profile, in *person, others int) *alike {
	same := &alike{Text: w.Say("alike_many", others, w.At(in.Place))}
	if others == 1 {
		same.Text = w.Say("alike_one", w.At(in.Place))
	}
	f := form{Words: clean(c.Name)}
	if c.Place.Resolved != nil {
		f.Near = placeQuery(*c.Place.Resolved)
	}
	same.Search = f.address()
	for _, said := range in.facts() {
		if said != in.Place {
			same.Facts = append(same.Facts, said)
		}
	}
	same.Facts, _ = firstOf(same.Facts, maxApart)
	same.Facts = append(same.Facts, w.Say("fingerprint_is", c.Fingerprint))
	return same
}

// printedAddress is where a reader of the paper finds the card.
func (p *Pages) printedAddress(v *page, path string) string {
	if v.Head.Canonical != "" {
		return v.Head.Canonical
	}
	return p.absolute(path)
}
