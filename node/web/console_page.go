package web

import (
	"errors"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"courtcircuit/node/card"
)

const consolePath = "/_/"

// consolePage is what all pages of the console read.
type consolePage struct {
	Done   string // what was just done
	Alert  string // what is the matter with the whole
	Detail string // the node's own words for it, which are English
	Body   any    // of this page
}

// ConsoleNav are the pages of the console.
func (v *page) ConsoleNav() []navEntry {
	links := make([]link, 0, len(consoleSections))
	for _, name := range consoleSections {
		links = append(links, link{consolePath + name, v.Say("console_nav_" + name)})
	}
	return v.entries(links)
}

// consoleSections are in the order in which a coordinator needs them.
var consoleSections = []string{"", "briefs", "missions", "membres", "realisations", "moderation", "reseau", "sauvegarde", "reglages", "acces", "journal"}

// consoleView fills what every page of the console has. title is a key of the
// words.
func (p *Pages) consoleView(v *page, r *http.Request, title, template string, body any) view {
	p.headPlain(v, v.Say(title), "", "")
	v.Head.Kind = "" // nothing to share
	v.Head.Scripts = append(v.Head.Scripts, "console.js")
	v.Data = &consolePage{Done: v.consoleDone(r), Body: body}
	return view{Template: template}
}

// consoleDone says what a redirect says was done. Its key stands in the
// address, so anybody may write another there: only our own sentences are
// ever shown.
func (v *page) consoleDone(r *http.Request) string {
	done := r.URL.Query().Get("fait")
	if !doneWord.MatchString(done) || r.Method == http.MethodPost {
		return ""
	}
	if _, ok := sentences["console_done_"+done]; !ok {
		return ""
	}
	return v.Say("console_done_" + done)
}

var doneWord = regexp.MustCompile(`^[a-z_]{1,40}$`)

// doneAt leads on after a write.
func doneAt(path, done string) view { return view{Redirect: path + "?fait=" + done} }

// consoleField is one field of a form, filled as it was sent.
type consoleField struct {
	Words
	Name, Label, Hint, Value, Wrong string

	Type     string // text unless it says: area, select, checks, radios, check, password, date, number, email, url
	Options  []choice
	Checked  bool
	Max      int // characters
	Rows     int
	Required bool
	Fixed    bool   // shown and not to be changed
	Complete string // places or skills
	Was      string // of a place: the one it was filled with
	Wide     bool
}

// ID is unique on the page as long as names are.
func (f consoleField) ID() string {
	return "f-" + strings.NewReplacer(".", "-", "_", "-").Replace(f.Name)
}

// Described names the hint and the error for readers of the screen.
func (f consoleField) Described() string {
	var ids []string
	if f.Hint != "" {
		ids = append(ids, f.ID()+"-hint")
	}
	if f.Wrong != "" {
		ids = append(ids, f.ID()+"-error")
	}
	return strings.Join(ids, " ")
}

// field makes one with the words of its name: console_f_NAME, and
// console_f_NAME_hint when there is one.
func (v *page) field(name, value string, change ...func(*consoleField)) consoleField {
	key := "console_f_" + strings.NewReplacer(".", "_").Replace(name)
	f := consoleField{Words: v.Words, Name: name, Label: v.Say(key), Value: value, Max: 200}
	if _, ok := sentences[key+"_hint"]; ok {
		f.Hint = v.Say(key + "_hint")
	}
	for _, c := range change {
		c(&f)
	}
	if f.Type == "area" {
		f.Wide = true
		f.Rows = max(f.Rows, 3)
	}
	return f
}

func asType(kind string) func(*consoleField)  { return func(f *consoleField) { f.Type = kind } }
func required(f *consoleField)                { f.Required = true }
func wide(f *consoleField)                    { f.Wide = true }
func upTo(characters int) func(*consoleField) { return func(f *consoleField) { f.Max = characters } }
func area(rows, characters int) func(*consoleField) {
	return func(f *consoleField) { f.Type, f.Rows, f.Max = "area", rows, characters }
}
func oneOf(kind string, options []choice) func(*consoleField) {
	return func(f *consoleField) { f.Type, f.Options = kind, options }
}
func checked(is bool) func(*consoleField) {
	return func(f *consoleField) { f.Type, f.Checked = "check", is }
}

// posted reads a form; one that is too large or broken is a problem.
func posted(r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return &card.Problem{Cause: card.Invalid, Field: "form", Expected: "a form of at most 16 KiB", Detail: "the form cannot be read"}
	}
	return nil
}

// typedLine is one line as it was sent; how long it may be is said at the field.
func typedLine(s string) string { return strings.Join(strings.Fields(strings.ToValidUTF8(s, "")), " ") }

// tooLong finds what a form's own fields say is too much, so that it is said
// at the field whatever the node bounds.
func (v *page) tooLong(fields []consoleField) (found bool) {
	for i := range fields {
		if f := &fields[i]; f.Max > 0 && f.Type != "checks" && f.Type != "select" && utf8.RuneCountInString(f.Value) > f.Max {
			f.Wrong, found = v.Say("console_too_long", f.Max), true
		}
	}
	return found
}

// refusedAt puts a problem at its field, or above the form. Any other error
// is a fault of ours and is given back.
func (v *page) refusedAt(err error, fields []consoleField) (status int, fault error) {
	var problem *card.Problem
	if !errors.As(err, &problem) {
		return 0, err
	}
	data := v.Data.(*consolePage)
	if at := fieldOf(problem.Field, fields); at != nil {
		at.Wrong = v.wrongWords(problem)
		at.takeCandidates(problem)
		data.Alert = v.Say("console_check")
	} else {
		data.Alert, data.Detail = v.Say("console_refused_"+string(causeShown(problem.Cause))), problem.Error()
	}
	return statusOf(problem.Cause), nil
}

func fieldOf(name string, fields []consoleField) *consoleField {
	for _, tried := range []string{name, strings.SplitN(name, ".", 2)[0]} {
		i := slices.IndexFunc(fields, func(f consoleField) bool { return f.Name == tried && tried != "" })
		if i >= 0 {
			return &fields[i]
		}
	}
	return nil
}

// wrongWords says what is the matter with a field. Only English readers get
// the node's own words: it speaks nothing else.
func (v *page) wrongWords(p *card.Problem) string {
	name := strings.NewReplacer(".", "_").Replace(p.Field)
	keys := []string{"console_wrong_" + name, "console_wrong_" + strings.SplitN(name, "_", 2)[0]}
	if p.Cause == card.Ambiguous {
		keys = []string{"console_wrong_ambiguous"}
	}
	for _, key := range keys {
		if _, ok := sentences[key]; ok {
			return v.Say(key)
		}
	}
	if v.Lang == "en" {
		return (&card.Problem{Detail: p.Detail, Expected: p.Expected}).Error()
	}
	return v.Say("console_wrong")
}

// takeCandidates turns what a place could have meant into choices.
func (f *consoleField) takeCandidates(p *card.Problem) {
	for _, c := range firstCandidates(p.Candidates) {
		if c.Place != nil {
			f.Options = append(f.Options, choice{Value: placeValue(*c.Place), Text: joinSaid(", ", c.Name, c.Hint)})
		}
	}
}

func firstCandidates(all []card.Candidate) []card.Candidate {
	const most = 12
	return all[:min(len(all), most)]
}

// causeShown are the causes that have words of their own.
func causeShown(c card.Cause) card.Cause {
	switch c {
	case card.Conflict, card.Forbidden, card.NotFound, card.Gone, card.Unavailable:
		return c
	}
	return card.Invalid
}

func statusOf(c card.Cause) int {
	switch c {
	case card.Conflict:
		return http.StatusConflict
	case card.Forbidden:
		return http.StatusForbidden
	case card.NotFound:
		return http.StatusNotFound
	case card.Gone:
		return http.StatusGone
	case card.Unavailable:
		return http.StatusServiceUnavailable
	}
	return http.StatusUnprocessableEntity
}

// ago is how long ago something was, as people say it.
func (w Words) ago(now, t time.Time) string {
	if t.IsZero() {
		return ""
	}
	passed := now.Sub(t)
	switch {
	case passed < 2*time.Minute:
		return w.Say("console_ago_now")
	case passed < 2*time.Hour:
		return w.Say("console_ago_minutes", int(passed.Minutes()))
	case passed < 48*time.Hour:
		return w.Say("console_ago_hours", int(passed.Hours()))
	}
	return w.Say("console_ago_days", int(passed.Hours()/24))
}

// known says a key when it has words, else what stands in for them.
func (w Words) known(key, otherwise string) string {
	if _, ok := sentences[key]; ok {
		return w.Say(key)
	}
	return otherwise
}
