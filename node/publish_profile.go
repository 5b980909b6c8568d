package node

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"courtcircuit/node/card"
	"courtcircuit/node/httpapi/api"
	"courtcircuit/node/inbox"
	"courtcircuit/protocol"
)

// PublishProfile publishes a person's card under a key made here, with a
// grant of the node's collective. A ref that named a card before replaces
// that card; without one it is another person, whatever the name. It is
// durable when the method returns.
func (n *Node) PublishProfile(ctx context.Context, p card.Profile, ref string) (api.Published, error) {
	done, err := n.PublishProfiles(ctx, []api.Import{{Ref: ref, Profile: p, Another: true}})
	if err != nil {
		return api.Published{}, err
	}
	return done[0].Published, done[0].Err
}

// importBatch is how many cards go into one transaction: one sync of the disk
// each would be 50 times slower.
const importBatch = 500

// PublishProfiles publishes many cards; one at fault does not keep the others
// back. A card without a reference never makes a second person of somebody
// who has one here (see publish_namesake.go). The error is for all of them, the items after the last durable batch.
func (n *Node) PublishProfiles(ctx context.Context, items []api.Import) ([]api.Imported, error) {
	out := make([]api.Imported, len(items))
	seen, cards := map[string]int{}, map[string]bool{}
	for i := range items {
		ref := items[i].Ref
		if len(ref) > inbox.MaxRefBytes {
			out[i].Err = invalid("ref", fmt.Sprintf("at most %d bytes", inbox.MaxRefBytes), "the reference is too long")
			continue
		}
		if first, twice := seen[ref]; twice && ref != "" {
			out[i].Err = invalid("ref", "each reference once", "line %d has the same reference", first+1)
			continue
		}
		seen[ref] = i
		if id := items[i].ProfileID; id != "" {
			if _, twice := cards[id]; twice {
				out[i].Err = invalid("profile_id", "each card once", "an earlier line changes %s", shortWords(id))
				continue
			}
			cards[id] = true
		}
	}
	for from := 0; from < len(items); from += importBatch {
		to := min(from+importBatch, len(items))
		if err := n.publishBatch(ctx, items[from:to], out[from:to]); err != nil {
			return nil, problemOf(err)
		}
	}
	return out, nil
}

// pending is one card on its way: who signs it, and what becomes of it.
type pending struct {
	index   int
	author  protocol.Author
	secret  string // set for a key that nobody had before
	old     *protocol.Record
	oldBody *protocol.Profile
	body    *protocol.Profile
	sealed  protocol.Verified

	namesakes []namesake         // cards that it could mean
	same      *protocol.Identity // the one of them that says the same: nothing is published
}

// publishBatch goes key, reference, record: whatever moment it is cut off at,
// a second import of the same list finds its people again. A key without a
// record is nobody yet, and is removed.
func (n *Node) publishBatch(ctx context.Context, items []api.Import, out []api.Imported) error {
	n.service.edits.Lock()
	defer n.service.edits.Unlock()
	defer func() { n.newcomers.settle(n.keys.Spares()) }()
	now := n.now()
	if err := n.checkEditable(); err != nil {
		return err
	}
	collective, err := n.namedAuthor(now)
	if err != nil {
		return err
	}
	prepared := make([]*pending, len(items))
	forEachIndex(len(items), func(i int) {
		if out[i].Err != nil {
			return
		}
		p, err := n.preparePublish(collective, items[i], now)
		if err != nil {
			out[i].Err = problemOf(err)
			return
		}
		p.index, prepared[i] = i, p
	})
	batch := n.settleNamesakes(slices.DeleteFunc(prepared, func(p *pending) bool { return p == nil }), items, out)
	if err := n.storeBatch(ctx, batch, items); err != nil {
		return err
	}
	forEachIndex(len(batch), func(i int) {
		p := batch[i]
		view, err := n.profileByID(p.identity(), now)
		done := api.Published{Profile: view, Unchanged: true}
		if p.same == nil {
			done = api.Published{Profile: view, RecoverySecret: p.secret, Created: p.old == nil}
		}
		out[p.index] = api.Imported{Published: done, Err: err}
	})
	return nil
}

func (n *Node) preparePublish(collective protocol.Author, item api.Import, now time.Time) (*pending, error) {
	if item.Profile.ID != "" {
		return nil, invalid("id", "none for a new card", "a new card gets its id here; replace the card %s to change it", shortWords(item.Profile.ID))
	}
	if m := item.Profile; m.Fingerprint != "" || m.RecordID != "" || m.IssuedAt != nil || m.ExpiresAt != nil {
		return nil, invalid("record_id", "none for a new card", "only the server sets id, fingerprint, record_id, issued_at and expires_at")
	}
	p := &pending{}
	if err := n.findCard(p, item, now); err != nil {
		return nil, err
	}
	if p.old == nil {
		if err := checkServerFields(item.Profile, card.Profile{}); err != nil {
			return nil, err // to drop a claimed membership silently would look like granting it
		}
		next, err := n.newcomers.take()
		if err != nil {
			return nil, err
		}
		p.author, p.secret = next.author, next.secret.String()
	}
	var err error
	if p.body, err = n.profileBodyOf(item.Profile, p.oldBody, now); err != nil {
		return nil, err
	}
	if p.old == nil && !item.Another {
		if p.namesakes, err = n.namesakes(p.body, item.Ref, now); err != nil {
			return nil, err
		}
	}
	p.sealed, err = n.sealProfile(collective, p.author, p.old, p.body, now)
	return p, err
}

// identity is whose card it is.
func (p *pending) identity() protocol.Identity {
	if p.same != nil {
		return *p.same
	}
	return p.author.Identity()
}

// findCard fills in the card that an item names, by its id or else by its
// reference.
func (n *Node) findCard(p *pending, item api.Import, now time.Time) error {
	if item.ProfileID == "" {
		return n.findByRef(p, item.Ref, now)
	}
	id, err := protocol.ParseID(item.ProfileID)
	if err != nil {
		return invalid("profile_id", "a full id: 52 characters of a-z and 2-7", "%q is no id", shortWords(item.ProfileID))
	}
	rec, body, err := n.recordOf(protocol.KindProfile, id, now)
	if err != nil {
		return err
	}
	author, err := n.heldMember(id)
	if err != nil {
		return err
	}
	p.author, p.old, p.oldBody = author, rec, body.(*protocol.Profile)
	return nil
}

// findByRef fills in the card that a reference names, if it is still there
// and its key is here. Anything else begins a new card.
func (n *Node) findByRef(p *pending, ref string, now time.Time) error {
	if ref == "" {
		return nil
	}
	id, ok, err := n.inbox.Ref(ref)
	if err != nil || !ok {
		return err
	}
	author, held := n.keys.Member(id)
	if !held {
		return nil
	}
	rec, body, err := n.recordOf(protocol.KindProfile, id, now)
	if isProblem(err, card.NotFound) || isProblem(err, card.Gone) {
		return nil
	}
	if err != nil {
		return err
	}
	p.author, p.old, p.oldBody = author, rec, body.(*protocol.Profile)
	return nil
}

func (n *Node) storeBatch(ctx context.Context, batch []*pending, items []api.Import) error {
	var authors []protocol.Author
	var refs []inbox.Ref
	var sealed []protocol.Verified
	for _, p := range batch {
		if ref := items[p.index].Ref; ref != "" {
			refs = append(refs, inbox.Ref{Ref: ref, Profile: p.identity()})
		}
		if p.same != nil {
			continue
		}
		if p.old == nil {
			authors = append(authors, p.author)
		}
		sealed = append(sealed, p.sealed)
	}
	if len(sealed) == 0 {
		return n.keepRefs(refs)
	}
	if err := n.store.CheckSpace(); err != nil {
		return err // before a key is made that would have to be removed again
	}
	if err := n.noteNewKeys(authors); err != nil {
		return err
	}
	if err := n.keepAndPublish(ctx, authors, refs, sealed); err != nil {
		// What cannot be removed now is removed later.
		return errors.Join(err, n.dropNewKeys(authors...))
	}
	if len(authors) > 0 {
		n.newcomers.more()
	}
	var replaced []protocol.Identity
	for _, p := range batch {
		if p.old != nil {
			if err := n.noteSigned(p.author.Identity(), p.sealed.Record().ID); err != nil {
				return err
			}
			replaced = append(replaced, p.author.Identity())
		}
	}
	n.noteMembers(ctx, card.StepChanged, replaced...)
	return nil
}

func (n *Node) keepRefs(refs []inbox.Ref) error {
	if len(refs) == 0 {
		return nil
	}
	if err := n.inbox.SetRefs(refs); err != nil {
		return fmt.Errorf("keep references: %w", err)
	}
	return nil
}

func (n *Node) keepAndPublish(ctx context.Context, authors []protocol.Author, refs []inbox.Ref, sealed []protocol.Verified) error {
	if err := n.keys.AddMembers(authors); err != nil {
		return fmt.Errorf("keep members' keys: %w", err)
	}
	if err := n.keepRefs(refs); err != nil {
		return err
	}
	// To the end, even when the caller goes away: a key whose record is still
	// on its way must not be taken for an unused one.
	return publishProblem(n.publishVerified(context.WithoutCancel(ctx), sealed))
}

// profileBodyOf makes the body of a card; of the former version only what the
// form cannot say is kept: optional keys of newer versions and memberships.
func (n *Node) profileBodyOf(p card.Profile, old *protocol.Profile, now time.Time) (*protocol.Profile, error) {
	place, err := n.resolvePlace("place", p.Place)
	if err != nil {
		return nil, err
	}
	body, err := profileBody(p, place, now)
	if err != nil {
		return nil, err
	}
	if old != nil {
		body.Extra, body.Memberships = old.Extra, old.Memberships
	}
	return body, nil
}
