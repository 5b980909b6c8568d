package node

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"courtcircuit/node/card"
	"courtcircuit/node/inbox"
	"courtcircuit/protocol"
)

const maxDepositKey = 200 // characters of an Idempotency-Key

// errRepeated ends the step of a deposit that was made meanwhile.
var errRepeated = errors.New("deposited before")

// DepositBrief keeps a client's request, durably, and sends it on its way when
// it is for another collective. The same key with the same words answers what
// the first call answered; visitor is the address of whoever sends it, empty
// for this machine.
func (n *Node) DepositBrief(ctx context.Context, f card.BriefForm, key, visitor string) (card.Deposited, error) {
	if utf8.RuneCountInString(key) > maxDepositKey {
		return card.Deposited{}, invalid("Idempotency-Key", fmt.Sprintf("at most %d characters", maxDepositKey), "the text is too long")
	}
	words, err := json.Marshal(f)
	if err != nil {
		return card.Deposited{}, fmt.Errorf("deposit brief: %w", err)
	}
	secret, id, err := n.briefSecret(key)
	if err != nil {
		return card.Deposited{}, problemOf(err)
	}
	sum := sha256.Sum256(words)
	if done, err := n.repeatDeposit(secret, id, sum); !errors.Is(err, inbox.ErrNotFound) {
		return done, err
	}
	now := time.Now()
	form, to, err := n.checkBrief(ctx, f, now)
	if err != nil {
		return card.Deposited{}, err
	}
	if wait := n.briefs.visitors.take(visitor, now); wait > 0 {
		return card.Deposited{}, unavailable("%s", counted(int(wait/time.Minute)+1, "several requests came from your address already; try again in a minute", "several requests came from your address already; try again in %d minutes"))
	}
	t := track{Words: sum, Form: form, To: to.collective, ToName: to.name, DepositedAt: now.UTC()}
	err = n.inbox.Update(func(tx *inbox.Tx) error { return n.depositIn(tx, secret, id, &t, now) })
	if errors.Is(err, errRepeated) {
		return n.repeatDeposit(secret, id, sum)
	}
	if errors.Is(err, inbox.ErrFull) {
		return card.Deposited{}, tooManyBriefs()
	}
	if err != nil {
		return card.Deposited{}, problemOf(err)
	}
	n.afterBrief()
	return n.deposited(secret, t, now), nil
}

// repeatDeposit answers as the first call did; the error wraps ErrNotFound
// when there was none.
func (n *Node) repeatDeposit(secret, id inbox.ID, words [32]byte) (card.Deposited, error) {
	held, err := n.trackShelf().Get(id)
	if err != nil {
		return card.Deposited{}, err
	}
	if !bytes.Equal(held.Words[:], words[:]) {
		p := conflict("this key was used for a request in other words")
		p.Field, p.Expected = "Idempotency-Key", "a new key, drawn at random, for each request"
		return card.Deposited{}, p
	}
	return n.deposited(secret, held, time.Now()), nil
}

func (n *Node) deposited(secret inbox.ID, t track, now time.Time) card.Deposited {
	return card.Deposited{Secret: secretText(secret), Link: n.pageLink(trackPath(secret)), Track: n.trackView(t, now)}
}

// pageLink is the whole address of a page when the pages have one.
func (n *Node) pageLink(path string) string {
	return strings.TrimSuffix(n.cfg.PublicURL, "/") + path
}

// depositIn keeps a new track and, in the same step, the brief itself or the
// message that carries it to another collective.
func (n *Node) depositIn(tx *inbox.Tx, secret, id inbox.ID, t *track, now time.Time) error {
	if _, err := n.trackShelf().GetIn(tx, id); !errors.Is(err, inbox.ErrNotFound) {
		return errors.Join(err, errRepeated)
	}
	own := n.ownIdentity()
	if err := n.checkRoom(tx, own); err != nil {
		return err
	}
	if t.To == own {
		b := newBrief(own, id, t.Form, t.ToName, now)
		if err := n.keepBriefIn(tx, &b, now); err != nil {
			return err
		}
		t.hear(b.report(now), now)
		if err := n.briefShelf().PutIn(tx, briefKey(own, id), b); err != nil {
			return err
		}
	} else if err := n.sendBriefIn(tx, id, t); err != nil {
		return err
	}
	t.DeleteAt = briefEnd(t.state(), t.DepositedAt, now)
	if err := n.trackShelf().PutIn(tx, id, *t); err != nil {
		return err
	}
	name, _ := n.collectiveName(t.To, now)
	return n.noticeClientIn(tx, clientNotice{
		Track: id, Email: t.Form.Contact.Email, Path: trackPath(secret), Language: t.Form.Language, Collective: name,
	}, now)
}

func newBrief(from protocol.Identity, ref inbox.ID, f card.BriefForm, toName string, now time.Time) brief {
	b := brief{
		From: from, Ref: ref, Form: f, ToName: toName, State: card.BriefReceived, ReceivedAt: now.UTC(),
		Steps:    []card.BriefStep{{At: now.UTC(), State: card.BriefReceived}},
		DeleteAt: briefEnd(card.BriefReceived, now, now),
	}
	rand.Read(b.Slot[:])
	return b
}

// keepBriefIn tells the coordinators about a new brief.
func (n *Node) keepBriefIn(tx *inbox.Tx, b *brief, now time.Time) error {
	key := briefKey(b.From, b.Ref)
	n.briefs.note(key, b.State)
	return n.noticeBriefIn(tx, briefNotice{Brief: key, Place: *b.Form.Place.Resolved}, now)
}

// ownIdentity is that of this node's collective; zero before it has a key.
func (n *Node) ownIdentity() (id protocol.Identity) {
	if own, has := n.keys.Collective(); has {
		id = own.Identity()
	}
	return id
}

// sendBriefIn puts a brief on its way.
func (n *Node) sendBriefIn(tx *inbox.Tx, id inbox.ID, t *track) (err error) {
	f := t.Form
	p := f.Place.Resolved
	l := briefLetter{
		Ref: id, Title: f.Title, Description: f.Description, Place: protocol.PlaceAt(p.Lat, p.Lon), When: f.When,
		Name: f.Contact.Name, Email: f.Contact.Email, Phone: f.Contact.Phone, Audience: f.Audience, Language: f.Language,
	}
	l.Place.Name, l.Place.Area, l.Place.Country, l.Place.Approximate = p.Name, p.Department, p.Country, p.Approximate
	if f.To.Profile != "" {
		profile, err := protocol.ParseID(f.To.Profile)
		if err != nil {
			return err
		}
		l.Profile = &profile
	}
	t.Message, err = n.sendIn(tx, t.To, kindBrief, l)
	return err
}

func (n *Node) sendIn(tx *inbox.Tx, to protocol.Identity, kind string, body any) (inbox.ID, error) {
	if n.briefs.post == nil {
		return inbox.ID{}, unavailable("this collective cannot be written to from here; its page says how else to reach it")
	}
	data, err := encodeBrief(body)
	if err != nil {
		return inbox.ID{}, err
	}
	return n.briefs.post.QueueIn(tx, to, kind, data)
}
