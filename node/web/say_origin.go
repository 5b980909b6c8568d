package web

import (
	"strconv"
	"time"

	"courtcircuit/node/card"
)

// fact is one line of where a card comes from.
type fact struct {
	Term, Text string
	Address    string // of what the text names
	Why        string // what it means, for somebody who never heard of it
	Code       bool   // the text is a fingerprint
	Foreign    bool   // the text was written by others
}

// originOf says who signed a person's card, who confirmed it, and until when
// it stands.
func (w Words) originOf(p *card.Profile) []fact {
	signed := fact{Term: w.Say("signed"), Text: w.Say("signed_by_person"), Why: w.Say("signed_why")}
	for _, c := range p.Collectives {
		if c.Custody == "node" {
			signed.Text = w.Say("signed_for_person")
			break
		}
	}
	confirmedWhy := "confirmed_why"
	if signed.Text == w.Say("signed_for_person") {
		confirmedWhy = "confirmed_for_why"
	}
	facts := []fact{signed, w.fingerprintFact(p.Fingerprint, "fingerprint_person_why")}
	for _, c := range p.Collectives {
		name := w.collectiveName(c)
		f := fact{Term: w.Say("confirmed_by"), Text: name.Name, Address: name.Address, Why: w.Say("unverified_why")}
		if c.Verified {
			f.Why = w.Say("verified_why") + " " + w.Say("custody_"+c.Custody)
		}
		facts = append(facts, f)
	}
	return append(facts, w.datesOf(p.Meta, p.ConfirmedAt, confirmedWhy)...)
}

// originOfCollective is the same for a collective's card.
func (w Words) originOfCollective(c *card.Collective) []fact {
	facts := []fact{
		{Term: w.Say("signed"), Text: w.Say("signed_by_collective"), Why: w.Say("signed_why")},
		w.fingerprintFact(c.Fingerprint, "fingerprint_collective_why"),
	}
	return append(facts, w.datesOf(c.Meta, nil, "")...)
}

func (w Words) fingerprintFact(fingerprint, why string) fact {
	return fact{Term: w.Say("fingerprint"), Text: fingerprint, Why: w.Say(why), Code: true}
}

func (w Words) datesOf(m card.Meta, confirmed *time.Time, confirmedWhy string) (facts []fact) {
	if m.IssuedAt != nil {
		facts = append(facts, fact{Term: w.Say("issued"), Text: w.longDate(*m.IssuedAt)})
	}
	if confirmed != nil {
		facts = append(facts, fact{Term: w.Say("confirmed"), Text: w.longDate(*confirmed), Why: w.Say(confirmedWhy)})
	}
	if m.ExpiresAt != nil {
		facts = append(facts, fact{Term: w.Say("expires"), Text: w.longDate(*m.ExpiresAt), Why: w.Say("expires_why")})
	}
	return facts
}

var frenchMonths = [...]string{"janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre", "décembre"}

// longDate is a day as it stands in a sentence.
func (w Words) longDate(t time.Time) string {
	if w.Lang == "en" {
		return t.Format("2 January 2006")
	}
	day := strconv.Itoa(t.Day())
	if t.Day() == 1 {
		day = "1er"
	}
	return day + " " + frenchMonths[t.Month()-1] + " " + strconv.Itoa(t.Year())
}
