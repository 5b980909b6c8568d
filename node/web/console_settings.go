package web

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"courtcircuit/node/access"
)

// settingGroups are the forms of the settings, in the order of the page; the
// keys are those of courtcircuit.toml. The collective's own card is edited
// beside them.
var settingGroups = []struct {
	name string
	keys []string
	test string // "": nothing to try
}{
	{"adresse", []string{"public_url"}, ""},
	{"sauvegarde", []string{"backup.dir", "backup.passphrase"}, ""},
	{"courriel", []string{"mail.host", "mail.port", "mail.security", "mail.username", "mail.password", "mail.from", "mail.to"}, "essai"},
	{"webhook", []string{"webhook.url", "webhook.secret"}, "essai"},
	{"mentions", []string{
		"legal.publisher", "legal.registration", "legal.address", "legal.email", "legal.phone", "legal.director", "legal.host",
		"legal.data_contact", "legal.access", "legal.access_email",
	}, ""},
	{"sites", []string{"web.embed_sites"}, ""},
}

// atNextStart are the settings that work once the node was started again.
var atNextStart = []string{"public_url"}

// settingsPage lists the groups with what they hold.
type settingsPage struct {
	Groups []settingsGroup
	Times  []retentionRow
	Notify NotifyState
	Failed string // when the last mail or call did not go
}

type settingsGroup struct {
	Key, Title, About, Address string
	Rows                       []settingRow
}

type settingRow struct {
	Label, Value, Source string
	Late                 bool // works from the next start on
}

type retentionRow struct{ What, Kept string }

func (p *Pages) showSettings(ctx context.Context, r *http.Request, v *page, _ access.Session) (view, error) {
	settings, err := p.doors.Console.Settings(ctx)
	if err != nil {
		return view{}, err
	}
	times, err := p.doors.Console.RetentionTimes(ctx)
	if err != nil {
		return view{}, err
	}
	data := &settingsPage{}
	if data.Notify, err = p.doors.Console.NotifyStatus(ctx); err != nil {
		return view{}, err
	}
	if at := data.Notify.At; at != nil {
		data.Failed = v.moment(*at)
	}
	data.Groups = append(data.Groups, v.collectiveGroup())
	for _, g := range settingGroups {
		group := settingsGroup{Key: g.name, Title: v.Say("console_set_" + g.name), About: v.Say("console_set_" + g.name + "_about"), Address: consolePath + "reglages/" + g.name}
		for _, key := range g.keys {
			if s := settingOf(settings, key); s.Set || len(g.keys) < 3 {
				group.Rows = append(group.Rows, v.settingRow(s))
			}
		}
		data.Groups = append(data.Groups, group)
	}
	for _, t := range times {
		data.Times = append(data.Times, retentionRow{v.known("console_kept_"+t.Key, t.Key), v.count("console_days", int(t.Duration.Hours()/24))})
	}
	return p.consoleView(v, r, "console_settings", "console_settings.html", data), nil
}

// collectiveGroup is the own card, as every page says it.
func (v *page) collectiveGroup() settingsGroup {
	g := settingsGroup{Key: "collectif", Title: v.Say("console_set_collectif"), About: v.Say("console_set_collectif_about"), Address: consolePath + "reglages/collectif"}
	if c := v.Site.Collective; c != nil {
		g.Rows = []settingRow{
			{Label: v.Say("console_f_name"), Value: c.Name}, {Label: v.Say("console_f_place"), Value: placeName(c.Place)},
			{Label: v.Say("console_f_contact"), Value: c.Contact},
		}
	}
	return g
}

func settingOf(settings []Setting, key string) Setting {
	for _, s := range settings {
		if s.Key == key {
			return s
		}
	}
	return Setting{Key: key}
}

func (v *page) settingRow(s Setting) settingRow {
	row := settingRow{Label: v.Say("console_f_" + strings.ReplaceAll(s.Key, ".", "_")), Value: s.Value, Late: s.Set && s.Key == atNextStart[0]}
	switch {
	case s.Secret && s.Set:
		row.Value = v.Say("console_secret_set")
	case !s.Set:
		row.Value = v.Say("console_not_set")
	case s.Key == "mail.security" || s.Key == "legal.access":
		row.Value = v.known("console_choice_"+s.Value, s.Value)
	}
	if s.Fixed() {
		row.Source = v.Say("console_set_in", s.Source)
	}
	return row
}

// settingForm is one group to change.
type settingForm struct {
	Title, About string
	Fields       []consoleField
	Button       string
	Test         string // address that tries it out; "": nothing to try
	TestButton   string
	Late         bool
	Back         string
}

// settingFields are filled with what is set, or as they were sent.
func (v *page) settingFields(settings []Setting, keys []string, sent url.Values) (fields []consoleField) {
	for _, key := range keys {
		s := settingOf(settings, key)
		value := s.Value
		if sent != nil && !s.Fixed() && !s.Secret {
			value = typed(sent.Get(key))
		}
		f := v.field(key, value, settingShapes[key], func(f *consoleField) {
			f.Fixed = s.Fixed()
			if f.Type == "select" {
				f.Options = v.settingChoices(key, value)
			}
		})
		switch {
		case s.Fixed():
			f.Hint = v.Say("console_fixed", s.Source)
		case s.Secret && s.Set:
			f.Hint = v.Say("console_secret_keep")
		}
		fields = append(fields, f)
		if key == "backup.passphrase" && s.Set && !s.Fixed() {
			fields = append(fields, v.field("backup.unsealed", "", checked(sent.Get("backup.unsealed") != "")))
		}
	}
	return fields
}

// settingShapes say how each setting is typed.
var settingShapes = map[string]func(*consoleField){
	"public_url": asType("url"), "backup.dir": upTo(500), "backup.passphrase": asType("password"),
	"mail.host": upTo(253), "mail.port": asType("number"), "mail.security": asType("select"), "mail.username": upTo(200),
	"mail.password": asType("password"), "mail.from": asType("email"), "mail.to": upTo(500),
	"webhook.url": asType("url"), "webhook.secret": asType("password"),
	"legal.publisher": upTo(500), "legal.registration": upTo(200), "legal.address": area(3, 500), "legal.email": asType("email"),
	"legal.phone": upTo(60), "legal.director": upTo(200), "legal.host": area(3, 500), "legal.data_contact": upTo(500),
	"legal.access": asType("select"), "legal.access_email": asType("email"), "web.embed_sites": area(3, 2000),
}

var settingOptions = map[string][]string{"mail.security": {"starttls", "tls", "none"}, "legal.access": {"partial", "total", "none"}}

func (v *page) settingChoices(key, value string) []choice {
	return v.chosen(settingOptions[key], []string{value}, func(option string) string {
		return v.Say("console_choice_" + strings.ReplaceAll(key, ".", "_") + "_" + option)
	})
}

// readSettings are the values of a group as they were sent; those that are
// fixed elsewhere were not.
func readSettings(form url.Values, keys []string) map[string]string {
	values := map[string]string{}
	for _, key := range keys {
		if !form.Has(key) {
			continue
		}
		values[key] = typed(form.Get(key))
		if settingShapes[key] != nil && isPassword(key) {
			values[key] = strings.ToValidUTF8(form.Get(key), "") // spaces of a secret are part of it
		}
	}
	if form.Get("backup.unsealed") != "" {
		values["backup.unsealed"] = "true"
	}
	return values
}

func isPassword(key string) bool {
	f := consoleField{}
	settingShapes[key](&f)
	return f.Type == "password"
}

// routeSettings registers a form for each group.
func (p *Pages) routeSettings() {
	for _, g := range settingGroups {
		form := func(ctx context.Context, r *http.Request, v *page, sent url.Values) (view, *settingForm, error) {
			settings, err := p.doors.Console.Settings(ctx)
			if err != nil {
				return view{}, nil, err
			}
			data := &settingForm{
				Title: v.Say("console_set_" + g.name), About: v.Say("console_set_" + g.name + "_about"), Fields: v.settingFields(settings, g.keys, sent),
				Button: v.Say("console_save"), Late: g.keys[0] == atNextStart[0], Back: consolePath + "reglages",
			}
			if g.test != "" && settingOf(settings, g.keys[0]).Set {
				data.Test, data.TestButton = consolePath+"reglages/"+g.name+"/"+g.test, v.Say("console_try_"+g.name)
			}
			return p.consoleView(v, r, "console_set_"+g.name, "console_setting.html", data), data, nil
		}
		p.privateForm(consolePath+"reglages/"+g.name, access.Coordinator,
			func(ctx context.Context, r *http.Request, v *page, _ access.Session) (view, error) {
				answer, _, err := form(ctx, r, v, nil)
				return answer, err
			},
			func(ctx context.Context, r *http.Request, v *page, who access.Session) (view, error) {
				if err := posted(r); err != nil {
					return view{}, err
				}
				answer, data, err := form(ctx, r, v, r.PostForm)
				if err != nil {
					return view{}, err
				}
				answer.Status = http.StatusUnprocessableEntity
				if v.tooLong(data.Fields) {
					v.Data.(*consolePage).Alert = v.Say("console_check")
					return answer, nil
				}
				if err := p.doors.Console.ChangeSettings(ctx, who.Person, readSettings(r.PostForm, g.keys)); err != nil {
					answer.Status, err = v.refusedAt(err, data.Fields)
					return answer, err
				}
				return doneAt(consolePath+"reglages/"+g.name, "saved"), nil
			})
		if g.test != "" {
			p.routeTest(g.name, g.test)
		}
	}
}

// routeTest registers the button that tries a group out.
func (p *Pages) routeTest(group, test string) {
	try := map[string]func(context.Context, access.Person) error{"courriel": p.doors.Console.TestMail, "webhook": p.doors.Console.TestWebhook}[group]
	p.asks(consolePath+"reglages/"+group+"/"+test,
		func(_ context.Context, _ *http.Request, v *page) (*question, error) {
			q := v.question("try_"+group, "", consolePath+"reglages/"+group)
			q.Mild = true
			return q, nil
		},
		func(ctx context.Context, _ *http.Request, _ *page, by access.Person) (view, error) {
			if err := try(ctx, by); err != nil {
				return view{}, err
			}
			return doneAt(consolePath+"reglages/"+group, "try_"+group), nil
		})
}

// missing says so at each of the named fields that is empty.
func (v *page) missing(fields []consoleField, names ...string) (found bool) {
	for _, name := range names {
		if at := fieldOf(name, fields); at != nil && at.Value == "" {
			at.Wrong, found = v.Say("console_wrong_"+name), true
		}
	}
	return found
}
