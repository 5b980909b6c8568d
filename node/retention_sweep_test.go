package node

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"courtcircuit/node/access"
	"courtcircuit/node/card"
	"courtcircuit/node/delivery"
	"courtcircuit/node/inbox"
	"courtcircuit/store"
)

// keepPrivate puts two values of each kind into a node: one that is over
// within the hour, whose words have a canary, and one that is not.
func keepPrivate(t *testing.T, n *Node, now time.Time) {
	t.Helper()
	const over, stays = "canari-passe", "canari-reste"
	soon, later := now.Add(30*time.Minute), now.Add(2*time.Hour)
	doors := n.accessStore()
	for i, c := range []struct {
		word string
		end  time.Time
	}{{over, soon}, {stays, later}} {
		id := inbox.ID{byte(i + 1)}
		form := card.BriefForm{Description: c.word, Contact: card.BriefContact{Name: c.word, Email: c.word + "@example.org"}}
		client := access.Person{Role: access.Member, ID: id, Name: c.word}
		err := n.inbox.Update(func(tx *inbox.Tx) error {
			return errors.Join(
				n.briefShelf().PutIn(tx, id, brief{Form: form, State: card.BriefDeclined, DeleteAt: c.end}),
				n.trackShelf().PutIn(tx, id, track{Form: form, DeleteAt: c.end}),
				n.noticeClientIn(tx, clientNotice{Track: id, Email: c.word + "@example.org", Path: "/suivi/" + c.word}, now),
				n.noticeBriefIn(tx, briefNotice{Brief: id, Place: card.ResolvedPlace{Name: c.word}}, now),
				n.auditShelf().PutIn(tx, id, auditNote{At: c.end.Add(-auditKept), Action: "test", Subject: c.word}),
				n.memberShelf().PutIn(tx, id, memberEntry{Name: c.word, ChangedAt: c.end.Add(-invitationKept)}),
				doors.links.PutIn(tx, id, access.Link{Person: client, CreatedAt: c.end.Add(-48 * time.Hour), ExpiresAt: c.end.Add(-24 * time.Hour)}),
				doors.sessions.PutIn(tx, id, access.Session{Person: client, CreatedAt: c.end.Add(-180 * day), SeenAt: now}),
			)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	// Told about something that nobody knows any more.
	orphan := inbox.ID{9}
	err := n.inbox.Update(func(tx *inbox.Tx) error {
		return n.noticeClientIn(tx, clientNotice{Track: orphan, Email: over + "@example.org", Path: "/suivi/" + over}, now)
	})
	if err != nil {
		t.Fatal(err)
	}
}

func shelfCounts(n *Node) map[string]int {
	doors := n.accessStore()
	return map[string]int{
		"briefs": n.briefShelf().Len(), "tracks": n.trackShelf().Len(), "notices": n.notices.shelf.Len(), "journal": n.auditShelf().Len(),
		"members": n.memberShelf().Len(), "links": doors.links.Len(), "sessions": doors.sessions.Len(),
	}
}

func wordInHome(t *testing.T, dir, word string) (found []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		if bytes.Contains(data, []byte(word)) {
			found = append(found, filepath.Base(path))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// retentionNode keeps its inbox on disk, so that its files can be searched.
func retentionNode(t *testing.T, cfg Config) *Node {
	t.Helper()
	n, err := New(cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func retentionConfig(t *testing.T) Config {
	cfg := serviceConfig(t, t.TempDir())
	cfg.Store = func(c *store.Config) { c.InMemory, c.Dir, c.BallastBytes, c.Simulated = true, "", 0, true }
	cfg.Inbox = func(c *inbox.Config) { c.Simulated = true }
	return cfg
}

// The sweep of the hour deletes what is over, its words leave the files, and
// nothing else goes.
func TestRetentionSweep(t *testing.T) {
	cfg := retentionConfig(t)
	synctest.Test(t, func(t *testing.T) {
		n := retentionNode(t, cfg)
		ctx, cancel := context.WithCancel(context.Background())
		done := make(chan error)
		go func() { done <- n.runRetention(ctx) }()
		synctest.Wait()
		keepPrivate(t, n, time.Now())
		if len(wordInHome(t, cfg.Home, "canari-passe")) == 0 {
			t.Error("the words are in no file before the sweep: this test proves nothing")
		}
		for kind, count := range shelfCounts(n) {
			if want := map[string]int{"notices": 5}[kind]; count != max(want, 2) {
				t.Errorf("%d %s kept before the sweep", count, kind)
			}
		}
		time.Sleep(retentionEvery)
		synctest.Wait()
		for kind, count := range shelfCounts(n) {
			if want := map[string]int{"notices": 2}[kind]; count != max(want, 1) {
				t.Errorf("%d %s left after the sweep", count, kind)
			}
		}
		if found := wordInHome(t, cfg.Home, "canari-passe"); found != nil {
			t.Errorf("words that were deleted are in %v", found)
		}
		if found := wordInHome(t, cfg.Home, "canari-reste"); found == nil {
			t.Error("words that are kept are in no file")
		}
		cancel()
		if err := errors.Join(<-done, n.Close()); err != nil {
			t.Error(err)
		}
	})
}

// Who deletes something and wakes the sweep need not wait for the hour; many
// who do so at once have the files rewritten once.
func TestRetentionIsWoken(t *testing.T) {
	cfg := retentionConfig(t)
	synctest.Test(t, func(t *testing.T) {
		n := retentionNode(t, cfg)
		ctx, cancel := context.WithCancel(context.Background())
		done := make(chan error)
		go func() { done <- n.runRetention(ctx) }()
		synctest.Wait()
		if err := n.workShelf().Put(inbox.ID{1}, work{Title: "canari-ouvrage"}); err != nil {
			t.Fatal(err)
		}
		if err := n.workShelf().Delete(inbox.ID{1}); err != nil {
			t.Fatal(err)
		}
		for range 3 {
			n.wakeRetention()
			synctest.Wait()
		}
		if wordInHome(t, cfg.Home, "canari-ouvrage") == nil {
			t.Error("the sweep did not wait for others that may follow")
		}
		time.Sleep(sweepGap)
		synctest.Wait()
		if found := wordInHome(t, cfg.Home, "canari-ouvrage"); found != nil {
			t.Errorf("a minute after it was woken the words are in %v", found)
		}
		cancel()
		if err := errors.Join(<-done, n.Close()); err != nil {
			t.Error(err)
		}
	})
}

// What people are told is what the parts go by.
func TestRetentionTimesAreTrue(t *testing.T) {
	held := delivery.DefaultConfig("test")
	if held.GiveUpAfter != outboxKept || held.KeepSeen != seenKept {
		t.Errorf("the courier keeps messages for %s and marks for %s", held.GiveUpAfter, held.KeepSeen)
	}
	if seenKept <= outboxKept {
		t.Error("a mark is forgotten while copies of its message may still be on their way")
	}
	if access.MemberLinkAge != linkAge || access.DefaultConfig("").MaxLinkAge < linkAge {
		t.Error("links last another time than is said")
	}
	var keys []string
	for _, r := range retentionTimes() {
		if r.Duration < 24*time.Hour || slices.Contains(keys, r.Key) {
			t.Errorf("%s: %s", r.Key, r.Duration)
		}
		keys = append(keys, r.Key)
	}
}
