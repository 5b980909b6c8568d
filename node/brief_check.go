package node

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"courtcircuit/node/card"
	"courtcircuit/node/notify"
	"courtcircuit/protocol"
)

// The bounds of a brief, in characters.
const (
	maxBriefTitle       = protocol.MaxTitleRunes
	maxBriefDescription = 8_000
	maxBriefWhen        = 200
	maxBriefName        = 100
	maxBriefEmail       = 200
	maxBriefPhone       = 40
	maxBriefWords       = 2_000 // of a reason, or of a change asked for
	maxBriefSteps       = 40
)

// What JSON escapes takes six bytes a character. With these bounds a brief at
// all its others still fits its shelf, and what is told of it a message.
const (
	maxFormBytes  = 40 << 10
	maxStepsBytes = 14 << 10
)

// The digits of a telephone number, with its country's (E.164).
const (
	leastPhoneDigits = 6
	mostPhoneDigits  = 15
)

func isAudience(s string) bool { return s == card.AudienceCollective || s == card.AudienceNetwork }

func checkAudience(s string) (string, error) {
	switch {
	case s == "":
		return card.AudienceCollective, nil
	case s == card.AudienceTrusted:
		return "", invalid("audience", "collective or network", "no collective is trusted from here yet")
	case !isAudience(s):
		return "", invalid("audience", "collective or network", "%q is no audience", shortWords(s))
	}
	return s, nil
}

// checkBriefWords tidies what a client wrote and names the first field that is
// wrong. It judges neither the place nor whom the brief is for.
func checkBriefWords(f card.BriefForm) (card.BriefForm, error) {
	for _, field := range []struct {
		name  string
		text  *string
		least int
		most  int
		lines bool
	}{
		{"title", &f.Title, 0, maxBriefTitle, false},
		{"description", &f.Description, 1, maxBriefDescription, true},
		{"when", &f.When, 0, maxBriefWhen, false},
		{"contact.name", &f.Contact.Name, 1, maxBriefName, false},
		{"contact.email", &f.Contact.Email, 0, maxBriefEmail, false},
		{"contact.phone", &f.Contact.Phone, 0, maxBriefPhone, false},
	} {
		*field.text = protocol.CleanText(*field.text, field.lines)
		switch count := utf8.RuneCountInString(*field.text); {
		case count > field.most:
			return f, invalid(field.name, fmt.Sprintf("at most %d characters", field.most), "the text is too long")
		case count < field.least:
			return f, invalid(field.name, "a few words", "nothing is written here")
		}
	}
	// The words alone, so that both sides count the same.
	if bytesOf([]any{f.Title, f.Description, f.When, f.Contact}) > maxFormBytes {
		return f, invalid("description", "a shorter text", "the text is too long")
	}
	if f.Contact.Email == "" && f.Contact.Phone == "" {
		return f, invalid("contact", "a mail address or a telephone number", "nobody could answer this request")
	}
	if a, err := notify.ParseAddress(f.Contact.Email); f.Contact.Email != "" && (err != nil || a.Address != f.Contact.Email) {
		return f, invalid("contact.email", "an address as in nom@exemple.fr", "this is no mail address")
	}
	if f.Contact.Phone != "" && !isPhone(f.Contact.Phone) {
		return f, invalid("contact.phone", fmt.Sprintf("%d to %d digits, as in 05 61 00 00 00 or +33 5 61 00 00 00", leastPhoneDigits, mostPhoneDigits), "this is no telephone number")
	}
	if f.Language == "" {
		f.Language = "fr"
	}
	if f.Language != "fr" && f.Language != "en" {
		return f, invalid("language", "fr or en", "the pages do not speak %q", shortWords(f.Language))
	}
	var err error
	f.Audience, err = checkAudience(f.Audience)
	return f, err
}

func isPhone(s string) bool {
	digits := len(digitsOf(s))
	odd := strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsSpace(r) && !strings.ContainsRune("0123456789+-./()", r) })
	return !odd && leastPhoneDigits <= digits && digits <= mostPhoneDigits
}

func digitsOf(s string) string {
	return strings.Map(func(r rune) rune {
		if '0' <= r && r <= '9' {
			return r
		}
		return -1
	}, s)
}

// addressee is whom a brief is for.
type addressee struct {
	collective protocol.Identity
	own        bool
	profile    string // id of one of its people, or ""
	name       string // of that person
}

// checkBrief is checkBriefWords with the place resolved, and tells whom the
// brief is for.
func (n *Node) checkBrief(ctx context.Context, f card.BriefForm, now time.Time) (card.BriefForm, addressee, error) {
	f, err := checkBriefWords(f)
	if err != nil {
		return f, addressee{}, err
	}
	place, err := n.resolvePlace("place", f.Place)
	if err != nil {
		return f, addressee{}, err
	}
	resolved := cardPlace(place)
	f.Place = card.Place{Resolved: &resolved}
	to, err := n.checkBriefTo(ctx, f.To, now)
	if err != nil {
		return f, addressee{}, err
	}
	f.To = &card.BriefTo{Collective: to.collective.String(), Profile: to.profile}
	return f, to, nil
}

func (n *Node) checkBriefTo(ctx context.Context, to *card.BriefTo, now time.Time) (a addressee, err error) {
	if to == nil {
		to = &card.BriefTo{}
	}
	own, _, _, nameless := n.collective(now)
	if a.collective, a.own = own.Identity(), true; to.Collective != "" {
		raw, err := parseID("collective", to.Collective)
		if err != nil {
			return a, invalid("to.collective", "the id of a collective that is known here", "%q is none", shortWords(to.Collective))
		}
		a.collective, a.own = raw, nameless == nil && raw == own.Identity()
	}
	switch {
	case a.own && nameless != nil:
		return a, unavailable("this collective has no name yet, so it takes no requests")
	case !a.own:
		err = n.checkReachable(a.collective, now)
	}
	if err != nil || to.Profile == "" {
		return a, err
	}
	p, err := n.Profile(ctx, to.Profile)
	isMember := func(m card.Membership) bool { return m.Verified && m.ID == a.collective.String() }
	if err != nil || !slices.ContainsFunc(p.Collectives, isMember) {
		return a, invalid("to.profile", "the id of a person of that collective", "this person cannot be written to through that collective")
	}
	a.profile, a.name = p.ID, p.Name
	return a, nil
}

// checkReachable refuses now what could never be sent.
func (n *Node) checkReachable(id protocol.Identity, now time.Time) error {
	_, body, err := n.shownRecord(protocol.KindCollective, id, now)
	if isProblem(err, card.NotFound) || isProblem(err, card.Gone) {
		return invalid("to.collective", "the id of a collective that is known here", "this collective is not known here")
	}
	if err != nil {
		return err
	}
	c := body.(*protocol.Collective)
	if len(c.SealingKey) == 0 || len(c.Nodes) == 0 || n.briefs.post == nil {
		return unavailable("this collective cannot be written to from here; its page says how else to reach it")
	}
	return nil
}
