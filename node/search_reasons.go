package node

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/language"
	"golang.org/x/text/language/display"

	"courtcircuit/node/card"
	"courtcircuit/node/french"
	"courtcircuit/protocol"
	"courtcircuit/store"
)

// reasoner says why a result is there and where it is in the order: each
// thing that was asked, and what decided the order. Budgets are not among
// them, and neither is anything that compares prices.
type reasoner struct {
	query  store.Query
	near   near
	words  phrases
	asked  []askedSkill
	sought []string // words
	own    protocol.Identity
	key    func(skill string) string
	// toWrite is card.Search.ToWrite.
	toWrite bool

	// What many results of one search have in common is worked out once.
	typed     map[string]string // skill of a card → see typedFor
	languages map[string]string // tag → its name
	far       distanceOf
	farText   string
	did       textOf // skills
	spoke     textOf // languages
	member    memberText
}

// textOf is what was said of a list.
type textOf struct {
	list []string
	text string
}

// memberText is what was said of whoever is known through a collective.
type memberText struct {
	name string
	tier store.Tier
	text string
}

type distanceOf struct {
	meters     float64
	name, area string
}

// askedSkill is a skill of the search in the forms that cards' are compared in.
type askedSkill struct{ query, folded, key string }

func (n *Node) newReasoner(q store.Query, around near, asked []card.UnderstoodSkill, sought []string, s card.Search) *reasoner {
	r := &reasoner{
		query: q, near: around, sought: sought, own: n.ownIdentity(), words: phrasesFor(s.Lang), key: n.skillKey, toWrite: s.ToWrite,
		typed: map[string]string{}, languages: map[string]string{}, far: distanceOf{meters: -1},
	}
	for _, a := range asked {
		r.asked = append(r.asked, askedSkill{a.Query, store.FoldSkill(a.Query), n.skillKey(a.Skill)})
	}
	return r
}

// phrases are the texts of one language.
type phrases struct {
	decimal, thousands             string
	here, away, herePoint          string
	awayPoint                      string
	skills, needs, together        string
	searchedFor                    string // behind a skill that was asked for by another word
	speaks, asksFor                string
	modes                          map[protocol.WorkMode]string
	availableNow, availableFrom    string
	perWeek, toConfirm             string
	day                            string // layout of a date
	own, unknown, noCollective     string
	ownCollective, otherCollective string
	missionOwn, missionUnknown     string
	tiedOwn, tied, tiedCollective  string
	contains, quotes               string
	leftOut, noWords               string // of words in nearly every card
	languages                      display.Namer
	// What stands before a name depends on the name, in French: at and of take
	// a place, ofName what a collective calls itself.
	at, of, ofName func(string) string
}

func asItIs(name string) string { return name }

var inFrench = phrases{
	decimal: ",", thousands: "\u202f", here: "%s", away: "à %s km %s", herePoint: "au point indiqué", awayPoint: "à %s km du point indiqué",
	skills: "sait faire : %s", needs: "cherche : %s", together: "savent faire : %s", searchedFor: " (vous cherchiez « %s »)", speaks: "parle %s", asksFor: "se fait en %s",
	modes:        map[protocol.WorkMode]string{protocol.Onsite: "en présentiel", protocol.Hybrid: "en hybride", protocol.Remote: "à distance"},
	availableNow: "disponible dès maintenant", availableFrom: "disponible à partir du %s", perWeek: ", %d j par semaine",
	toConfirm: "disponibilité à confirmer", day: "02/01/2006",
	own: "membre de notre collectif, %s", unknown: "membre %s, pas encore connu d’ici", noCollective: "sans collectif, pas encore connu d’ici",
	ownCollective: "notre collectif", otherCollective: "pas encore connu d’ici",
	missionOwn: "publiée par notre collectif, %s", missionUnknown: "publiée par %s, pas encore connu d’ici",
	tiedOwn:        "à distance égale, notre collectif passe devant, dans un ordre qui change chaque jour",
	tied:           "à distance égale, après notre collectif, l’ordre change chaque jour pour que chacun ait son tour",
	tiedCollective: "à distance égale, notre collectif passe devant",
	contains:       "contient %s", quotes: "« %s »",
	leftOut: "Mots trop courants, laissés de côté : %s.", noWords: " Il ne reste aucun mot à chercher : la liste n’en tient pas compte.",
	languages: display.Languages(language.French),
	at:        french.At, of: french.Of, ofName: french.OfName,
}

var inEnglish = phrases{
	decimal: ".", thousands: ",", here: "in %s", away: "%s km from %s", herePoint: "at the given point", awayPoint: "%s km from the given point",
	skills: "can do: %s", needs: "needs: %s", together: "can do together: %s", searchedFor: " (you searched for “%s”)", speaks: "speaks %s", asksFor: "done in %s",
	modes:        map[protocol.WorkMode]string{protocol.Onsite: "onsite", protocol.Hybrid: "hybrid", protocol.Remote: "remote"},
	availableNow: "available now", availableFrom: "available from %s", perWeek: ", %d days a week",
	toConfirm: "availability to be confirmed", day: time.DateOnly,
	own: "member of our collective, %s", unknown: "member of %s, not yet known here", noCollective: "without a collective, not yet known here",
	ownCollective: "our collective", otherCollective: "not yet known here",
	missionOwn: "published by our collective, %s", missionUnknown: "published by %s, not yet known here",
	tiedOwn:        "at the same distance, our own collective comes first, in an order that changes every day",
	tied:           "at the same distance, after our own collective, the order changes every day so that everybody has their turn",
	tiedCollective: "at the same distance, our own collective comes first",
	contains:       "contains %s", quotes: "“%s”",
	leftOut: "Too common to be searched for, left out: %s.", noWords: " No word is left to search for: the list takes no account of them.",
	languages: display.Languages(language.English),
	at:        asItIs, of: asItIs, ofName: asItIs,
}

// phrasesFor takes fr or en; French comes first.
func phrasesFor(lang string) phrases {
	if lang == "en" {
		return inEnglish
	}
	return inFrench
}

func plainReason(code, text string) card.Reason { return card.Reason{Code: code, Text: text} }

func reason(code, format string, args ...any) card.Reason {
	return plainReason(code, fmt.Sprintf(format, args...))
}

// distance is nearly always that of the result before, who lives in the same
// commune.
func (r *reasoner) distance(meters float64, place protocol.Place) card.Reason {
	if at := (distanceOf{meters, place.Name, place.Area}); r.far != at {
		r.far, r.farText = at, r.distanceText(meters, place)
	}
	return plainReason("distance", r.farText)
}

func (r *reasoner) distanceText(meters float64, place protocol.Place) string {
	shown := roundKm(meters)
	if shown >= 10 {
		shown = math.Round(shown) // as the card beside it says
	}
	km := strings.Replace(strconv.FormatFloat(shown, 'f', -1, 64), ".", r.words.decimal, 1)
	if shown >= 1000 { // whole, and nobody is 100,000 km away
		km = km[:len(km)-3] + r.words.thousands + km[len(km)-3:]
	}
	origin := r.near.Place
	switch {
	case r.near.isPoint && roundKm(meters) == 0:
		return r.words.herePoint
	case r.near.isPoint:
		return fmt.Sprintf(r.words.awayPoint, km)
	case place.Name == origin.Name && place.Area == origin.Department:
		return fmt.Sprintf(r.words.here, r.words.at(origin.Name))
	default:
		return fmt.Sprintf(r.words.away, km, r.words.of(origin.Name))
	}
}

func (r *reasoner) skillsAs(to []card.Reason, format string, matched []string) []card.Reason {
	if len(matched) == 0 {
		return to
	}
	if !slices.Equal(matched, r.did.list) {
		words := make([]string, len(matched))
		for i, skill := range matched {
			words[i] = skill + r.typedFor(skill)
		}
		r.did = textOf{matched, fmt.Sprintf(format, strings.Join(words, ", "))}
	}
	return append(to, plainReason("skill", r.did.text))
}

// typedFor names the other word by which a card's skill was asked for.
func (r *reasoner) typedFor(skill string) string {
	text, ok := r.typed[skill]
	if !ok {
		if other := r.otherWord(skill); other != "" {
			text = fmt.Sprintf(r.words.searchedFor, other)
		}
		r.typed[skill] = text
	}
	return text
}

func (r *reasoner) otherWord(skill string) (other string) {
	key, folded := r.key(skill), store.FoldSkill(skill)
	for _, a := range r.asked {
		switch {
		case a.folded == folded:
			return ""
		case other == "" && a.key == key:
			other = a.query
		}
	}
	return other
}

// languagesOf names those of the result's languages that were asked for.
func (r *reasoner) languagesOf(to []card.Reason, tags []string, format string) []card.Reason {
	var names []string
	for _, tag := range tags {
		for _, asked := range r.query.Languages {
			if tag == asked || strings.HasPrefix(tag, asked+"-") {
				names = append(names, r.languageName(tag))
				break
			}
		}
	}
	if len(names) == 0 {
		return to
	}
	if !slices.Equal(names, r.spoke.list) {
		r.spoke = textOf{names, fmt.Sprintf(format, strings.Join(names, ", "))}
	}
	return append(to, plainReason("language", r.spoke.text))
}

func (r *reasoner) languageName(tag string) string {
	name, ok := r.languages[tag]
	if ok {
		return name
	}
	if parsed, err := language.Parse(tag); err == nil {
		name = r.words.languages.Name(parsed)
	}
	if name == "" {
		name = tag
	}
	r.languages[tag] = name
	return name
}

// modesOf names those modes that were asked for. Whoever states none works
// onsite and hybrid: remote is a preference that is stated.
func (r *reasoner) modesOf(to []card.Reason, modes []protocol.WorkMode) []card.Reason {
	if len(modes) == 0 {
		modes = []protocol.WorkMode{protocol.Onsite, protocol.Hybrid}
	}
	var names []string
	for _, m := range modes {
		for _, asked := range r.query.Modes {
			if m == asked {
				names = append(names, r.words.modes[m])
			}
		}
	}
	if len(names) == 0 {
		return to
	}
	return append(to, plainReason("mode", strings.Join(names, ", ")))
}

func (r *reasoner) availability(to []card.Reason, p *protocol.Profile) []card.Reason {
	if r.query.AvailableBy == nil {
		return to
	}
	if !availabilityConfirmed(p, r.query.Now) {
		return append(to, plainReason("availability", r.words.toConfirm))
	}
	text := r.words.availableNow
	if p.AvailableFrom != nil && *p.AvailableFrom > dateOf(r.query.Now) {
		text = fmt.Sprintf(r.words.availableFrom, timeOfDate(*p.AvailableFrom).Format(r.words.day))
	}
	if p.DaysPerWeek != nil {
		text += fmt.Sprintf(r.words.perWeek, *p.DaysPerWeek)
	}
	return append(to, plainReason("availability", text))
}

func (r *reasoner) wordsAsked(to []card.Reason) []card.Reason {
	if len(r.sought) == 0 {
		return to
	}
	return append(to, reason("words", r.words.contains, r.words.quoted(r.sought)))
}

// placeAmongEquals says why a result stands where it does among those at the
// same distance, as everybody of one commune is.
func (r *reasoner) placeAmongEquals(to []card.Reason, result *store.Result) []card.Reason {
	switch {
	case !result.Tied:
		return to
	case result.Tier == store.TierOwn && r.query.Kind == protocol.KindCollective: // there is one
		return append(to, plainReason("order", r.words.tiedCollective))
	case result.Tier == store.TierOwn:
		return append(to, plainReason("order", r.words.tiedOwn))
	default:
		return append(to, plainReason("order", r.words.tied))
	}
}

// memberOf says through which collective a person is known here: the one that
// decided the order or was asked for, wherever it stands on the card.
func (r *reasoner) memberOf(result *store.Result) card.Reason {
	if len(result.Memberships) == 0 {
		return plainReason("collective", r.words.noCollective)
	}
	m, wanted := result.Memberships[0], r.query.Collective
	if result.Tier == store.TierOwn {
		wanted = &r.own
	}
	for _, other := range result.Memberships {
		if wanted != nil && other.Collective == *wanted {
			m = other
		}
	}
	name := m.Name
	if name == "" {
		name = m.Collective.Fingerprint()
	}
	if r.member.text == "" || r.member.name != name || r.member.tier != result.Tier {
		text := fmt.Sprintf(r.words.unknown, r.words.ofName(name))
		if result.Tier == store.TierOwn {
			text = fmt.Sprintf(r.words.own, name)
		}
		r.member = memberText{name, result.Tier, text}
	}
	return plainReason("collective", r.member.text)
}

// maxReasons is how many a result has at most.
const maxReasons = 8

func (r *reasoner) ofProfile(result *store.Result, p *protocol.Profile) []card.Reason {
	out := append(make([]card.Reason, 0, maxReasons), r.distance(result.DistanceMeters, p.Place))
	out = r.skillsAs(out, r.words.skills, result.Skills)
	out = r.languagesOf(out, p.Languages, r.words.speaks)
	out = r.modesOf(out, p.Modes)
	out = r.availability(out, p)
	out = r.wordsAsked(out)
	out = r.placeAmongEquals(out, result)
	return append(out, r.memberOf(result))
}

func (r *reasoner) ofMission(result *store.Result, m *protocol.Mission, collective string) []card.Reason {
	out := append(make([]card.Reason, 0, maxReasons), r.distance(result.DistanceMeters, m.Place))
	out = r.skillsAs(out, r.words.needs, result.Skills)
	out = r.languagesOf(out, m.Languages, r.words.asksFor)
	out = r.modesOf(out, m.Modes)
	out = r.wordsAsked(out)
	out = r.placeAmongEquals(out, result)
	format := r.words.missionUnknown
	if result.Tier == store.TierOwn {
		format = r.words.missionOwn
	}
	return append(out, reason("collective", format, collective))
}

func (r *reasoner) ofCollective(result *store.Result, c *protocol.Collective) []card.Reason {
	out := append(make([]card.Reason, 0, maxReasons), r.distance(result.DistanceMeters, c.Place))
	out = r.skillsAs(out, r.words.together, result.Skills)
	out = r.languagesOf(out, c.Languages, r.words.speaks)
	out = r.wordsAsked(out)
	out = r.placeAmongEquals(out, result)
	if result.Tier == store.TierOwn {
		return append(out, plainReason("collective", r.words.ownCollective))
	}
	return append(out, plainReason("collective", r.words.otherCollective))
}
