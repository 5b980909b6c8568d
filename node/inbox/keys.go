package inbox

import (
	"crypto/sha256"
	"errors"

	badger "github.com/dgraph-io/badger/v4"
)

// formatVersion stands under formatKey and in every value.
const formatVersion = 1

// All keys of a space have one length, so that dropping one as a prefix never
// takes another with it.
const (
	formatSpace = 'f'
	draftSpace  = 'd' // d ‖ draft id → draftJSON
	refSpace    = 'r' // r ‖ hash of the reference → refJSON
	ownerSpace  = 'o' // o ‖ profile id ‖ hash of the reference → ownerMark
	hiddenSpace = 'h' // h ‖ hash of kind and public id → hiddenJSON
	reportSpace = 'c' // c ‖ report id, random → reportJSON
	flushSpace  = 'x' // never more than a moment, see dropReplaced
	stepsSpace  = 'z' // how many commits there were, 8 bytes
)

// The spaces of shelves: space ‖ id → envelope.
const (
	SpaceBriefs       Space = 'b' // a client's request, at the collective that answers it
	SpaceTracks       Space = 't' // what a client follows, at the collective where it was deposited
	SpaceOutbox       Space = 'm' // sealed messages on their way to other collectives
	SpaceSeen         Space = 'u' // messages that came, so that each counts once
	SpaceNotices      Space = 'n' // mails and calls that are due
	SpaceMembers      Space = 'i' // invited people and members: what their own page keeps
	SpaceCoordinators Space = 'k' // who may enter the console
	SpaceLinks        Space = 'l' // single-use links, by the hash of their secret
	SpaceSessions     Space = 's' // by the hash of the cookie
	SpacePasskeys     Space = 'p' // public keys of authenticators, by the hash of their id
	SpaceAudit        Space = 'a' // who did what
	SpaceSettings     Space = 'e' // what was set in the console
	SpaceWorks        Space = 'w' // what the collective has done, for its own page
)

// bound is how much a space takes.
type bound struct {
	name  string
	count int
	bytes int // of one value
	total int // bytes of all values
}

// shelfBounds keeps each space from taking the room of the others: what
// strangers can fill, with the drafts and references at their own bounds,
// still fits into a backup of MaxBackupBytes. A total is many times what a
// busy collective has, and far less than count values of the greatest size.
var shelfBounds = map[Space]bound{
	SpaceBriefs:       {"brief", 2_000, 96 << 10, 24 << 20},
	SpaceTracks:       {"track", 2_000, 96 << 10, 24 << 20},
	SpaceOutbox:       {"outgoing message", 2_000, 96 << 10, 24 << 20},
	SpaceSeen:         {"seen message", 100_000, 1 << 10, 24 << 20},
	SpaceNotices:      {"notice", 4_000, 16 << 10, 8 << 20},
	SpaceMembers:      {"member", 20_000, 96 << 10, 48 << 20},
	SpaceCoordinators: {"coordinator", 50, 4 << 10, 50 * 4 << 10},
	SpaceLinks:        {"link", 20_000, 4 << 10, 16 << 20},
	SpaceSessions:     {"session", 20_000, 4 << 10, 16 << 20},
	SpacePasskeys:     {"passkey", 20_000, 16 << 10, 32 << 20},
	SpaceAudit:        {"audit entry", 20_000, 4 << 10, 16 << 20},
	SpaceSettings:     {"settings", 20, 64 << 10, 20 * 64 << 10},
	SpaceWorks:        {"work", 500, 16 << 10, 500 * 16 << 10},
}

func boundOf(s Space) bound {
	b, ok := shelfBounds[s]
	if !ok {
		panic("inbox: unknown space " + string(s))
	}
	return b
}

var (
	formatKey = []byte{formatSpace}
	stepsKey  = []byte{stepsSpace}
	flushKey  = []byte{flushSpace}
	ownerMark = []byte{formatVersion}
)

func draftKey(id [32]byte) []byte { return append([]byte{draftSpace}, id[:]...) }

// refHash keeps the reference itself (often a name or a mail address) out of
// the files altogether.
func refHash(ref string) [32]byte {
	return sha256.Sum256(append([]byte("courtcircuit-ref/1"), ref...))
}

func refKey(hash [32]byte) []byte { return append([]byte{refSpace}, hash[:]...) }

func ownerPrefix(profile [32]byte) []byte { return append([]byte{ownerSpace}, profile[:]...) }

func ownerKey(profile, hash [32]byte) []byte { return append(ownerPrefix(profile), hash[:]...) }

// isBlank says that the value was blanked by purge and waits to be dropped.
func isBlank(item *badger.Item) bool { return item.ValueSize() == 0 }

// get reads a value; ErrNotFound also for one that is being purged.
func get(txn *badger.Txn, key []byte) ([]byte, error) {
	item, err := txn.Get(key)
	if errors.Is(err, badger.ErrKeyNotFound) {
		return nil, ErrNotFound
	}
	if err != nil {
		return nil, err
	}
	value, err := item.ValueCopy(nil)
	if err == nil && len(value) == 0 { // isBlank says so of everything that this transaction wrote
		return nil, ErrNotFound
	}
	return value, err
}

// each calls fn for every value in a space or under a longer prefix.
func each(txn *badger.Txn, prefix []byte, fn func(key, value []byte) error) error {
	it := txn.NewIterator(badger.IteratorOptions{PrefetchValues: true, PrefetchSize: 16, Prefix: prefix})
	defer it.Close()
	for it.Rewind(); it.Valid(); it.Next() {
		if isBlank(it.Item()) {
			continue
		}
		value, err := it.Item().ValueCopy(nil)
		if err != nil {
			return err
		}
		if err := fn(it.Item().KeyCopy(nil), value); err != nil {
			return err
		}
	}
	return nil
}
