package web

import (
	"errors"
	"io"
	"net/http"
	"strings"

	"courtcircuit/node/card"
)

// importCard fills the form from a file, else from the text that was pasted:
// JSON Resume, or CSV with a line of headings. What the text does not say
// stays as it was typed.
func (p *Pages) importCard(r *http.Request, v *page, data *meCard) {
	text := typed(r.PostForm.Get("import"))
	if file, _, err := r.FormFile("file"); err == nil {
		content, err := io.ReadAll(file)
		if err == nil && len(content) > 0 {
			text = string(content)
		}
		_ = file.Close() // it was read into memory
	}
	if text == "" {
		data.Wrong["import"] = v.Say("me_import_empty")
		return
	}
	for item := range card.ReadProfiles(strings.NewReader(text), v.Say("me_import_name")) {
		if item.Err != nil {
			data.Import, data.Wrong["import"] = typed(text), v.importFault(item.Err)
			return
		}
		data.Fields.take(formOf(&item.Profile))
		data.Note = v.Say("me_imported")
		if len(item.Warnings) > 0 {
			data.Note += " " + v.Say("me_imported_less")
		}
		return // the first one is the person's
	}
	data.Import, data.Wrong["import"] = typed(text), v.Say("me_import_unread")
}

// importFault names the field when the text was read and one is at fault.
func (w Words) importFault(err error) string {
	var problem *card.Problem
	if errors.As(err, &problem) {
		if field, known := meField(problem.Field); known {
			return w.Say("me_import_field", w.Say("me_field_"+field))
		}
	}
	return w.Say("me_import_unread")
}

// take fills in what another form says.
func (f *cardForm) take(other cardForm) {
	record := f.Record
	for _, field := range []struct{ to, from *string }{
		{&f.Name, &other.Name}, {&f.Headline, &other.Headline}, {&f.About, &other.About}, {&f.Radius, &other.Radius}, {&f.Skills, &other.Skills},
		{&f.Since, &other.Since}, {&f.Links, &other.Links}, {&f.Place, &other.Place},
	} {
		if *field.from != "" {
			*field.to = *field.from
		}
	}
	if len(other.Languages) > 0 {
		f.Languages, f.OtherLanguages = other.Languages, ""
	}
	if len(other.Modes) > 0 {
		f.Modes = other.Modes
	}
	if other.When != "" {
		f.When, f.From, f.Days = other.When, other.From, other.Days
	}
	f.Record = record
}
