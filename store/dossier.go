package store

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"courtcircuit/protocol"
)

// entry is what decides about a record, without its header and body.
type entry struct {
	stable   protocol.StableID
	id       protocol.RecordID
	kind     protocol.Kind
	issuedAt int64 // ms
	expiry   uint32
	gen      protocol.Generation
	flags    entryFlags
}

type entryFlags uint8

const (
	flagTombstone entryFlags = 1 << iota
	flagBody                 // its body (of more than 0 bytes) is here
	flagFaulty               // the body was seen and found faulty: not wanted again
	flagUnknown              // the body was seen and not understood, or its kind is
	flagShown                // nothing is wrong with it: it has a body, or is complete without
)

const entryBytes = 32 + 32 + 2 + 8 + 4 + 4 + 32 + 1

func entryOf(rec *protocol.Record) entry {
	h := &rec.Header
	e := entry{
		stable: rec.Key().StableID(), id: rec.ID, kind: h.Kind, issuedAt: h.IssuedAtMillis,
		expiry: h.ExpiryHour(), gen: h.Signer.Generation(),
	}
	if h.IsTombstone() {
		e.flags |= flagTombstone
	}
	return e
}

// record gives an entry the form that protocol's order compares, so that the
// order is written down once.
func (e *entry) record() *protocol.Record {
	rec := &protocol.Record{ID: e.id}
	rec.Header.IssuedAtMillis = e.issuedAt
	rec.Header.Signer.FirstKey = e.gen.Key
	if e.gen.N > 0 {
		rec.Header.Signer.Succession = &protocol.Succession{N: e.gen.N, NewKey: e.gen.Key}
	}
	if e.flags&flagTombstone == 0 {
		rec.Header.BodyVersion = 1
	}
	return rec
}

func (e *entry) beats(o *entry) bool         { return e.record().Beats(o.record()) }
func (e *entry) outlivesBound(o *entry) bool { return e.record().OutlivesBound(o.record()) }

// equivocates: one key signed two versions for the same moment.
func (e *entry) equivocates(o *entry) bool {
	return e.id != o.id && e.stable == o.stable && e.issuedAt == o.issuedAt && e.gen == o.gen
}

// ends says whether erasures leave the record alone.
func (e *entry) ends() bool {
	return e.kind == protocol.KindErasure || e.kind == protocol.KindSuccession
}

// covers says whether an erasure e ends a record of its own identity.
func (e *entry) covers(o *entry) bool {
	return e.kind == protocol.KindErasure && !o.ends() && o.issuedAt <= e.issuedAt
}

// dossier is all that is held of one identity. It is read and written as one
// value: deciding needs all of it, and most identities hold one to three
// records.
type dossier []entry

func (d dossier) find(stable protocol.StableID) (entry, bool) {
	if i := slices.IndexFunc(d, func(e entry) bool { return e.stable == stable }); i >= 0 {
		return d[i], true
	}
	return entry{}, false
}

// live leaves out what has expired but is not purged yet.
func (d dossier) live(hour uint32) dossier {
	return slices.DeleteFunc(slices.Clone(d), func(e entry) bool { return e.expiry <= hour })
}

// floor is the highest generation that a record held proves.
func (d dossier) floor() (g protocol.Generation, ok bool) {
	for i := range d {
		if !ok || d[i].gen.Above(g) {
			g, ok = d[i].gen, true
		}
	}
	return g, ok
}

// erasure is the identity's erasure; of several under faulty slots the newest.
func (d dossier) erasure() (last entry, ok bool) {
	for i := range d {
		if d[i].kind == protocol.KindErasure && (!ok || d[i].issuedAt > last.issuedAt) {
			last, ok = d[i], true
		}
	}
	return last, ok
}

func (d dossier) without(gone []entry) dossier {
	return slices.DeleteFunc(slices.Clone(d), func(e entry) bool {
		return slices.ContainsFunc(gone, func(g entry) bool { return g.id == e.id })
	})
}

var errDossier = errors.New("damaged dossier")

func (d dossier) bytes() []byte {
	out := make([]byte, 0, len(d)*entryBytes)
	for i := range d {
		e := &d[i]
		out = append(out, e.stable[:]...)
		out = append(out, e.id[:]...)
		out = binary.BigEndian.AppendUint16(out, uint16(e.kind))
		out = binary.BigEndian.AppendUint64(out, uint64(e.issuedAt))
		out = binary.BigEndian.AppendUint32(out, e.expiry)
		out = binary.BigEndian.AppendUint32(out, e.gen.N)
		out = append(out, e.gen.Key[:]...)
		out = append(out, byte(e.flags))
	}
	return out
}

func parseDossier(b []byte) (dossier, error) {
	if len(b)%entryBytes != 0 {
		return nil, fmt.Errorf("%w: %d bytes, a multiple of %d expected", errDossier, len(b), entryBytes)
	}
	d := make(dossier, 0, len(b)/entryBytes+1)
	for ; len(b) > 0; b = b[entryBytes:] {
		var e entry
		copy(e.stable[:], b)
		copy(e.id[:], b[32:])
		e.kind = protocol.Kind(binary.BigEndian.Uint16(b[64:]))
		e.issuedAt = int64(binary.BigEndian.Uint64(b[66:]))
		e.expiry = binary.BigEndian.Uint32(b[74:])
		e.gen.N = binary.BigEndian.Uint32(b[78:])
		copy(e.gen.Key[:], b[82:])
		e.flags = entryFlags(b[114])
		d = append(d, e)
	}
	return d, nil
}
