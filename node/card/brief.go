package card

import "time"

// The states of a brief, in the order in which they follow one another.
const (
	BriefSending       = "sending"       // on its way to another collective's node
	BriefReceived      = "received"      // on the disk of the collective that answers it
	BriefRead          = "read"          // somebody there opened it, or looks at it again because the client wants another text
	BriefProposed      = "proposed"      // its public text waits for the client
	BriefAccepted      = "accepted"      // the client accepted that text, and it is being published
	BriefPublished     = "published"     // the client accepted the text: it is a mission
	BriefDeclined      = "declined"      // the collective cannot take it
	BriefWithdrawn     = "withdrawn"     // by the client
	BriefUndeliverable = "undeliverable" // the other node was not reached, or refused it
)

// The audiences of a mission that came of a brief.
const (
	AudienceCollective = "collective" // members of the answering collective; it never leaves its node
	AudienceTrusted    = "trusted"    // collectives that it trusts, privately
	AudienceNetwork    = "network"    // everybody: a signed record
)

// BriefForm is what a client sends: what, where, when, how to reach them.
type BriefForm struct {
	To          *BriefTo     `json:"to,omitempty"` // nil: the node's own collective
	Title       string       `json:"title,omitempty"`
	Description string       `json:"description"`
	Place       Place        `json:"place,omitzero"`
	When        string       `json:"when,omitempty"` // in the client's words
	Contact     BriefContact `json:"contact"`
	Audience    string       `json:"audience,omitempty"` // default collective
	Language    string       `json:"language,omitempty"` // of the client: fr or en
}

// BriefTo is whom a brief is for.
type BriefTo struct {
	Collective string `json:"collective,omitempty"` // id; "" is the node's own
	Profile    string `json:"profile,omitempty"`    // id of one of its people
}

// BriefContact is how a client is reached; one of the last two is needed. It
// never stands in a record.
type BriefContact struct {
	Name  string `json:"name"`
	Email string `json:"email,omitempty"`
	Phone string `json:"phone,omitempty"`
}

// BriefStep is one line of a brief's history, for the client and the
// coordinator alike.
type BriefStep struct {
	At    time.Time `json:"at"`
	State string    `json:"state"`
	By    string    `json:"by,omitempty"`    // who did it, by name
	Words string    `json:"words,omitempty"` // a reason, or the change the client asks for
}

// Brief is a client's request as the collective that answers it sees it.
type Brief struct {
	ID string `json:"id"`
	BriefForm
	State      string      `json:"state"`
	ReceivedAt time.Time   `json:"received_at"`
	From       *Membership `json:"from,omitempty"`    // the collective where it was deposited; nil: here
	ToName     string      `json:"to_name,omitempty"` // of the person it is for
	Text       *BriefText  `json:"text,omitempty"`    // what was proposed last
	Change     string      `json:"change,omitempty"`  // what the client wants different in it
	MissionID  string      `json:"mission_id,omitempty"`
	Steps      []BriefStep `json:"steps"`
	DeleteAt   time.Time   `json:"delete_at"` // it is deleted then, contact details and all
}

// BriefText is the exact public text of a mission before it is one.
type BriefText struct {
	Mission  Mission `json:"mission"`
	Audience string  `json:"audience"`
	Digest   string  `json:"digest"` // of both: what the client accepts
}

// Track is a brief as its client follows it.
type Track struct {
	Form       BriefForm   `json:"brief"`
	To         Membership  `json:"to"`
	ToName     string      `json:"to_name,omitempty"`
	State      string      `json:"state"`
	Steps      []BriefStep `json:"steps"`
	Text       *BriefText  `json:"text,omitempty"`
	MissionID  string      `json:"mission_id,omitempty"`
	MissionURL string      `json:"mission_url,omitempty"` // where it is published, when it is on the network
	CanOffer   bool        `json:"can_offer"`             // nobody answered in five working days, or they declined: it may go to another collective
	Offered    *Membership `json:"offered,omitempty"`     // the other collective that it went to
	DeleteAt   time.Time   `json:"delete_at"`
}

// Deposited is the answer to a client: the secret of the private link, shown
// to nobody else, and what it leads to.
type Deposited struct {
	Secret string `json:"secret"`
	Link   string `json:"link"` // path, or the whole address when the pages have one
	Track  Track  `json:"track"`
}

// BriefAnswer is what a client does with a brief. Exactly one is asked for.
type BriefAnswer struct {
	Accept   string `json:"accept,omitempty"` // digest of the text accepted
	Change   string `json:"change,omitempty"` // what shall be different
	Withdraw bool   `json:"withdraw,omitempty"`
}

// Work is something the collective has done together, for its own page only.
type Work struct {
	ID      string       `json:"id,omitempty"`
	Title   string       `json:"title"`
	Year    int          `json:"year"`
	Text    string       `json:"text,omitempty"`
	Client  string       `json:"client,omitempty"` // named only with Consent
	Consent bool         `json:"consent"`          // the client agreed to be named
	Members []WorkMember `json:"members,omitempty"`
}

// WorkMember is shown with a work only once they agreed.
type WorkMember struct {
	ID     string `json:"id"` // profile
	Name   string `json:"name"`
	Agreed bool   `json:"agreed"`
}
