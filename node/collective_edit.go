package node

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"courtcircuit/node/card"
	"courtcircuit/node/keyring"
	"courtcircuit/protocol"
)

// Initialised is what Init made.
type Initialised struct {
	ID             string
	Fingerprint    string
	RecoverySecret string          // handed out once; nothing here keeps it
	Collective     card.Collective // zero while it has no name
}

// Init gives the node its collective. Without a name it only makes the key,
// and nothing is published until EditCollective names it. A collective that
// is named already is a Conflict: init never overwrites.
func (n *Node) Init(ctx context.Context, c card.Collective) (Initialised, error) {
	if _, _, named, err := n.collective(time.Now()); err == nil {
		return Initialised{}, conflict("this node already runs the collective %q; edit it instead", named.Name)
	}
	if c.Name != "" {
		// Refuse what cannot be published before a key is made and its secret
		// handed out: a second try would have no secret to show.
		place, err := n.resolvePlace("place", c.Place)
		if err != nil {
			return Initialised{}, err
		}
		body, err := c.Body(place)
		if err != nil {
			return Initialised{}, err
		}
		c.Languages = body.Languages // by their names, too
	}
	var out Initialised
	author, secret, err := n.keys.CreateCollective(rand.Reader)
	switch {
	case errors.Is(err, keyring.ErrExists):
		author, _ = n.keys.Collective()
	case err != nil:
		return Initialised{}, fmt.Errorf("init: %w", err)
	default:
		out.RecoverySecret = secret.String()
	}
	n.store.SetOwn(author.Identity())
	out.ID, out.Fingerprint = author.Identity().String(), author.Identity().Fingerprint()
	if c.Name == "" {
		return out, nil
	}
	// The secret goes back even when publishing fails: its key is made.
	out.Collective, err = n.editCollective(ctx, c)
	return out, err
}

// EditCollective publishes the node's own collective. It is how a nameless
// one gets its name and place; where no key was made yet it is made now, and
// the answer hands out its recovery secret.
func (n *Node) EditCollective(ctx context.Context, c card.Collective) (card.Collective, error) {
	if _, ok := n.keys.Collective(); !ok && cleanLine(c.Name) != "" {
		made, err := n.Init(ctx, c)
		made.Collective.RecoverySecret = made.RecoverySecret
		return made.Collective, err
	}
	return n.editCollective(ctx, c)
}

func (n *Node) editCollective(ctx context.Context, c card.Collective) (card.Collective, error) {
	n.service.edits.Lock()
	defer n.service.edits.Unlock()
	now := time.Now()
	if err := n.checkEditable(); err != nil {
		return card.Collective{}, err
	}
	author, rec, old, err := n.collective(now)
	if author.Key.IsZero() {
		return card.Collective{}, conflict("this node has no collective key yet: run courtcircuit init, which hands out its recovery secret")
	}
	if err != nil && !isProblem(err, card.Conflict) {
		return card.Collective{}, err
	}
	if rec != nil {
		if err := checkMeta(c.Meta, metaOf(rec)); err != nil {
			return card.Collective{}, err
		}
	}
	if cleanLine(c.Name) == "" {
		return card.Collective{}, invalid("name", "the collective's name", "a collective without a name is not published")
	}
	place, err := n.resolvePlace("place", c.Place)
	if err != nil {
		return card.Collective{}, err
	}
	body := collectiveBody(c, place)
	if old != nil {
		body.Extra = old.Extra
	}
	if err := n.addNode(body, old, author); err != nil {
		return card.Collective{}, err
	}
	wire, err := n.sealCollective(author, body, now)
	if err != nil {
		return card.Collective{}, problemOf(err)
	}
	if err := n.publishOwn(ctx, wire); err != nil {
		return card.Collective{}, err
	}
	n.store.SetOwn(author.Identity())
	return n.Collective(ctx, "")
}

// addNode lists this node in the collective's record, as the one that renews
// when no other one is named, and adds the sealing key and public address.
func (n *Node) addNode(body, old *protocol.Collective, author protocol.Author) error {
	peerKey, err := n.keys.PeerKey()
	if err != nil {
		return err
	}
	self, err := ownPeerID(peerKey)
	if err != nil {
		return err
	}
	renews := true
	if old != nil {
		for _, l := range old.Nodes {
			if string(l.PeerID) == string(self) {
				renews = l.Renews
				continue
			}
			body.Nodes = append(body.Nodes, l)
		}
		for _, l := range body.Nodes {
			renews = renews && !l.Renews
		}
	}
	link, err := protocol.NewNodeLink(n.cfg.Network, author.Identity(), peerKey, renews, announced(n.cfg.Announce))
	if err != nil {
		return err
	}
	body.Nodes = append(body.Nodes, link)
	if body.URL == "" && len(n.cfg.PublicURL) > 8 && n.cfg.PublicURL[:8] == "https://" {
		body.URL = n.cfg.PublicURL
	}
	body.SealingKey, err = n.keys.SealingPublic()
	return err
}

// announced keeps what the record has room for.
func announced(addrs []string) []string {
	const maxNodeAddrs = 4 // protocol.NodeLink takes no more
	return addrs[:min(len(addrs), maxNodeAddrs)]
}

func (n *Node) sealCollective(author protocol.Author, body *protocol.Collective, now time.Time) ([]byte, error) {
	issued, err := n.nextIssue(author.Identity(), 0, now)
	if err != nil {
		return nil, err
	}
	draft, err := body.Draft(issued)
	if err != nil {
		return nil, err
	}
	return n.opener.Seal(author, draft)
}

func isProblem(err error, cause card.Cause) bool {
	var p *card.Problem
	return errors.As(err, &p) && p.Cause == cause
}
