//go:build unix

package delivery

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"filippo.io/age"
	"github.com/libp2p/go-libp2p"
	"github.com/libp2p/go-libp2p/core/crypto"
	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	libp2pprotocol "github.com/libp2p/go-libp2p/core/protocol"
	"github.com/libp2p/go-libp2p/p2p/transport/tcp"
	"github.com/prometheus/client_golang/prometheus"

	"courtcircuit/node/inbox"
	"courtcircuit/protocol"
)

// The crash tests run sender and receiver as processes of their own: this test
// program once more, each with a database on the disk and a libp2p host on
// loopback. A process dies by SIGKILL of its own hand at a named step.

const crashEnv = "COURTCIRCUIT_DELIVERY_CRASH"

// crashRole is what a child process is told.
type crashRole struct {
	Name    string // sender or receiver
	Dir     string // of both
	Step    string // to die at; empty: never
	Letters int    // that the sender has to send
}

// The steps at which each side dies. queue is inside the sender's first step,
// settle inside its last, keep inside the receiver's.
var (
	senderSteps   = []string{"queue", "queued", "adopted", "dial", "write", "written", "answered", "settle", "settled"}
	receiverSteps = []string{"keep", "kept", "answer", "answer-written"}
)

// TestCrashChild is the child process; alone it does nothing.
func TestCrashChild(t *testing.T) {
	told := os.Getenv(crashEnv)
	if told == "" {
		return
	}
	var role crashRole
	if err := json.Unmarshal([]byte(told), &role); err != nil {
		fatal(err)
	}
	go func() { // the end of the parent is the end of the child
		io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	runChild(role)
}

func fatal(err error) {
	fmt.Println("FAILED", err)
	os.Exit(3)
}

func runChild(role crashRole) {
	step := func(name string) {
		if name == role.Step {
			syscall.Kill(os.Getpid(), syscall.SIGKILL)
			select {}
		}
	}
	box, err := inbox.Open(inbox.DefaultConfig(filepath.Join(role.Dir, role.Name)))
	if err != nil {
		fatal(err)
	}
	h, err := libp2p.New(libp2p.Identity(crashKey(role.Name)), libp2p.ListenAddrStrings("/ip4/127.0.0.1/tcp/0"),
		libp2p.NoTransports, libp2p.Transport(tcp.NewTCPTransport), libp2p.DisableRelay(), libp2p.DisableMetrics(),
		libp2p.ResourceManager(&network.NullResourceManager{}))
	if err != nil {
		fatal(err)
	}
	d := &crashDirectory{role: role, host: h}
	cfg := DefaultConfig(testNet)
	cfg.FirstBackoff, cfg.MaxBackoff, cfg.Timeout, cfg.Step, cfg.MaxPerSender = 20*time.Millisecond, 200*time.Millisecond, 5*time.Second, step, 1000
	c, err := New(cfg, d, d, box, prometheus.NewRegistry(), slog.New(slog.DiscardHandler))
	if err != nil {
		fatal(err)
	}
	counts := inbox.NewShelf[int](box, inbox.SpaceNotices)
	count := func(tx *inbox.Tx, id inbox.ID) error {
		n, err := counts.GetIn(tx, id)
		if err != nil && !errors.Is(err, inbox.ErrNotFound) {
			return err
		}
		return counts.PutIn(tx, id, n+1)
	}
	c.Handle("brief", func(tx *inbox.Tx, m Received) error { return count(tx, sha256.Sum256(m.Body)) },
		func(tx *inbox.Tx, o Outcome) error {
			if !o.Delivered {
				return errors.New(o.Reason)
			}
			return count(tx, o.ID)
		})
	h.SetStreamHandler(d.protocol(), func(s network.Stream) {
		if c.Answer(s) != nil {
			s.Reset()
			return
		}
		s.Close()
	})
	if err := d.tell(); err != nil {
		fatal(err)
	}
	if role.Name == "sender" {
		go sendAll(c, box, role, step)
	}
	fatal(c.Run(context.Background()))
}

// sendAll queues each letter in the step that makes it necessary, as a client's
// request is kept and sent on, and says when all are through.
func sendAll(c *Courier, box *inbox.Inbox, role crashRole, step func(string)) {
	made := inbox.NewShelf[[32]byte](box, inbox.SpaceBriefs)
	for i := range role.Letters {
		body := crashBody(i)
		err := box.Update(func(tx *inbox.Tx) error {
			if _, err := made.GetIn(tx, sha256.Sum256(body)); err == nil {
				return nil
			}
			id, err := c.QueueIn(tx, crashAuthor("receiver").Identity(), "brief", body)
			if err != nil {
				return err
			}
			return made.PutIn(tx, sha256.Sum256(body), id)
		})
		if err != nil {
			fatal(err)
		}
		step("queued")
		c.Wake()
	}
	for c.Status().Waiting > 0 || c.outbox.Len() > 0 {
		time.Sleep(5 * time.Millisecond)
	}
	fmt.Println("DONE")
}

func crashBody(i int) []byte { return fmt.Appendf(nil, "letter %d", i) }

func crashAuthor(name string) protocol.Author {
	key := protocol.PrivateKeyFromSeed(sha256.Sum256([]byte("collective " + name)))
	return protocol.Author{Signer: protocol.Signer{FirstKey: key.Public()}, Key: key}
}

func crashKey(name string) crypto.PrivKey {
	seed := sha256.Sum256([]byte("peer " + name))
	key, err := crypto.UnmarshalEd25519PrivateKey(ed25519.NewKeyFromSeed(seed[:]))
	if err != nil {
		panic(err)
	}
	return key
}

// crashDirectory finds the other process by the file it leaves.
type crashDirectory struct {
	role crashRole
	host host.Host
}

type crashAddress struct {
	Peer    peer.AddrInfo
	Sealing []byte
}

func (d *crashDirectory) protocol() libp2pprotocol.ID {
	return libp2pprotocol.ID(testNet.StreamID("message"))
}

func (d *crashDirectory) tell() error {
	key, err := d.SealingKey()
	if err != nil {
		return err
	}
	data, err := json.Marshal(crashAddress{*host.InfoFromHost(d.host), publicOf(nil, key)})
	if err != nil {
		return err
	}
	path := filepath.Join(d.role.Dir, d.role.Name+".address")
	if err := os.WriteFile(path+".new", data, 0o600); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}

func (d *crashDirectory) Own() (protocol.Author, bool)             { return crashAuthor(d.role.Name), true }
func (d *crashDirectory) Superseded(protocol.Signer) bool          { return false }
func (d *crashDirectory) Blocked(protocol.Identity) bool           { return false }
func (d *crashDirectory) SealingKey() (*age.X25519Identity, error) { return crashSealing(d.role.Dir) }

// crashSealing keeps the receiver's key over its deaths.
func crashSealing(dir string) (*age.X25519Identity, error) {
	text, err := os.ReadFile(filepath.Join(dir, "sealing"))
	if err != nil {
		return nil, err
	}
	return age.ParseX25519Identity(string(text))
}

func (d *crashDirectory) Find(id protocol.Identity, _ time.Time) (Collective, error) {
	for _, name := range []string{"sender", "receiver"} {
		if id != crashAuthor(name).Identity() {
			continue
		}
		data, err := os.ReadFile(filepath.Join(d.role.Dir, name+".address"))
		var a crashAddress
		if err == nil {
			err = json.Unmarshal(data, &a)
		}
		return Collective{SealingKey: a.Sealing, Nodes: []peer.AddrInfo{a.Peer}}, err
	}
	return Collective{}, ErrUnknown
}

func (d *crashDirectory) Open(ctx context.Context, to peer.AddrInfo) (Stream, error) {
	d.host.Peerstore().ClearAddrs(to.ID) // of the process that died
	if err := d.host.Connect(ctx, to); err != nil {
		return nil, err
	}
	return d.host.NewStream(ctx, to.ID, d.protocol())
}
