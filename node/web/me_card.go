package web

import (
	"context"
	"errors"
	"net/http"
	"slices"

	"courtcircuit/node/access"
	"courtcircuit/node/card"
)

// meCard is the form of a card with what it makes.
type meCard struct {
	Words
	Menu      []navEntry
	Fields    cardForm
	Wrong     map[string]string // sentences by field
	Picks     []pickPlace
	Languages []choice
	Modes     []choice
	Days      []choice
	Preview   *mePreview
	Published bool // there is a card: the button publishes the change
	Alert     string
	Note      string
	Import    string // the text to import, when it could not be
	checked   card.Profile
}

func (p *Pages) showMyCard(ctx context.Context, r *http.Request, v *page, who access.Session) (view, error) {
	me, err := p.doors.Members.Me(ctx, who.Person)
	if err != nil {
		return view{}, err
	}
	if me.State == card.MemberMoved {
		return view{Redirect: meKeyPath}, nil
	}
	data := &meCard{Wrong: map[string]string{}}
	switch {
	case me.Draft != nil:
		data.Fields, data.Note = formOf(me.Draft), v.Say("me_draft_found")
		if me.Card != nil {
			data.Fields.Record = me.Card.RecordID
		}
	case me.Card != nil:
		data.Fields = formOf(me.Card)
	default:
		data.Fields = newCardForm(v, &me)
	}
	if me.Card != nil || me.Draft != nil {
		if err := p.check(ctx, v, who, &me, data); err != nil {
			return view{}, err
		}
		data.Wrong, data.Picks = map[string]string{}, nil // nobody has sent anything yet
	}
	p.fillCard(v, &me, data)
	return view{Template: "me_card.html"}, nil
}

// newCardForm begins with what is likely: the name of the invitation, the
// commune of the collective, the language of the page.
func newCardForm(v *page, me *card.Me) cardForm {
	f := cardForm{Name: me.Name, Languages: []string{v.Lang}, When: whenNow, Days: "5"}
	if c := v.Site.Collective; c != nil {
		f.Place = placeField(c.Place)
	}
	return f
}

func (p *Pages) fillCard(v *page, me *card.Me, data *meCard) {
	p.headMe(v, v.Say("me_card_title"))
	v.Head.Scripts = append(v.Head.Scripts, "complete.js", "me.js")
	f := &data.Fields
	data.Words, data.Menu, data.Published = v.Words, v.meMenu(), me.State == card.MemberPublished
	data.Modes = choicesOf(modes, f.Modes, func(mode string) string { return v.Say(mode) })
	offered := slices.Clone(languages)
	for _, tag := range f.Languages {
		if !slices.Contains(offered, tag) {
			offered = append(offered, tag)
		}
	}
	data.Languages = choicesOf(offered, f.Languages, func(tag string) string { return v.languages([]string{tag}) })
	data.Days = v.daysChoices(f.Days)
	v.Data = data
}

// check reads the fields and has the node judge the whole: data gets the
// faults or the preview.
func (p *Pages) check(ctx context.Context, v *page, who access.Session, me *card.Me, data *meCard) error {
	typedCard, wrong := data.Fields.profile(me.Card)
	for field, sentence := range v.said(wrong) {
		data.Wrong[field] = sentence
	}
	asked := typedCard
	asked.Meta = card.Meta{}
	checked, err := p.doors.Members.CheckCard(ctx, who.Person, asked)
	if err != nil {
		picks, known := v.placeProblem(err, data.Wrong)
		var problem *card.Problem
		if data.Picks = picks; !known && !errors.As(err, &problem) {
			return err
		} else if !known {
			data.Alert = v.sayRefused(problem)
		}
	} else if len(data.lacks()) == 0 {
		data.Preview = p.previewOf(v, &checked)
	}
	if data.Preview == nil {
		data.Preview = &mePreview{profilePage: profilePage{Words: v.Words}, Lacks: data.lacks()}
	}
	data.checked = typedCard
	data.Preview.Hints, err = p.hintsOf(ctx, v, &typedCard)
	return err
}

// cardFields is the order of the form's fields.
var cardFields = []string{"name", "headline", "place", "radius", "skills", "about", "when", "from", "days", "languages", "modes", "since", "links"}

func (data *meCard) lacks() (sentences []string) {
	for _, field := range cardFields {
		if s := data.Wrong[field]; s != "" {
			sentences = append(sentences, s)
		}
	}
	if data.Alert != "" {
		sentences = append(sentences, data.Alert)
	}
	return sentences
}

// takeMyCard does what the pressed button says; whatever it is, all that was
// typed stands in the form of the answer.
func (p *Pages) takeMyCard(ctx context.Context, r *http.Request, v *page, who access.Session) (view, error) {
	if err := readMeForm(r); err != nil {
		return view{}, err
	}
	me, err := p.doors.Members.Me(ctx, who.Person)
	if err != nil {
		return view{}, err
	}
	data := &meCard{Wrong: map[string]string{}, Fields: readCardForm(r.PostForm)}
	do := r.PostForm.Get("do")
	if do == "import" {
		p.importCard(r, v, data)
	}
	if err := p.check(ctx, v, who, &me, data); err != nil {
		return view{}, err
	}
	redirect := ""
	switch {
	case do == "keep":
		redirect, err = p.keepCard(ctx, who, data)
	case do == "publish" && len(data.lacks()) == 0:
		redirect, err = p.publishCard(ctx, who, &me, data)
	}
	if redirect != "" && err == nil {
		return view{Redirect: redirect}, nil
	}
	if err := data.refuse(v, &me, err); err != nil {
		return view{}, err
	}
	p.fillCard(v, &me, data)
	answer := view{Template: "me_card.html"}
	if len(data.Wrong) > 0 && do != "preview" || data.Alert != "" {
		answer.Status = http.StatusUnprocessableEntity
	}
	return answer, nil
}

// keepCard keeps a draft with all its faults but those of numbers, which a
// card has no words for.
func (p *Pages) keepCard(ctx context.Context, who access.Session, data *meCard) (string, error) {
	for _, field := range []string{"radius", "since", "from", "days"} {
		if data.Wrong[field] != "" {
			return "", nil
		}
	}
	return mePath + "?fait=draft", p.doors.Members.KeepDraft(ctx, who.Person, data.checked)
}

// publishCard publishes a change; a first card is kept, and its person asked
// what they agree to.
func (p *Pages) publishCard(ctx context.Context, who access.Session, me *card.Me, data *meCard) (string, error) {
	if me.State != card.MemberPublished {
		return mePublish, p.doors.Members.KeepDraft(ctx, who.Person, data.checked)
	}
	_, err := p.doors.Members.PublishCard(ctx, who.Person, data.checked, nil)
	return mePath + "?fait=changed", err
}

// refuse says what the node said against it. Where somebody else has changed
// the card meanwhile, the next press is about the version of now.
func (data *meCard) refuse(v *page, me *card.Me, err error) error {
	var problem *card.Problem
	switch {
	case err == nil:
	case !errors.As(err, &problem):
		return err
	case problem.Field == "record_id" && me.Card != nil:
		data.Fields.Record, data.Alert = me.Card.RecordID, v.Say("me_refused_changed")
	default:
		if _, known := v.placeProblem(err, data.Wrong); !known {
			data.Alert = v.sayRefused(problem)
		}
	}
	return nil
}
