package node

import (
	"time"

	"courtcircuit/protocol"
)

// OutboxStatus says how sending to other collectives stands.
type OutboxStatus struct {
	Waiting    int // messages
	Oldest     time.Time
	Recipients []OutboxRecipient // those somebody waits for, the oldest first
}

// OutboxRecipient is a collective that messages wait for.
type OutboxRecipient struct {
	Collective string // its id
	Name       string // empty when no record of it is held here
	Waiting    int
	Oldest     time.Time
	NextTry    time.Time // zero while one is under way
	LastError  string    // in English; empty before the first try
}

// OutboxStatus tells what waits for other collectives.
func (n *Node) OutboxStatus() OutboxStatus {
	if n.courier == nil {
		return OutboxStatus{}
	}
	s := n.courier.Status()
	out := OutboxStatus{Waiting: s.Waiting, Oldest: s.Oldest}
	now := time.Now()
	for _, r := range s.Recipients {
		name, _ := n.nameOf(protocol.KindCollective, r.To, now)
		out.Recipients = append(out.Recipients, OutboxRecipient{
			Collective: r.To.String(), Name: name, Waiting: r.Waiting, Oldest: r.Oldest, NextTry: r.NextTry, LastError: r.LastError,
		})
	}
	return out
}
