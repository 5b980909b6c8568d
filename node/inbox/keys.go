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
}

// shelfBounds keeps all spaces together under half a gigabyte, whatever comes.
var shelfBounds = map[Space]bound{
	SpaceBriefs:       {"brief", 2_000, 96 << 10},
	SpaceTracks:       {"track", 2_000, 96 << 10},
	SpaceOutbox:       {"outgoing message", 2_000, 96 << 10},
	SpaceSeen:         {"seen message", 100_000, 1 << 10},
	SpaceNotices:      {"notice", 4_000, 16 << 10},
	SpaceMembers:      {"member", 20_000, 96 << 10},
	SpaceCoordinators: {"coordinator", 50, 4 << 10},
	SpaceLinks:        {"link", 20_000, 4 << 10},
	SpaceSessions:     {"session", 20_000, 4 << 10},
	SpacePasskeys:     {"passkey", 20_000, 16 << 10},
	SpaceAudit:        {"audit entry", 20_000, 4 << 10},
	SpaceSettings:     {"settings", 20, 64 << 10},
	SpaceWorks:        {"work", 500, 16 << 10},
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

// purge deletes keys so that their text leaves the files. A plain delete only
// hides it: it stays in tables and in the log. DropPrefix rewrites the files,
// but only sees keys that are visible; so the values are blanked first, durable,
// and a crash in between is finished when the inbox is opened.
func (b *Inbox) purge(keys [][]byte) error {
	for len(keys) > 0 {
		n := min(len(keys), batchKeys)
		err := b.db.Update(func(txn *badger.Txn) error {
			for _, k := range keys[:n] {
				if err := txn.Set(k, nil); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		b.uncount(keys[:n])
		if err := b.drop(keys[:n]); err != nil {
			return err
		}
		keys = keys[n:]
	}
	return nil
}

// batchKeys bounds one transaction well under Badger's limit. It is even, so
// that a reference and its owner mark are never blanked apart.
const batchKeys = 500

func (b *Inbox) uncount(keys [][]byte) {
	for _, k := range keys {
		switch k[0] {
		case draftSpace:
			b.drafts--
		case refSpace:
			b.refs--
		case hiddenSpace:
			b.hidden--
		case reportSpace:
			delete(b.reports, [32]byte(k[1:]))
		}
	}
}

func (b *Inbox) drop(keys [][]byte) error {
	if len(keys) == 0 {
		return nil
	}
	return b.db.DropPrefix(keys...)
}
