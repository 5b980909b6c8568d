package node

import (
	"bytes"
	"context"
	"encoding/json"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"courtcircuit/node/card"
)

// said collects what must not hold a client's contact details.
type said struct {
	mu   sync.Mutex
	text map[string][]byte
}

func (s *said) note(where string, data []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.text[where] = append(append(s.text[where], data...), '\n')
}

type saidWriter struct {
	s     *said
	where string
}

func (w saidWriter) Write(p []byte) (int, error) {
	w.s.note(w.where, p)
	return len(p), nil
}

// runTold runs a node with a name of its own and collects all that it says:
// log, gossip and what the public listener's readers of events see.
func runTold(t *testing.T, s *said, name, place string, bootstrap ...string) (*Node, func()) {
	t.Helper()
	cfg := loopConfig(t, t.TempDir(), bootstrap...)
	n, err := New(cfg, slog.New(slog.NewTextHandler(saidWriter{s, name + " log"}, &slog.HandlerOptions{Level: slog.LevelDebug})))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := n.Init(t.Context(), card.Collective{Name: name, Place: card.Place{Text: place}, Languages: []string{"fr"}}); err != nil {
		t.Fatal(err)
	}
	return n, runListened(t, s, name, n)
}

func runListened(t *testing.T, s *said, name string, n *Node) func() {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- n.Run(ctx) }()
	select {
	case <-n.Ready():
	case err := <-ended:
		t.Fatal(err)
	}
	topic, err := n.gossip.joined().Subscribe()
	if err != nil {
		t.Fatal(err)
	}
	events, err := publicBackend{httpBackend{n}}.Events(ctx, "before-0")
	if err != nil {
		t.Fatal(err)
	}
	var readers sync.WaitGroup
	readers.Go(func() {
		for {
			m, err := topic.Next(ctx)
			if err != nil {
				return
			}
			s.note(name+" gossip", m.Data)
		}
	})
	readers.Go(func() {
		for e := range events {
			if data, err := json.Marshal(e.Data); err == nil {
				s.note(name+" public events", data)
			}
		}
	})
	stop := sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		readers.Wait()
		topic.Cancel()
	})
	t.Cleanup(stop)
	return stop
}

func awaitBrief(t *testing.T, s *Subscription, kind, state string) {
	t.Helper()
	awaitEvent(t, s, kind+" "+state, func(e Event) bool { return e.Type == EventBrief && e.Kind == kind && e.Detail == state })
}

// Two nodes on a real network, through every step that speaks of a client:
// nothing but the two inboxes ever holds how to reach them.
func TestContactDetailsStayInTheInboxes(t *testing.T) {
	s := &said{text: map[string][]byte{}}
	here, stopHere := runTold(t, s, "Les Indés", "Toulouse")
	there, stopThere := runTold(t, s, "La Fabrique", "Bordeaux", here.Addresses()[0])
	ctx := t.Context()
	seen, desk := subscribed(t, here), subscribed(t, there)
	known := identityOf(t, there.ownIdentity().String())
	for {
		if _, ok := here.collectiveName(known, there.started); ok {
			break
		}
		awaitEvent(t, seen, "the other collective", func(e Event) bool { return e.Type == EventRecordStored && e.Kind == "collective" })
	}
	f := grocery()
	f.To, f.Audience = &card.BriefTo{Collective: there.ownIdentity().String()}, card.AudienceNetwork
	d := deposit(t, here, f)
	awaitBrief(t, seen, "track", card.BriefReceived)
	b := theBrief(t, there, card.BriefReceived)
	must[card.Brief](t)(there.ReadBrief(ctx, lou, b.ID))
	awaitBrief(t, seen, "track", card.BriefRead)
	must[card.Brief](t)(there.ProposeBrief(ctx, lou, b.ID, publicText(), card.AudienceNetwork))
	awaitBrief(t, seen, "track", card.BriefProposed)
	must[card.Track](t)(here.AnswerBrief(ctx, d.Secret, card.BriefAnswer{Change: "Appelez-moi au " + canaryPhone}))
	awaitBrief(t, desk, kindBrief, card.BriefRead)
	awaitBrief(t, desk, kindBrief, card.BriefRead) // the change, after the reading
	must[card.Brief](t)(there.ProposeBrief(ctx, lou, b.ID, publicText(), card.AudienceNetwork))
	awaitBrief(t, seen, "track", card.BriefProposed)
	must[card.Track](t)(here.AnswerBrief(ctx, d.Secret, card.BriefAnswer{Accept: wantTrack(t, here, d.Secret, card.BriefProposed).Text.Digest}))
	awaitBrief(t, seen, "track", card.BriefPublished)
	mission := wantTrack(t, here, d.Secret, card.BriefPublished).MissionID
	if _, err := here.Mission(ctx, mission); err != nil {
		awaitEvent(t, seen, "the mission", func(e Event) bool { return e.Type == EventRecordStored && e.PublicID == mission })
	}
	own := deposit(t, here, grocery()) // and one for the collective here
	ownID := theBrief(t, here, card.BriefReceived).ID
	must[card.Brief](t)(here.ProposeBrief(ctx, lou, ownID, publicText(), card.AudienceCollective))
	must[card.Track](t)(here.AnswerBrief(ctx, own.Secret, card.BriefAnswer{Accept: wantTrack(t, here, own.Secret, card.BriefProposed).Text.Digest}))

	for name, n := range map[string]*Node{"here": here, "there": there} {
		for _, wire := range wiresOf(t, n) {
			s.note(name+" records", wire)
		}
	}
	homes := map[string]string{"here": here.cfg.Home, "there": there.cfg.Home}
	stopHere()
	stopThere()
	inboxes := 0
	for name, home := range homes {
		inboxes += collectFiles(t, s, name, home)
	}
	if inboxes != 2 {
		t.Errorf("%d inboxes hold the canary: this test proves nothing", inboxes)
	}
	for _, where := range []string{"Les Indés log", "La Fabrique gossip", "Les Indés public events", "here records", "there files"} {
		if len(s.text[where]) == 0 {
			t.Errorf("nothing was collected of %s", where)
		}
	}
	if !bytes.Contains(s.text["here records"], []byte("Identité d'une épicerie")) {
		t.Error("the mission is not among the records: this test proves nothing")
	}
	for _, where := range []string{"Les Indés public events", "La Fabrique public events"} {
		if bytes.Contains(s.text[where], []byte(`"type":"`+string(EventBrief)+`"`)) {
			t.Errorf("%s tell strangers about briefs", where)
		}
	}
	for where, text := range s.text {
		for _, canary := range canaries() {
			if bytes.Contains(text, []byte(canary)) {
				t.Errorf("%s: %q", where, canary)
			}
		}
	}
}

func canaries() []string {
	return []string{canaryEmail, canaryPhone, canaryName, "canari-4711", "47 11 47", "33561471147"}
}

// collectFiles reads every file of a home but the inbox, and says whether that
// one holds the canary.
func collectFiles(t *testing.T, s *said, name, home string) (inboxes int) {
	t.Helper()
	found := false
	err := filepath.WalkDir(home, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if rel, _ := filepath.Rel(home, path); filepath.Dir(rel) == "inbox" {
			found = found || bytes.Contains(data, []byte(canaryEmail))
			return nil
		}
		s.note(name+" files", data)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if found {
		return 1
	}
	return 0
}
