package protocol

import (
	"encoding/hex"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/libp2p/go-libp2p/core/crypto"
	"github.com/libp2p/go-libp2p/core/peer"
)

// scenery makes small signed records for the set vectors. Times are
// milliseconds after the first, all within the last day.
type scenery struct {
	t testing.TB
	cast
	rival Author // another succession of the person with the same n
}

func newScenery(t testing.TB) scenery {
	s := scenery{t: t, cast: newCast(t)}
	s.rival = must(s.person.Signer.Succeed(testNet, s.personSecret, PrivateKeyFromSeed([32]byte{77})))
	return s
}

func at(offset int64) int64 { return testNow.Add(-day).UnixMilli() + offset }

func (s scenery) profile(a Author, name string, offset int64) []byte {
	p := &Profile{Name: name, Place: Place{LatCenti: 4360, LonCenti: 144}, ConfirmedAtMillis: at(0)}
	return seal(s.t, a, must(p.Draft(nil, at(offset))))
}

func (s scenery) mission(a Author, slot byte, offset int64) []byte {
	m := &Mission{Title: "M", Place: Place{LatCenti: 4360, LonCenti: 144}, State: MissionOpen}
	return seal(s.t, a, must(m.Draft([16]byte{slot}, at(offset))))
}

func (s scenery) tombstone(of []byte, a Author, offset int64) []byte {
	rec := must(Parse(of))
	return seal(s.t, a, TombstoneOf(&rec, at(offset)))
}

func (s scenery) unknown(slot byte, offset int64) []byte {
	return seal(s.t, s.person, Draft{Kind: 777, Slot: []byte{slot}, IssuedAtMillis: at(offset), BodyVersion: 1, Body: []byte{slot}})
}

func (s scenery) ending(a Author, d Draft) []byte { return seal(s.t, a, d) }

type setCase struct {
	name, why string
	records   [][]byte
}

func (s scenery) cases() []setCase {
	p1, p2, p3 := s.profile(s.person, "A", 1), s.profile(s.person, "B", 2), s.profile(s.person, "C", 3)
	twin := s.profile(s.person, "twin", 2)
	faulty := must((&Profile{Name: "x", Place: Place{LatCenti: 4360, LonCenti: 144}}).Draft(nil, at(9)))
	faulty.Zone = 1
	dismissal := s.ending(s.collective, DismissalDraft(s.person.Identity(), at(3)))
	erasure := s.ending(s.person, ErasureDraft(nil, at(5)))
	emptied := s.ending(s.person, Draft{Kind: KindErasure, IssuedAtMillis: at(6)})
	mission, collective := s.mission(s.collective, 1, 2), s.ending(s.collective, must((&Collective{Name: "I", Place: Place{LatCenti: 1, LonCenti: 1}}).Draft(at(2))))
	bySuccessor, byRival := s.ending(s.successor, SuccessionDraft(nil, at(1))), s.ending(s.rival, SuccessionDraft(nil, at(2)))
	return []setCase{
		{"newest wins", "one key, three versions", [][]byte{p1, p2, p3}},
		{"same moment", "an equivocation: the lowest id wins", [][]byte{p1, p2, twin}},
		{"tombstone", "a newer tombstone replaces its record", [][]byte{p1, s.tombstone(p1, s.person, 2)}},
		{"published again", "a record newer than the tombstone replaces it", [][]byte{p1, s.tombstone(p1, s.person, 2), p3}},
		{"faulty body", "a newer version with a body fault wins too, by its header", [][]byte{p1, signHeader(s.person, faulty)}},
		{"erasure", "own older records and a dismissal about the person go; the collective's own stay", [][]byte{p1, p2, s.tombstone(p2, s.person, 3), dismissal, erasure, mission, s.unknown(1, 4)}},
		{"newer than erasure", "what is issued after the erasure stays", [][]byte{p1, erasure, s.profile(s.person, "again", 6)}},
		{"same moment as erasure", "up to and including its issued_at", [][]byte{s.profile(s.person, "same", 5), erasure}},
		{"erasure is not taken back", "body version 0 erases too", [][]byte{p1, erasure, emptied, s.profile(s.person, "between", 6)}},
		{"older erasure", "the newer erasure replaces the older one under the same key", [][]byte{erasure, s.ending(s.person, ErasureDraft(nil, at(4))), s.profile(s.person, "x", 5)}},
		{"collective erased", "its records go, its member's profile stays", [][]byte{mission, collective, dismissal, s.ending(s.collective, ErasureDraft(nil, at(4))), seal(s.t, s.person, must(fullProfile().Draft(&s.grant, testNow.UnixMilli())))}},
		{"succession", "everything of the old key is dead, newer or not", [][]byte{p1, p3, s.mission(s.person, 3, 90), bySuccessor, s.profile(s.successor, "new", 2)}},
		{"succession by a profile", "any live record proves its signer's floor", [][]byte{p3, s.profile(s.successor, "new", 2)}},
		{"old key cannot erase", "the old key's erasure is below the floor", [][]byte{p1, erasure, bySuccessor, s.profile(s.successor, "new", 2)}},
		{"erasure spares succession", "the floor stays known", [][]byte{bySuccessor, s.profile(s.successor, "new", 2), s.ending(s.successor, ErasureDraft(nil, at(9))), p3}},
		{"rival successions", "the same n twice: the lowest new key", [][]byte{bySuccessor, byRival, s.profile(s.successor, "mine", 3), s.profile(s.rival, "theirs", 4)}},
		{"unknown kinds share a bound of 4", "the newest stay", [][]byte{s.unknown(1, 1), s.unknown(2, 2), s.unknown(3, 3), s.unknown(4, 4), s.unknown(5, 5), s.unknown(6, 6)}},
		{"tombstones are nothing special", "over a bound an old tombstone gives way too, or records replayed in turn would replace one another for ever", [][]byte{s.unknown(1, 1), s.tombstone(s.unknown(1, 1), s.person, 2), s.unknown(2, 3), s.unknown(3, 4), s.unknown(4, 5), s.unknown(5, 6)}},
		{"newer version of what was over the bound", "keys are counted by their winners", [][]byte{s.unknown(1, 1), s.unknown(2, 2), s.unknown(3, 3), s.unknown(4, 4), s.unknown(5, 5), s.unknown(1, 6)}},
		{"ties at the bound", "equal issued_at: the lowest ids stay", [][]byte{s.unknown(1, 1), s.unknown(2, 1), s.unknown(3, 1), s.unknown(4, 1), s.unknown(5, 1), s.unknown(6, 1)}},
		{"66 missions", "a bound of 64", s.manyMissions(66)},
	}
}

func (s scenery) manyMissions(n int) (out [][]byte) {
	for i := range n {
		out = append(out, s.mission(s.collective, byte(i), int64(1000-i)))
	}
	return out
}

func makeLiveSets(t *testing.T) (out []liveSetVector) {
	for _, c := range newScenery(t).cases() {
		v := liveSetVector{Name: c.name, Why: c.why, Network: testNet, NowMillis: testNow.UnixMilli()}
		order := make([]int, len(c.records))
		for i, w := range c.records {
			v.Records = append(v.Records, hex.EncodeToString(w))
			order[i] = i
		}
		v.Live = idsOf(liveSet(openAll(t, v)))
		v.Orders = append(v.Orders, slices.Clone(order))
		slices.Reverse(order)
		v.Orders = append(v.Orders, slices.Clone(order))
		rng := rand.New(rand.NewPCG(7, uint64(len(c.name))))
		for range 3 {
			rng.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
			v.Orders = append(v.Orders, slices.Clone(order))
		}
		out = append(out, v)
	}
	return out
}

func openAll(t *testing.T, v liveSetVector) (out []*Record) {
	t.Helper()
	o := must(NewOpener(v.Network, 100))
	for i, w := range v.Records {
		opened, err := o.Open(unhex(t, w), time.UnixMilli(v.NowMillis))
		if err != nil {
			t.Fatalf("%s: record %d: %v", v.Name, i, err)
		}
		out = append(out, opened.Record())
	}
	return out
}

func TestVectorsLiveSet(t *testing.T) {
	golden(t, "liveset.json", makeLiveSets(t))
	for _, v := range readVectors[[]liveSetVector](t, "liveset.json") {
		records := openAll(t, v)
		for _, order := range v.Orders {
			if got := idsOf(arrive(records, order)); !slices.Equal(got, v.Live) {
				t.Errorf("%s: arriving as %v leaves %v, want %v", v.Name, order, got, v.Live)
			}
		}
		if len(v.Live) == 0 || len(v.Live) >= len(v.Records) {
			t.Errorf("%s: %d of %d live decides nothing", v.Name, len(v.Live), len(v.Records))
		}
	}
}

func TestVectorsOrdered(t *testing.T) {
	s := newScenery(t)
	p := func(a Author, name string, offset int64) []byte { return s.profile(a, name, offset) }
	var out []orderedVector
	for _, row := range []struct {
		name    string
		records [][]byte
	}{
		{"newest issued_at", [][]byte{p(s.person, "A", 1), p(s.person, "B", 2)}},
		{"lowest id at one moment", [][]byte{p(s.person, "A", 1), p(s.person, "B", 1), p(s.person, "C", 1)}},
		{"successor before newer", [][]byte{p(s.person, "A", 9), p(s.successor, "B", 1)}},
		{"second succession before first", [][]byte{p(s.successor, "A", 9), p(must(s.successor.Signer.Succeed(testNet, s.personSecret, PrivateKeyFromSeed([32]byte{3}))), "B", 1)}},
		{"lowest new key of one n", [][]byte{p(s.successor, "A", 1), p(s.rival, "B", 1)}},
		{"tombstone is a version like others", [][]byte{p(s.person, "A", 3), s.tombstone(p(s.person, "A", 1), s.person, 2)}},
	} {
		v := orderedVector{Name: row.name}
		var best *Record
		for i, w := range row.records {
			v.Records = append(v.Records, hex.EncodeToString(w))
			if rec := must(Parse(w)); best == nil || rec.Beats(best) {
				best, v.Winner = &rec, i
			}
		}
		out = append(out, v)
	}
	golden(t, "ordered.json", out)
	for _, v := range readVectors[[]orderedVector](t, "ordered.json") {
		for i, w := range v.Records {
			a, b := must(Parse(unhex(t, v.Records[v.Winner]))), must(Parse(unhex(t, w)))
			if i != v.Winner && (!a.Beats(&b) || b.Beats(&a)) {
				t.Errorf("%s: record %d does not lose", v.Name, i)
			}
		}
	}
}

func TestVectorsKeys(t *testing.T) {
	var out []keyVector
	for _, name := range []string{"person", "collective", "other person"} {
		a, secret := testAuthor(name)
		pub, id := a.Key.Public(), a.Identity()
		recovery, hash := secret.Public(), secret.Hash()
		peerID := must(peer.IDFromPublicKey(must(crypto.UnmarshalEd25519PublicKey(pub[:]))))
		if got := must(NewNodeLink(testNet, id, a.Key, false, nil)).PeerID; string(got) != string(peerID) {
			t.Errorf("peer id %x, libp2p says %x", got, peerID)
		}
		out = append(out, keyVector{
			Name: name, KeySeed: hexOf(a.Key.Seed()), Key: hexOf(pub), RecoverySeed: hexOf([32]byte(secret)), RecoveryKey: hexOf(recovery),
			RecoveryText: secret.String(), RecoveryHash: hexOf(hash), Identity: hexOf(id), IdentityText: id.String(), Fingerprint: id.Fingerprint(), PeerID: peerID.String(),
		})
	}
	golden(t, "keys.json", out)
}

func TestVectorsTextsAndZones(t *testing.T) {
	var texts []textVector
	for _, s := range []string{"Camille Moreau", "e\u0301", " a", "a\u202eb", "Cam\u200dille", "👩\u200d💻", "می\u200cخواهم", "a\nb", "a\u3164", "\u2800", "a\ufe0f", "❤\ufe0f", "a\u0316\u0316\u0316\u0316\u0316\u0316\u0316\u0316", "a\u0316\u0316\u0316\u0316\u0316\u0316\u0316\u0316\u0316", "a\u00a0b", "\xff"} {
		for _, multiline := range []bool{false, true} {
			texts = append(texts, textVector{hex.EncodeToString([]byte(s)), multiline, checkText("text", s, 1, 100, multiline) == nil, CleanText(s, multiline)})
		}
	}
	golden(t, "texts.json", texts)
	var zones []zoneVector
	for _, lat := range []int{-9001, -9000, -8501, -8500, -1, 0, 4360, 8999, 9000, 9001} {
		for _, lon := range []int{-18001, -18000, -17501, -17500, -1, 0, 144, 17999, 18000} {
			zones = append(zones, zoneVector{lat, lon, ZoneOf(lat, lon)})
		}
	}
	golden(t, "zones.json", zones)
}
