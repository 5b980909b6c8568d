package nodesim

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/libp2p/go-libp2p/core/network"
	libp2pprotocol "github.com/libp2p/go-libp2p/core/protocol"

	"courtcircuit/node/card"
	"courtcircuit/node/delivery"
	"courtcircuit/node/inbox"
	"courtcircuit/node/keyring"
	"courtcircuit/protocol"
)

// A kind of messages that only these tests know.
const testKind = "sim-test"

// postbox is what a node of a collective took and heard of.
type postbox struct {
	n  *Node
	id protocol.Identity

	mu    sync.Mutex
	taken map[string]int
	ended map[[32]byte]bool // by message id: delivered
}

// collective names the node's collective and has it take messages.
func collective(t *testing.T, n *Node, name string) *postbox {
	t.Helper()
	made, err := n.Init(context.Background(), card.Collective{Name: name, Place: card.Place{Text: "Toulouse"}, Languages: []string{"fr"}})
	if err != nil {
		t.Fatal(err)
	}
	b := &postbox{n: n, taken: map[string]int{}, ended: map[[32]byte]bool{}}
	if b.id, err = protocol.ParseIdentity(made.ID); err != nil {
		t.Fatal(err)
	}
	keys, err := keyring.Open(filepath.Join(n.Home, "keys"))
	if err != nil {
		t.Fatal(err)
	}
	author, _ := keys.Collective()
	sealing, err := keys.SealingPublic()
	if err != nil {
		t.Fatal(err)
	}
	nw := n.nw
	nw.Sleep(time.Second) // the record that Init made lists the key of the home; the simulated host has another
	publishCollective(t, n, author, n.Index, name, sealing)
	b.open()
	return b
}

// publishCollective publishes a collective that the index-th host serves.
func publishCollective(t *testing.T, at *Node, author protocol.Author, index int, name string, sealing []byte) {
	t.Helper()
	raw, err := Key(index).Raw()
	if err != nil {
		t.Fatal(err)
	}
	link, err := protocol.NewNodeLink(NetworkName, author.Identity(), protocol.PrivateKeyFromSeed([32]byte(raw[:32])), true, []string{listenAddr(index)})
	if err != nil {
		t.Fatal(err)
	}
	c := &protocol.Collective{Name: name, Place: protocol.PlaceAt(43.6, 1.44), Nodes: []protocol.NodeLink{link}, SealingKey: sealing}
	d, err := c.Draft(time.Now().UnixMilli())
	if err != nil {
		t.Fatal(err)
	}
	publish(t, at, seal(t, author, d))
}

// open is needed again after each start of the node.
func (b *postbox) open() {
	b.n.Courier().Handle(testKind, func(_ *inbox.Tx, m delivery.Received) error {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.taken[string(m.Body)]++
		return nil
	}, func(_ *inbox.Tx, o delivery.Outcome) error {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.ended[o.ID] = o.Delivered
		return nil
	})
}

func (b *postbox) send(t *testing.T, to protocol.Identity, body string) [32]byte {
	t.Helper()
	id, err := b.n.Courier().Queue(to, testKind, []byte(body))
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func (b *postbox) delivered(id [32]byte) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.ended[id]
}

func (b *postbox) count(body string) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.taken[body]
}

// knows waits until the node holds the collectives' records.
func (nw *Network) knows(n *Node, all ...*postbox) {
	nw.t.Helper()
	nw.Until("collectives known", 10*time.Minute, func() bool {
		for _, b := range all {
			if _, err := n.Collective(context.Background(), b.id.String()); err != nil {
				return false
			}
		}
		return true
	})
}

// A message reaches the collective it is for, when it is on and when it comes
// back, and nobody else: not gossip, not the files of another node.
func TestMessageIsForOneCollective(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		nw := New(t)
		defer nw.Close()
		nodes := []*Node{nw.Add(nil), nw.Add(nil, 0), nw.Add(nil, 0)}
		nw.Meshed(nodes...)
		spy := nw.Join(nw.Skip(), 0, 1, 2)
		defer spy.Close()
		heard, deaf := spy.listen(t)
		defer deaf()
		a, b, c := collective(t, nodes[0], "Les Indés"), collective(t, nodes[1], "La Fabrique"), collective(t, nodes[2], "Le Hangar")
		early := a.send(t, c.id, "before its record is here")
		nw.Until("delivered when the record came", 15*time.Second, func() bool { return a.delivered(early) })
		for _, n := range nodes {
			nw.knows(n, a, b, c)
		}
		const canary = "un canari dans la mine"
		id := a.send(t, b.id, canary)
		nw.Until("delivered", 10*time.Second, func() bool { return a.delivered(id) })

		nodes[1].Stop()
		late := a.send(t, b.id, canary+" le soir")
		nw.Sleep(6 * time.Hour)
		s := nodes[0].OutboxStatus()
		if s.Waiting != 1 || s.Recipients[0].Name != "La Fabrique" || s.Recipients[0].LastError == "" || time.Since(s.Oldest) < 6*time.Hour {
			t.Errorf("status %+v", s)
		}
		if a.delivered(late) {
			t.Fatal("delivered to a node that is off")
		}
		nodes[1].Start()
		b.open()
		took := nw.Until("delivered when it is back", 2*time.Minute, func() bool { return a.delivered(late) })
		t.Logf("delivered %s after it is back", took)
		nw.Sleep(time.Hour)
		if b.count(canary) != 1 || b.count(canary+" le soir") != 1 || nodes[0].OutboxStatus().Waiting != 0 {
			t.Errorf("taken %v, waiting %+v", b.taken, nodes[0].OutboxStatus())
		}
		if n, found := heard(canary); found || n == 0 {
			t.Errorf("gossip of %d records, the body among them: %v", n, found)
		}
		nodes[2].Stop()
		if path := fileWith(t, nodes[2].Home, canary); path != "" || len(c.taken) != 1 {
			t.Errorf("the body lies in %s of a third node, which took %v", path, c.taken)
		}
	})
}

// listen hears all gossip until deaf; heard says how much, and whether words
// were in it.
func (l *Liar) listen(t *testing.T) (heard func(words string) (int, bool), deaf func()) {
	t.Helper()
	sub, err := l.topic.Subscribe()
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var all [][]byte
	ctx, deaf := context.WithCancel(context.Background())
	go func() {
		for {
			m, err := sub.Next(ctx)
			if err != nil {
				return
			}
			mu.Lock()
			all = append(all, m.GetData())
			mu.Unlock()
		}
	}()
	return func(words string) (int, bool) {
		mu.Lock()
		defer mu.Unlock()
		for _, data := range all {
			if bytes.Contains(data, []byte(words)) {
				return len(all), true
			}
		}
		return len(all), false
	}, deaf
}

// fileWith finds a file below dir that holds the words.
func fileWith(t *testing.T, dir, words string) (found string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		if bytes.Contains(data, []byte(words)) {
			found = path
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func messageStream() libp2pprotocol.ID { return libp2pprotocol.ID(NetworkName.StreamID("message")) }

// Collectives whose nodes never answer, and peers that open streams and say
// nothing or send nonsense, delay nobody's message.
func TestBadPeersDelayNobody(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		nw := New(t)
		defer nw.Close()
		nodes := []*Node{nw.Add(nil), nw.Add(nil, 0)}
		nw.Meshed(nodes...)
		a, b := collective(t, nodes[0], "Les Indés"), collective(t, nodes[1], "La Fabrique")
		nw.knows(nodes[0], a, b)
		nw.knows(nodes[1], a, b)
		silent := nw.Join(nw.Skip(), 0, 1)
		defer silent.Close()
		end := make(chan struct{})
		release := sync.OnceFunc(func() { close(end) })
		defer release()
		silent.Host.SetStreamHandler(messageStream(), func(s network.Stream) { <-end; s.Reset() })
		for i := range 12 { // collectives of which nobody answers
			dead := Person(t)
			publishCollective(t, nodes[0], dead, 2, fmt.Sprintf("Muet %d", i), bytes.Repeat([]byte{9}, 32))
			a.send(t, dead.Identity(), "hello?")
		}
		for range 64 { // half-open streams to the recipient
			if s, err := silent.Host.NewStream(context.Background(), nodes[1].ID(), messageStream()); err == nil {
				s.Write([]byte{0, 0, 4})
			}
		}
		for i := range 5 {
			id := a.send(t, b.id, fmt.Sprint("bonjour ", i))
			nw.Until("delivered beside them", 15*time.Second, func() bool { return a.delivered(id) })
			nw.Sleep(3 * time.Minute)
		}
		release()
		rude := nw.Join(nw.Skip(), 1)
		defer rude.Close()
		for range 10 {
			if s, err := rude.Host.NewStream(context.Background(), nodes[1].ID(), messageStream()); err == nil {
				s.Write([]byte{0xff, 0xff, 0xff, 0xff})
			}
			nw.Sleep(time.Second)
		}
		if nodes[1].Hears(rude) {
			t.Error("a peer that sends nonsense is still connected")
		}
		if metric(t, nodes[1], "peer_faults_total", "message") == 0 || metric(t, nodes[1], "streams_refused_total", "message") == 0 {
			t.Error("nothing was blamed, or nothing refused")
		}
	})
}
