package api

import (
	"courtcircuit/node/card"
)

// Published is a profile after it is durable here.
type Published struct {
	card.Profile
	// RecoverySecret is handed out once, when the key was made here.
	RecoverySecret string `json:"recovery_secret,omitempty"`
	Created        bool   `json:"created"`             // false: an earlier card of the same ref or id was replaced
	Unchanged      bool   `json:"unchanged,omitempty"` // true: the card was here in these words, and nothing was published
}

// Import is one line of POST /profiles/import.
type Import struct {
	Ref       string       `json:"ref,omitempty"` // kept here only; a second import updates instead of doubling
	Profile   card.Profile `json:"profile"`
	ProfileID string       `json:"profile_id,omitempty" doc:"the card of this collective to replace; ref names it from then on"`
	Another   bool         `json:"another,omitempty" doc:"another person, although a card of the same name and place is here; else such a line is refused, or changes nothing when it says the same"`
}

// Imported is what became of one import; exactly one of its fields counts.
type Imported struct {
	Published Published
	Err       error // a *card.Problem when the sender can act on it
}

// ImportResult is one line of the answer to POST /profiles/import, in the
// order of the lines sent.
type ImportResult struct {
	Line           int      `json:"line"` // from 1
	Ref            string   `json:"ref,omitempty"`
	ID             string   `json:"id,omitempty"`
	Name           string   `json:"name,omitempty"`
	RecoverySecret string   `json:"recovery_secret,omitempty"`
	Created        bool     `json:"created,omitempty"`
	Unchanged      bool     `json:"unchanged,omitempty"` // the card was here in these words
	Problem        *Problem `json:"problem,omitempty"`
}

// Event is one server-sent event. Data must marshal to JSON.
type Event struct {
	ID      string // what Last-Event-ID takes up again
	Type    string // as the node names it: record-stored, peer-connected, gap (events before the next one were lost), …
	Private bool   // sent only to readers who have the token
	Data    any
}

// Record describes a signed record for people; the bytes are the record.
type Record struct {
	RecordID    string `json:"record_id"`
	Kind        string `json:"kind"`
	ID          string `json:"id"`
	Identity    string `json:"identity"`
	Fingerprint string `json:"fingerprint"`
	Generation  uint32 `json:"generation"`
	Key         string `json:"key"` // the public key that signed, hex
	IssuedAt    string `json:"issued_at"`
	ExpiresAt   string `json:"expires_at"`
	About       string `json:"about,omitempty"`
	Tombstone   bool   `json:"tombstone"`
	Grant       *Grant `json:"grant,omitempty"`
	BodyVersion uint16 `json:"body_version"`
	SizeBytes   int    `json:"size_bytes"`
	Signature   string `json:"signature"`      // hex
	Wire        []byte `json:"wire"`           // base64, the bytes that GET gives as application/cbor
	Body        any    `json:"body,omitempty"` // the card, when this version understands it
}

// Grant is the membership inside a record.
type Grant struct {
	Collective  string `json:"collective"`
	Fingerprint string `json:"fingerprint"`
	IssuedAt    string `json:"issued_at"`
	ExpiresAt   string `json:"expires_at"`
	Custody     string `json:"custody"`
}

// Submitted says what became of a record sealed elsewhere.
type Submitted struct {
	RecordID string `json:"record_id"`
	ID       string `json:"id"`
	Outcome  string `json:"outcome"` // stored, held, stale, void, expired
}
