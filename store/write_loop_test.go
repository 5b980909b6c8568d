package store

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"

	"github.com/dgraph-io/badger/v4"

	"courtcircuit/protocol"
)

// holdWriter keeps the writer busy until it is let go.
func holdWriter(t *testing.T, s *Store) (letGo func()) {
	begun, held, ended := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	go func() {
		ended <- s.exec(context.Background(), func() error {
			close(begun)
			<-held
			return nil
		})
	}()
	<-begun
	return func() {
		t.Helper()
		close(held)
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
}

// A caller who gives up before the writer has begun takes back what it offered:
// the records may be used for something else, and none of them is stored.
func TestWhoGivesUpTakesRecordsBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg := memoryConfig()
		cfg.Simulated = true
		o := testOpener(t)
		s, err := Open(cfg, o, quiet)
		if err != nil {
			t.Fatal(err)
		}
		given := []protocol.Verified{newActor(t, 1).profile(t, o, protocol.Profile{}, nil, t0)}
		other := newActor(t, 2).profile(t, o, protocol.Profile{}, nil, t0)
		letGo := holdWriter(t, s)
		ctx, cancel := context.WithCancel(context.Background())
		gaveUp := make(chan error, 1)
		go func() {
			_, err := s.PutBatch(ctx, given, t0)
			gaveUp <- err
		}()
		synctest.Wait()
		answered := make(chan error, 1)
		go func() {
			_, err := s.Put(context.Background(), other, t0)
			answered <- err
		}()
		synctest.Wait()
		cancel()
		if err := <-gaveUp; !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		clear(given)
		letGo()
		if err := <-answered; err != nil {
			t.Error("somebody else's record was not stored:", err)
		}
		if n := s.Counts(t0)[protocol.KindProfile]; n != 1 {
			t.Errorf("%d profiles, 1 expected", n)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	})
}

// What the writer has begun is waited for, and its answer given: it is true
// whether or not somebody still wants to know.
func TestWhoGivesUpWaitsForWhatIsBegun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg := memoryConfig()
		cfg.Simulated = true
		s, err := Open(cfg, testOpener(t), quiet)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(context.Background())
		begun, held := make(chan struct{}), make(chan struct{})
		ended := make(chan error, 1)
		jobs := 0
		go func() {
			err := s.exec(ctx, func() error {
				close(begun)
				<-held
				jobs++
				return nil
			})
			jobs++ // nobody else writes it any more
			ended <- err
		}()
		<-begun
		cancel()
		synctest.Wait()
		early := len(ended)
		close(held)
		if err := <-ended; err != nil || jobs != 2 || early != 0 {
			t.Error(jobs, err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	})
}

// A verification that is given up while what it found waits to be mended has
// said all that it did: nothing is mended behind its caller's back.
func TestVerificationGivenUpWhileMending(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg := memoryConfig()
		cfg.Simulated = true
		o := testOpener(t)
		s, err := Open(cfg, o, quiet)
		if err != nil {
			t.Fatal(err)
		}
		v := newActor(t, 1).profile(t, o, protocol.Profile{}, nil, t0)
		expect(t, s, v, t0, Stored)
		dossier := dossierKey(v.Record().Key().Identity)
		damage(t, s, func(txn *badger.Txn) error { return txn.Delete(dossier) })
		ctx, cancel := context.WithCancel(context.Background())
		var letGo func()
		ended := make(chan error, 1)
		go func() {
			got, err := s.Verify(ctx, t0, true, func(int, int) {
				if letGo == nil { // the records are being read: from here on only mending needs the writer
					letGo = holdWriter(t, s)
				}
			})
			if got.Repaired != 0 {
				t.Errorf("%d repaired by nobody", got.Repaired)
			}
			ended <- err
		}()
		synctest.Wait()
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		letGo()
		if err := s.exec(context.Background(), func() error { return nil }); err != nil {
			t.Fatal(err)
		}
		if _, mended := allKeys(t, s)[string(dossier)]; mended {
			t.Error("mended after it was given up")
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	})
}
