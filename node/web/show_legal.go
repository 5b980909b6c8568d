package web

import (
	"context"
	"net/http"
)

// legalPage is /mentions-legales.
type legalPage struct {
	Publisher, Host []given
	Data            reach // who answers about personal data; empty when nobody is named
	Missing         []setting
	Sources         []string
	Contact         *reach // the collective's own, for those who find nobody else here
}

// given is one thing that a public page must say of who is behind it.
type given struct {
	Term, Text string
	Address    string // mailto:, "" when the text is no address
	Missing    string // what stands there when nothing was given
}

// setting is a line of the configuration that fills a gap on the page.
type setting struct{ Key, What string }

func (p *Pages) showLegal(ctx context.Context, r *http.Request, v *page) (view, error) {
	p.headPlain(v, v.Say("legal_title"), v.Say("legal_description"), "/mentions-legales")
	l, _ := p.cfg.live()
	data := &legalPage{Sources: p.cfg.Sources}
	if v.Site.Collective != nil {
		data.Contact = v.reachOf(v.Site.Collective.Contact)
	}
	data.Publisher = data.fill(v, []legalLine{
		{"publisher", l.Publisher}, {"registration", l.Registration}, {"address", l.Address}, {"email", l.Email}, {"phone", l.Phone}, {"director", l.Director},
	})
	data.Host = data.fill(v, []legalLine{{"host", l.Host}})
	if to := v.reachOf(firstGiven(l.DataContact, l.Email)); to != nil {
		data.Data = *to
	}
	v.Data = data
	return view{Template: "legal.html"}, nil
}

// legalLine is a setting below [legal] and its value.
type legalLine struct{ key, value string }

// fill says what is given, and keeps what is not for the coordinator.
func (d *legalPage) fill(v *page, lines []legalLine) []given {
	shown := make([]given, 0, len(lines))
	for _, line := range lines {
		g := given{Term: v.Say("legal_" + line.key), Text: line.value}
		switch {
		case line.value == "":
			g.Missing = v.Say("legal_missing")
			d.Missing = append(d.Missing, setting{line.key, g.Term})
		case line.key == "email":
			if to := v.reachOf(line.value); to != nil {
				g.Address = to.Address
			}
		}
		shown = append(shown, g)
	}
	return shown
}

func firstGiven(values ...string) string {
	for _, value := range values {
		if value != "" {
			return value
		}
	}
	return ""
}
