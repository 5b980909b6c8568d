package store

import (
	"time"

	"github.com/dgraph-io/badger/v4"

	"courtcircuit/protocol"
)

// Standing is what decides how a person's next card is signed under the grant
// of a collective.
type Standing struct {
	// Named says that the collective's own card is live and can be shown.
	Named bool
	// EndedMillis is when the collective last ended the person's membership, or
	// everything of its own; a grant counts only if it is later.
	EndedMillis int64
	// NewestMillis is the highest issued_at held of the person; 0 for nobody.
	NewestMillis int64
	// Signer is the highest generation of the person that a record here proves,
	// if Known.
	Signer protocol.Generation
	Known  bool
}

// Standing reads all of it at one moment.
func (s *Store) Standing(collective, person protocol.Identity, now time.Time) (st Standing, err error) {
	err = s.view(func(txn *badger.Txn) error {
		own, err := readDossier(txn, collective)
		if err != nil {
			return err
		}
		card, named := own.find(protocol.RecordKey{Identity: collective, Kind: protocol.KindCollective}.StableID())
		st.Named = named && card.expiry > hourOf(now) && card.flags&flagTombstone == 0 && card.flags&flagShown != 0
		st.EndedMillis = own.ended(collective, person, hourOf(now))
		theirs, err := readDossier(txn, person)
		for i := range theirs {
			st.NewestMillis = max(st.NewestMillis, theirs[i].issuedAt)
		}
		st.Signer, st.Known = theirs.floor()
		return err
	})
	return st, err
}

// Ended is EndedMillis alone.
func (s *Store) Ended(collective, person protocol.Identity, now time.Time) (millis int64, err error) {
	err = s.view(func(txn *badger.Txn) error {
		own, err := readDossier(txn, collective)
		millis = own.ended(collective, person, hourOf(now))
		return err
	})
	return millis, err
}

// ended says when the collective whose dossier this is last let a person go.
func (d dossier) ended(collective, person protocol.Identity, hour uint32) (millis int64) {
	key := protocol.RecordKey{Identity: collective, Kind: protocol.KindDismissal, Slot: string(person[:])}
	if e, ok := d.find(key.StableID()); ok && e.expiry > hour && e.flags&flagTombstone == 0 {
		millis = e.issuedAt
	}
	if e, ok := d.erasure(); ok {
		millis = max(millis, e.issuedAt)
	}
	return millis
}
