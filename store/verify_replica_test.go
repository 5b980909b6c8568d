package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dgraph-io/badger/v4"

	"courtcircuit/protocol"
)

// allKeys is the whole database.
func allKeys(f failer, s *Store) map[string]string {
	out := map[string]string{}
	err := s.view(func(txn *badger.Txn) error {
		return each(context.Background(), txn, nil, true, func(item *badger.Item) error {
			v, err := item.ValueCopy(nil)
			out[string(item.KeyCopy(nil))] = string(v)
			return err
		})
	})
	if err != nil {
		f.Fatal(err)
	}
	return out
}

// checkWhole wants a replica without any fault.
func checkWhole(f failer, s *Store, now time.Time) Verification {
	v, err := s.Verify(context.Background(), now, false, nil)
	if err != nil {
		f.Fatal(err)
	}
	if v.Found != 0 || v.Lost || v.Digest != s.Digest(now) {
		f.Fatal(fmt.Sprintf("%d faults in a whole replica, lost %t: %+v", v.Found, v.Lost, v.Faults))
	}
	return v
}

// variety holds a record for every family of keys.
func variety(t *testing.T, o *protocol.Opener, s *Store) (records []protocol.Verified) {
	t.Helper()
	put := func(v protocol.Verified) {
		t.Helper()
		expect(t, s, v, t0.Add(time.Minute), Stored)
		records = append(records, v)
	}
	club, other := newActor(t, 1), newActor(t, 2)
	put(club.collective(t, o, protocol.Collective{Place: protocol.PlaceAt(43.6, 1.44), Languages: []string{"fr"}}, t0))
	put(other.collective(t, o, protocol.Collective{Name: "La Fabrique"}, t0))
	for i := range 12 {
		who := newActor(t, uint64(10+i))
		put(who.profile(t, o, protocol.Profile{
			Name: fmt.Sprint("Personne ", i%5), Place: protocol.PlaceAt(43+float64(i)/10, 1.4), Skills: []string{"graphisme", fmt.Sprint("luthier ", i%3)}, Languages: []string{"fr", "oc"},
		}, club.grant(t, who.Identity(), t0), t0))
		if i < 3 {
			id := who.Identity()
			put(club.seal(t, o, protocol.Draft{Kind: 2050, Slot: []byte{byte(i)}, About: &id, IssuedAtMillis: t0.UnixMilli(), BodyVersion: 1, Body: []byte{1}}))
		}
	}
	mission := club.mission(t, o, 1, protocol.Mission{Place: protocol.PlaceAt(43, 1.5), Needs: []protocol.Need{{Skill: "graphisme", Count: 1}}}, t0)
	put(mission)
	put(other.mission(t, o, 2, protocol.Mission{}, t0))
	gone := other.mission(t, o, 3, protocol.Mission{}, t0)
	put(gone)
	put(other.tombstone(t, o, gone, t0.Add(time.Second)))
	put(club.seal(t, o, protocol.DismissalDraft(newActor(t, 21).Identity(), t0.UnixMilli())))
	// One card twice for one moment, one without its body.
	twin := newActor(t, 40)
	put(twin.profile(t, o, protocol.Profile{Name: "Une"}, nil, t0))
	if _, err := s.Put(context.Background(), twin.profile(t, o, protocol.Profile{Name: "Deux"}, nil, t0), t0.Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	bare := newActor(t, 41).profile(t, o, protocol.Profile{Name: "Sans corps"}, nil, t0)
	vs, errs := o.OpenHeaders([]protocol.HeaderOnly{bare.Record().HeaderOnly()}, t0.Add(time.Minute))
	if errs[0] != nil {
		t.Fatal(errs[0])
	}
	put(vs[0])
	return records
}

// families are those of the replica's keys that hold what records say.
func families(keys map[string]string) map[string]string {
	out := maps.Clone(keys)
	maps.DeleteFunc(out, func(k, _ string) bool {
		return k[0] == famSettings || k[0] == famLeaf || k[0] == famCount || k[0] == famPurge || k[0] == famProof
	})
	maps.DeleteFunc(out, func(k, v string) bool { return k[0] == famBody && v == "" }) // covered
	return out
}

func firstKey(t *testing.T, s *Store, family byte) (key, value []byte) {
	t.Helper()
	all := allKeys(t, s)
	for _, k := range slices.Sorted(maps.Keys(all)) {
		if k[0] == family {
			return []byte(k), []byte(all[k])
		}
	}
	t.Fatalf("no key of %q to damage", family)
	return nil, nil
}

func damage(t *testing.T, s *Store, fn func(txn *badger.Txn) error) {
	t.Helper()
	if err := s.db.Update(fn); err != nil {
		t.Fatal(err)
	}
}

// Each family of index keys loses a key, gets a wrong value and a key too
// many, while the replica is open and before it is opened. Each is found,
// nothing else is, and after the repair the database is what it was.
func TestVerifyMendsEveryIndex(t *testing.T) {
	o := testOpener(t)
	now := t0.Add(time.Minute)
	stray := bytes.Repeat([]byte{0xee}, 32)
	harms := map[string]func(txn *badger.Txn, key, value []byte) error{
		"lost":    func(txn *badger.Txn, key, _ []byte) error { return txn.Delete(key) },
		"altered": func(txn *badger.Txn, key, value []byte) error { return txn.Set(key, append([]byte("x"), value...)) },
		"strange": func(txn *badger.Txn, key, value []byte) error {
			return txn.Set(append(slices.Clone(key[:len(key)-32]), stray...), value)
		},
		"half": func(txn *badger.Txn, key, value []byte) error { return txn.Set(key[:len(key)/2], value) },
	}
	for family, f := range derivedFamilies {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			c := withTable(diskConfig(t.TempDir()), "first", firstTable)
			s, err := Open(c, o, quiet)
			if err != nil {
				t.Fatal(err)
			}
			defer func() {
				if err := s.Close(); err != nil {
					t.Error(err)
				}
			}()
			variety(t, o, s)
			checkWhole(t, s, now)
			digest, want := s.Digest(now), families(allKeys(t, s))
			for name, harm := range harms {
				for _, reopen := range []bool{false, true} {
					key, value := firstKey(t, s, family)
					damage(t, s, func(txn *badger.Txn) error { return harm(txn, key, value) })
					if reopen {
						if err := s.Close(); err != nil {
							t.Fatal(err)
						}
						if s, err = Open(c, o, quiet); err != nil {
							t.Fatal(err)
						}
					}
					v, err := s.Verify(t.Context(), now, false, nil)
					if err != nil || v.Found == 0 || v.Repaired != 0 || !slices.ContainsFunc(v.Faults, func(g Fault) bool { return g.Part == f.name }) {
						t.Fatalf("%s: looking only: %v: %+v", name, err, v)
					}
					v, err = s.Verify(t.Context(), now, true, nil)
					if err != nil || v.Found == 0 || v.Repaired != v.Found || len(v.Remaining) > 0 || v.Lost {
						t.Fatalf("%s, reopened %t: repairing: %v: %+v", name, reopen, err, v)
					}
					if got := families(allKeys(t, s)); !maps.Equal(got, want) || s.Digest(now) != digest {
						t.Fatalf("%s: after the repair %d keys, %d before: %s", name, len(got), len(want), difference(got, want))
					}
					checkWhole(t, s, now)
					checkFound(t, s, now)
				}
			}
		})
	}
}

func difference(got, want map[string]string) (out string) {
	for k, v := range want {
		if g, ok := got[k]; !ok || g != v {
			out += fmt.Sprintf("\n %s: %x, %x expected", keyName([]byte(k)), g, v)
		}
	}
	for k := range got {
		if _, ok := want[k]; !ok {
			out += "\n too many: " + keyName([]byte(k))
		}
	}
	return out
}

// checkFound: memory follows the repair, too.
func checkFound(t *testing.T, s *Store, now time.Time) {
	t.Helper()
	page, err := s.Near(context.Background(), Query{Kind: protocol.KindProfile, LatDegrees: 43, LonDegrees: 1.4, RadiusMeters: -1, Skills: []string{"graphiste"}, Limit: 100, Now: now})
	if err != nil || len(page.Results) != 12 {
		t.Fatalf("%d people found, 12 expected: %v", len(page.Results), err)
	}
}

// What does not verify is found, goes, and is taken again when a peer has it.
func TestVerifyLetsGoOfWhatDoesNotVerify(t *testing.T) {
	o := testOpener(t)
	now := t0.Add(time.Minute)
	type harm func(t *testing.T, s *Store, v protocol.Verified)
	alter := func(key func(protocol.Verified) []byte, change func(value []byte) []byte) harm {
		return func(t *testing.T, s *Store, v protocol.Verified) {
			damage(t, s, func(txn *badger.Txn) error {
				value, err := get(txn, key(v))
				if err != nil {
					return err
				}
				if value = change(value); value == nil {
					return txn.Delete(key(v))
				}
				return txn.Set(key(v), value)
			})
		}
	}
	header := func(v protocol.Verified) []byte { return headerKey(v.Record().ID) }
	body := func(v protocol.Verified) []byte { return bodyKey(v.Record().ID) }
	dossierOf := func(v protocol.Verified) []byte { return dossierKey(v.Record().Key().Identity) }
	flip := func(at int) func([]byte) []byte {
		return func(b []byte) []byte { b[(at+len(b))%len(b)] ^= 1; return b }
	}
	gone := func([]byte) []byte { return nil }
	for name, c := range map[string]struct {
		harm harm
		part string
		kept bool // the record verifies and stays
	}{
		"signature":      {alter(header, flip(10)), "signature", false},
		"header":         {alter(header, flip(-3)), "header", false},
		"header lost":    {alter(header, gone), "dossier", false},
		"header short":   {alter(header, func([]byte) []byte { return []byte("x") }), "header", false},
		"body":           {alter(body, flip(-1)), "body", false},
		"body lost":      {alter(body, gone), "body", false},
		"body covered":   {alter(body, func([]byte) []byte { return []byte{} }), "body", false},
		"dossier lost":   {alter(dossierOf, gone), "dossier", true},
		"dossier short":  {alter(dossierOf, func(b []byte) []byte { return b[1:] }), "dossier", true},
		"dossier flags":  {alter(dossierOf, flip(entryBytes-1)), "dossier", true},
		"dossier expiry": {alter(dossierOf, flip(77)), "dossier", true},
		"dossier twice":  {alter(dossierOf, func(b []byte) []byte { return append(b, b...) }), "dossier", true},
		"proof":          {alter(func(protocol.Verified) []byte { return proofKey(newActor(t, 40).Identity()) }, flip(20)), "proof", true},
		"sum":            {alter(func(protocol.Verified) []byte { return keyRoot }, flip(9)), "root", true},
		"text to purge": {func(t *testing.T, s *Store, v protocol.Verified) {
			damage(t, s, func(txn *badger.Txn) error { return txn.Set(purgeKey(v.Record().ID), purgeValue(false)) })
		}, "purge", true},
		"text of nobody": {func(t *testing.T, s *Store, _ protocol.Verified) {
			damage(t, s, func(txn *badger.Txn) error {
				return txn.Set(bodyKey(protocol.RecordID{1}), textValue(protocol.RecordID{1}, []byte("secret")))
			})
		}, "body", true},
		"strange family": {func(t *testing.T, s *Store, _ protocol.Verified) {
			damage(t, s, func(txn *badger.Txn) error { return txn.Set([]byte("?strange"), []byte("x")) })
		}, "family", true},
	} {
		for _, reopen := range []bool{false, true} {
			t.Run(fmt.Sprint(name, " reopened ", reopen), func(t *testing.T) {
				t.Parallel()
				cfg := withTable(diskConfig(t.TempDir()), "first", firstTable)
				s, err := Open(cfg, o, quiet)
				if err != nil {
					t.Fatal(err)
				}
				v := variety(t, o, s)[8] // a person of whom nobody speaks
				want := families(allKeys(t, s))
				c.harm(t, s, v)
				if reopen {
					if err := s.Close(); err != nil {
						t.Fatal(err)
					}
					if s, err = Open(cfg, o, quiet); err != nil {
						t.Fatal(err)
					}
				}
				defer func() {
					if err := s.Close(); err != nil {
						t.Error(err)
					}
				}()
				got, err := s.Verify(t.Context(), now, false, nil)
				if err != nil || got.Found == 0 || !slices.ContainsFunc(got.Faults, func(f Fault) bool { return f.Part == c.part }) {
					t.Fatalf("looking only: %v: %+v", err, got)
				}
				got, err = s.Verify(t.Context(), now, true, nil)
				if err != nil || got.Repaired != got.Found || len(got.Remaining) > 0 {
					t.Fatalf("repairing: %v: %+v", err, got)
				}
				if left, err := s.Verify(t.Context(), now, false, nil); err != nil || left.Found > 0 {
					t.Fatalf("after the repair: %v: %+v", err, left)
				}
				rec, err := s.ByPublicID(v.Record().Header.Kind, v.Record().Key().PublicID(), now)
				if c.kept != (err == nil && rec.HasBody) {
					t.Fatalf("kept %t expected: %v", c.kept, err)
				}
				if !c.kept {
					expect(t, s, v, now, Stored)
				}
				if got := families(allKeys(t, s)); !maps.Equal(got, want) {
					t.Fatal("not what it was:", difference(got, want))
				}
				checkFound(t, s, now)
			})
		}
	}
}

// What waits for its purge after a repair leaves the files like any text.
func TestRepairedTextLeavesTheFiles(t *testing.T) {
	o := testOpener(t)
	s := openStore(t, diskConfig(t.TempDir()), o)
	id := protocol.RecordID{1}
	damage(t, s, func(txn *badger.Txn) error { return txn.Set(bodyKey(id), textValue(id, []byte("a secret"))) })
	if v, err := s.Verify(t.Context(), t0, true, nil); err != nil || v.Repaired != 1 {
		t.Fatal(err, v)
	}
	if err := s.purgeText(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := s.checkFiles([]protocol.RecordID{id}); err != nil {
		t.Fatal(err)
	}
}

// Records that come, go and are purged while the replica is verified are no
// faults.
func TestVerifyWhileRecordsCome(t *testing.T) {
	o := testOpener(t)
	s := openStore(t, withTable(diskConfig(t.TempDir()), "first", firstTable), o)
	variety(t, o, s)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	started := make(chan struct{})
	go func() {
		for i := uint64(0); ctx.Err() == nil; i++ {
			who := newActor(t, 100+i%20)
			v := who.profile(t, o, protocol.Profile{Name: fmt.Sprint("Nom ", i)}, nil, t0.Add(time.Duration(i+1)*time.Millisecond))
			if i%5 == 4 {
				v = who.tombstone(t, o, v, t0.Add(time.Duration(i+1)*time.Millisecond))
			}
			_, err := s.Put(context.Background(), v, t0.Add(time.Minute))
			if err == nil && i%10 == 9 {
				err = s.purgeText(context.Background())
			}
			if err != nil && !errors.Is(err, errTextRemains) { // a verification is reading
				ended <- err
				return
			}
			if i == 0 {
				close(started)
			}
		}
		ended <- nil
	}()
	<-started
	for range 10 {
		if v, err := s.Verify(t.Context(), t0.Add(time.Minute), true, nil); err != nil || v.Found != 0 {
			t.Errorf("%v: %+v", err, v)
		}
	}
	cancel()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	checkWhole(t, s, t0.Add(time.Minute))
}

// Records that the files lost are not made up: the sum says that they were.
func TestVerifySaysWhatIsLost(t *testing.T) {
	o := testOpener(t)
	c := diskConfig(t.TempDir())
	s, err := Open(c, o, quiet)
	if err != nil {
		t.Fatal(err)
	}
	records := variety(t, o, s)
	lost := records[4].Record()
	damage(t, s, func(txn *badger.Txn) error {
		return errors.Join(txn.Delete(headerKey(lost.ID)), txn.Delete(dossierKey(lost.Key().Identity)), txn.Delete(expiryKey(lost.Header.ExpiryHour(), lost.ID)))
	})
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = openStore(t, c, o)
	v, err := s.Verify(t.Context(), t0.Add(time.Minute), true, nil)
	if err != nil || !v.Lost || v.Found == 0 {
		t.Fatalf("%v: %+v", err, v)
	}
	if v, err = s.Verify(t.Context(), t0.Add(time.Minute), true, nil); err != nil || v.Found != 0 || !v.Lost {
		t.Fatalf("the second time: %v: %+v", err, v)
	}
}

// A header that cannot be read does not keep a peer from those that stand with
// it in its question.
func TestDamagedHeaderKeepsNoOthersBack(t *testing.T) {
	o := testOpener(t)
	s := openStore(t, memoryConfig(), o)
	var ids []protocol.RecordID
	for i := range uint64(3) {
		v := newActor(t, 1+i).profile(t, o, protocol.Profile{}, nil, t0)
		expect(t, s, v, t0, Stored)
		ids = append(ids, v.Record().ID)
	}
	damage(t, s, func(txn *badger.Txn) error { return txn.Set(headerKey(ids[1]), []byte("half")) })
	got, err := s.HeadersOf(ids)
	if err != nil || len(got[0].Header) == 0 || len(got[1].Header) > 0 || len(got[2].Header) == 0 {
		t.Fatal(err, got)
	}
	if err := s.EachLive(t.Context(), t0, func(protocol.Record) error { return nil }); err != nil {
		t.Fatal("a backup of the rest is better than none:", err)
	}
}

// A verification tells how far it is, and ends when it is told to.
func TestVerifyProgressAndEnd(t *testing.T) {
	o := testOpener(t)
	s := openStore(t, memoryConfig(), o)
	var vs []protocol.Verified
	for i := range uint64(1200) {
		vs = append(vs, newActor(t, 1000+i).profile(t, o, protocol.Profile{}, nil, t0))
	}
	putAll(t, s, vs, t0)
	calls, last := 0, 0
	_, err := s.Verify(t.Context(), t0, false, func(done, total int) {
		calls++
		if done < last || done > total {
			t.Errorf("%d of %d after %d", done, total, last)
		}
		last = done
	})
	if err != nil || calls < 3 {
		t.Fatal(err, calls)
	}
	ctx, cancel := context.WithCancel(t.Context())
	_, err = s.Verify(ctx, t0, false, func(int, int) { cancel() })
	if !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
}

// Every family of keys is known to the verification: one that is added and
// forgotten there would be taken for rubbish.
func TestEveryFamilyIsVerified(t *testing.T) {
	o := testOpener(t)
	s := openStore(t, memoryConfig(), o)
	variety(t, o, s)
	seen := map[byte]bool{}
	for k := range allKeys(t, s) {
		seen[k[0]] = true
	}
	for _, family := range slices.Concat(otherFamilies, slices.Collect(maps.Keys(derivedFamilies))) {
		if !seen[family] && !strings.ContainsRune(string([]byte{famMeta, famPurge}), rune(family)) {
			t.Errorf("no key of %q in the fixture", family)
		}
	}
}

// BenchmarkVerify: a whole replica of 20,000 people, beside the checking of
// their signatures alone.
func BenchmarkVerify(b *testing.B) {
	o := testOpener(b)
	cards := benchCards(b, o, 20_000)
	cfg := DefaultConfig(b.TempDir())
	cfg.BallastBytes = 0
	s := openStore(b, cfg, o)
	putAll(b, s, cards, t0)
	heads := make([]protocol.HeaderOnly, len(cards))
	for i, c := range cards {
		heads[i] = c.Record().HeaderOnly()
	}
	b.Run("whole", func(b *testing.B) {
		for b.Loop() {
			if v, err := s.Verify(b.Context(), t0, false, nil); err != nil || v.Found > 0 {
				b.Fatal(err, v)
			}
		}
	})
	b.Run("signatures", func(b *testing.B) {
		for b.Loop() {
			for part := range slices.Chunk(heads, groupRecords) {
				o.OpenHeaders(part, t0)
			}
		}
	})
}
