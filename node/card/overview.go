package card

import "time"

// Site is what every page says of the node that serves it. It is cheap to ask for.
type Site struct {
	Collective *Collective // own one, without members and skills; nil until it has a name and a place
	Demo       bool        // the people shown are fictional
	Connected  bool        // other collectives are reached at this moment
	Empty      bool        // no profile at all is held
}

// Overview counts what the replica holds, by commune. It may be some seconds old.
type Overview struct {
	At          time.Time    `json:"at"`
	Profiles    int          `json:"profiles"`
	Missions    int          `json:"missions"` // open ones
	Collectives int          `json:"collectives"`
	Places      []PlaceCount `json:"places"` // those that have any, most people first, then by name
}

// PlaceCount is what one commune has. Cards published at other coordinates are counted at the nearest commune.
type PlaceCount struct {
	Place       ResolvedPlace `json:"place"`
	Slug        string        `json:"slug"` // its part of /ville/{slug}
	Profiles    int           `json:"profiles"`
	Missions    int           `json:"missions"`
	Collectives int           `json:"collectives"`
}

// Skill is one completion of a skill that is being typed.
type Skill struct {
	Skill   string   `json:"skill"`             // the name to search for and to show
	Matched string   `json:"matched,omitempty"` // the alias that was recognised, when it is another word than Skill
	Aliases []string `json:"aliases,omitempty"` // other words for the same, some of them
	People  int      `json:"people"`            // profiles held here that have it
}

// UnderstoodSkill says how one skill of a search was read.
type UnderstoodSkill struct {
	Query     string `json:"query"`     // as it was typed
	Skill     string `json:"skill"`     // what was searched for
	Known     bool   `json:"known"`     // in the table of skills or on a card held here
	Corrected bool   `json:"corrected"` // one slip of the keyboard was forgiven; say so
}

// UnderstoodWords says which words of a search were not looked for.
type UnderstoodWords struct {
	Query   string   `json:"query"`              // as they were typed
	LeftOut []string `json:"left_out,omitempty"` // in nearly every card, as "de" and "la"; in the order typed
	Note    string   `json:"note,omitempty"`     // says so in the reader's language
}

// Report tells a collective of a record that should not be shown. It needs no account and is never published.
type Report struct {
	ID       string    `json:"id"`
	Kind     string    `json:"kind"`    // profile, mission or collective
	Subject  string    `json:"subject"` // the public id of the record
	Name     string    `json:"name"`    // as it was shown when the report came
	Reason   string    `json:"reason"`  // spam, impersonation, illegal, mine, other
	Details  string    `json:"details,omitempty"`
	Contact  string    `json:"contact,omitempty"` // how to answer the reporter, if they wish an answer
	At       time.Time `json:"at"`
	IsHidden bool      `json:"hidden"` // the record is hidden here now
}

// ReportReasons are the reasons a report can give.
var ReportReasons = []string{"spam", "impersonation", "illegal", "mine", "other"}

// Hidden is a record that this node holds and shows to nobody.
type Hidden struct {
	Kind    string    `json:"kind"`
	Subject string    `json:"subject"`
	Name    string    `json:"name,omitempty"`
	Reason  string    `json:"reason,omitempty"`
	At      time.Time `json:"at"`
}
