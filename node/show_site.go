package node

import (
	"context"
	"strings"
	"sync/atomic"
	"time"

	"courtcircuit/node/card"
	"courtcircuit/protocol"
)

// demoNetworks begin so: their people are fictional.
const demoNetworks = "demo"

// siteCache keeps the own collective's card as long as its record is the same.
type siteCache struct {
	own atomic.Pointer[ownCard]
}

type ownCard struct {
	key    protocol.RecordKey
	record protocol.RecordID
	card   card.Collective
}

// Site is what every page says of this node. Nothing is summed up for it.
func (n *Node) Site(context.Context) (card.Site, error) {
	now := time.Now()
	s := card.Site{
		Demo:      strings.HasPrefix(string(n.cfg.Network), demoNetworks),
		Connected: n.peerCount() > 0,
		Empty:     !n.store.HoldsAny(protocol.KindProfile, now),
	}
	own, err := n.ownCard(now)
	if isProblem(err, card.Conflict) {
		return s, nil // it has no name yet
	}
	if err != nil {
		return card.Site{}, err
	}
	c := *own // the caller's to change, but for what it points to
	s.Collective = &c
	return s, nil
}

// ownCard trusts the card it remembers only while its record is the live one.
// The identity is remembered with it, because to ask the keyring derives a
// key: a collective that has a record never becomes another one.
func (n *Node) ownCard(now time.Time) (*card.Collective, error) {
	if held := n.site.own.Load(); held != nil {
		if rec, err := n.store.ByKey(held.key, now); err == nil && rec.ID == held.record {
			return &held.card, nil
		}
	}
	_, rec, body, err := n.collective(now)
	if err != nil {
		return nil, err
	}
	held := &ownCard{rec.Key(), rec.ID, collectiveCard(rec, body)}
	n.site.own.Store(held)
	return &held.card, nil
}
