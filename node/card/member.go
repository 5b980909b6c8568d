package card

import "time"

// The states of a member, as coordinators and the member see them.
const (
	MemberInvited   = "invited"   // no card yet
	MemberPublished = "published" // the card stands, and its key is here
	MemberMoved     = "moved"     // the person signs with a newer key elsewhere
	MemberEnded     = "ended"     // the card was erased, or ran out
)

// Member is somebody who was invited, or has a card of this collective.
type Member struct {
	ID            string     `json:"id,omitempty"` // of the entry; "" for a card whose person never had a link
	Name          string     `json:"name"`         // as on the card, else as invited
	Profile       string     `json:"profile,omitempty"`
	Headline      string     `json:"headline,omitempty"` // of the card; with the fingerprint it tells people of one name apart
	Fingerprint   string     `json:"fingerprint,omitempty"`
	State         string     `json:"state"`
	InvitedBy     string     `json:"invited_by,omitempty"`
	InvitedAt     *time.Time `json:"invited_at,omitempty"`
	LinkExpiresAt *time.Time `json:"link_expires_at,omitempty"` // of the link that waits to be used
	SeenAt        *time.Time `json:"seen_at,omitempty"`         // last visit, to about an hour
	ConfirmedAt   *time.Time `json:"confirmed_at,omitempty"`
	ToConfirm     bool       `json:"to_confirm"`  // the card has not been confirmed for long
	SecretKept    bool       `json:"secret_kept"` // the person said that the recovery secret is in a safe place
	HasDraft      bool       `json:"has_draft"`
}

// MemberLink is a link that lets one person in, once. It is answered once and
// kept nowhere.
type MemberLink struct {
	Member    Member    `json:"member"`
	Path      string    `json:"path"` // of the page, with the secret
	URL       string    `json:"url"`  // the whole address
	ExpiresAt time.Time `json:"expires_at"`
}

// What a member agrees to before a card is published.
const (
	ConsentMembership  = "membership"  // to be a member of this collective
	ConsentPublication = "publication" // to be shown on the whole network
)

// Consent says what somebody agreed to, when, and by which wording.
type Consent struct {
	What     string    `json:"what"`
	At       time.Time `json:"at"`
	Wording  int       `json:"wording"`  // version of the words that were agreed to
	Language string    `json:"language"` // that they were read in
}

// MemberStep is one line of the history of a member's card.
type MemberStep struct {
	At   time.Time `json:"at"`
	What string    `json:"what"` // see the Step constants
	By   string    `json:"by,omitempty"`
	Role string    `json:"role"` // member, coordinator, command (program or command line), node
}

// The steps of a member's history.
const (
	StepInvited      = "invited"
	StepPublished    = "published"
	StepChanged      = "changed"
	StepAvailability = "availability"
	StepConfirmed    = "confirmed"
	StepRenewed      = "renewed"
	StepErased       = "erased"
	StepMovedIn      = "moved_in"
	StepExported     = "exported"
	StepSecretKept   = "secret_kept"
)

// Me is what a member's own page shows of its one person.
type Me struct {
	Member
	Card     *Profile     // as it is published; nil when it is not
	Draft    *Profile     // what was written and is not published
	Consents []Consent    // oldest first
	History  []MemberStep // newest first
}

// Availability is what a member can change in one tap.
type Availability struct {
	DaysPerWeek *uint  // 0: not available; nil: not said
	From        string // YYYY-MM-DD; "": now
}
