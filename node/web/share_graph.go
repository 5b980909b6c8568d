package web

import (
	"slices"
	"time"

	"courtcircuit/node/card"
)

// thing is one node of schema.org data. Values are strings, numbers, things
// and lists of them.
type thing map[string]any

// graphOf is the whole data of a page; empty values are left out, since
// engines take an empty address for the page's own.
func graphOf(things ...thing) thing {
	nodes := []thing{}
	for _, t := range things {
		if t = t.compact(); len(t) > 1 {
			nodes = append(nodes, t)
		}
	}
	return thing{"@context": "https://schema.org", "@graph": nodes}
}

// compact drops what is empty, and things of which only the type is left.
func (t thing) compact() thing {
	out := thing{}
	for key, value := range t {
		switch v := value.(type) {
		case string:
			if v == "" {
				continue
			}
		case []string:
			if v = slices.DeleteFunc(slices.Clone(v), func(s string) bool { return s == "" }); len(v) == 0 {
				continue
			}
			value = v
		case thing:
			if v = v.compact(); len(v) < 2 {
				continue
			}
			value = v
		case []thing:
			var list []thing
			for _, item := range v {
				if item = item.compact(); len(item) > 1 {
					list = append(list, item)
				}
			}
			if len(list) == 0 {
				continue
			}
			value = list
		}
		out[key] = value
	}
	return out
}

// at gives a node an identifier on the page that is its home, so that data of
// several pages joins; "" without an address.
func at(address, name string) string {
	if address == "" {
		return ""
	}
	return address + "#" + name
}

func addressThing(p card.Place) thing {
	r := p.Resolved
	if r == nil {
		return thing{"@type": "PostalAddress", "addressLocality": p.Text}
	}
	// The commune and no street: more is never published of a person.
	return thing{"@type": "PostalAddress", "addressLocality": r.Name, "addressRegion": r.Department, "addressCountry": r.Country}
}

func cityThing(p card.Place) thing {
	return thing{"@type": "City", "name": shortPlace(p), "address": addressThing(p)}
}

// trail is the way from the vitrine to a page; steps without an address are
// left out, as engines refuse them, except the last, which is the page.
func (p *Pages) trail(v *page, steps ...link) thing {
	if p.base() == "" {
		return nil
	}
	var items []thing
	add := func(name, address string) {
		items = append(items, thing{"@type": "ListItem", "position": len(items) + 1, "name": name, "item": address})
	}
	add(v.SiteName(), p.absolute("/"))
	for i, s := range steps {
		if s.Address != "" || i == len(steps)-1 {
			add(s.Text, p.absoluteOrNone(s.Address))
		}
	}
	return thing{"@type": "BreadcrumbList", "itemListElement": items}
}

func (p *Pages) absoluteOrNone(path string) string {
	if path == "" {
		return ""
	}
	return p.absolute(path)
}

func (p *Pages) cityStep(place card.Place) link {
	if place.Resolved == nil {
		return link{}
	}
	slug := p.node.CitySlug(*place.Resolved)
	if slug == "" {
		return link{}
	}
	return link{"/ville/" + slug, place.Resolved.Name}
}

func dateTime(t *time.Time) string {
	if t == nil {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

func linkAddresses(links []card.Link) []string {
	var addresses []string
	for _, l := range httpsLinks(links) {
		addresses = append(addresses, l.URL)
	}
	return addresses
}

// Graph is the data of the page for the template: with the list that the page
// shows, where engines take one.
func (v *page) Graph() any {
	graph, ok := v.Head.Graph.(thing)
	if !ok {
		return nil
	}
	shown, ok := v.Data.(cityPage)
	if !ok || v.Head.Canonical == "" {
		return graph
	}
	nodes, _ := graph["@graph"].([]thing)
	return thing{"@context": graph["@context"], "@graph": append(nodes[:len(nodes):len(nodes)], v.cityList(&shown))}
}
