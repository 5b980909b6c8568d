package node

import (
	"context"
	"fmt"
	"time"

	"courtcircuit/node/card"
	"courtcircuit/protocol"
)

const (
	renewEvery  = time.Hour
	renewFirst  = 2 * time.Minute // after the start, when a first catch-up may be over
	renewBatch  = 500
	resumeAfter = 10 * time.Second
)

// runRenewal finishes what a crash cut off, then looks every hour at what
// should be signed anew.
func (n *Node) runRenewal(ctx context.Context) error {
	timer := time.NewTimer(resumeAfter)
	defer timer.Stop()
	pause := renewFirst
	for {
		due := false
		select {
		case <-ctx.Done():
			return nil
		case <-n.service.erased:
		case <-timer.C:
			due = true
		}
		n.resumeService(ctx, n.now())
		if !due {
			continue
		}
		if done, err := n.renewDue(ctx, n.now()); err != nil && ctx.Err() == nil {
			n.log.Warn("renewal", "renewed", done, "error", err)
		} else if done > 0 {
			n.log.Info("records renewed", "records", done)
		}
		timer.Reset(pause)
		pause = renewEvery
	}
}

// mayRenew says whether this node is the one to renew: it has caught up, its
// collective has a name, and the collective's record names this very peer.
func (n *Node) mayRenew(now time.Time) (bool, error) {
	if !n.caughtUp() {
		return false, nil
	}
	if err := n.checkEditable(); err != nil {
		return false, err // it has caught up, so only a fault of the store
	}
	_, _, body, err := n.collective(now)
	if err != nil {
		if isProblem(err, card.Conflict) {
			return false, nil
		}
		return false, err
	}
	key, err := n.keys.PeerKey()
	if err != nil {
		return false, err
	}
	self, err := ownPeerID(key)
	if err != nil {
		return false, err
	}
	for _, l := range body.Nodes {
		if l.Renews && string(l.PeerID) == string(self) {
			return true, nil
		}
	}
	return false, nil
}

// renewDue signs anew what is due, and says how many records that were.
func (n *Node) renewDue(ctx context.Context, now time.Time) (int, error) {
	n.service.edits.Lock()
	defer n.service.edits.Unlock()
	may, err := n.mayRenew(now)
	if err != nil || !may {
		return 0, err
	}
	collective, rec, body, err := n.collective(now)
	if err != nil {
		return 0, err
	}
	r := &renewer{n: n, ctx: ctx, now: now, collective: collective}
	r.ownRecord(rec, body)
	r.missions()
	r.endings(collective)
	for _, id := range n.keys.Members() {
		if r.err != nil || ctx.Err() != nil {
			break
		}
		r.member(id)
	}
	r.flush()
	return r.done, r.err
}

// renewer gathers the new versions of one round.
type renewer struct {
	n          *Node
	ctx        context.Context
	now        time.Time
	collective protocol.Author
	wires      [][]byte
	done       int
	err        error
}

func (r *renewer) add(wire []byte, err error) {
	if err != nil {
		r.fail(err)
		return
	}
	if r.wires = append(r.wires, wire); len(r.wires) >= renewBatch {
		r.flush()
	}
}

func (r *renewer) fail(err error) {
	if r.err == nil && err != nil {
		r.err = fmt.Errorf("renew: %w", err)
	}
}

func (r *renewer) flush() {
	if r.err != nil || len(r.wires) == 0 {
		return
	}
	if err := r.n.publishWires(r.ctx, r.wires); err != nil {
		r.fail(err)
		return
	}
	var people []protocol.Identity
	for _, wire := range r.wires {
		rec, err := protocol.Parse(wire)
		if err == nil && rec.Header.Kind == protocol.KindProfile {
			people = append(people, rec.Header.Signer.Identity())
			err = r.n.noteSigned(rec.Header.Signer.Identity(), rec.ID)
		}
		r.fail(err)
	}
	r.n.noteStep(card.MemberStep{At: r.now.UTC(), What: card.StepRenewed, Role: roleNode}, people...)
	r.done += len(r.wires)
	r.wires = nil
}

// due asks the rule about one record.
func (r *renewer) due(author protocol.Author, rec *protocol.Record, body any, grant bool) bool {
	here, err := r.n.signedHere(author, rec)
	if err != nil {
		r.fail(err)
		return false
	}
	verdict := decideRenewal(renewFacts{header: &rec.Header, body: body, signedHere: here, grantDue: grant}, r.now)
	if verdict == renewElsewhere || verdict == renewUnconfirmed {
		r.n.log.Debug("not renewed", "kind", rec.Header.Kind.String(), "identity", author.Identity().String(), "reason", string(verdict))
	}
	return verdict == renew
}

func (r *renewer) ownRecord(rec *protocol.Record, body *protocol.Collective) {
	if r.due(r.collective, rec, body, false) {
		r.add(r.n.sealCollective(r.collective, body, r.now))
		r.flush() // before others of the collective's are numbered after it
	}
}

func (r *renewer) missions() {
	all, err := r.n.publishedMissions(r.ctx, r.collective.Identity(), r.now)
	r.fail(err)
	for i := range all {
		rec := all[i].Record()
		body, ok := all[i].Body.(*protocol.Mission)
		if !ok || len(rec.Header.Slot) != 16 || !r.due(r.collective, rec, body, false) {
			continue
		}
		r.add(r.n.sealMission(r.collective, [16]byte(rec.Header.Slot), body, r.now))
	}
	r.flush()
}

// endings renews the erasure and the succession of an identity whose key is
// here; they carry no words, only what must stay known.
func (r *renewer) endings(author protocol.Author) {
	id := author.Identity()
	newest, err := r.n.store.NewestIssue(id)
	r.fail(err)
	for _, kind := range []protocol.Kind{protocol.KindErasure, protocol.KindSuccession} {
		rec, err := r.n.store.ByKey(protocol.RecordKey{Identity: id, Kind: kind}, r.now)
		if isAbsent(&rec, err) {
			continue
		}
		r.fail(err)
		if err != nil || !r.due(author, &rec, nil, false) {
			continue
		}
		// A newer erasure would also cover what was published since. The old
		// one may run out then: what it covers could not have lived so long.
		if kind == protocol.KindErasure && newest > rec.Header.IssuedAtMillis {
			continue
		}
		r.add(r.sealEnding(author, kind, rec.Header.Grant, newest))
	}
	r.flush()
}

func (r *renewer) sealEnding(author protocol.Author, kind protocol.Kind, grant *protocol.Grant, newest int64) ([]byte, error) {
	issued, err := protocol.NextIssue(r.now, newest)
	if err != nil {
		return nil, err
	}
	draft := protocol.SuccessionDraft(grant, issued)
	if kind == protocol.KindErasure {
		draft = protocol.ErasureDraft(grant, issued)
	}
	return r.n.opener.Seal(author, draft)
}

func (r *renewer) member(id protocol.Identity) {
	author, ok := r.n.keys.Member(id)
	if !ok {
		return
	}
	if author.Signer.Succession != nil {
		r.endings(author)
	}
	rec, err := r.n.store.ByKey(protocol.RecordKey{Identity: id, Kind: protocol.KindProfile}, r.now)
	if isAbsent(&rec, err) || (err == nil && !rec.HasBody) {
		return
	}
	if err != nil {
		r.fail(err)
		return
	}
	ended := int64(0)
	if g := rec.Header.Grant; g != nil {
		if ended, err = r.n.endedAt(r.collective.Identity(), id, r.now); err != nil {
			r.fail(err)
			return
		}
	}
	due := grantDue(rec.Header.Grant, r.collective.Signer, ended, r.now)
	if !due && r.now.Before(renewAt(&rec.Header)) {
		return // most of them, most of the time: no body decoded
	}
	r.profile(author, &rec, due, ended)
}

func (r *renewer) profile(author protocol.Author, rec *protocol.Record, due bool, ended int64) {
	decoded, err := protocol.DecodeBody(r.n.cfg.Network, rec)
	if err != nil || !r.due(author, rec, decoded, due) {
		return
	}
	body := decoded.(*protocol.Profile)
	issued, err := r.n.nextIssue(author.Identity(), 0, r.now)
	if err != nil {
		r.fail(err)
		return
	}
	draft, err := body.Draft(r.renewedGrant(author.Identity(), rec.Header.Grant, issued, ended), issued)
	if err != nil {
		r.fail(err)
		return
	}
	r.add(r.n.opener.Seal(author, draft))
}

// renewedGrant is the grant of the next version: a member stays one, and who
// is none, or was dismissed, does not become one by the passing of time.
func (r *renewer) renewedGrant(person protocol.Identity, held *protocol.Grant, issued, ended int64) *protocol.Grant {
	if held == nil {
		return nil
	}
	own := held.Collective.Identity() == r.collective.Identity() && held.IssuedAtMillis > ended
	if own {
		g, err := r.n.grantFor(r.collective, person, held, issued, ended)
		if err != nil {
			r.fail(err)
		}
		return g
	}
	if held.ExpiresAtMillis <= issued {
		return nil // a record under a grant that ran out is refused
	}
	return held
}
