package web

import (
	"context"
	"net/http"
	"net/url"
	"slices"

	"courtcircuit/node/access"
	"courtcircuit/node/card"
)

const firstRunPath = consolePath + "premiere-fois"

// firstRun is the page of a node that has no name yet.
type firstRun struct {
	Who, Address, Backup, Mail []consoleField
	Tried                      string // how the mail that was tried went
}

// The parts that can wait are folded until something in them was filled in.
func (f *firstRun) BackupOpen() bool  { return isFilled(f.Backup) }
func (f *firstRun) MailOpen() bool    { return isFilled(f.Mail) || f.Tried != "" }
func (f *firstRun) AddressOpen() bool { return isFilled(f.Address) }

func isFilled(fields []consoleField) bool {
	return slices.ContainsFunc(fields, func(f consoleField) bool { return f.Wrong != "" || f.Value != "" && f.Type != "select" })
}

// firstKeys are the settings that the page asks for; all of them can wait.
var (
	firstAddress = []string{"public_url"}
	firstBackup  = []string{"backup.dir", "backup.passphrase"}
	firstMail    = []string{"mail.host", "mail.port", "mail.security", "mail.username", "mail.password", "mail.from", "mail.to"}
)

func (p *Pages) showFirstRun(ctx context.Context, r *http.Request, v *page, _ access.Session) (view, error) {
	if v.Site.Collective != nil {
		return view{Redirect: consolePath}, nil
	}
	c := card.Collective{Languages: []string{v.Lang}}
	answer, _, err := p.firstRunView(ctx, r, v, c, nil)
	return answer, err
}

func (p *Pages) firstRunView(ctx context.Context, r *http.Request, v *page, c card.Collective, sent url.Values) (view, *firstRun, error) {
	settings, err := p.doors.Console.Settings(ctx)
	if err != nil {
		return view{}, nil, err
	}
	data := &firstRun{
		Who: []consoleField{
			v.field("name", c.Name, required, upTo(80)), v.placeField(c.Place, sent),
			v.field("languages", "", oneOf("checks", v.chosen(languages, c.Languages, func(tag string) string { return v.languages([]string{tag}) }))),
			v.field("contact", c.Contact, upTo(200)),
		},
		Address: v.settingFields(settings, firstAddress, sent), Backup: v.settingFields(settings, firstBackup, sent), Mail: v.settingFields(settings, firstMail, sent),
	}
	if v.Who.Person.Name == "" {
		data.Who = append(data.Who, v.field("your_name", typedLine(sent.Get("your_name")), upTo(80)))
	}
	answer := p.consoleView(v, r, "console_first", "console_first.html", data)
	v.Head.Scripts = append(v.Head.Scripts, "complete.js")
	return answer, data, nil
}

// setUp keeps the settings first: they can be put right as often as it takes,
// while the secret that the name brings is shown once.
func (p *Pages) setUp(ctx context.Context, r *http.Request, v *page, who access.Session) (view, error) {
	if err := posted(r); err != nil {
		return view{}, err
	}
	if r.PostForm.Get("kept") != "" || v.Site.Collective != nil {
		return doneAt(consolePath, "named"), nil
	}
	c := readCollective(r.PostForm, card.Collective{})
	answer, data, err := p.firstRunView(ctx, r, v, c, r.PostForm)
	if err != nil {
		return view{}, err
	}
	answer.Status = http.StatusUnprocessableEntity
	if wrong, err := p.keepFirst(ctx, r, v, who.Person, data); wrong || err != nil {
		return answer, err
	}
	if r.PostForm.Get("try") != "" {
		return p.tryFirst(ctx, v, who.Person, answer, data)
	}
	if v.missing(data.Who, "name", "place") {
		v.Data.(*consolePage).Alert = v.Say("console_check")
		return answer, nil
	}
	if err := p.nameSelf(ctx, who.Person, typedLine(r.PostForm.Get("your_name"))); err != nil {
		answer.Status, err = v.refusedAt(err, data.Who)
		return answer, err
	}
	named, err := p.doors.Console.NameCollective(ctx, who.Person, c)
	if named.RecoverySecret != "" {
		// Shown even when publishing failed: its key is made, and the secret
		// cannot be shown again.
		return p.secretView(v, r, named.RecoverySecret, err), nil
	}
	if err != nil {
		answer.Status, err = v.refusedAt(err, data.Who)
		return answer, err
	}
	return doneAt(consolePath, "named"), nil
}

// nameSelf gives the first coordinator a name: clients read who opened their
// brief.
func (p *Pages) nameSelf(ctx context.Context, by access.Person, name string) error {
	if name == "" || name == by.Name {
		return nil
	}
	list, err := p.doors.Console.Coordinators(ctx)
	if err != nil {
		return err
	}
	for _, c := range list {
		if c.Person.ID == by.ID {
			return p.doors.Console.NameCoordinator(ctx, by, c.ID, name)
		}
	}
	return nil
}

// keepFirst keeps the settings of the page, unless they are wrong.
func (p *Pages) keepFirst(ctx context.Context, r *http.Request, v *page, by access.Person, data *firstRun) (wrong bool, err error) {
	for _, g := range []struct {
		keys   []string
		fields []consoleField
	}{{firstAddress, data.Address}, {firstBackup, data.Backup}, {firstMail, data.Mail}} {
		values := readSettings(r.PostForm, g.keys)
		if len(values) == 0 || isUntouched(values) {
			continue
		}
		if v.tooLong(g.fields) {
			v.Data.(*consolePage).Alert = v.Say("console_check")
			return true, nil
		}
		if err := p.doors.Console.ChangeSettings(ctx, by, values); err != nil {
			_, err = v.refusedAt(err, g.fields)
			return true, err
		}
	}
	return false, nil
}

// isUntouched: a group that was left as the empty page shows it is not set.
// Choices always have a value, so they do not count.
func isUntouched(values map[string]string) bool {
	for key, value := range values {
		if value != "" && settingOptions[key] == nil {
			return false
		}
	}
	return true
}

func (p *Pages) tryFirst(ctx context.Context, v *page, by access.Person, answer view, data *firstRun) (view, error) {
	answer.Status = http.StatusOK
	if err := p.doors.Console.TestMail(ctx, by); err != nil {
		answer.Status, err = v.refusedAt(err, data.Mail)
		return answer, err
	}
	data.Tried = v.Say("console_done_try_courriel")
	return answer, nil
}

// secretPage shows the recovery secret, once.
type secretPage struct{ Secret string }

func (p *Pages) secretView(v *page, r *http.Request, secret string, refusal error) view {
	answer := p.consoleView(v, r, "console_secret", "console_secret.html", &secretPage{secret})
	if refusal != nil {
		data := v.Data.(*consolePage)
		data.Alert, data.Detail = v.Say("console_secret_unpublished"), refusal.Error()
	}
	return answer
}
