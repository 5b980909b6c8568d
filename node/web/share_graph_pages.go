package web

import (
	"net/mail"
	"net/url"
	"strings"

	"courtcircuit/node/card"
)

// maxGraphItems bounds every list of data.
const maxGraphItems = 30

func (p *Pages) homeGraph(v *page, own *card.Collective, members []card.Profile, missions []card.Mission) any {
	group := p.organization(own, p.absolute("/"))
	members, _ = firstOf(members, maxGraphItems)
	var people, wanted []thing
	for _, m := range members {
		path := "/p/" + m.ID
		people = append(people, thing{"@type": "Person", "@id": at(p.absolute(path), "person"), "name": m.Name, "jobTitle": m.Headline, "url": p.absolute(path)})
	}
	for _, m := range missions {
		if m.Status == "open" && len(wanted) < maxGraphItems {
			path := "/missions/" + m.ID
			wanted = append(wanted, thing{"@type": "Demand", "@id": at(p.absolute(path), "mission"), "name": m.Title, "url": p.absolute(path)})
		}
	}
	group["member"], group["seeks"] = people, wanted
	return graphOf(group, p.website(v))
}

// website tells engines how to search here.
func (p *Pages) website(v *page) thing {
	home := p.absolute("/")
	site := thing{"@type": "WebSite", "@id": at(home, "site"), "name": v.SiteName(), "url": home, "inLanguage": []string{"fr", "en"}}
	if home != "" {
		site["potentialAction"] = thing{
			"@type": "SearchAction", "query-input": "required name=words",
			"target": thing{"@type": "EntryPoint", "urlTemplate": p.absolute(searchPath) + "?q={words}"},
		}
	}
	return site
}

func (p *Pages) collectiveGraph(v *page, c *card.Collective) any {
	return graphOf(p.organization(c, v.Head.Canonical), p.trail(v, p.cityStep(c.Place), link{Text: v.Head.Title}))
}

func (p *Pages) organization(c *card.Collective, address string) thing {
	skills, _ := firstOf(skillNames(c.Skills), maxGraphItems)
	group := thing{
		"@type": "Organization", "@id": at(p.absoluteOrNone(collectivePath(c.ID)), "collective"), "name": c.Name, "url": address,
		"description": c.About, "address": addressThing(c.Place), "areaServed": cityThing(c.Place),
		"knowsAbout": skills, "knowsLanguage": c.Languages, "sameAs": linkAddresses(c.Links),
	}
	if a, err := mail.ParseAddress(c.Contact); err == nil && a.Address == strings.TrimSpace(c.Contact) {
		group["email"] = a.Address
	}
	return group
}

func collectivePath(id string) string {
	if id == "" {
		return ""
	}
	return "/c/" + url.PathEscape(id)
}

// organizationOf names a collective on somebody else's page; only the own one
// has an address that is sure to be its home.
func (p *Pages) organizationOf(v *page, c *card.Membership) thing {
	if c == nil || !c.Verified {
		return nil
	}
	group := thing{"@type": "Organization", "name": c.Name}
	if ours(v.Site, c) {
		path := collectivePath(c.ID)
		group["@id"], group["url"] = at(p.absolute(path), "collective"), p.absolute(path)
	}
	return group
}

func (p *Pages) profileGraph(v *page, c *card.Profile) any {
	var groups []thing
	for i := range c.Collectives {
		groups = append(groups, p.organizationOf(v, &c.Collectives[i]))
	}
	person := thing{
		"@type": "Person", "@id": at(v.Head.Canonical, "person"), "identifier": c.ID, "name": c.Name, "jobTitle": c.Headline, "description": c.About,
		"knowsAbout": c.Skills, "knowsLanguage": c.Languages, "memberOf": groups, "address": addressThing(c.Place),
		"sameAs": linkAddresses(c.Links), "url": v.Head.Canonical,
	}
	sheet := thing{
		"@type": "ProfilePage", "url": v.Head.Canonical, "name": c.Name, "inLanguage": v.Lang,
		"dateModified": dateTime(c.IssuedAt), "mainEntity": person,
	}
	return graphOf(sheet, p.trail(v, p.cityStep(c.Place), link{Text: c.Name}))
}

// missionGraph says of a mission that it is a demand for a service.
//
// JobPosting, which job engines read, would say that an organization hires:
// it wants hiringOrganization and lets employmentType CONTRACTOR soften it.
// Nobody is hired here. The collective that publishes a mission is not the
// client, the client is not named, and those who answer stay independent: a
// posting of a job would be untrue, and the kind of untruth by which a
// contract is judged to be one of employment. schema.org's word for a public
// wish to buy a service is Demand; what is asked for is a Service.
func (p *Pages) missionGraph(v *page, m *card.Mission) any {
	demand := thing{
		"@type": "Demand", "@id": at(v.Head.Canonical, "mission"), "identifier": m.ID, "name": m.Title, "description": m.Description, "url": v.Head.Canonical,
		"areaServed": cityThing(m.Place), "availabilityStarts": m.Start, "validThrough": m.ApplyBy, "priceSpecification": budgetThing(m.Budget),
		"itemOffered": thing{"@type": "Service", "name": m.Title, "serviceType": needNames(m.Needs), "areaServed": cityThing(m.Place)},
	}
	if m.Status != "" && m.Status != "open" {
		demand["availability"] = "https://schema.org/SoldOut"
	}
	sheet := thing{
		"@type": "WebPage", "url": v.Head.Canonical, "name": m.Title, "inLanguage": v.Lang, "dateModified": dateTime(m.IssuedAt),
		"publisher": p.organizationOf(v, m.Collective), "mainEntity": demand,
	}
	missions := link{missionsPath, v.Say("share_feed")}
	return graphOf(sheet, p.trail(v, missions, link{Text: m.Title}))
}

// unitCodes are those of UN/CEFACT recommendation 20: day, hour, month, one.
var unitCodes = map[string]string{"day": "DAY", "hour": "HUR", "month": "MON", "mission": "C62"}

func budgetThing(b *card.Budget) thing {
	if b == nil || (b.Min == 0 && b.Max == 0) {
		return nil
	}
	price := thing{"@type": "UnitPriceSpecification", "priceCurrency": b.Currency, "unitCode": unitCodes[b.Per]}
	if b.Min > 0 {
		price["minPrice"] = b.Min
	}
	if b.Max > 0 {
		price["maxPrice"] = b.Max
	}
	return price
}

func (p *Pages) cityGraph(v *page, place card.ResolvedPlace) any {
	sheet := thing{
		"@type": "CollectionPage", "url": v.Head.Canonical, "name": v.Head.Title, "description": v.Head.Description, "inLanguage": v.Lang,
		"about": cityThing(card.Place{Resolved: &place}),
	}
	return graphOf(sheet, p.trail(v, link{Text: place.Name}))
}

// cityList is what the page of a commune lists, in its order. The addresses
// are made from the page's own, which is absolute.
func (v *page) cityList(shown *cityPage) thing {
	base, _, _ := strings.Cut(v.Head.Canonical, "/ville/")
	var items []thing
	add := func(name, path string) {
		if len(items) < maxGraphItems {
			items = append(items, thing{"@type": "ListItem", "position": len(items) + 1, "name": name, "url": base + path})
		}
	}
	for _, c := range shown.Collectives {
		add(c.Name, c.Address)
	}
	for _, p := range shown.People {
		add(p.Name, p.Address)
	}
	for _, m := range shown.Missions {
		add(m.Title, m.Address)
	}
	return thing{"@type": "ItemList", "name": v.Head.Title, "numberOfItems": len(items), "itemListElement": items}
}
