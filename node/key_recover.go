package node

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"courtcircuit/node/card"
	"courtcircuit/node/httpapi/api"
	"courtcircuit/protocol"
)

// KeyRecover moves an identity to a new key, which this node then holds: a
// key was lost or stolen, or its person leaves a node that held it. What the
// identity has published is signed anew, because nothing that an older key
// signed counts any more.
func (n *Node) KeyRecover(ctx context.Context, id, recoverySecret string) (api.Key, error) {
	n.service.edits.Lock()
	defer n.service.edits.Unlock()
	now := time.Now()
	if err := n.checkEditable(); err != nil {
		return api.Key{}, err
	}
	raw, err := parseID("key", id)
	if err != nil {
		return api.Key{}, err
	}
	secret, err := protocol.ParseRecoverySecret(recoverySecret)
	if err != nil {
		return api.Key{}, invalid("recovery_secret", "the secret that was handed out with the key", "%v", err)
	}
	signer, err := n.newestSigner(raw, now)
	if err != nil {
		return api.Key{}, err
	}
	key, err := protocol.NewPrivateKey(rand.Reader)
	if err != nil {
		return api.Key{}, err
	}
	successor, err := signer.Succeed(n.cfg.Network, secret, key)
	if errors.Is(err, protocol.ErrWrongRecoverySecret) {
		return api.Key{}, invalid("recovery_secret", "the secret of "+protocol.Identity(raw).Fingerprint(), "%v", err)
	}
	if err != nil {
		return api.Key{}, err
	}
	own, has := n.keys.Collective()
	_, known := n.collectiveName(raw, now)
	if (has && own.Identity() == successor.Identity()) || (!has && known) {
		return n.succeedCollective(ctx, successor, has, now)
	}
	return n.succeedMember(ctx, successor, now)
}

// newestSigner is the identity's newest known signer form, from its records
// and from the keys kept here.
func (n *Node) newestSigner(id protocol.Identity, now time.Time) (protocol.Signer, error) {
	var best protocol.Signer
	found := false
	consider := func(s protocol.Signer) {
		if !found || s.Generation().Above(best.Generation()) {
			best, found = s, true
		}
	}
	for _, kind := range []protocol.Kind{protocol.KindProfile, protocol.KindCollective, protocol.KindSuccession, protocol.KindErasure} {
		rec, err := n.store.ByKey(protocol.RecordKey{Identity: id, Kind: kind}, now)
		if err == nil {
			consider(rec.Header.Signer)
		} else if !isAbsent(&rec, err) {
			return best, fmt.Errorf("find signer: %w", err)
		}
	}
	if a, ok := n.keys.Member(id); ok {
		consider(a.Signer)
	}
	if a, ok := n.keys.Collective(); ok && a.Identity() == id {
		consider(a.Signer)
	}
	if !found {
		p := notFound("identity", id.String())
		p.Expected = "an identity of which a record is here; catch up with a peer first"
		return best, p
	}
	return best, nil
}

// succession drafts what every succession publishes: a new erasure where one
// lives, because what an older key ended would rise again, then the
// succession itself.
func (n *Node) succession(author protocol.Author, grant *protocol.Grant, now time.Time) ([][]byte, error) {
	id := author.Identity()
	issued, err := n.nextIssue(id, 0, now)
	if err != nil {
		return nil, err
	}
	var wires [][]byte
	rec, err := n.store.ByKey(protocol.RecordKey{Identity: id, Kind: protocol.KindErasure}, now)
	if err != nil && !isAbsent(&rec, err) {
		return nil, fmt.Errorf("find erasure: %w", err)
	}
	if !isAbsent(&rec, err) {
		// The same moment: a later one would cover what was published since.
		wire, err := n.opener.Seal(author, protocol.ErasureDraft(rec.Header.Grant, rec.Header.IssuedAtMillis))
		if err != nil {
			return nil, err
		}
		wires = append(wires, wire)
	}
	wire, err := n.opener.Seal(author, protocol.SuccessionDraft(grant, issued))
	if err != nil {
		return nil, err
	}
	return append(wires, wire), nil
}

// succeedMember gives a person a new key here, and republishes the card under
// a grant of this node's collective if it has a name.
func (n *Node) succeedMember(ctx context.Context, author protocol.Author, now time.Time) (api.Key, error) {
	wires, err := n.memberSuccession(author, now)
	if err != nil {
		return api.Key{}, problemOf(err)
	}
	if err := n.markRecovery(author); err != nil {
		return api.Key{}, err
	}
	// The key first: a succession to a key that was lost would need another.
	if n.keys.HasMember(author.Identity()) {
		err = n.keys.Replace(author)
	} else {
		err = n.keys.AddMember(author)
	}
	if err != nil {
		return api.Key{}, err
	}
	if err := n.finishMember(ctx, author, wires); err != nil {
		return api.Key{}, err
	}
	return n.keyCard(author, roleMember, now), nil
}

// memberSuccession is everything that a person's new key signs at once.
func (n *Node) memberSuccession(author protocol.Author, now time.Time) ([][]byte, error) {
	var grant *protocol.Grant
	var profile [][]byte
	if rec, body, err := n.recordOf(protocol.KindProfile, author.Identity(), now); err == nil {
		wire, err := n.sealSuccessor(author, body.(*protocol.Profile), now)
		if err != nil {
			return nil, err
		}
		profile, grant = append(profile, wire), rec.Header.Grant
	}
	wires, err := n.succession(author, grant, now)
	return append(wires, profile...), err
}

// finishMember publishes with a key that is kept; no wires when that was done.
func (n *Node) finishMember(ctx context.Context, author protocol.Author, wires [][]byte) error {
	if err := n.publishOwn(ctx, wires...); err != nil {
		return err
	}
	// The new key is nowhere else, whatever became of the old one.
	if err := n.unmarkShared(author.Identity()); err != nil {
		return err
	}
	return n.unmarkRecovery(author.Identity())
}

// sealSuccessor signs a card with its new key. The person comes to this node,
// so a membership elsewhere is not carried along.
func (n *Node) sealSuccessor(author protocol.Author, body *protocol.Profile, now time.Time) ([]byte, error) {
	collective, _, _, err := n.collective(now)
	if err == nil {
		sealed, err := n.sealProfile(collective, author, nil, body, now)
		if err != nil {
			return nil, err
		}
		return sealed.Record().Wire(), nil
	}
	if !isProblem(err, card.Conflict) {
		return nil, err
	}
	issued, err := n.nextIssue(author.Identity(), 0, now)
	if err != nil {
		return nil, err
	}
	draft, err := body.Draft(nil, issued)
	if err != nil {
		return nil, err
	}
	return n.opener.Seal(author, draft)
}

// succeedCollective signs everything of the collective anew in one commit,
// then grants its members again: grants of the older key no longer count.
func (n *Node) succeedCollective(ctx context.Context, author protocol.Author, has bool, now time.Time) (api.Key, error) {
	wires, err := n.collectiveSuccession(ctx, author, now)
	if err != nil {
		return api.Key{}, problemOf(err)
	}
	if err := n.markRecovery(author); err != nil {
		return api.Key{}, err
	}
	if err := n.keepCollective(author, has); err != nil {
		return api.Key{}, err
	}
	n.store.SetOwn(author.Identity())
	if err := n.finishCollective(ctx, author, wires, now); err != nil {
		return api.Key{}, err
	}
	return n.keyCard(author, roleCollective, now), nil
}

func (n *Node) collectiveSuccession(ctx context.Context, author protocol.Author, now time.Time) ([][]byte, error) {
	wires, err := n.succession(author, nil, now)
	if err != nil {
		return nil, err
	}
	if _, decoded, err := n.recordOf(protocol.KindCollective, author.Identity(), now); err == nil {
		body := *decoded.(*protocol.Collective)
		old := body
		body.Nodes = nil
		if err := n.addNode(&body, &old, author); err != nil {
			return nil, err
		}
		wire, err := n.sealCollective(author, &body, now)
		if err != nil {
			return nil, err
		}
		wires = append(wires, wire)
	}
	missions, err := n.resealMissions(ctx, author, now)
	return append(wires, missions...), err
}

// finishCollective publishes with a key that is kept; no wires when that was
// done.
func (n *Node) finishCollective(ctx context.Context, author protocol.Author, wires [][]byte, now time.Time) error {
	if err := n.publishOwn(ctx, wires...); err != nil {
		return err
	}
	if _, _, err := n.recordOf(protocol.KindCollective, author.Identity(), now); err == nil {
		if err := n.regrantMembers(ctx, author, now); err != nil {
			return err
		}
	}
	return n.unmarkRecovery(author.Identity())
}

func (n *Node) resealMissions(ctx context.Context, author protocol.Author, now time.Time) ([][]byte, error) {
	all, err := n.publishedMissions(ctx, author.Identity(), now)
	if err != nil {
		return nil, err
	}
	var wires [][]byte
	for i := range all {
		body, ok := all[i].Body.(*protocol.Mission)
		if slot := all[i].Record().Header.Slot; ok && len(slot) == 16 {
			wire, err := n.sealMission(author, [16]byte(slot), body, now)
			if err != nil {
				return nil, err
			}
			wires = append(wires, wire)
		}
	}
	return wires, nil
}

// regrantMembers signs the cards of members whose keys are here under grants
// of the collective's new key. Cut off, the hourly renewal does the rest.
func (n *Node) regrantMembers(ctx context.Context, collective protocol.Author, now time.Time) error {
	r := &renewer{n: n, ctx: ctx, now: now, collective: collective}
	for _, id := range n.keys.Members() {
		r.member(id)
	}
	r.flush()
	return r.err
}
