package node

import "fmt"

// Limits are those bounds of what peers may take that an operator may change,
// under [limits] in courtcircuit.toml. Start from DefaultLimits; the zero
// value is not valid. limitFields has the least and the most of each, and
// docs/operations.md what each is for.
type Limits struct {
	// Connections in all. Above it those of the least use are closed. Default 200.
	Connections int
	// ConnectionsPerPeer leaves room for a dial from each side. Default 2.
	ConnectionsPerPeer int
	// ConnectionsPerAddress is for one public IPv4 address or IPv6 /56: several
	// nodes behind one router. Private networks have none. Default 32.
	ConnectionsPerAddress int
	// ConnectsPerMinute is how often one address may connect, private ones
	// too and this machine not; as many at once. Default 60.
	ConnectsPerMinute int
	// StreamsPerPeer are open at once in each direction. Default 32.
	StreamsPerPeer int
	// StreamsPerSecond is how often one peer may open one, with ten seconds'
	// worth at once; who goes on four times as long is cut off. Default 20.
	StreamsPerSecond int
	// CatchUpStreams are answered at once, of all peers and of one. Default
	// 16 and 2.
	CatchUpStreams, CatchUpStreamsPerPeer int
	// CatchUpSessions are asked by this node at once. Default 4.
	CatchUpSessions int
	// AnswerPercent is the part of one processor core that answering peers in
	// catch-up takes. Default 16.
	AnswerPercent int
	// MemoryMiB is what connections and streams may reserve. Default 256.
	MemoryMiB int
	// GossipQueue is how many messages wait for each peer, and for being
	// judged here. Pubsub's own 32 loses messages in bursts. Default 1024.
	GossipQueue int
	// GossipWaiting is how many judged records wait for the disk. Default 4096.
	GossipWaiting int
	// RememberedPeers are kept over restarts. Default 512.
	RememberedPeers int
	// DiskMiB is what the replica's files may take before records of others
	// are refused; 0 is for no bound but Config.MinFreeBytes. Default 10240.
	DiskMiB int
}

// limitField is one of Limits: its name in courtcircuit.toml and in metrics,
// what may stand there, and the bound that says when it bites.
type limitField struct {
	name        string
	byDefault   int
	least, most int
	at          func(*Limits) *int
	bound       bound
	zero        bool // 0 is allowed too and means none
}

var limitFields = []limitField{
	{name: "connections", byDefault: 200, least: 16, most: 10_000, bound: boundConnections, at: func(l *Limits) *int { return &l.Connections }},
	{name: "connections_per_peer", byDefault: 2, least: 2, most: 8, bound: boundPeerConnections, at: func(l *Limits) *int { return &l.ConnectionsPerPeer }},
	{name: "connections_per_address", byDefault: 32, least: 1, most: 10_000, bound: boundAddress, at: func(l *Limits) *int { return &l.ConnectionsPerAddress }},
	{name: "connects_per_minute", byDefault: 60, least: 6, most: 100_000, bound: boundConnects, at: func(l *Limits) *int { return &l.ConnectsPerMinute }},
	{name: "streams_per_peer", byDefault: 32, least: 8, most: 1024, bound: boundStreams, at: func(l *Limits) *int { return &l.StreamsPerPeer }},
	{name: "streams_per_second", byDefault: 20, least: 1, most: 10_000, bound: boundStreamRate, at: func(l *Limits) *int { return &l.StreamsPerSecond }},
	{name: "catch_up_streams", byDefault: 16, least: 1, most: 256, bound: boundSyncStreams, at: func(l *Limits) *int { return &l.CatchUpStreams }},
	{name: "catch_up_streams_per_peer", byDefault: 2, least: 1, most: 16, bound: boundPeerSyncStreams, at: func(l *Limits) *int { return &l.CatchUpStreamsPerPeer }},
	{name: "catch_up_sessions", byDefault: 4, least: 1, most: 64, bound: boundSessions, at: func(l *Limits) *int { return &l.CatchUpSessions }},
	{name: "answer_percent", byDefault: 16, least: 1, most: 1600, bound: boundAnswers, at: func(l *Limits) *int { return &l.AnswerPercent }},
	{name: "memory_mib", byDefault: 256, least: 32, most: 1 << 20, bound: boundMemory, at: func(l *Limits) *int { return &l.MemoryMiB }},
	{name: "gossip_queue", byDefault: 1024, least: 1, most: 1 << 16, bound: boundGossipQueue, at: func(l *Limits) *int { return &l.GossipQueue }},
	{name: "gossip_waiting", byDefault: 4096, least: 1, most: 1 << 20, bound: boundGossipWaiting, at: func(l *Limits) *int { return &l.GossipWaiting }},
	{name: "remembered_peers", byDefault: 512, least: 16, most: 100_000, bound: boundRemembered, at: func(l *Limits) *int { return &l.RememberedPeers }},
	{name: "disk_mib", byDefault: 10_240, least: 64, most: 1 << 30, zero: true, bound: boundDisk, at: func(l *Limits) *int { return &l.DiskMiB }},
}

// DefaultLimits gives the defaults named at each field.
func DefaultLimits() Limits {
	var l Limits
	for _, f := range limitFields {
		*f.at(&l) = f.byDefault
	}
	return l
}

// LimitNames are the settings under [limits].
func LimitNames() []string {
	names := make([]string, len(limitFields))
	for i, f := range limitFields {
		names[i] = f.name
	}
	return names
}

// Set changes one by its name; an unknown one is an error.
func (l *Limits) Set(name string, value int) error {
	for _, f := range limitFields {
		if f.name == name {
			*f.at(l) = value
			return nil
		}
	}
	return fmt.Errorf("limits.%s is not known", name)
}

// Validate names the first limit that is out of its bounds.
func (l Limits) Validate() error {
	for _, f := range limitFields {
		value := *f.at(&l)
		switch {
		case value == 0 && f.zero:
		case value < f.least || value > f.most:
			return fmt.Errorf("limits.%s is %d: %d to %d expected", f.name, value, f.least, f.most)
		}
	}
	if l.CatchUpStreamsPerPeer > l.CatchUpStreams || l.ConnectionsPerAddress > l.Connections {
		return fmt.Errorf("limits: %d catch-up streams of one peer among %d, %d connections of one address among %d: not more for one than for all expected",
			l.CatchUpStreamsPerPeer, l.CatchUpStreams, l.ConnectionsPerAddress, l.Connections)
	}
	return nil
}

// lowConnections is down to where the connection manager closes.
func (l Limits) lowConnections() int { return l.Connections * 4 / 5 }

// allConnections has room for dials of this node's own beside those.
func (l Limits) allConnections() int { return l.Connections + 56 }
