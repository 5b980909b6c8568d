package store

import (
	"encoding/binary"
	"errors"

	"github.com/golang/geo/s2"

	"courtcircuit/protocol"
)

// row is what a search needs to know of a card without reading it. Filters on
// it may let too much through (hashes collide), never too little.
type row struct {
	id            protocol.RecordID
	lat, lon      int32 // hundredths of a degree
	expiry        uint32
	modes         uint8 // bit per WorkMode
	state         protocol.MissionState
	unavailable   bool   // days_per_week is 0
	radius        uint16 // km + 1; 0: not said
	availableFrom uint32 // day + 1; 0: now
	applyBy       uint32 // day + 1; 0: not said
	confirmedAt   int64  // ms
	collectives   []uint64
	languages     []uint32
	skills        []uint64
}

const rowFixedBytes = 32 + 4 + 4 + 4 + 1 + 1 + 1 + 2 + 4 + 4 + 8 + 3

var errRow = errors.New("damaged search row")

func (r *row) bytes() []byte {
	be := binary.BigEndian
	out := make([]byte, 0, rowFixedBytes+8*len(r.collectives)+4*len(r.languages)+8*len(r.skills))
	out = append(out, r.id[:]...)
	out = be.AppendUint32(out, uint32(r.lat))
	out = be.AppendUint32(out, uint32(r.lon))
	out = be.AppendUint32(out, r.expiry)
	unavailable := byte(0)
	if r.unavailable {
		unavailable = 1
	}
	out = append(out, r.modes, byte(r.state), unavailable)
	out = be.AppendUint16(out, r.radius)
	out = be.AppendUint32(out, r.availableFrom)
	out = be.AppendUint32(out, r.applyBy)
	out = be.AppendUint64(out, uint64(r.confirmedAt))
	out = append(out, byte(len(r.collectives)), byte(len(r.languages)), byte(len(r.skills)))
	for _, c := range r.collectives {
		out = be.AppendUint64(out, c)
	}
	for _, l := range r.languages {
		out = be.AppendUint32(out, l)
	}
	for _, s := range r.skills {
		out = be.AppendUint64(out, s)
	}
	return out
}

// rowView reads a row's bytes in place: a search looks at thousands and keeps
// few. The caller checked it with ok.
type rowView []byte

func (v rowView) ok() bool {
	return len(v) >= rowFixedBytes && len(v) == rowFixedBytes+8*int(v[65])+4*int(v[66])+8*int(v[67])
}

func (v rowView) id() protocol.RecordID        { return protocol.RecordID(v[:32]) }
func (v rowView) lat() int32                   { return int32(binary.BigEndian.Uint32(v[32:])) }
func (v rowView) lon() int32                   { return int32(binary.BigEndian.Uint32(v[36:])) }
func (v rowView) expiry() uint32               { return binary.BigEndian.Uint32(v[40:]) }
func (v rowView) modes() uint8                 { return v[44] }
func (v rowView) state() protocol.MissionState { return protocol.MissionState(v[45]) }
func (v rowView) unavailable() bool            { return v[46] != 0 }
func (v rowView) radius() uint16               { return binary.BigEndian.Uint16(v[47:]) }
func (v rowView) availableFrom() uint32        { return binary.BigEndian.Uint32(v[49:]) }
func (v rowView) applyBy() uint32              { return binary.BigEndian.Uint32(v[53:]) }
func (v rowView) confirmedAt() int64           { return int64(binary.BigEndian.Uint64(v[57:])) }

func (v rowView) collectives() (out []uint64) {
	for at := rowFixedBytes; at < rowFixedBytes+8*int(v[65]); at += 8 {
		out = append(out, binary.BigEndian.Uint64(v[at:]))
	}
	return out
}

func (v rowView) languages() (out []uint32) {
	from := rowFixedBytes + 8*int(v[65])
	for at := from; at < from+4*int(v[66]); at += 4 {
		out = append(out, binary.BigEndian.Uint32(v[at:]))
	}
	return out
}

func (v rowView) hasCollective(c uint64) bool {
	for at := rowFixedBytes; at < rowFixedBytes+8*int(v[65]); at += 8 {
		if binary.BigEndian.Uint64(v[at:]) == c {
			return true
		}
	}
	return false
}

func (v rowView) hasLanguage(l uint32) bool {
	from := rowFixedBytes + 8*int(v[65])
	for at := from; at < from+4*int(v[66]); at += 4 {
		if binary.BigEndian.Uint32(v[at:]) == l {
			return true
		}
	}
	return false
}

func (v rowView) hasSkill(s uint64) bool {
	for at := len(v) - 8*int(v[67]); at < len(v); at += 8 {
		if binary.BigEndian.Uint64(v[at:]) == s {
			return true
		}
	}
	return false
}

// identityHint is the part of an identity that a row keeps.
func identityHint(id protocol.Identity) uint64 { return binary.BigEndian.Uint64(id[:8]) }

func languageHash(tag string) uint32 { return uint32(hash64(tag)) }

// cellOf is the leaf cell of a place: neighbours on the sphere are mostly
// neighbours in this order.
func cellOf(latCenti, lonCenti int) uint64 {
	return uint64(s2.CellIDFromLatLng(s2.LatLngFromDegrees(float64(latCenti)/100, float64(lonCenti)/100)))
}
