package node

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/libp2p/go-libp2p/core/crypto"
	"github.com/libp2p/go-libp2p/core/peer"

	"courtcircuit/node/card"
	"courtcircuit/protocol"
)

// Collective reads a collective by its full id; "" is this node's own.
func (n *Node) Collective(_ context.Context, id string) (card.Collective, error) {
	now := time.Now()
	if id == "" {
		_, rec, body, err := n.collective(now)
		if err != nil {
			return card.Collective{}, err
		}
		return n.wholeCollective(rec, body, now)
	}
	raw, err := parseID("collective", id)
	if err != nil {
		return card.Collective{}, err
	}
	rec, body, err := n.shownRecord(protocol.KindCollective, raw, now)
	if err != nil {
		return card.Collective{}, err
	}
	return n.wholeCollective(rec, body.(*protocol.Collective), now)
}

// wholeCollective adds what its members bring: their number and skills.
func (n *Node) wholeCollective(rec *protocol.Record, body *protocol.Collective, now time.Time) (card.Collective, error) {
	c := collectiveCard(rec, body)
	sum, err := n.sumMembers(rec.Header.Signer.Identity(), now)
	c.Members, c.Skills = sum.members, slices.Clone(sum.skills)
	return c, err
}

// skillSum counts all words for one skill as one.
type skillSum struct {
	key       func(skill string) string
	spellings map[string]map[string]int // key → as written → people
}

func (s skillSum) add(skills []string) {
	seen := map[string]bool{}
	for _, skill := range skills {
		key := s.key(skill)
		if seen[key] {
			continue
		}
		seen[key] = true
		if s.spellings[key] == nil {
			s.spellings[key] = map[string]int{}
		}
		s.spellings[key][skill]++
	}
}

// list gives the most frequent first, each as most people write it.
func (s skillSum) list() []card.SkillCount {
	var out []card.SkillCount
	for _, spellings := range s.spellings {
		best := card.SkillCount{}
		total, most := 0, 0
		for skill, count := range spellings {
			total += count
			if count > most || (count == most && skill < best.Skill) {
				best.Skill, most = skill, count
			}
		}
		best.Count = total
		out = append(out, best)
	}
	slices.SortFunc(out, func(a, b card.SkillCount) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Skill, b.Skill))
	})
	return out
}

// collectiveName is the name in a collective's live record, if there is one.
func (n *Node) collectiveName(id protocol.Identity, now time.Time) (string, bool) {
	rec, err := n.store.ByKey(protocol.RecordKey{Identity: id, Kind: protocol.KindCollective}, now)
	if err != nil || rec.Header.IsTombstone() || !rec.HasBody {
		return "", false
	}
	body, err := protocol.DecodeBody(n.cfg.Network, &rec)
	if err != nil {
		return "", false
	}
	return body.(*protocol.Collective).Name, true
}

func ownPeerID(key protocol.PrivateKey) (peer.ID, error) {
	pub := key.Public()
	parsed, err := crypto.UnmarshalEd25519PublicKey(pub[:])
	if err != nil {
		return "", fmt.Errorf("read peer key: %w", err)
	}
	return peer.IDFromPublicKey(parsed)
}
