package web

// briefInput is one field of the form.
type briefInput struct {
	Words
	Name, Anchor string
	Label, Hint  string
	Value, Wrong string
	Type         string // of the element
	Auto         string // what a browser may fill in
	Most         int    // characters
	Needed       bool
	Places       bool // towns are proposed
	Reach        bool // one of two ways to be reached; its remark stands above both
}

// Input is a field as it was typed, with what is wrong in it.
func (d *depositPage) Input(name string) briefInput {
	in := briefInput{Words: d.Words, Name: name, Anchor: "brief-" + name, Label: d.Say("brief_" + name), Hint: d.Say("brief_" + name + "_hint"), Wrong: d.Wrong[name], Type: "text", Auto: "off"}
	t := &d.Typed
	switch name {
	case "description":
		in.Value, in.Most, in.Needed = t.Description, maxBriefDescription, true
	case "title":
		in.Value, in.Most = t.Title, maxBriefTitle
	case "place":
		in.Value, in.Most, in.Needed, in.Places = t.place(), maxFieldRunes, true, true
	case "when":
		in.Value, in.Most = t.When, maxBriefWhen
	case "name":
		in.Value, in.Most, in.Needed, in.Auto = t.Name, maxBriefName, true, "name"
	case "email":
		in.Value, in.Most, in.Auto, in.Type, in.Reach = t.Email, maxBriefEmail, "email", "email", true
	case "phone":
		in.Value, in.Most, in.Auto, in.Type, in.Reach = t.Phone, maxBriefPhone, "tel", "tel", true
	}
	return in
}

// DescribedBy are the elements that say more of the field.
func (in briefInput) DescribedBy() string {
	ids := in.Anchor + "-hint"
	if in.Wrong != "" {
		ids += " " + in.Anchor + "-error"
	}
	return ids
}

// AudienceChoices are who may see the mission that comes of it.
func (d *depositPage) AudienceChoices() []choice {
	return choicesOf(briefAudiences, []string{d.Typed.Audience}, func(a string) string { return d.Say("brief_audience_" + a) })[:len(briefAudiences)]
}
