package node

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/prometheus/client_golang/prometheus"

	"courtcircuit/node/access"
	"courtcircuit/node/delivery"
	"courtcircuit/node/inbox"
	"courtcircuit/node/keyring"
	"courtcircuit/node/places"
	"courtcircuit/node/skills"
	"courtcircuit/protocol"
	"courtcircuit/store"
	"courtcircuit/store/dbfiles/gate"
)

// Node is a running daemon. Its methods may be called from New on; what
// needs the network works from Run on.
type Node struct {
	cfg     Config
	log     *slog.Logger
	opener  *protocol.Opener
	store   *store.Store
	keys    *keyring.Keyring
	inbox   *inbox.Inbox
	access  *access.Keeper
	courier *delivery.Courier // nil offline
	places  *places.Gazetteer
	host    host.Host
	guard   *hostGuard // nil when the host was made elsewhere
	http    *door
	public  *publicDoor // nil: the pages are for this machine alone
	pages   http.Handler
	events  *eventHub
	metrics *metrics
	started time.Time

	hidden    hiddenRecords
	communes  *communeBook
	newcomers newcomers
	overview  *overviewBook
	site      siteCache

	skills    *skills.Table
	skillBook *skillBook
	sums      sumBook
	reading   chan struct{} // a slot for each search that reads card after card

	gossip    *gossip
	syncs     *syncQueue
	refused   *refusedIDs
	missing   *missingBodies
	answers   *answerBudget
	progress  syncProgress
	bootstrap *bootstrapBook
	peers     *peerBook
	dialler   *dialler
	faults    *faultBook

	// serving holds callbacks of libp2p and pubsub, which do not await them when they close: one that still reads a closed store would crash.
	serving  gate.Gate
	ready    chan struct{}
	running  sync.Mutex // held by the one Run
	closing  sync.Once
	closeErr error
	// caughtUpSince is when the first catch-up of this run was completed, in
	// Unix milliseconds; 0 before.
	caughtUpSince atomic.Int64
	housework     []func(context.Context) error
	service       service
	settingsHeld  settingsBook
	notices       noticeBook
	members       memberBook
	briefs        briefBook
	outside       reachBook
	clocks        clockBook
}

// peerClaimEntries bounds the remembered grants and successions: one for each
// of the 65,536 people whose records are seen most.
const peerClaimEntries = 1 << 16

// New opens everything in the home and listens. It refuses a home that
// another daemon holds, naming it, and one that a newer version wrote. After
// it either Run or Close must be called.
func New(cfg Config, log *slog.Logger) (*Node, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	cfg = cfg.withDomain()
	if cfg.Clock == nil {
		cfg.Clock = time.Now
	}
	if err := settleRestores(cfg.Home); err != nil {
		return nil, err
	}
	if err := openHome(cfg.Home); err != nil {
		return nil, err
	}
	opener, err := protocol.NewOpener(cfg.Network, peerClaimEntries)
	if err != nil {
		return nil, err
	}
	n := &Node{
		cfg: cfg, log: log, opener: opener, started: time.Now(),
		events: newEventHub(time.Now()), syncs: newSyncQueue(), refused: newRefusedIDs(maxRefusedIDs), missing: newMissingBodies(),
		faults: newFaultBook(), gossip: newGossip(cfg.Limits.GossipWaiting), ready: make(chan struct{}),
		skillBook: newSkillBook(), reading: make(chan struct{}, maxReadingSearches), newcomers: newNewcomers(), service: service{erased: make(chan struct{}, 1), sweep: make(chan struct{}, 1)},
	}
	n.overview = newOverviewBook(n.countPlaces, log)
	n.metrics = newMetrics(n)
	n.countLimits()
	if err := n.openParts(); err != nil {
		return nil, errors.Join(err, n.Close())
	}
	return n, nil
}

func (n *Node) openParts() error {
	var err error
	if n.skills = n.cfg.Skills; n.skills == nil {
		if n.skills, err = skills.Load(); err != nil {
			return fmt.Errorf("load skills: %w", err)
		}
	}
	if err := n.openStore(); err != nil {
		return err
	}
	if n.keys, err = keyring.Open(filepath.Join(n.cfg.Home, "keys")); err != nil {
		return fmt.Errorf("open keyring: %w", err)
	}
	for _, w := range n.keys.Warnings() {
		n.log.Warn("keyring", "warning", w)
	}
	if a, ok := n.keys.Collective(); ok {
		n.store.SetOwn(a.Identity())
	}
	if n.inbox, err = inbox.Open(n.inboxConfig()); err != nil {
		return fmt.Errorf("open inbox: %w", err)
	}
	if err := n.openSettings(); err != nil {
		return err
	}
	if err := n.openNotices(); err != nil {
		return err
	}
	if err := n.openAccess(); err != nil {
		return err
	}
	if err := n.recallHidden(); err != nil {
		return fmt.Errorf("open inbox: %w", err)
	}
	if n.places = n.cfg.Places; n.places == nil {
		if n.places, err = places.Load(); err != nil {
			return fmt.Errorf("load places: %w", err)
		}
	}
	n.communes = newCommuneBook(n.places)
	if n.cfg.offline {
		return nil
	}
	if n.bootstrap, err = openBootstrap(n.cfg, n.log); err != nil {
		return err
	}
	if n.peers, err = openPeerBook(filepath.Join(n.cfg.Home, "peers.json"), n.cfg.Limits.RememberedPeers, n.log); err != nil {
		return err
	}
	if err = n.openHTTP(); err != nil {
		return err
	}
	if err = n.openPublic(); err != nil {
		return err
	}
	if n.host = n.cfg.Host; n.host == nil {
		if n.host, err = n.buildHost(); err != nil {
			return err
		}
	}
	n.peers.limits = n.metrics.limits
	n.dialler = newDialler(n)
	if n.courier, err = n.newCourier(); err != nil {
		return err
	}
	n.startService()
	return nil
}

func (n *Node) inboxConfig() inbox.Config {
	c := inbox.DefaultConfig(filepath.Join(n.cfg.Home, "inbox"))
	c.CheckSpace, c.CheckSpaceToErase = n.store.CheckSpace, n.store.CheckSpaceToErase
	if n.cfg.Inbox != nil {
		n.cfg.Inbox(&c)
	}
	return c
}

const metaNetwork = "network"

// now is the time that the times of records are compared with.
func (n *Node) now() time.Time { return n.cfg.Clock() }

func (n *Node) openStore() error {
	c := store.DefaultConfig(filepath.Join(n.cfg.Home, "store"))
	c.MinFreeBytes, c.MaxBytes = n.cfg.MinFreeBytes, int64(n.cfg.Limits.DiskMiB)<<20
	c.OnChange, c.OnUpgrade = n.onStoreChange, n.cfg.OnUpgrade
	c.SkillKey, c.SkillTable = n.skills.Key, n.skills.Version()
	c.View, c.Clock = n.viewForStore, n.cfg.Clock
	if n.cfg.Store != nil {
		n.cfg.Store(&c)
	}
	var err error
	if n.store, err = store.Open(c, n.opener, n.log); err != nil {
		return fmt.Errorf("open store: %w", err)
	}
	n.metrics.limits.store = n.store.Stats
	held, err := n.store.Meta(metaNetwork)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return fmt.Errorf("read network of the home: %w", err)
	}
	if len(held) == 0 {
		return n.store.SetMeta(metaNetwork, []byte(n.cfg.Network))
	}
	if string(held) != string(n.cfg.Network) {
		return fmt.Errorf("home %s belongs to network %q, not %q: use another home", n.cfg.Home, held, n.cfg.Network)
	}
	return nil
}

// Run joins the network and works until ctx ends; then it closes the node. It
// returns after every goroutine it started has ended.
func (n *Node) Run(ctx context.Context) error {
	if !n.running.TryLock() {
		return errors.New("run: the node runs already")
	}
	// The lock is never given back: a node that was closed cannot run again.
	ctx, cancel := context.WithCancelCause(ctx)
	var parts sync.WaitGroup
	start := func(name string, run func(context.Context) error) {
		parts.Go(func() {
			if err := run(ctx); err != nil && ctx.Err() == nil {
				cancel(fmt.Errorf("%s: %w", name, err))
			}
		})
	}
	err := n.runParts(ctx, start)
	if err == nil {
		close(n.ready)
		n.log.Info("node ready", "peer_id", n.host.ID().String(), "network", string(n.cfg.Network), "addresses", n.Addresses())
		<-ctx.Done()
		if cause := context.Cause(ctx); !errors.Is(cause, context.Canceled) && !errors.Is(cause, context.DeadlineExceeded) {
			err = cause
		}
	}
	cancel(nil)
	n.stopServing()
	n.serving.Close()
	parts.Wait()
	return errors.Join(err, n.Close())
}

// runParts starts everything that works in the background, receivers before
// those who could make something arrive.
func (n *Node) runParts(ctx context.Context, start func(string, func(context.Context) error)) error {
	start("store", n.store.Run)
	if err := n.joinGossip(ctx); err != nil {
		return err
	}
	start("gossip consumer", n.consumeRecords)
	start("gossip peers", n.watchTopicPeers)
	n.guardStreams()
	n.serveSync(ctx)
	n.servePeers(ctx)
	n.serveMessages(ctx)
	if err := n.watchHost(ctx, start); err != nil {
		return err
	}
	if err := n.enterTopic(); err != nil {
		return err
	}
	if err := n.recallMissing(); err != nil {
		return err
	}
	start("catch-up", n.runCatchUp)
	start("repair", n.repairDamaged)
	start("peers", n.runPeers)
	start("peers asked", n.runAskPeers)
	start("courier", n.runCourier)
	if n.cfg.MDNS {
		start("mdns", n.runMDNS)
	}
	if n.http != nil {
		if err := n.tellHTTPAddress(); err != nil {
			return err
		}
		start("http", n.runHTTP)
	}
	if n.public != nil {
		if err := n.startPublic(start); err != nil {
			return err
		}
	}
	for _, work := range n.housework {
		start("housework", work)
	}
	return nil
}

// Close frees what New opened. Run does it by itself at its end.
func (n *Node) Close() error {
	n.closing.Do(func() {
		errs := []error{n.closeHTTP(), n.closePublic()}
		if n.host != nil {
			errs = append(errs, n.host.Close())
		}
		if n.peers != nil && n.bootstrap != nil {
			errs = append(errs, n.peers.save(time.Now()))
		}
		if n.inbox != nil {
			errs = append(errs, n.inbox.Close())
		}
		if n.store != nil && n.keys != nil {
			if err := n.dropKeysAhead(); err != nil { // the next start tries again
				n.log.Warn("keys made ahead not removed", "error", err)
			}
		}
		if n.store != nil {
			errs = append(errs, n.store.Close())
		}
		n.events.closeAll()
		n.closeErr = errors.Join(errs...)
	})
	return n.closeErr
}

// Ready is closed once Run has joined the network.
func (n *Node) Ready() <-chan struct{} { return n.ready }

// PeerID is the node's own address on the network.
func (n *Node) PeerID() peer.ID { return n.host.ID() }

// Addresses are the multiaddrs, with /p2p/…, under which others reach the
// node.
func (n *Node) Addresses() []string {
	var out []string
	for _, a := range n.host.Addrs() {
		out = append(out, a.String()+"/p2p/"+n.host.ID().String())
	}
	return out
}

// Events subscribes to what happens here, from the event after lastEventID
// on; "" starts with the next one. The subscription must be closed.
func (n *Node) Events(lastEventID string) (*Subscription, error) {
	return n.events.subscribe(lastEventID)
}

// Metrics is the node's own registry: several nodes may live in one process.
func (n *Node) Metrics() *prometheus.Registry { return n.metrics.registry }

// ReplicaDigest is equal on two nodes that hold the same live records at the
// same hour under the same policy.
func (n *Node) ReplicaDigest() [32]byte { return n.store.Digest(n.now()) }

// PublishRecords stores sealed records durably and gives them to the network.
func (n *Node) PublishRecords(ctx context.Context, wires [][]byte) error {
	return n.publishWires(ctx, wires)
}

// peerCount is how many peers of this network are connected.
func (n *Node) peerCount() int { return len(n.gossip.peers()) }

// HoldsRecord says whether this version of a record is held here.
func (n *Node) HoldsRecord(id protocol.RecordID) bool {
	_, err := n.store.ByRecordID(id)
	return err == nil
}
