package delivery

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"sync"
	"time"

	"filippo.io/age"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/prometheus/client_golang/prometheus"

	"courtcircuit/node/inbox"
	"courtcircuit/protocol"
)

// Received is a message whose sender was proved. From and ID together name it:
// two senders may draw one id.
type Received struct {
	ID         [32]byte
	From, To   protocol.Identity
	Kind       string
	Body       []byte
	SentAt     time.Time // when its sender queued it, by the sender's clock
	ReceivedAt time.Time
}

// Handler takes a message, in the step that marks it as seen: both are kept or
// neither. *Refusal refuses it for good; *Later and every other error leave it
// with its sender, who tries again. It must not start a step of its own.
type Handler func(tx *inbox.Tx, m Received) error

// Done hears how a message sent from here ended, in the step that takes it out
// of the outbox. An error leaves it there, to be tried again.
type Done func(tx *inbox.Tx, o Outcome) error

// Outcome is how the sending of a message ended.
type Outcome struct {
	ID        [32]byte
	To        protocol.Identity
	Kind      string
	Delivered bool
	Reason    string // why not, in English
	At        time.Time
}

// Refusal is a handler's no for good. Words, up to 200 characters on one line,
// are for the people at the sender's.
type Refusal struct{ Words string }

func (r *Refusal) Error() string { return "refused: " + r.Words }

// Later is a handler's not yet.
type Later struct {
	After time.Duration // 0 leaves it to the sender
	Words string
}

func (l *Later) Error() string { return "later: " + l.Words }

// ErrUnknown says that no record of a collective is held here.
var ErrUnknown = errors.New("no record of this collective is held here")

// Collective is what a collective's record says of how to reach it.
type Collective struct {
	SealingKey []byte // 32 bytes of X25519, or none
	Nodes      []peer.AddrInfo
}

// Directory is what the node knows of itself and of other collectives. Its
// methods may be called at once, and none of them waits for the network.
type Directory interface {
	// Own is the collective that this node speaks for; false before it has one.
	Own() (protocol.Author, bool)
	// SealingKey opens what others sealed for it.
	SealingKey() (*age.X25519Identity, error)
	// Find reads the collective's live record; errors wrap ErrUnknown when
	// there is none.
	Find(id protocol.Identity, now time.Time) (Collective, error)
	// Superseded says that the signer's key was replaced by a later one.
	Superseded(s protocol.Signer) bool
	// Blocked says that nothing of this collective is taken here.
	Blocked(id protocol.Identity) bool
}

// Stream is one exchange with a peer whose id the connection proved.
type Stream interface {
	io.ReadWriteCloser
	CloseWrite() error
	Reset() error
	SetDeadline(time.Time) error
}

// Dialer opens streams for messages.
type Dialer interface {
	Open(ctx context.Context, to peer.AddrInfo) (Stream, error)
}

// kindOf is what becomes of messages of one kind.
type kindOf struct {
	handle Handler
	done   Done
}

// Courier sends what waits in the outbox and takes what comes.
type Courier struct {
	cfg     Config
	dir     Directory
	net     Dialer
	box     *inbox.Inbox
	log     *slog.Logger
	metrics *metrics
	outbox  inbox.Shelf[outgoing]
	seen    inbox.Shelf[seenMark]
	bounds  *senderBounds
	wake    chan struct{}

	mu        sync.Mutex
	kinds     map[string]kindOf
	fresh     []queued   // by steps that may not have ended yet
	withdrawn [][32]byte // likewise
	lanes     map[protocol.Identity]*lane
}

// New makes a courier over an inbox, whose counters are in reg. Handle its
// kinds, then Run it.
func New(cfg Config, dir Directory, net Dialer, box *inbox.Inbox, reg prometheus.Registerer, log *slog.Logger) (*Courier, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	c := &Courier{
		cfg: cfg, dir: dir, net: net, box: box, log: log,
		outbox: inbox.NewShelf[outgoing](box, inbox.SpaceOutbox), seen: inbox.NewShelf[seenMark](box, inbox.SpaceSeen),
		wake: make(chan struct{}, 1), kinds: map[string]kindOf{}, lanes: map[protocol.Identity]*lane{},
	}
	c.metrics = newMetrics(reg, c)
	if err := c.recall(time.Now()); err != nil {
		return nil, err
	}
	return c, nil
}

// Handle says what becomes of messages of a kind, before Run: h takes those
// that come, done hears of those sent from here. Either may be nil. It panics
// on a word that cannot be a kind, and on one that is taken.
func (c *Courier) Handle(kind string, h Handler, done Done) {
	if err := protocol.CheckMessageKind(kind); err != nil {
		panic(err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, taken := c.kinds[kind]; taken {
		panic("delivery: kind " + kind + " is handled twice")
	}
	c.kinds[kind] = kindOf{h, done}
}

func (c *Courier) kind(name string) kindOf {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.kinds[name]
}
