package store

import (
	"crypto/sha256"
	"encoding/binary"

	"courtcircuit/protocol"
	"courtcircuit/protocol/reconcile"
)

// Every key of the database is made here. Each family has one first byte and
// one length, and what varies in length is hashed: DropPrefix takes a key for
// a prefix, so a key that began another one would take it along.
//
// Words of a record stand in the value of its 'b' key only. All other values
// and all keys hold hashes, integers and signed headers, so that dropping the
// 'b' key drops the words.
const (
	famBody         = 'b' // record id → marker, body
	famHeader       = 'h' // record id → signature, header
	famDossier      = 'd' // identity → its live records in short (see dossier)
	famExpiry       = 'e' // expiry hour, record id → kind, flags
	famAbout        = 'a' // identity spoken of, record id
	famPublic       = 'i' // kind, public id → record id, flags, expiry hour
	famName         = 'n' // kind, hash of the folded name, record id
	famMember       = 'g' // collective, record id of a profile that claims it
	famPlace        = 's' // kind, cell, public id → row (see near_row.go)
	famSkillBefore4 = 'w' // gone since format 4; never to mean anything else
	famProof        = 'q' // identity → header of an equivocation's losing version
	famLacking      = 'l' // record id that stands without its body, which was never seen
	famPurge        = 'p' // record id whose text must leave the files → when, how soon
	famLeaf         = 't' // first item of a leaf of the order → how many items, the sum of their ids
	famCount        = 'c' // kind, expiry hour → how many records count
	famMeta         = 'm' // hash of the name → node state
	famSettings     = 'z' // one byte → what the store knows of itself
)

var (
	keyFormat  = []byte{famSettings, 'f'} // format version
	keyUpgrade = []byte{famSettings, 'u'} // set while an upgrade is under way: the format it has reached
	keyRoot    = []byte{famSettings, 'r'} // sequence, count and sum of all items
	keyOrder   = []byte{famSettings, 'o'} // set while all 't' and 'c' keys are whole: the sum of the latter
	keyDrop    = []byte{famSettings, 'd'} // set while text is being dropped
	keyDamage  = []byte{famSettings, 'l'} // set from damage on until it is made up for, see note_damage.go
	keySkills  = []byte{famSettings, 's'} // Config.SkillTable of which all rows are made
)

func idKey(family byte, id [32]byte) []byte { return append([]byte{family}, id[:]...) }

func bodyKey(id protocol.RecordID) []byte    { return idKey(famBody, id) }
func headerKey(id protocol.RecordID) []byte  { return idKey(famHeader, id) }
func dossierKey(id protocol.Identity) []byte { return idKey(famDossier, id) }
func proofKey(id protocol.Identity) []byte   { return idKey(famProof, id) }
func purgeKey(id protocol.RecordID) []byte   { return idKey(famPurge, id) }
func lackingKey(id protocol.RecordID) []byte { return idKey(famLacking, id) }

func expiryKey(hour uint32, id protocol.RecordID) []byte {
	k := binary.BigEndian.AppendUint32([]byte{famExpiry}, hour)
	return append(k, id[:]...)
}

func leafKey(first reconcile.Item) []byte {
	k := binary.BigEndian.AppendUint32([]byte{famLeaf}, first.ExpiryHour)
	return append(k, first.ID[:]...)
}

func countKey(kind protocol.Kind, hour uint32) []byte {
	return binary.BigEndian.AppendUint32(kindPrefix(famCount, kind), hour)
}

func aboutKey(about protocol.Identity, id protocol.RecordID) []byte {
	return append(idKey(famAbout, about), id[:]...)
}

func memberKey(collective protocol.Identity, id protocol.RecordID) []byte {
	return append(idKey(famMember, collective), id[:]...)
}

func kindPrefix(family byte, kind protocol.Kind) []byte {
	return binary.BigEndian.AppendUint16([]byte{family}, uint16(kind))
}

func publicKey(kind protocol.Kind, id [32]byte) []byte {
	return append(kindPrefix(famPublic, kind), id[:]...)
}

func namePrefix(kind protocol.Kind, folded string) []byte {
	h := sha256.Sum256([]byte(folded))
	return append(kindPrefix(famName, kind), h[:16]...)
}

func nameKey(kind protocol.Kind, folded string, id protocol.RecordID) []byte {
	return append(namePrefix(kind, folded), id[:]...)
}

func placeKey(kind protocol.Kind, cell uint64, id [32]byte) []byte {
	k := binary.BigEndian.AppendUint64(kindPrefix(famPlace, kind), cell)
	return append(k, id[:]...)
}

const placeKeyBytes = 1 + 2 + 8 + 32

// placeOf and kindOf read a key made by placeKey.
func placeOf(key []byte) (cell uint64, id [32]byte) {
	return binary.BigEndian.Uint64(key[3:]), [32]byte(key[11:])
}

func kindOf(key []byte) protocol.Kind { return protocol.Kind(binary.BigEndian.Uint16(key[1:])) }

func metaKey(name string) []byte {
	h := sha256.Sum256([]byte(name))
	return append([]byte{famMeta}, h[:16]...)
}
