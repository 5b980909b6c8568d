package store

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/dgraph-io/badger/v4"

	"courtcircuit/protocol"
)

// derived is a family of keys that follow from records alone: Verify compares
// what is there with what Store.derivedKeys makes, whatever stands in it. A new
// family of this kind is one line here.
type derived struct {
	name string
	// owner is the record that a key ought to follow from.
	owner func(txn *badger.Txn, key, value []byte) (protocol.RecordID, bool)
}

var derivedFamilies = map[byte]derived{
	famExpiry:  {"expiry", ownerAtEnd},
	famAbout:   {"about", ownerAtEnd},
	famName:    {"name", ownerAtEnd},
	famMember:  {"member", ownerAtEnd},
	famLacking: {"lacking body", ownerAtEnd},
	famPublic:  {"public id", ownerInValue},
	famPlace:   {"place", ownerInValue},
}

// otherFamilies are checked by hand, see survey.
var otherFamilies = []byte{famBody, famHeader, famDossier, famProof, famPurge, famLeaf, famCount, famMeta, famSettings}

// derivedKeys are all keys that follow from a record and from what its dossier
// says of it.
func (s *Store) derivedKeys(rec *protocol.Record, body any, e *entry) []keyValue {
	out := append(s.indexOf(rec, body, e, s.claimsOf(rec, body)), keyValue{expiryKey(e.expiry, rec.ID), expiryValue(itemOf(e))})
	if e.lacksBody() {
		out = append(out, keyValue{lackingKey(rec.ID), nil})
	}
	return out
}

func ownerAtEnd(_ *badger.Txn, key, _ []byte) (id protocol.RecordID, ok bool) {
	if len(key) < 33 {
		return id, false
	}
	return protocol.RecordID(key[len(key)-32:]), true
}

func ownerInValue(_ *badger.Txn, _, value []byte) (id protocol.RecordID, ok bool) {
	if len(value) < 32 {
		return id, false
	}
	return protocol.RecordID(value[:32]), true
}

// judgement is what a record and its dossier say together.
type judgement struct {
	rec   protocol.Record
	entry entry
	body  any
	part  string // of the fault, "" for none
	fault string
}

// judge compares a record, whose signature is checked elsewhere, with its
// dossier and its body.
func (s *Store) judge(txn *badger.Txn, id protocol.RecordID) (j judgement, err error) {
	fail := func(part, fault string) (judgement, error) {
		j.part, j.fault = part, fault
		return j, nil
	}
	// A disk that cannot be read is an error and no fault: nothing must go for it.
	if _, err := txn.Get(headerKey(id)); err != nil && !errors.Is(err, badger.ErrKeyNotFound) {
		return j, fmt.Errorf("read header: %w", err)
	}
	if j.rec, err = readHeader(txn, id); err != nil {
		return fail("header", err.Error())
	}
	if j.rec, err = readRecord(txn, id); err != nil {
		return j, err
	}
	d, err := readDossier(txn, j.rec.Key().Identity)
	if errors.Is(err, errDossier) {
		return fail("dossier", err.Error())
	}
	if err != nil {
		return j, err
	}
	held, ok := d.find(j.rec.Key().StableID())
	if !ok || held.id != id {
		return fail("dossier", "the record is not in its identity's dossier")
	}
	j.entry = held
	said, is := held, entryOf(&j.rec)
	said.flags &= flagTombstone
	if said != is {
		return fail("dossier", "the dossier says something else than the header")
	}
	if held.flags&flagBody == 0 && held.flags&flagShown == 0 {
		return j, nil
	}
	if !j.rec.HasBody {
		return fail("body", "the body is lost, or does not fit its hash")
	}
	if held.flags&flagShown == 0 {
		return j, nil // kept for others, unread
	}
	if j.body, err = protocol.DecodeBody(s.opener.Network(), &j.rec); err != nil {
		return fail("body", err.Error())
	}
	return j, nil
}

// missing lists which of a record's derived keys are not there or wrong.
func missing(txn *badger.Txn, want []keyValue) (out []keyValue, err error) {
	for _, kv := range want {
		have, err := get(txn, kv.key)
		if errors.Is(err, ErrNotFound) || (err == nil && !bytes.Equal(have, kv.value)) {
			out = append(out, kv)
		} else if err != nil {
			return nil, err
		}
	}
	return out, nil
}
