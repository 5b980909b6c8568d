package store

import (
	"testing"
	"time"

	"github.com/dgraph-io/badger/v4"

	"courtcircuit/protocol"
)

// A record that the files lost or damaged keeps nobody from publishing anew, and
// nobody from erasing: what it was is not needed for it to go.
func TestDamagedRecordKeepsNothingFromEndingIt(t *testing.T) {
	o := testOpener(t)
	now := t0.Add(time.Minute)
	club := newActor(t, 1)
	for harm, do := range map[string]func(txn *badger.Txn, id protocol.RecordID) error{
		"lost":    func(txn *badger.Txn, id protocol.RecordID) error { return txn.Delete(headerKey(id)) },
		"damaged": func(txn *badger.Txn, id protocol.RecordID) error { return txn.Set(headerKey(id), []byte("half")) },
	} {
		for end, next := range map[string]func(who actor, v protocol.Verified) protocol.Verified{
			"replaced": func(who actor, _ protocol.Verified) protocol.Verified {
				return who.profile(t, o, protocol.Profile{Name: "Neuve"}, nil, now)
			},
			"ended": func(who actor, v protocol.Verified) protocol.Verified { return who.tombstone(t, o, v, now) },
			"erased": func(who actor, _ protocol.Verified) protocol.Verified {
				return who.seal(t, o, protocol.ErasureDraft(nil, now.UnixMilli()))
			},
		} {
			t.Run(harm+" and "+end, func(t *testing.T) {
				s := openStore(t, memoryConfig(), o)
				who := newActor(t, 2)
				card := who.profile(t, o, protocol.Profile{Name: "CANARI"}, nil, t0)
				id := who.Identity()
				spoken := club.seal(t, o, protocol.Draft{Kind: 2050, Slot: []byte{1}, About: &id, IssuedAtMillis: t0.UnixMilli(), BodyVersion: 1, Body: []byte{1}})
				putAll(t, s, []protocol.Verified{card, spoken}, now)
				damage(t, s, func(txn *badger.Txn) error { return do(txn, card.Record().ID) })
				if end == "erased" {
					damage(t, s, func(txn *badger.Txn) error { return do(txn, spoken.Record().ID) })
				}
				expect(t, s, next(who, card), now, Stored)
				if err := s.purgeText(t.Context()); err != nil {
					t.Fatal(err)
				}
				keys := allKeys(t, s)
				if _, there := keys[string(bodyKey(card.Record().ID))]; there {
					t.Error("its text is still there")
				}
				if _, there := keys[string(bodyKey(spoken.Record().ID))]; there && end == "erased" {
					t.Error("what was said of the person is still there")
				}
				if _, err := s.Verify(t.Context(), now, true, nil); err != nil {
					t.Fatal(err)
				}
				if v := checkWhole(t, s, now); v.Records == 0 {
					t.Error("nothing is left")
				}
			})
		}
	}
}
