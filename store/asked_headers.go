package store

import (
	"crypto/sha256"
	"sync"

	"github.com/dgraph-io/badger/v4"

	"courtcircuit/protocol"
)

// askedHeaders knows what the bodies of the headers that somebody asked for last
// must be: whoever catches up asks for headers and right after for their bodies,
// which are not served without a look at their hash. Else each header would be
// read and parsed once more. A hash that is known here is that of the record
// for ever, since the record's id is made of it.
type askedHeaders struct {
	mu            sync.Mutex
	recent, older map[protocol.RecordID]bodySeal
}

type bodySeal struct {
	hash   [32]byte
	length uint32
}

// maxAskedHeaders is of each half: a few sessions ask for 512 at a time.
const maxAskedHeaders = 4096

func (a *askedHeaders) note(rec *protocol.Record) {
	if rec.Header.BodyLength == 0 {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.recent == nil || len(a.recent) >= maxAskedHeaders {
		a.recent, a.older = map[protocol.RecordID]bodySeal{}, a.recent
	}
	a.recent[rec.ID] = bodySeal{rec.Header.BodyHash, uint32(rec.Header.BodyLength)}
}

func (a *askedHeaders) find(id protocol.RecordID) (bodySeal, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	seal, ok := a.recent[id]
	if !ok {
		seal, ok = a.older[id]
	}
	return seal, ok
}

// bodyOf gives the body of a record that is held with one, if it is whole.
func (s *Store) bodyOf(txn *badger.Txn, id protocol.RecordID) ([]byte, bool) {
	seal, ok := s.asked.find(id)
	if !ok {
		rec, err := readRecord(txn, id)
		if err != nil || len(rec.Body) == 0 {
			return nil, false
		}
		return rec.Body, true
	}
	body, ok, err := readBody(txn, id)
	if err != nil || !ok || len(body) != int(seal.length) || sha256.Sum256(body) != seal.hash {
		return nil, false
	}
	return body, true
}
