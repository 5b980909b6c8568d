package node

import "time"

// The bounds of everything that peers can make grow, beside those of Limits,
// which an operator may change. Each has a counter, see limit_reached.go;
// bounds_test.go walks over all of them.
const (
	// Connections.
	maxStreams          = 4096 // in all, half of them inbound
	connectionGrace     = 30 * time.Second
	handshakeTimeout    = 15 * time.Second
	maxBlockedPeers     = 1024
	blockedFor          = time.Hour
	faultsUntilCutOff   = 4 // proven faults within an hour, or that many invalid messages
	maxRememberedFaulty = 1024

	// Gossip.
	maxGossipMessageBytes = 32 << 10
	maxGossipControlBytes = 256 << 10
	maxMessagesPerPublish = 64 // more at once goes by a catch-up hint
	ingestBatchRecords    = 512

	// Catch-up.
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
	maxDialsWaiting       = 512
	maxBackoffPeers       = 2048
	rememberPeersFor      = 30 * 24 * time.Hour
	keepPeersLeast        = 64 // of them, the last seen, for however long
	maxPeersStreams       = 16
	maxPeersStreamsOfPeer = 1
	peersTimeout          = 20 * time.Second
	maxParallelDials      = 4
	dialTimeout           = 15 * time.Second

	// Events.
	eventRingLength       = 1024
	eventQueueLength      = 1024 // two commits of a catch-up fit
	maxEventSubscriptions = 256
)
