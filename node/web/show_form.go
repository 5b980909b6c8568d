package web

import "slices"

// choice is one option of a select or one box to check.
type choice struct {
	Value    string
	Text     string
	Selected bool
}

// RadiusChoices are the options of the radius; one that was typed into the
// address stands among them.
func (v *page) RadiusChoices() []choice {
	choices := []choice{{Text: v.Say("any_distance"), Selected: v.Form.Radius == ""}}
	for _, km := range radii {
		choices = append(choices, choice{Value: km, Text: v.Say("kilometres", km), Selected: v.Form.Radius == km})
	}
	if asked := v.Form.Radius; asked != "" && !slices.Contains(radii, asked) {
		text := asked
		if km := v.Form.radius(); km != nil {
			text = v.Say("kilometres", v.kilometres(*km))
		}
		choices = append(choices, choice{Value: asked, Text: text, Selected: true})
	}
	return choices
}

// ModeChoices are the ways of working; none checked means any.
func (v *page) ModeChoices() []choice {
	return choicesOf(modes, v.Form.Modes, func(mode string) string { return v.Say(mode) })
}

// LanguageChoices are the languages offered and those asked for.
func (v *page) LanguageChoices() []choice {
	return choicesOf(languages, v.Form.Languages, func(tag string) string { return v.languages([]string{tag}) })
}

// StatusChoices are the states of missions.
func (v *page) StatusChoices() []choice {
	asked := v.Form.Status
	if asked == "open" {
		asked = ""
	}
	return choicesOf(states, []string{asked}, func(state string) string { return v.Say("states_" + state) })
}

func choicesOf(offered, asked []string, say func(string) string) []choice {
	var choices []choice
	for _, value := range offered {
		choices = append(choices, choice{Value: value, Text: say(value), Selected: slices.Contains(asked, value)})
	}
	for _, value := range asked {
		if !slices.Contains(offered, value) {
			choices = append(choices, choice{Value: value, Text: value, Selected: true})
		}
	}
	return choices
}

// Wrong is what is the matter with a field, "" when nothing is.
func (v *page) Wrong(field string) string {
	w, ok := v.Form.Wrong[field]
	if !ok {
		return ""
	}
	return v.Say(w.Key, w.Value)
}

// Tabs lead to the same search for people, missions and collectives.
func (v *page) Tabs() []tab {
	if v.Form.pagePath() != searchPath {
		return nil
	}
	tabs := make([]tab, 0, len(kinds))
	for _, kind := range kinds {
		f := v.Form.with(func(f *form) { f.Kind = kind })
		tabs = append(tabs, tab{link{f.address(), v.Say("kind_" + kind)}, kind == v.Form.Kind})
	}
	return tabs
}

type tab struct {
	link
	Current bool
}

type link struct{ Address, Text string }
