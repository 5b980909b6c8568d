package web

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"courtcircuit/node/access"
	"courtcircuit/node/card"
)

// collectiveFields edit the own card.
func (v *page) collectiveFields(c card.Collective, sent url.Values) []consoleField {
	return []consoleField{
		v.field("name", c.Name, required, upTo(80)), v.placeField(c.Place, sent),
		v.field("languages", "", oneOf("checks", v.chosen(languages, c.Languages, func(tag string) string { return v.languages([]string{tag}) }))),
		v.field("contact", c.Contact, upTo(200)), v.field("about", c.About, area(5, maxAboutRunes)),
		v.field("links", linkLines(c.Links), area(3, maxNeedsRunes)),
	}
}

// readCollective changes what its form says and leaves the rest.
func readCollective(form url.Values, old card.Collective) card.Collective {
	return card.Collective{
		Name: typedLine(form.Get("name")), Place: placeIn(form), Languages: cleanAll(form["languages"]), About: typed(form.Get("about")),
		Contact: typedLine(form.Get("contact")), Links: parseLinks(form.Get("links")), URL: old.URL,
	}
}

// A link is a line: its label, then its address.
func linkLines(links []card.Link) string {
	lines := make([]string, 0, len(links))
	for _, l := range links {
		lines = append(lines, joinSaid(" ", l.Label, l.URL))
	}
	return strings.Join(lines, "\n")
}

func parseLinks(text string) (links []card.Link) {
	for line := range strings.SplitSeq(typed(text), "\n") {
		words := strings.Fields(line)
		if len(words) == 0 {
			continue
		}
		last := words[len(words)-1]
		label := strings.Join(words[:len(words)-1], " ")
		if u, err := url.Parse(last); label == "" && err == nil {
			label = u.Host
		}
		links = append(links, card.Link{Label: label, URL: last})
	}
	return links
}

func (p *Pages) collectiveForm(v *page, r *http.Request, fields []consoleField) view {
	data := &settingForm{Title: v.Say("console_set_collectif"), About: v.Say("console_set_collectif_public"), Fields: fields, Button: v.Say("console_publish"), Back: consolePath + "reglages"}
	answer := p.consoleView(v, r, "console_set_collectif", "console_setting.html", data)
	v.Head.Scripts = append(v.Head.Scripts, "complete.js")
	return answer
}

func (p *Pages) showOwnCollective(ctx context.Context, r *http.Request, v *page, _ access.Session) (view, error) {
	if v.Site.Collective == nil {
		return view{Redirect: firstRunPath}, nil
	}
	c, err := p.doors.Console.OwnCollective(ctx)
	if err != nil {
		return view{}, err
	}
	return p.collectiveForm(v, r, v.collectiveFields(c, nil)), nil
}

func (p *Pages) saveOwnCollective(ctx context.Context, r *http.Request, v *page, who access.Session) (view, error) {
	if err := posted(r); err != nil {
		return view{}, err
	}
	old, err := p.doors.Console.OwnCollective(ctx)
	if err != nil {
		return view{}, err
	}
	c := readCollective(r.PostForm, old)
	fields := v.collectiveFields(c, r.PostForm)
	answer := p.collectiveForm(v, r, fields)
	answer.Status = http.StatusUnprocessableEntity
	if v.tooLong(fields) || v.missing(fields, "name") {
		v.Data.(*consolePage).Alert = v.Say("console_check")
		return answer, nil
	}
	if _, err := p.doors.Console.NameCollective(ctx, who.Person, c); err != nil {
		answer.Status, err = v.refusedAt(err, fields)
		return answer, err
	}
	return doneAt(consolePath+"reglages/collectif", "saved"), nil
}
