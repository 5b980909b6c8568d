package web

import (
	"context"
	"errors"
	"net/http"
	"time"

	"courtcircuit/node/card"
)

const (
	// pageLimit is how many results a page lists, mapLimit how many more the
	// map shows.
	pageLimit = 20
	mapLimit  = 100

	// maxCardsRead is how many cards a page reads, nearest first, where the
	// words of cards are not indexed: collectives', and all for a moment after a
	// start. The reader goes on from there, or asks for less.
	maxCardsRead = 600

	// wordsTimeout ends such a search where it waits for others of its kind.
	wordsTimeout = 2 * time.Second
)

var errTooManyWords = &card.Problem{Cause: card.Invalid, Field: "q", Detail: "too many cards to read for these words"}

// searchPage is /recherche.
type searchPage struct {
	Found found
	Map   mapBox // "": nothing to place
	Live  string // kind of records whose coming changes the list
	// Fragment is the address of the list alone, for scripts.
	Fragment string
}

// found is the answer to a search.
type found struct {
	Summary      string
	Near         string // "" when the place was not understood
	Alternatives []link
	Skills       []readSkill
	Words        string // which words were too common to be searched for
	People       []person
	Missions     []missionItem
	Collectives  []collectiveItem
	Partial      bool   // only the nearest cards were read for the words
	Next, First  string // addresses of the next page and, on later ones, of the first
	Refused      string // why there is no search, and the field it is about
	RefusedField string
	SayWhere     bool  // no place was given and there is none to begin at
	Help         *help // when nothing was found
}

// answer is what the node found, whatever was searched for.
type answer struct {
	near        *card.Understood
	skills      []card.UnderstoodSkill
	words       *card.UnderstoodWords
	next        string
	partial     bool
	people      []card.FoundProfile
	missions    []card.FoundMission
	collectives []card.FoundCollective
}

func (a answer) count() int { return len(a.people) + len(a.missions) + len(a.collectives) }

func (a *answer) dropReasons() {
	for i := range a.people {
		a.people[i].Reasons = nil
	}
	for i := range a.missions {
		a.missions[i].Reasons = nil
	}
	for i := range a.collectives {
		a.collectives[i].Reasons = nil
	}
}

func (p *Pages) showSearch(ctx context.Context, r *http.Request, v *page) (view, error) {
	p.headPlain(v, v.searchTitle(), v.Say("search_about"), "")
	data, a, err := p.find(ctx, v)
	if err != nil {
		return view{}, err
	}
	if data.Found.Refused == "" && !data.Found.SayWhere {
		if data.Map, err = p.mapOfSearch(ctx, v, shapeBeside, a); err != nil {
			return view{}, err
		}
	}
	return v.showFound(r, "search.html", data), nil
}

// showFound is a page with a form and its results, or these alone for a
// script. A form with something wrong in it is answered as one that could not
// be processed, though the rest of it was searched for.
func (v *page) showFound(r *http.Request, template string, data *searchPage) view {
	v.Data = data
	v.Head.Scripts = append(v.Head.Scripts, "complete.js", "live.js")
	if data.Map != "" {
		v.Head.Scripts = append(v.Head.Scripts, "map.js")
	}
	answered := view{Template: template}
	if len(v.Form.Wrong) > 0 {
		answered.Status = http.StatusUnprocessableEntity
	}
	if r.URL.Query().Get("fragment") == "1" {
		answered.Template = "results"
	}
	return answered
}

// find answers the form: with results, with what is wrong, or with help.
func (p *Pages) find(ctx context.Context, v *page) (*searchPage, answer, error) {
	data := &searchPage{Live: recordKind(v.Form.Kind), Fragment: v.Form.fragment()}
	a, problem, err := p.searchForm(ctx, v)
	switch {
	case err != nil:
		return nil, a, err
	case problem != nil:
		data.Found = v.refused(problem)
		return data, a, nil
	}
	data.Found = v.foundOf(a)
	if a.count() == 0 && v.Form.Cursor == "" && !a.partial {
		data.Found.Help, err = p.helpFor(ctx, v)
	}
	return data, a, err
}

// searchForm asks for the page that the form means. A problem that the reader
// can mend is an answer, not an error.
func (p *Pages) searchForm(ctx context.Context, v *page) (answer, *card.Problem, error) {
	if v.Form.Words != "" {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, wordsTimeout)
		defer cancel()
	}
	a, err := p.search(ctx, v.Form.Kind, v.Form.search(v.Lang))
	var problem *card.Problem
	if v.Form.Words != "" && errors.Is(err, context.DeadlineExceeded) {
		return a, errTooManyWords, nil
	}
	if errors.As(err, &problem) && (problem.Cause == card.Invalid || problem.Cause == card.Ambiguous) {
		return a, problem, nil
	}
	return a, nil, err
}

func (p *Pages) search(ctx context.Context, kind string, s card.Search) (answer, error) {
	switch kind {
	case kindMissions:
		page, err := p.node.SearchMissions(ctx, s)
		return answer{near: page.Near, skills: page.Skills, words: page.Words, next: page.NextCursor, partial: page.Partial, missions: page.Results}, err
	case kindCollectives:
		page, err := p.node.SearchCollectives(ctx, s)
		return answer{near: page.Near, skills: page.Skills, words: page.Words, next: page.NextCursor, partial: page.Partial, collectives: page.Results}, err
	default:
		page, err := p.node.SearchProfiles(ctx, s)
		return answer{near: page.Near, skills: page.Skills, words: page.Words, next: page.NextCursor, partial: page.Partial, people: page.Results}, err
	}
}

// foundOf turns an answer into what is shown.
func (v *page) foundOf(a answer) found {
	f := v.Form
	shown := found{
		People: v.peopleOf(a.people), Missions: v.missionItemsOf(a.missions), Collectives: v.collectiveItemsOf(a.collectives),
		Skills: v.readSkills(a.skills),
	}
	if a.words != nil {
		shown.Words = a.words.Note
	}
	if a.near != nil {
		shown.Near = resolvedName(a.near.Place)
		for _, other := range a.near.Alternatives {
			shown.Alternatives = append(shown.Alternatives, f.around(other))
		}
	}
	if a.next != "" {
		next := f
		next.Cursor, next.Map = a.next, ""
		shown.Next = next.address()
	}
	if f.Cursor != "" {
		shown.First = f.with(func(*form) {}).address()
	}
	shown.Partial, shown.Summary = a.partial, v.summary(a, shown.Near)
	return shown
}

// summary says how many there are, or that these are the nearest of more.
func (v *page) summary(a answer, near string) string {
	key := "found_" + v.Form.Kind
	text := v.count(key, a.count())
	switch {
	case a.partial && a.count() == 0:
		text = v.Say("found_not_near")
	case v.Form.Cursor != "" && a.count() == 0:
		return v.Say("found_no_more")
	case v.Form.Cursor != "":
		text = v.Say(key + "_next")
	case a.next != "":
		text = v.Say(key+"_first", a.count())
	}
	if near != "" {
		text += v.Say("around", v.Of(near))
	}
	if km := v.Form.radius(); km != nil {
		text += v.Say("at_most", v.kilometres(*km))
	}
	return text
}

// searchTitle names the search, so that tabs and history can be told apart.
func (v *page) searchTitle() string {
	title := v.Say("title_search_" + v.Form.Kind)
	if v.Form.Skill != "" {
		title = v.Say("title_search_for", v.Form.Skill)
	}
	if v.Form.Near != "" {
		title += v.Say("title_search_near", v.Of(v.Form.Near))
	}
	return title
}

// around is the same search around one of several places of a name.
func (f form) around(p card.ResolvedPlace) link {
	return link{f.with(func(f *form) { f.Near = placeQuery(p) }).address(), resolvedName(p)}
}

// refused says what could not be searched for, at its field too.
func (v *page) refused(p *card.Problem) found {
	shown := found{Summary: v.Say("refused_title"), RefusedField: p.Field}
	f := v.Form
	switch {
	case p.Field == "near" && f.Near == "":
		return found{Summary: v.Say("say_where"), SayWhere: true}
	case p.Field == "near" && (p.Cause == card.Ambiguous):
		v.Form.Wrong["near"] = wrong{"which_place", f.Near}
	case p.Field == "near":
		v.Form.Wrong["near"] = wrong{"no_place", f.Near}
	case p == errTooManyWords:
		v.Form.Wrong["q"] = wrong{"too_many_words", f.Words}
	case p.Field == "q":
		v.Form.Wrong["q"] = wrong{"no_words", f.Words}
	case p.Field == "cursor":
		v.Form.Wrong["cursor"] = wrong{"search_again", ""}
		shown.First = f.with(func(*form) {}).address()
	default:
		v.Form.Wrong[p.Field] = wrong{"refused", p.Error()}
	}
	shown.Refused = v.Wrong(p.Field)
	for _, c := range p.Candidates {
		if c.Place != nil {
			shown.Alternatives = append(shown.Alternatives, f.around(*c.Place))
		}
	}
	return shown
}

// recordKind is the kind of record that a list shows.
func recordKind(kind string) string { return kind[:len(kind)-1] }
