package httpapi

import (
	"context"

	"courtcircuit/node/card"
	"courtcircuit/node/httpapi/api"
	"courtcircuit/protocol"
)

// Backend is what the node does for this interface. Errors that the caller
// can act on are *card.Problem; any other error is answered as 500 without
// its words. Ids are full ids in their text form.
type Backend interface {
	Health
	Searcher
	Profiles
	Missions
	Collectives
	Records
	Network
	Keys
	Moderation
	Members
	Briefs
	Console
}

// Health tells how the node is.
type Health interface {
	Info(ctx context.Context) (api.Info, error)
	Status(ctx context.Context) (api.Status, error)
	Live() error  // nil unless a restart is the only cure
	Ready() error // nil when it answers queries and takes records
	// BackupTo writes an encrypted backup; "" is the configured folder.
	BackupTo(ctx context.Context, path string) (api.Backup, error)
	// VerifyReplica checks the whole replica; progress is told how far it is.
	VerifyReplica(ctx context.Context, repair bool, progress func(done, total int)) (api.Verification, error)
}

// Searcher answers queries over the replica.
type Searcher interface {
	SearchPlaces(ctx context.Context, q string, limit int) ([]card.ResolvedPlace, error)
	SearchSkills(ctx context.Context, q, lang string, limit int) ([]card.Skill, error)
	// SkillHints answers what skills that somebody writes may be slips of.
	SkillHints(ctx context.Context, written []string, lang string) ([]card.SkillHint, error)
	SearchProfiles(ctx context.Context, s card.Search) (card.Page[card.FoundProfile], error)
	SearchMissions(ctx context.Context, s card.Search) (card.Page[card.FoundMission], error)
	SearchCollectives(ctx context.Context, s card.Search) (card.Page[card.FoundCollective], error)
	// ResolveID completes a unique prefix; a name is Ambiguous with its candidates, even a single one.
	ResolveID(ctx context.Context, kind protocol.Kind, prefixOrName string) (string, error)
}

// Profiles reads and publishes people's cards. Writes return after they are durable.
type Profiles interface {
	Profile(ctx context.Context, id string) (card.Profile, error)
	OwnProfiles(ctx context.Context) ([]card.Profile, error)
	PublishProfile(ctx context.Context, p card.Profile, ref string) (api.Published, error)
	// PublishProfiles answers one Imported for each item, in order. The error is for all of them.
	PublishProfiles(ctx context.Context, items []api.Import) ([]api.Imported, error)
	ReplaceProfile(ctx context.Context, id string, p card.Profile) (card.Profile, error)
	ConfirmProfile(ctx context.Context, id string) (card.Profile, error)
	RemoveProfile(ctx context.Context, id string) error
}

// Missions keeps drafts and publishes missions. Mission also finds drafts;
// this package shows them to holders of the token only.
type Missions interface {
	Mission(ctx context.Context, id string) (card.Mission, error)
	OwnMissions(ctx context.Context) ([]card.Mission, error)
	PostMission(ctx context.Context, m card.Mission, publish bool) (card.Mission, error)
	UpdateMission(ctx context.Context, id string, m card.Mission) (card.Mission, error)
	PublishMission(ctx context.Context, id string) (card.Mission, error)
	AttributeMission(ctx context.Context, id string) (card.Mission, error)
	CloseMission(ctx context.Context, id string) (card.Mission, error)
	// DeleteMission deletes a draft; a published one is a Conflict.
	DeleteMission(ctx context.Context, id string) error
}

// Collectives reads collectives and edits the node's own; "" is the own one.
type Collectives interface {
	Collective(ctx context.Context, id string) (card.Collective, error)
	EditCollective(ctx context.Context, c card.Collective) (card.Collective, error)
}

// Records gives and takes signed records.
type Records interface {
	// Record gives a live record's wire form, and its card when the body is understood.
	Record(ctx context.Context, recordID string) (wire []byte, body any, err error)
	SubmitRecord(ctx context.Context, wire []byte) (api.Submitted, error)
}

// Network is the node's acquaintance with other nodes, and its news.
type Network interface {
	Peers(ctx context.Context) ([]api.Peer, error)
	AddPeer(ctx context.Context, multiaddr string) (api.Peer, error)
	Bootstrap(ctx context.Context) (api.Bootstrap, error)
	AddBootstrap(ctx context.Context, p api.BootstrapPeer) (api.Bootstrap, error)
	RemoveBootstrap(ctx context.Context, peerID string) (api.Bootstrap, error)
	Invite(ctx context.Context) (api.Invite, error)
	// Join takes another node's invitation; a first connection that fails is no error.
	Join(ctx context.Context, line string) (api.Joined, error)
	// Events begins after lastEventID ("" is now). The channel is closed when
	// ctx ends or when its reader is too slow; nobody waits for a reader.
	Events(ctx context.Context, lastEventID string) (<-chan api.Event, error)
}

// Keys moves keys in and out, sealed.
type Keys interface {
	Keys(ctx context.Context) ([]api.Key, error)
	KeyExport(ctx context.Context, id, passphrase string) (sealed []byte, err error)
	KeyImport(ctx context.Context, sealed []byte, passphrase string) (api.Key, error)
	// KeyRecover moves the identity to a new key that this node then holds.
	KeyRecover(ctx context.Context, id, recoverySecret string) (api.Key, error)
}

// Moderation reads what visitors reported and keeps records from being shown
// here. kind is profile, mission or collective.
type Moderation interface {
	Reports(ctx context.Context) ([]card.Report, error) // newest first
	DismissReport(ctx context.Context, id string) error
	HiddenRecords(ctx context.Context) ([]card.Hidden, error) // newest first
	Hide(ctx context.Context, kind, id, reason string) (card.Hidden, error)
	Unhide(ctx context.Context, kind, id string) error
}

// Briefs takes clients' requests, and is the coordinators' side of them for
// holders of the token.
type Briefs interface {
	// DepositBrief is durable when it returns. The same key with the same words
	// answers what the first call answered; visitor is the address of whoever
	// sends it, "" for this machine.
	DepositBrief(ctx context.Context, f card.BriefForm, key, visitor string) (card.Deposited, error)
	FollowBrief(ctx context.Context, secret string) (card.Track, error)
	AnswerBrief(ctx context.Context, secret string, a card.BriefAnswer) (card.Track, error)

	Briefs(ctx context.Context) ([]card.Brief, error) // newest first
	Brief(ctx context.Context, id string) (card.Brief, error)
	ReadBrief(ctx context.Context, id string) (card.Brief, error)
	ProposeBrief(ctx context.Context, id string, m card.Mission, audience string) (card.Brief, error)
	DeclineBrief(ctx context.Context, id, reason string) (card.Brief, error)
	DeleteBrief(ctx context.Context, id string) error
	// Outbox lists for whom messages wait, the oldest first.
	Outbox(ctx context.Context) ([]api.Waiting, error)
}

// Members invites people and lets them in; answers carry a link once.
type Members interface {
	MemberEntries(ctx context.Context) ([]card.Member, error)
	InviteMember(ctx context.Context, name string) (card.MemberLink, error)
	LinkMember(ctx context.Context, id string) (card.MemberLink, error)
	RemoveMember(ctx context.Context, id string) error
}

// Console lets coordinators in.
type Console interface {
	ConsoleLink(ctx context.Context) (api.ConsoleLink, error)
}
