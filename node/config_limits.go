package node

import "time"

// The bounds of everything that peers can make grow. Each has a counter in
// metrics_node.go that says when it bites.
const (
	// Connections. The connection manager trims to lowConnections when there
	// are more than maxConnections.
	maxConnections      = 200
	lowConnections      = 160
	maxConnsPerPeer     = 2
	maxStreamsPerPeer   = 32
	maxConnsPerAddress  = 32 // one public IPv4 address or IPv6 /56: several nodes behind one router
	connectionGrace     = 30 * time.Second
	handshakeTimeout    = 15 * time.Second
	maxBlockedPeers     = 1024
	blockedFor          = time.Hour
	faultsUntilCutOff   = 4 // proven faults within an hour, or that many invalid messages
	maxRememberedFaulty = 1024

	// Gossip. Pubsub's default queues of 32 lose messages of a burst
	// without a word.
	gossipQueueLength     = 1024
	deliveryQueueLength   = 4096
	maxGossipMessageBytes = 32 << 10
	maxGossipControlBytes = 256 << 10
	maxMessagesPerPublish = 64 // more at once goes by a catch-up hint
	ingestBatchRecords    = 512

	// Catch-up.
	maxSyncStreamsPerPeer = 2
	maxSyncStreams        = 16
	maxSyncSessions       = 4 // asked by this node at once
	maxPendingSyncs       = 256
	syncFrameTimeout      = 30 * time.Second
	syncOpenTimeout       = 15 * time.Second
	syncSessionTimeout    = 30 * time.Minute
	syncPatience          = time.Minute // of waiting, see pace
	minSyncBytesPerSecond = 8 << 10
	maxSyncBackoff        = 15 * time.Minute
	diskRetryAfter        = 30 * time.Second // doubled each time, up to maxDiskRetry
	maxDiskRetry          = 5 * time.Minute
	maxMissingBodies      = 1024
	maxBodyAskers         = 16
	headersPerRequest     = 512
	bodiesPerRequest      = 256
	maxSyncFrameBytes     = 512 << 10
	maxRefusedIDs         = 1 << 16
	hintEvery             = 5 * time.Second // from one peer, at most
	maxUnfitPeers         = 1024
	unfitFor              = time.Hour // a peer that does not speak catch-up

	// Peers.
	maxPeersPerAnswer     = 32
	maxPeerRecordBytes    = 4 << 10
	maxAddrsPerPeer       = 16
	maxRememberedPeers    = 512
	rememberPeersFor      = 30 * 24 * time.Hour
	maxPeersStreams       = 16
	maxPeersStreamsOfPeer = 1
	peersTimeout          = 20 * time.Second
	maxParallelDials      = 4
	dialTimeout           = 15 * time.Second

	// Events.
	eventRingLength       = 1024
	eventQueueLength      = 256
	maxEventSubscriptions = 256
)
