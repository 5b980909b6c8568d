package node

import (
	"context"
	"fmt"
	"strings"
	"time"

	"courtcircuit/node/card"
	"courtcircuit/protocol"
	"courtcircuit/store"
)

const (
	minPrefix     = 4 // characters of an id that a command takes
	maxCandidates = 20
)

// ResolveID turns what a person typed after a command into a full id. A full
// id, a unique prefix of one, or a fingerprint acts. A name never does, not
// even when only one person here bears it: it lists its candidates, because a
// namesake may be on any other node.
func (n *Node) ResolveID(_ context.Context, kind protocol.Kind, text string) (string, error) {
	if _, err := protocol.ParseID(text); err == nil {
		return text, nil
	}
	now := time.Now()
	named, err := n.namedCandidates(kind, text, now)
	if err != nil {
		return "", err
	}
	ids, err := n.prefixed(kind, text, now)
	if err != nil {
		return "", err
	}
	switch {
	case len(ids) == 1 && len(named) == 0:
		return protocol.StableID(ids[0]).String(), nil
	case len(ids) == 0 && len(named) == 0:
		p := notFound(kind.String(), text)
		p.Expected = fmt.Sprintf("an id, or at least %d characters of its beginning", minPrefix)
		return "", p
	}
	detail := "a name does not tell people apart; use one of these ids"
	if len(named) == 0 {
		detail = "several ids begin so; add characters"
	}
	for _, id := range ids {
		if c, ok := n.candidate(kind, id, now); ok && !hasCandidate(named, c.ID) {
			named = append(named, c)
		}
	}
	return "", &card.Problem{
		Cause: card.Ambiguous, Field: "id", Detail: detail, Expected: "an id or a unique beginning of one", Candidates: named,
	}
}

func hasCandidate(list []card.Candidate, id string) bool {
	for _, c := range list {
		if c.ID == id {
			return true
		}
	}
	return false
}

// prefixed finds ids by their beginning; a fingerprint is one, in capitals
// and groups.
func (n *Node) prefixed(kind protocol.Kind, text string, now time.Time) ([][32]byte, error) {
	prefix := strings.ToLower(text)
	if len(text) == 14 && text[4] == '-' && text[9] == '-' {
		prefix = strings.ReplaceAll(prefix, "-", "")
	}
	if len(prefix) < minPrefix || strings.Trim(prefix, "abcdefghijklmnopqrstuvwxyz234567") != "" {
		return nil, nil
	}
	ids, err := n.store.ByPrefix(kind, prefix, maxCandidates, now)
	if err != nil {
		return nil, fmt.Errorf("find ids by prefix: %w", err)
	}
	if kind != protocol.KindMission {
		return ids, nil
	}
	drafts, err := n.inbox.Drafts()
	if err != nil {
		return nil, err
	}
	known := map[[32]byte]bool{}
	for _, id := range ids {
		known[id] = true
	}
	for _, d := range drafts {
		if !known[d.ID] && strings.HasPrefix(protocol.StableID(d.ID).String(), prefix) && len(ids) < maxCandidates {
			ids = append(ids, d.ID)
		}
	}
	return ids, nil
}

func (n *Node) namedCandidates(kind protocol.Kind, name string, now time.Time) ([]card.Candidate, error) {
	folded := store.FoldSkill(name)
	if folded == "" {
		return nil, nil
	}
	recs, err := n.store.ByName(kind, folded, maxCandidates, now)
	if err != nil {
		return nil, fmt.Errorf("find by name: %w", err)
	}
	var out []card.Candidate
	for i := range recs {
		if c, ok := n.candidateOf(&recs[i]); ok {
			out = append(out, c)
		}
	}
	if kind != protocol.KindMission {
		return out, nil
	}
	drafts, err := n.inbox.Drafts()
	if err != nil {
		return nil, err
	}
	for _, d := range drafts {
		id := protocol.StableID(d.ID).String()
		if store.FoldSkill(d.Mission.Title) == folded && !hasCandidate(out, id) && len(out) < maxCandidates {
			out = append(out, draftCandidate(id, d.Mission, protocol.Identity(d.ID)))
		}
	}
	return out, nil
}

func (n *Node) candidate(kind protocol.Kind, id [32]byte, now time.Time) (card.Candidate, bool) {
	rec, err := n.store.ByPublicID(kind, id, now)
	if err == nil {
		return n.candidateOf(&rec)
	}
	if d, err := n.inbox.Draft(id); kind == protocol.KindMission && err == nil {
		return draftCandidate(protocol.StableID(id).String(), d.Mission, id), true
	}
	return card.Candidate{}, false
}

func draftCandidate(id string, m card.Mission, key protocol.Identity) card.Candidate {
	return card.Candidate{ID: id, Name: m.Title, Fingerprint: key.Fingerprint(), Hint: "draft", Place: m.Place.Resolved}
}

// candidateOf shows the facts that tell a record from others of its name.
func (n *Node) candidateOf(rec *protocol.Record) (card.Candidate, bool) {
	body, err := protocol.DecodeBody(n.cfg.Network, rec)
	if err != nil {
		return card.Candidate{}, false
	}
	c := card.Candidate{ID: publicIDString(rec.Key()), Fingerprint: fingerprintOf(rec.Key())}
	var place protocol.Place
	var hint []string
	switch b := body.(type) {
	case *protocol.Profile:
		c.Name, place = b.Name, b.Place
		hint = append(hint, b.Headline, b.Place.Name, strings.Join(b.Skills[:min(len(b.Skills), 3)], ", "))
	case *protocol.Mission:
		c.Name, place = b.Title, b.Place
		name, _ := n.collectiveName(rec.Header.Signer.Identity(), time.Now())
		hint = append(hint, b.Place.Name, name, b.State.String())
	case *protocol.Collective:
		c.Name, place = b.Name, b.Place
		hint = append(hint, b.Place.Name, b.URL)
	default:
		return card.Candidate{}, false
	}
	resolved := cardPlace(place)
	c.Place, c.Hint = &resolved, joinWords(hint)
	return c, true
}

func joinWords(words []string) string {
	var out []string
	for _, w := range words {
		if w != "" {
			out = append(out, w)
		}
	}
	return strings.Join(out, " · ")
}
