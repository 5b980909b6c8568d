package web

import (
	"context"
	"time"

	"courtcircuit/node/access"
	"courtcircuit/node/card"
	"courtcircuit/node/httpapi/api"
)

// Console is what the coordinators' console asks of the node. Errors that a
// coordinator can act on are *card.Problem, with the field that is wrong. by
// is who does it: every method that takes it leaves a line in the journal.
type Console interface {
	BriefDesk
	ConsoleHealth
	ConsoleSetup
	ConsoleMembers
	ConsoleMissions
	ConsoleWorks
	ConsoleNetwork
	ConsoleModeration
	ConsoleAccess
	// Journal says who did what, newest first. before is the ID of the entry
	// to go on after, "" for the newest.
	Journal(ctx context.Context, before string, limit int) (JournalPage, error)
}

// ConsoleHealth is how the node is, and its backups.
type ConsoleHealth interface {
	Status(ctx context.Context) (api.Status, error)
	Backups(ctx context.Context) (BackupState, error)
	BackUp(ctx context.Context, by access.Person) (api.Backup, error)
}

// ConsoleSetup names the collective and sets what is set in the console.
type ConsoleSetup interface {
	// NameCollective publishes the own collective. RecoverySecret of the
	// answer is set when its key was made by this very call.
	NameCollective(ctx context.Context, by access.Person, c card.Collective) (card.Collective, error)
	OwnCollective(ctx context.Context) (card.Collective, error) // Conflict: it has no name yet
	Settings(ctx context.Context) ([]Setting, error)
	// ChangeSettings sets those that are named; the others stay.
	ChangeSettings(ctx context.Context, by access.Person, values map[string]string) error
	TestMail(ctx context.Context, by access.Person) error
	TestWebhook(ctx context.Context, by access.Person) error
	NotifyStatus(ctx context.Context) (NotifyState, error)
	RetentionTimes(ctx context.Context) ([]card.Retention, error)
}

// ConsoleMembers invites members and lets them in.
type ConsoleMembers interface {
	MemberEntries(ctx context.Context) ([]card.Member, error)
	InviteMember(ctx context.Context, by access.Person, name string) (card.MemberLink, error)
	LinkMember(ctx context.Context, by access.Person, id string) (card.MemberLink, error)
	EndMemberSessions(ctx context.Context, by access.Person, id string) error
	// RemoveMember deletes the entry with every way in; the card stays.
	RemoveMember(ctx context.Context, by access.Person, id string) error
	// RemoveCard erases a card whose key is here, on every node, and the entry
	// with it; of somebody who keeps the key it ends the membership.
	RemoveCard(ctx context.Context, by access.Person, profileID string) error
}

// ConsoleMissions are the collective's own, drafts included.
type ConsoleMissions interface {
	OwnMissions(ctx context.Context) ([]OwnMission, error)
	OwnMission(ctx context.Context, id string) (OwnMission, error)
	DraftMission(ctx context.Context, by access.Person, m card.Mission, audience string) (card.Mission, error)
	UpdateMission(ctx context.Context, by access.Person, id string, m card.Mission) (card.Mission, error)
	PublishMission(ctx context.Context, by access.Person, id string) (card.Mission, error)
	AttributeMission(ctx context.Context, by access.Person, id string) (card.Mission, error)
	CloseMission(ctx context.Context, by access.Person, id string) (card.Mission, error)
	DeleteMission(ctx context.Context, by access.Person, id string) error
}

// ConsoleWorks are what the collective has done, for its own page.
type ConsoleWorks interface {
	Works(ctx context.Context) ([]card.Work, error) // newest first, as coordinators see them
	PutWork(ctx context.Context, by access.Person, w card.Work) (card.Work, error)
	DeleteWork(ctx context.Context, by access.Person, id string) error
}

// ConsoleNetwork is the acquaintance with other nodes.
type ConsoleNetwork interface {
	Peers(ctx context.Context) ([]api.Peer, error)
	// AddPeer takes an address or an invitation's line; by a line the answer may be a node that is off.
	AddPeer(ctx context.Context, by access.Person, address string) (api.Peer, error)
	// Invite is the line by which another node joins this one; a Problem while nobody could dial it.
	Invite(ctx context.Context) (api.Invite, error)
	// Outbox counts the messages that wait for other nodes.
	Outbox(ctx context.Context) ([]Waiting, error)
	// Arrivals are the newest records that came or were made here, newest first.
	Arrivals(ctx context.Context) ([]Arrival, error)
}

// ConsoleModeration is what visitors reported and what is hidden here.
type ConsoleModeration interface {
	Reports(ctx context.Context) ([]card.Report, error)
	HiddenRecords(ctx context.Context) ([]card.Hidden, error)
	DismissReport(ctx context.Context, by access.Person, id string) error
	Hide(ctx context.Context, by access.Person, kind, id, reason string) (card.Hidden, error)
	Unhide(ctx context.Context, by access.Person, kind, id string) error
}

// ConsoleAccess is who else may come in here.
type ConsoleAccess interface {
	Coordinators(ctx context.Context) ([]Coordinator, error)
	InviteCoordinator(ctx context.Context, by access.Person, name string) (PrivateLink, error)
	LinkCoordinator(ctx context.Context, by access.Person, id string) (PrivateLink, error)
	// NameCoordinator is by which clients and colleagues read who did something.
	NameCoordinator(ctx context.Context, by access.Person, id, name string) error
	// RemoveCoordinator refuses the last one.
	RemoveCoordinator(ctx context.Context, by access.Person, id string) error
	Sessions(ctx context.Context) ([]access.Session, error) // of coordinators, latest use first
	EndSession(ctx context.Context, by access.Person, key access.ID) error
}

// BackupState is where backups go and how the newest is.
type BackupState struct {
	Dir    string // "" when none is set
	Sealed bool   // by a passphrase
	Keep   int
	Every  time.Duration
	Last   *api.Backup
}

// Setting is one that the console shows. A secret's value is never given.
type Setting struct {
	Key    string // as in courtcircuit.toml: backup.dir
	Value  string // lists are separated by commas
	Set    bool   // it has a value
	Secret bool
	Source string // "": nobody set it; console; else the place that outranks the console, as courtcircuit.toml
}

// Fixed says that it cannot be set here.
func (s Setting) Fixed() bool { return s.Source != "" && s.Source != SettingConsole }

// SettingConsole is the source of what was set in the console.
const SettingConsole = "console"

// NotifyState is how the last mails and calls went.
type NotifyState struct {
	Waiting int // mails and calls that are due
	Failure string
	At      *time.Time // of the failure
}

// OwnMission is a mission as the collective's coordinators see it.
type OwnMission struct {
	card.Mission
	Audience string // of a draft: AudienceCollective, or "" for one that nobody sees
}

// Waiting are messages on their way to one collective.
type Waiting struct {
	To       card.Membership
	Messages int
	Since    time.Time
	Next     *time.Time // the next try; nil while one is under way
	Failure  string     // of the last try, in English
}

// Arrival is a record that came.
type Arrival struct {
	At       time.Time
	Kind, ID string
	Name     string // "" when it is not held any more
}

// Coordinator is somebody who may open the console.
type Coordinator struct {
	ID            string
	Person        access.Person
	InvitedBy     string
	CreatedAt     time.Time
	SeenAt        *time.Time
	LinkExpiresAt *time.Time
	Passkeys      int
}

// PrivateLink lets one person in, once. It is answered once and kept nowhere.
type PrivateLink struct {
	Name      string
	URL       string
	ExpiresAt time.Time
}

// JournalEntry is one line of who did what.
type JournalEntry struct {
	ID      string
	At      time.Time
	By      string // name
	Role    access.Role
	Action  string
	Subject string
}

// JournalPage is some of them; Next is "" at the end.
type JournalPage struct {
	Entries []JournalEntry
	Next    string
}
