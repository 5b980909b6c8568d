// Package card holds what people and programs read and write: profiles,
// missions and collectives in the JSON form of the HTTP interface, and the
// ways in and out of it (JSON Resume, CSV, vCard).
//
// It is the one place where a typed form becomes a protocol body and back. It
// resolves nothing and signs nothing.
package card

import (
	"time"
)

// Link is a labelled https address.
type Link struct {
	Label string `json:"label"`
	URL   string `json:"url"`
}

// Membership is a collective that granted the profile, as a reader may rely
// on it. Verified: the grant counts and the collective's own record is live.
type Membership struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	Verified bool   `json:"verified"`
	Custody  string `json:"custody"` // self or node
}

// Meta is what only the server sets; a client may send it back unchanged.
type Meta struct {
	ID          string     `json:"id,omitempty"`
	Fingerprint string     `json:"fingerprint,omitempty"`
	RecordID    string     `json:"record_id,omitempty"`
	IssuedAt    *time.Time `json:"issued_at,omitempty"`
	ExpiresAt   *time.Time `json:"expires_at,omitempty"`
}

// Profile is a person's card. Pointers tell "not said" from zero:
// days_per_week 0 means unavailable.
type Profile struct {
	Name          string   `json:"name"`
	Headline      string   `json:"headline,omitempty"`
	About         string   `json:"about,omitempty"`
	Place         Place    `json:"place"`
	RadiusKm      *uint    `json:"radius_km,omitempty"`
	Skills        []string `json:"skills,omitempty"`
	Languages     []string `json:"languages,omitempty"`
	Modes         []string `json:"modes,omitempty"`
	AvailableFrom string   `json:"available_from,omitempty"` // YYYY-MM-DD
	DaysPerWeek   *uint    `json:"days_per_week,omitempty"`
	Since         uint     `json:"since,omitempty"`
	Links         []Link   `json:"links,omitempty"`

	Meta
	Collectives           []Membership `json:"collectives,omitempty"`
	ConfirmedAt           *time.Time   `json:"confirmed_at,omitempty"`
	AvailabilityConfirmed *bool        `json:"availability_confirmed,omitempty"` // false: "to be confirmed"
}

// Mission is a request for work.
type Mission struct {
	Title       string   `json:"title"`
	Description string   `json:"description,omitempty"`
	Place       Place    `json:"place"`
	Modes       []string `json:"modes,omitempty"`
	Languages   []string `json:"languages,omitempty"`
	Needs       []Need   `json:"needs,omitempty"`
	Start       string   `json:"start,omitempty"`    // YYYY-MM-DD
	ApplyBy     string   `json:"apply_by,omitempty"` // YYYY-MM-DD
	Budget      *Budget  `json:"budget,omitempty"`
	Contract    string   `json:"contract,omitempty"`

	Meta
	Status     string      `json:"status,omitempty"` // draft, open, attributed, closed, expired
	Collective *Membership `json:"collective,omitempty"`
}

// Need is one skill a mission asks for; Count 0 is read as 1.
type Need struct {
	Skill string `json:"skill"`
	Count uint   `json:"count,omitempty"`
	Days  uint   `json:"days,omitempty"`
}

// Budget is shown, and nothing sorts or filters by it.
type Budget struct {
	Min      uint   `json:"min"`
	Max      uint   `json:"max"`
	Currency string `json:"currency"`
	Per      string `json:"per"` // mission, day, hour or month
}

// MaxSummedMembers bounds the work for one collective, as a stranger may claim
// any number of members: a Collective.Members of as many means at least that.
const MaxSummedMembers = 2000

// Collective is the group that runs a node.
type Collective struct {
	Name      string   `json:"name"`
	About     string   `json:"about,omitempty"`
	Place     Place    `json:"place"`
	Languages []string `json:"languages,omitempty"`
	Contact   string   `json:"contact,omitempty"`
	Links     []Link   `json:"links,omitempty"`
	URL       string   `json:"url,omitempty"`

	Meta
	Nodes   []Node       `json:"nodes,omitempty"`
	Members int          `json:"members,omitempty"`
	Skills  []SkillCount `json:"skills,omitempty"` // summed over its members, most frequent first
	// RecoverySecret is answered once: when a node without a collective was
	// given its name, and with it a key.
	RecoverySecret string `json:"recovery_secret,omitempty"`
}

// Node is a peer that serves a collective.
type Node struct {
	PeerID    string   `json:"peer_id"`
	Renews    bool     `json:"renews"`
	Addresses []string `json:"addresses,omitempty"`
}

// SkillCount says how many members have a skill.
type SkillCount struct {
	Skill string `json:"skill"`
	Count int    `json:"count"`
}

// Trust says how a collective is known here. Tier is own or unknown; Path
// will hold the chain of vouches from here.
type Trust struct {
	Tier string   `json:"tier"`
	Path []string `json:"path"`
}

// Reason says in words why a result is there and where it is in the order.
type Reason struct {
	Code string `json:"code"` // distance, skill, language, mode, availability, words, order (among those at one distance), collective
	Text string `json:"text"`
}

// Found is what a search adds to a card.
type Found struct {
	DistanceKm float64  `json:"distance_km"`
	Trust      Trust    `json:"trust"`
	Reasons    []Reason `json:"reasons"`
}

// FoundProfile, FoundMission and FoundCollective are search results.
type FoundProfile struct {
	Profile
	Found
	Ready Ready `json:"-"` // of this very card; nil: not written beforehand
}

// FoundMission is a mission that a search found.
type FoundMission struct {
	Mission
	Found
	Ready Ready `json:"-"` // of this very mission; nil: not written beforehand
}

// FoundCollective is a collective that a search found.
type FoundCollective struct {
	Collective
	Found
}

// SkillHint is what a skill that nobody else has may be a slip of.
type SkillHint struct {
	Skill string `json:"skill"` // as it is written
	Meant string `json:"did_you_mean"`
}

// Understood names the place a search was understood to be near, and what
// else it could have meant.
type Understood struct {
	Query        string          `json:"query"`
	Place        ResolvedPlace   `json:"place"`
	Alternatives []ResolvedPlace `json:"alternatives,omitempty"`
}

// Page is one page of results.
type Page[T any] struct {
	Results    []T         `json:"results"`
	NextCursor string      `json:"next_cursor,omitempty"`
	Near       *Understood `json:"near,omitempty"`
	// Partial: there may be more behind NextCursor, even if this page is not
	// full; see Search.MaxRead.
	Partial bool `json:"partial,omitempty" doc:"there may be more behind next_cursor, even if this page is not full"`
	// Skills says how each skill of the search was read, in the order typed.
	Skills []UnderstoodSkill `json:"skills,omitempty"`
	// Words says how the words of the search were read; nil: none were typed.
	Words *UnderstoodWords `json:"words,omitempty"`
}

// Search is a parsed query of any kind; zero values mean "any".
type Search struct {
	Near        string // place, postcode or lat,lon; empty: the node's own place
	RadiusKm    *float64
	Skills      []string // all of them
	Languages   []string // any of them
	Modes       []string // any of them
	AvailableBy string   // YYYY-MM-DD
	Collective  string   // full id
	Words       string
	Status      string // missions only; empty: open; "any"
	Limit       int    // 1 to 100, 0: 20
	Cursor      string
	Lang        string // language of the reasons: fr or en
	// ToWrite: AppendJSON is all that is made of the results, and of a card that
	// is Ready only what that lacks is set.
	ToWrite bool
	// MaxRead ends a page after so many cards were read, which makes it Partial,
	// where each must be read because the words of all are not known; 0: 5,000.
	MaxRead int
}
