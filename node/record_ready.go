package node

import (
	"courtcircuit/node/card"
	"courtcircuit/protocol"
	"courtcircuit/store"
)

// viewForStore is store.Config.View: the JSON of a card that stays as it is from
// one search to the next.
func (n *Node) viewForStore(rec *protocol.Record, body any) []byte {
	var ready card.Ready
	var err error
	switch b := body.(type) {
	case *protocol.Profile:
		ready, err = card.ReadyProfile(profileWords(rec, b))
	case *protocol.Mission:
		m := missionWords(b)
		m.Meta = metaOf(rec)
		ready, err = card.ReadyMission(m)
	} // a collective's card sums up its members
	if err != nil {
		n.log.Warn("a card cannot be written beforehand", "record", rec.ID.String(), "error", err)
	}
	return ready
}

// readyOf gives what viewForStore made of a result.
func readyOf(result *store.Result) card.Ready {
	if ready := card.Ready(result.View); ready.Whole() {
		return ready
	}
	return nil
}

func (r *reasoner) foundProfile(result *store.Result, body *protocol.Profile) card.FoundProfile {
	out := card.FoundProfile{Found: found(result, r.ofProfile(result, body)), Ready: readyOf(result)}
	if out.Ready == nil || !r.toWrite {
		out.Profile = profileWords(result.Record(), body)
	}
	addMemberships(&out.Profile, body, result.Memberships, r.query.Now)
	return out
}

func (r *reasoner) foundMission(result *store.Result, body *protocol.Mission) card.FoundMission {
	m := result.Memberships[0] // of a mission the one that published it
	name := m.Name
	if name == "" {
		name = m.Collective.Fingerprint()
	}
	out := card.FoundMission{Found: found(result, r.ofMission(result, body, name)), Ready: readyOf(result)}
	if out.Ready == nil || !r.toWrite {
		out.Mission = missionCard(result.Record(), body, r.query.Now)
	}
	out.Status = missionStatus(body, r.query.Now)
	out.Collective = &card.Membership{ID: m.Collective.String(), Name: m.Name, Verified: m.Verified, Custody: protocol.CustodySelf.String()}
	return out
}
