package api

import "time"

// Info answers GET /info.
type Info struct {
	Version    string         `json:"version"`
	Network    string         `json:"network"`
	Demo       bool           `json:"demo,omitempty"` // the people shown are fictional
	PeerID     string         `json:"peer_id"`
	Addresses  []string       `json:"addresses"`
	Collective *CollectiveRef `json:"collective,omitempty"` // absent until it has a name and a place
	Peers      int            `json:"peers"`
	Counts     map[string]int `json:"counts"` // live records by the name of their kind
	Digest     string         `json:"digest"` // hex; equal on replicas that hold the same
	Sync       Sync           `json:"sync"`
	StartedAt  time.Time      `json:"started_at"`
}

// CollectiveRef names a collective.
type CollectiveRef struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// Sync says how catch-up stands: idle, running, waiting.
type Sync struct {
	State string     `json:"state"`
	Last  *time.Time `json:"last,omitempty"` // end of the last complete catch-up
	// Progress is of the sessions under way, summed up.
	Progress *SyncProgress `json:"progress,omitempty"`
}

// SyncProgress says how far a catch-up has come. What is missing is found as it
// goes on, a few thousand records ahead of what is received.
type SyncProgress struct {
	Needed    int       `json:"needed"`     // records found missing so far
	Received  int       `json:"received"`   // of them stored
	PerSecond int       `json:"per_second"` // stored, on average since it began
	Since     time.Time `json:"since"`
}

// Peer is another node that this one knows.
type Peer struct {
	PeerID     string         `json:"peer_id"`
	Addresses  []string       `json:"addresses"`
	Connected  bool           `json:"connected"`
	Direction  string         `json:"direction,omitempty"` // inbound or outbound
	Collective *CollectiveRef `json:"collective,omitempty"`
	LastSeen   *time.Time     `json:"last_seen,omitempty"`
	LastSync   *time.Time     `json:"last_sync,omitempty"`
}

// Bootstrap is the list of peers to start from, in the form of bootstrap.json.
type Bootstrap struct {
	Network string          `json:"network"`
	Peers   []BootstrapPeer `json:"peers"`
}

// BootstrapPeer is one entry of the list; addresses end in /p2p/PEER_ID.
type BootstrapPeer struct {
	Name  string   `json:"name,omitempty"`
	Addrs []string `json:"addrs"`
}

// Key is an identity whose key this node holds. Secrets are never in it.
type Key struct {
	ID          string `json:"id"`
	Fingerprint string `json:"fingerprint"`
	Role        string `json:"role"` // collective or member
	Name        string `json:"name,omitempty"`
	Generation  uint32 `json:"generation"` // how often the identity changed keys
}

// Backup is one written backup file.
type Backup struct {
	Path      string    `json:"path"`
	SizeBytes int64     `json:"size_bytes"`
	CreatedAt time.Time `json:"created_at"`
}

// Status is the health of the node as its coordinator sees it.
type Status struct {
	Info       Info    `json:"info"`
	Ready      bool    `json:"ready"`
	Checks     []Check `json:"checks"`
	DiskFree   int64   `json:"disk_free_bytes"`
	DiskUsed   int64   `json:"disk_used_bytes"`
	LastBackup *Backup `json:"last_backup,omitempty"`
	Limits     []Limit `json:"limits"`
}

// Limit is one bound of what peers may take: those with a value may be set
// under [limits] in courtcircuit.toml.
type Limit struct {
	Name    string `json:"name"`
	Value   *int   `json:"value,omitempty"`
	Default *int   `json:"default,omitempty"`
	Reached int64  `json:"reached"` // how often it bit since the start
}

// Check is one thing that was looked at: ok, warning or failed.
type Check struct {
	Name     string `json:"name"`
	State    string `json:"state"`
	Detail   string `json:"detail,omitempty"`
	NextStep string `json:"next_step,omitempty"` // what a person can do about it
}

// Verification is what looking at the whole replica found. It is well when
// nothing was wrong, or all of it could be set right.
type Verification struct {
	Well     bool    `json:"well"`
	Digest   string  `json:"digest"` // hex, from the records themselves
	Format   uint32  `json:"format"` // of the store
	Records  int     `json:"records"`
	Bodies   int     `json:"bodies"`
	Lacking  int     `json:"lacking_bodies"` // records whose body no peer has given yet
	Keys     int     `json:"keys"`           // index entries and all others
	Found    int     `json:"faults_found"`
	Repaired int     `json:"faults_repaired"`
	Faults   []Fault `json:"faults"`              // the first hundred
	Lost     bool    `json:"lost"`                // the files had lost records, which peers or a backup may have
	NextStep string  `json:"next_step,omitempty"` // what a person can do about it
}

// Fault is one thing that was wrong in the replica.
type Fault struct {
	Part     string `json:"part"` // signature, header, body, dossier, root, memory, purge, proof, family, or an index
	Key      string `json:"key,omitempty"`
	Detail   string `json:"detail"`
	Repaired bool   `json:"repaired"`
}

// VerifyLine is one line of the answer to POST /verify: how far it is, then
// what came of it.
type VerifyLine struct {
	Done    int           `json:"done,omitempty"`
	Total   int           `json:"total,omitempty"` // about
	Result  *Verification `json:"result,omitempty"`
	Problem *Problem      `json:"problem,omitempty"`
}

// Invite is what another node needs to join: one line, and what stands in it.
type Invite struct {
	Line       string         `json:"line"`
	Network    string         `json:"network"`
	Collective *CollectiveRef `json:"collective,omitempty"`
	PeerID     string         `json:"peer_id"`
	Addresses  []string       `json:"addresses"`
	Reach      string         `json:"reach"` // from where they lead here: public, network, machine
}

// Joined is what became of an invitation.
type Joined struct {
	Network    string         `json:"network"`
	Collective *CollectiveRef `json:"collective,omitempty"`
	PeerID     string         `json:"peer_id"`
	Addresses  []string       `json:"addresses"`
	Connected  bool           `json:"connected"`
	Failure    string         `json:"failure,omitempty"` // of the first connection; it is tried again
}
