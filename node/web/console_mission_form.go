package web

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"courtcircuit/node/card"
)

// missionForm writes the public text of a mission: one of the collective's
// own, or one that comes of a brief.
type missionForm struct {
	Fields []consoleField
	Button string
}

// Bounds of what is typed; the network's own are tested by the node.
const (
	maxTitleRunes   = 140
	maxAboutRunes   = 4000
	maxNeedLines    = 16
	maxNeedsRunes   = 2000
	maxSurelyCommon = 4 // letters of a name that stand in any text
)

var (
	contracts  = []string{"direct", "subcontract", "portage"}
	perWords   = []string{"mission", "day", "hour", "month"}
	audiences  = []string{card.AudienceNetwork, card.AudienceCollective}
	needShape  = regexp.MustCompile(`^(?:(\d{1,4})\s*[x×]\s+)?(.*?)(?:[,;:]?\s*\(?(\d{1,5})\s*(?:jours?|days?|j|d)\)?)?$`)
	phoneShape = regexp.MustCompile(`\+?\(?\d(?:[\s.()/-]*\d){8,}`)
	mailShape  = regexp.MustCompile(`[^\s<>(),;:"]+@[^\s<>(),;:"]+`)
)

// missionForm is filled with m, or as it was sent. audience is "" for a
// mission that has its audience already.
func (v *page) missionForm(m card.Mission, audience string, sent url.Values) *missionForm {
	number := func(n uint) string {
		if n == 0 {
			return ""
		}
		return strconv.FormatUint(uint64(n), 10)
	}
	budget := card.Budget{Currency: "EUR", Per: "mission"}
	if m.Budget != nil {
		budget = *m.Budget
	}
	low, high := number(budget.Min), number(budget.Max)
	if sent != nil {
		low, high = clean(sent.Get("budget_min")), clean(sent.Get("budget_max"))
	}
	needs := needLines(m.Needs)
	if sent != nil {
		needs = typed(sent.Get("needs"))
	}
	form := &missionForm{Fields: []consoleField{
		v.field("title", m.Title, required, wide, upTo(maxTitleRunes)),
		v.field("description", m.Description, area(9, maxAboutRunes)),
		v.placeField(m.Place, sent),
		v.field("needs", needs, area(4, maxNeedsRunes)),
		v.field("start", m.Start, asType("date")),
		v.field("apply_by", m.ApplyBy, asType("date")),
		v.field("modes", "", oneOf("checks", v.chosen(modes, m.Modes, func(mode string) string { return v.Say(mode) }))),
		v.field("languages", "", oneOf("checks", v.chosen(languages, m.Languages, func(tag string) string { return v.languages([]string{tag}) }))),
		v.field("budget_min", low, asType("number")),
		v.field("budget_max", high, asType("number")),
		v.field("per", "", oneOf("select", v.chosen(perWords, []string{budget.Per}, func(per string) string { return v.Say("console_per_" + per) }))),
		v.field("contract", "", oneOf("select", v.contractChoices(m.Contract))),
	}}
	if audience != "" {
		form.Fields = append(form.Fields, v.field("audience", "", oneOf("radios", v.chosen(audiences, []string{audience}, func(a string) string { return v.Say("console_audience_" + a) }))))
	}
	return form
}

// contractChoices are the terms that have a name; others stay as they are.
func (v *page) contractChoices(kind string) []choice {
	open := []choice{{Text: v.Say("console_contract_open"), Selected: kind == ""}}
	return append(open, v.chosen(contracts, []string{kind}, v.contract)...)
}

// chosen are options with those that are asked for.
func (v *page) chosen(offered, asked []string, say func(string) string) []choice {
	return choicesOf(offered, slices.DeleteFunc(slices.Clone(asked), func(s string) bool { return s == "" }), say)
}

// readMission reads a form into what it says. What is no number is left for
// wrongMission to find.
func readMission(form url.Values) (m card.Mission, audience string) {
	m = card.Mission{
		Title: typedLine(form.Get("title")), Description: typed(form.Get("description")), Place: placeIn(form),
		Needs: parseNeeds(form.Get("needs")), Start: clean(form.Get("start")), ApplyBy: clean(form.Get("apply_by")),
		Modes: cleanAll(form["modes"]), Languages: cleanAll(form["languages"]), Contract: typedLine(form.Get("contract")),
	}
	low, _ := parseAmount(form.Get("budget_min"))
	high, _ := parseAmount(form.Get("budget_max"))
	if high > 0 || low > 0 {
		m.Budget = &card.Budget{Min: low, Max: max(low, high), Currency: "EUR", Per: form.Get("per")}
	}
	audience = form.Get("audience")
	if !slices.Contains(audiences, audience) {
		audience = card.AudienceNetwork
	}
	return m, audience
}

// wrongMission finds what a form cannot say, before the node is asked.
func (v *page) wrongMission(f *missionForm, form url.Values) bool {
	found := v.tooLong(f.Fields)
	wrong := func(name, key string) {
		if at := fieldOf(name, f.Fields); at != nil && at.Wrong == "" {
			at.Wrong, found = v.Say(key), true
		}
	}
	if clean(form.Get("title")) == "" {
		wrong("title", "console_wrong_title")
	}
	for _, name := range []string{"budget_min", "budget_max"} {
		if _, ok := parseAmount(form.Get(name)); !ok {
			wrong(name, "console_wrong_amount")
		}
	}
	low, _ := parseAmount(form.Get("budget_min"))
	if high, _ := parseAmount(form.Get("budget_max")); high > 0 && high < low {
		wrong("budget_max", "console_wrong_budget")
	}
	if form.Get("per") != "" && !slices.Contains(perWords, form.Get("per")) {
		wrong("per", "console_wrong")
	}
	if strings.Count(typed(form.Get("needs")), "\n") >= maxNeedLines {
		wrong("needs", "console_wrong_needs")
	}
	if found {
		v.Data.(*consolePage).Alert = v.Say("console_check")
	}
	return found
}

// parseAmount reads whole money as people write it: 4 000, 4000 €.
func parseAmount(s string) (uint, bool) {
	digits := strings.NewReplacer(" ", "", "\u00a0", "", "\u202f", "", "€", "", "EUR", "").Replace(clean(s))
	if digits == "" {
		return 0, true
	}
	n, err := strconv.ParseUint(digits, 10, 31)
	return uint(n), err == nil
}

// A need is a line: 2 × développement web, 10 jours.
func needLine(n card.Need) string {
	line := n.Skill
	if n.Count > 1 {
		line = fmt.Sprintf("%d × %s", n.Count, line)
	}
	if n.Days > 0 {
		line += fmt.Sprintf(", %d j", n.Days)
	}
	return line
}

func needLines(needs []card.Need) string {
	lines := make([]string, 0, len(needs))
	for _, n := range needs {
		lines = append(lines, needLine(n))
	}
	return strings.Join(lines, "\n")
}

func parseNeeds(text string) (needs []card.Need) {
	for line := range strings.SplitSeq(typed(text), "\n") {
		line = strings.TrimSpace(line)
		if line == "" || len(needs) == maxNeedLines {
			continue
		}
		m := needShape.FindStringSubmatch(line)
		if strings.Trim(m[2], " ,;:") == "" { // all of it looks like an amount: 3d is a craft
			needs = append(needs, card.Need{Skill: line})
			continue
		}
		count, _ := strconv.ParseUint(m[1], 10, 16)
		days, _ := strconv.ParseUint(m[3], 10, 16)
		needs = append(needs, card.Need{Skill: strings.Trim(m[2], " ,;:"), Count: uint(count), Days: uint(days)})
	}
	return needs
}

// publicText is what a brief becomes before a coordinator has written a word:
// the last text that was proposed, else the client's words without the ways
// to reach them.
func publicText(b *card.Brief) (m card.Mission, audience string, removed bool) {
	if b.Text != nil {
		return b.Text.Mission, b.Text.Audience, false
	}
	m = card.Mission{Title: b.Title, Description: b.Description, Place: b.Place}
	if b.Language != "" {
		m.Languages = []string{b.Language}
	}
	for _, text := range []*string{&m.Title, &m.Description} {
		kept := phoneShape.ReplaceAllString(mailShape.ReplaceAllString(*text, "…"), "…")
		if name := b.Contact.Name; utf8.RuneCountInString(name) > maxSurelyCommon {
			kept = strings.ReplaceAll(kept, name, "…")
		}
		removed = removed || kept != *text
		*text = kept
	}
	return m, b.Audience, removed
}

// leaksOf names the client's contact details that a public text holds.
func (w Words) leaksOf(m *card.Mission, c card.BriefContact) (found []string) {
	parts := []string{m.Title, m.Description, m.Contract, m.Place.Text}
	for _, n := range m.Needs {
		parts = append(parts, n.Skill)
	}
	text := strings.ToLower(strings.Join(parts, "\n"))
	if name := strings.ToLower(strings.TrimSpace(c.Name)); utf8.RuneCountInString(name) > maxSurelyCommon && strings.Contains(text, name) {
		found = append(found, w.Say("console_leak_name"))
	}
	if mail := strings.ToLower(strings.TrimSpace(c.Email)); mail != "" && strings.Contains(text, mail) {
		found = append(found, w.Say("console_leak_email"))
	}
	if phone := lastDigits(c.Phone); phone != "" && strings.Contains(digitsOf(text), phone) {
		found = append(found, w.Say("console_leak_phone"))
	}
	return found
}

// lastDigits are those by which a telephone number is known however it is
// written: 06 12 34 56 78 and +33 6 12 34 56 78 end in the same nine.
func lastDigits(phone string) string {
	const enough, least = 9, 6
	digits := digitsOf(phone)
	if len(digits) < least {
		return ""
	}
	return digits[max(0, len(digits)-enough):]
}

func digitsOf(s string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, s)
}

// reachClient are the ways to answer a client.
func reachClient(c card.BriefContact) (ways []link) {
	if to := (Words{}).reachOf(c.Email); to != nil {
		ways = append(ways, link{to.Address, c.Email})
	}
	if digits := digitsOf(c.Phone); digits != "" {
		ways = append(ways, link{"", c.Phone})
	}
	return ways
}
