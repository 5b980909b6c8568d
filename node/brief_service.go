package node

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"sync"
	"time"

	"courtcircuit/node/card"
	"courtcircuit/node/inbox"
	"courtcircuit/protocol"
)

// briefPost carries messages to other collectives.
type briefPost interface {
	QueueIn(tx *inbox.Tx, to protocol.Identity, kind string, body []byte) ([32]byte, error)
	WithdrawIn(tx *inbox.Tx, id [32]byte) error
	Wake()
}

// briefBook is what the methods about briefs share.
type briefBook struct {
	post     briefPost // nil: no other collective can be reached
	visitors visitorBook

	mu      sync.Mutex
	changed []Event // of steps that are perhaps not on the disk yet
	stirred chan struct{}
}

// note remembers what to tell readers of events once the step under way is on
// the disk, and wakes the housework.
func (b *briefBook) note(key inbox.ID, state string) {
	b.stir(Event{Type: EventBrief, Kind: kindBrief, PublicID: protocol.StableID(key).String(), Detail: state})
}

// noteTrack does the same for a request that another collective answers. The
// event does not say which: that is between the client and their link.
func (b *briefBook) noteTrack(state string) {
	b.stir(Event{Type: EventBrief, Kind: "track", Detail: state})
}

func (b *briefBook) stir(e Event) {
	b.mu.Lock()
	if len(b.changed) < eventRingLength { // more would be forgotten there anyway
		b.changed = append(b.changed, e)
	}
	b.mu.Unlock()
	select {
	case b.stirred <- struct{}{}:
	default:
	}
}

func (b *briefBook) takeChanged() []Event {
	b.mu.Lock()
	defer b.mu.Unlock()
	out := b.changed
	b.changed = nil
	return out
}

// EventBrief says that a brief arrived or changed. It is for coordinators.
const EventBrief EventType = "brief"

// briefRetry is how often an accepted text is tried again that could not be
// published: the collective had no room for a mission, or had not caught up.
const briefRetry = 10 * time.Minute

// openBriefs makes briefs ready before anything runs.
func (n *Node) openBriefs() {
	n.briefs.stirred = make(chan struct{}, 1)
	n.handleBriefs(n.courier)
	n.housework = append(n.housework, n.runBriefs)
}

// runBriefs publishes what clients accepted, first what a crash cut off, and
// tells what happened.
func (n *Node) runBriefs(ctx context.Context) error {
	again := time.NewTicker(briefRetry)
	defer again.Stop()
	for {
		n.settleBriefs(ctx)
		select {
		case <-ctx.Done():
			return nil
		case <-again.C:
		case <-n.briefs.stirred:
		}
	}
}

func (n *Node) settleBriefs(ctx context.Context) {
	changed := n.briefs.takeChanged()
	if err := n.publishAccepted(ctx); err != nil && ctx.Err() == nil {
		n.log.Warn("accepted briefs not published", "error", err)
	}
	for _, e := range changed {
		n.events.emit(e)
	}
}

// afterBrief follows a step about briefs that is on the disk.
func (n *Node) afterBrief() {
	if n.briefs.post != nil {
		n.briefs.post.Wake()
	}
	n.wakeNotices()
}

// saltKey is that of the one value in the space of settings by which secrets
// are drawn.
var saltKey = inbox.ID{'b', 'r', 'i', 'e', 'f', 's'}

type briefSalt struct {
	Salt []byte `json:"salt"`
}

// briefSecret draws the secret of a client's link. With a key it is the same
// each time, and without the salt of this node nobody can tell it from the
// key, so that a deposit can be repeated although only a hash is kept.
func (n *Node) briefSecret(key string) (secret, id inbox.ID, err error) {
	if key == "" {
		rand.Read(secret[:])
		return secret, sha256.Sum256(secret[:]), nil
	}
	shelf := inbox.NewShelf[briefSalt](n.inbox, inbox.SpaceSettings)
	held, err := shelf.Get(saltKey)
	if errors.Is(err, inbox.ErrNotFound) {
		err = n.inbox.Update(func(tx *inbox.Tx) error {
			if held, err = shelf.GetIn(tx, saltKey); !errors.Is(err, inbox.ErrNotFound) {
				return err
			}
			held.Salt = make([]byte, 32)
			rand.Read(held.Salt)
			return shelf.PutIn(tx, saltKey, held)
		})
	}
	if err != nil {
		return secret, id, fmt.Errorf("draw a client's link: %w", err)
	}
	mac := hmac.New(sha256.New, held.Salt)
	mac.Write([]byte(key))
	secret = inbox.ID(mac.Sum(nil))
	return secret, sha256.Sum256(secret[:]), nil
}

func secretText(secret inbox.ID) string { return base64.RawURLEncoding.EncodeToString(secret[:]) }

// trackID finds what a secret leads to, as far as its form tells.
func trackID(secret string) (inbox.ID, error) {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(secret)
	if err != nil || len(raw) != len(inbox.ID{}) {
		return inbox.ID{}, deadTrack()
	}
	return sha256.Sum256(raw), nil
}

func deadTrack() error {
	return &card.Problem{Cause: card.NotFound, Field: "secret", Detail: "this link leads to no request: it was deleted, or never was one"}
}

// trackPath is the page of a client's link.
func trackPath(secret inbox.ID) string { return "/suivi/" + secretText(secret) }
