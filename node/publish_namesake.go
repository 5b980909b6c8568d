package node

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"courtcircuit/node/card"
	"courtcircuit/node/httpapi/api"
	"courtcircuit/protocol"
	"courtcircuit/store"
)

// Two people may bear one name in one place, and one person may stand in a
// list that is imported twice. A row that does not say whose card it is never
// decides between the two: what says the same as a card of the collective is
// that card, and what says something else is refused with the ways to go on.

// namesake is a card of the same name and place as a row.
type namesake struct {
	id   protocol.Identity
	body *protocol.Profile
}

// namesakes are the collective's cards that a row could mean. A row with a
// reference does not mean those that have another one.
func (n *Node) namesakes(body *protocol.Profile, ref string, now time.Time) ([]namesake, error) {
	recs, err := n.store.ByName(protocol.KindProfile, store.FoldSkill(body.Name), maxNamesakes, now)
	if err != nil {
		return nil, fmt.Errorf("find namesakes: %w", err)
	}
	var out []namesake
	for i := range recs {
		id := recs[i].Header.Signer.Identity()
		decoded, err := protocol.DecodeBody(n.cfg.Network, &recs[i])
		held, ok := decoded.(*protocol.Profile)
		if err != nil || !ok || !n.sameCommune(held.Place, body.Place) {
			continue // what cannot be read is nobody's card that is shown
		}
		own, err := n.isOwnCard(&recs[i], held, now)
		if err != nil {
			return nil, err
		}
		if own && ref != "" {
			listed, err := n.isListed(id)
			if err != nil {
				return nil, err
			}
			own = !listed
		}
		if own {
			out = append(out, namesake{id, held})
		}
	}
	return out, nil
}

// isOwnCard says that the key is here, or the person a member who holds it.
func (n *Node) isOwnCard(rec *protocol.Record, body *protocol.Profile, now time.Time) (bool, error) {
	if n.keys.HasMember(rec.Header.Signer.Identity()) {
		return true, nil
	}
	view, err := n.wholeProfile(rec, body, now)
	own := n.ownIdentity().String()
	return slices.ContainsFunc(view.Collectives, func(m card.Membership) bool { return m.Verified && m.ID == own }), err
}

// isListed says that a list's reference leads to a card. That of the person's
// own page is none of a list.
func (n *Node) isListed(id protocol.Identity) (bool, error) {
	key, entered, err := n.entryOf(id)
	if err != nil {
		return false, err
	}
	var besides []string
	if entered {
		besides = append(besides, memberRef(key))
	}
	return n.inbox.HasRef(id, besides...)
}

// sameCommune is what NamesLike goes by, too.
func (n *Node) sameCommune(a, b protocol.Place) bool {
	if a.LatCenti == b.LatCenti && a.LonCenti == b.LonCenti {
		return true
	}
	here, there := n.communes.nearest(a.LatCenti, a.LonCenti), n.communes.nearest(b.LatCenti, b.LonCenti)
	return here != nil && there != nil && here.slug == there.slug
}

// sameWords leaves out what a form does not say.
func sameWords(a, b *protocol.Profile) bool {
	return bytes.Equal(wordsOf(a), wordsOf(b))
}

func wordsOf(p *protocol.Profile) []byte {
	said := card.ProfileOf(p)
	said.ConfirmedAt = nil
	words, _ := json.Marshal(said) // texts and numbers: it cannot fail
	return words
}

// settleNamesakes says for each card that would begin a new person whether it
// is one that is here, or stands in the batch before it. It leaves out of the
// batch what is refused.
func (n *Node) settleNamesakes(batch []*pending, items []api.Import, out []api.Imported) []*pending {
	begun := map[string][]*pending{} // by folded name
	settled := make([]*pending, 0, len(batch))
	for _, p := range batch {
		if p.old != nil {
			settled = append(settled, p)
			continue
		}
		item, name := items[p.index], store.FoldSkill(p.body.Name)
		if !item.Another {
			known := p.namesakes
			for _, q := range begun[name] {
				if n.sameCommune(q.body.Place, p.body.Place) && (item.Ref == "" || items[q.index].Ref == "") {
					known = append(known, namesake{q.author.Identity(), q.body})
				}
			}
			if i := slices.IndexFunc(known, func(k namesake) bool { return sameWords(k.body, p.body) }); i >= 0 {
				p.same = &known[i].id
			} else if len(known) > 0 {
				out[p.index].Err = namesakeProblem(p.body, known)
				continue
			}
		}
		if p.same == nil {
			begun[name] = append(begun[name], p)
		}
		settled = append(settled, p)
	}
	return settled
}

func namesakeProblem(row *protocol.Profile, known []namesake) error {
	var ids []string
	var candidates []card.Candidate
	for _, k := range known {
		place := cardPlace(k.body.Place)
		ids = append(ids, k.id.String())
		candidates = append(candidates, card.Candidate{
			ID: k.id.String(), Name: k.body.Name, Fingerprint: k.id.Fingerprint(), Place: &place, Hint: joinWords([]string{k.body.Headline, strings.Join(k.body.Skills[:min(len(k.body.Skills), 3)], ", ")}),
		})
	}
	problem := conflict("%q in %s has a card here already, which says something else: %s", shortWords(row.Name), row.Place.Name, strings.Join(ids[:min(len(ids), 3)], ", "))
	problem.Field, problem.Candidates = "name", candidates[:min(len(candidates), maxCandidates)]
	problem.Expected = "that id in a column profile_id, to change this card, or courtcircuit profile edit; --another, for somebody else of this name"
	return problem
}
