package node

import (
	"time"

	"courtcircuit/node/access"
	"courtcircuit/node/card"
)

const day = 24 * time.Hour

// How long private things are kept, all in one place: what the pages promise
// is what runRetention and the courier go by.
const (
	briefKept        = 90 * day  // brief and track after their last step, contact details and all
	briefWaitingKept = 180 * day // the same while nobody has answered
	outboxKept       = 30 * day  // a message on its way to another collective
	seenKept         = 120 * day // mark of a message that came; it must outlast every copy on its way
	linkAge          = 14 * day  // a member's link lets in, unless something shorter is asked for
	invitationKept   = 60 * day  // an invitation that nobody took up
	auditKept        = 400 * day
	reportKept       = 180 * day
)

// retentionTimes is what people are told, in the order in which they read it.
// Keys are those of the pages' words: retention_….
func retentionTimes() []card.Retention {
	sessions := access.DefaultConfig("").Sessions
	return []card.Retention{
		{Key: "brief", Duration: briefKept},
		{Key: "brief_waiting", Duration: briefWaitingKept},
		{Key: "outbox", Duration: outboxKept},
		{Key: "seen", Duration: seenKept},
		{Key: "report", Duration: reportKept},
		{Key: "invitation", Duration: invitationKept},
		{Key: "link", Duration: linkAge},
		{Key: "session_member", Duration: sessions[access.Member].Absolute},
		{Key: "session_coordinator", Duration: sessions[access.Coordinator].Absolute},
		{Key: "audit", Duration: auditKept},
	}
}
