package node

import (
	"unsafe"

	"courtcircuit/node/card"
	"courtcircuit/protocol"
	"courtcircuit/store"
)

// readyProfile and readyMission are what the store keeps beside a card: the
// part of its view that stays as it is from one search to the next.
type readyProfile struct {
	card card.Profile
	json *card.Ready
}

type readyMission struct {
	card card.Mission
	json *card.Ready
}

// viewForStore is store.Config.View.
func (n *Node) viewForStore(rec *protocol.Record, body any) (view any, bytes int) {
	const pieces = 512 // pointers, short lists and what the allocator rounds up
	switch b := body.(type) {
	case *protocol.Profile:
		v := &readyProfile{card: profileWords(rec, b)}
		var err error
		if v.json, err = card.ReadyProfile(v.card); err != nil {
			n.log.Warn("a card cannot be written beforehand", "record", rec.ID.String(), "error", err)
			return nil, 0
		}
		return v, v.json.Bytes() + int(unsafe.Sizeof(*v)) + pieces
	case *protocol.Mission:
		v := &readyMission{card: missionWords(b)}
		v.card.Meta = metaOf(rec)
		var err error
		if v.json, err = card.ReadyMission(v.card); err != nil {
			n.log.Warn("a mission cannot be written beforehand", "record", rec.ID.String(), "error", err)
			return nil, 0
		}
		return v, v.json.Bytes() + int(unsafe.Sizeof(*v)) + pieces
	}
	return nil, 0 // a collective's card sums up its members
}

func (r *reasoner) foundProfile(result *store.Result, body *protocol.Profile) card.FoundProfile {
	out := card.FoundProfile{Found: found(result, r.ofProfile(result, body))}
	if v, ok := result.View.(*readyProfile); ok {
		out.Profile, out.Ready = v.card, v.json
		addMemberships(&out.Profile, body, result.Memberships, r.query.Now)
	} else {
		out.Profile = profileCard(&result.Record, body, result.Memberships, r.query.Now)
	}
	return out
}

func (r *reasoner) foundMission(result *store.Result, body *protocol.Mission) card.FoundMission {
	m := result.Memberships[0] // of a mission the one that published it
	name := m.Name
	if name == "" {
		name = m.Collective.Fingerprint()
	}
	out := card.FoundMission{Found: found(result, r.ofMission(result, body, name))}
	if v, ok := result.View.(*readyMission); ok {
		out.Mission, out.Ready = v.card, v.json
		out.Status = missionStatus(body, r.query.Now)
	} else {
		out.Mission = missionCard(&result.Record, body, r.query.Now)
	}
	out.Collective = &card.Membership{ID: m.Collective.String(), Name: m.Name, Verified: m.Verified, Custody: protocol.CustodySelf.String()}
	return out
}
