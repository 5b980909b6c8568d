package protocol

import (
	"encoding/hex"
	"strconv"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"
)

// Description is a record for people and tools to read, ready for JSON; ids
// in their text form, keys and hashes in hexadecimal, times RFC 3339 in UTC.
// It shows what a record says and verifies nothing.
type Description struct {
	RecordID    string            `json:"record_id"`
	ID          string            `json:"id"` // PublicID
	Kind        string            `json:"kind"`
	KindNumber  uint16            `json:"kind_number"`
	Tombstone   bool              `json:"tombstone,omitempty"`
	Signer      SignerDescription `json:"signer"`
	Slot        string            `json:"slot,omitempty"`
	IssuedAt    string            `json:"issued_at"`
	ExpiresAt   string            `json:"expires_at"`
	About       string            `json:"about,omitempty"`
	Grant       *GrantDescription `json:"grant,omitempty"`
	Zone        uint16            `json:"zone"`
	BodyVersion uint16            `json:"body_version"`
	BodyLength  uint32            `json:"body_length"`
	BodyHash    string            `json:"body_hash"`
	Signature   string            `json:"signature"`

	// Body is decoded when this version knows how; otherwise BodyHex holds
	// the bytes and BodyFault says why. All are empty when it is not here.
	Body      any    `json:"body,omitempty"`
	BodyHex   string `json:"body_hex,omitempty"`
	BodyFault string `json:"body_fault,omitempty"`
}

// SignerDescription is a Signer to read.
type SignerDescription struct {
	Identity     string `json:"identity"`
	Fingerprint  string `json:"fingerprint"`
	FirstKey     string `json:"first_key"`
	RecoveryHash string `json:"recovery_hash"`
	Succession   uint32 `json:"succession"` // 0: the first key signs
	Key          string `json:"key"`
}

// GrantDescription is a Grant to read.
type GrantDescription struct {
	Collective SignerDescription `json:"collective"`
	IssuedAt   string            `json:"issued_at"`
	ExpiresAt  string            `json:"expires_at"`
	Custody    string            `json:"custody"`
	Signature  string            `json:"signature"`
}

// Describe gives a Description.
func (r *Record) Describe() any {
	h := &r.Header
	public := r.Key().PublicID()
	d := Description{
		RecordID: r.ID.String(), ID: Identity(public).String(),
		Kind: h.Kind.String(), KindNumber: uint16(h.Kind), Tombstone: h.IsTombstone(),
		Signer: describeSigner(h.Signer), Slot: hex.EncodeToString(h.Slot),
		IssuedAt: describeTime(h.IssuedAt()), ExpiresAt: describeTime(h.ExpiresAt()), Grant: describeGrant(h.Grant),
		Zone: h.Zone, BodyVersion: h.BodyVersion, BodyLength: h.BodyLength,
		BodyHash: hex.EncodeToString(h.BodyHash[:]), Signature: hex.EncodeToString(r.Signature[:]),
	}
	if h.About != nil {
		d.About = h.About.String()
	}
	if len(r.Body) == 0 {
		return d
	}
	into := newBody(h.Kind)
	if into == nil || h.BodyVersion != currentBodyVersion {
		d.BodyHex, d.BodyFault = hex.EncodeToString(r.Body), ErrBodyUnknown.Error()
	} else if err := decodeBody(r.Body, into); err != nil {
		d.BodyHex, d.BodyFault = hex.EncodeToString(r.Body), err.Error()
	} else {
		d.Body = describeBody(into)
	}
	return d
}

// describeTime also writes years above 9999, which JSON refuses as times and
// a header may hold.
func describeTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.999Z07:00") }

func describeSigner(s Signer) SignerDescription {
	id, key := s.Identity(), s.Key()
	return SignerDescription{
		Identity: id.String(), Fingerprint: id.Fingerprint(), Succession: s.Generation().N,
		FirstKey: hex.EncodeToString(s.FirstKey[:]), RecoveryHash: hex.EncodeToString(s.RecoveryHash[:]), Key: hex.EncodeToString(key[:]),
	}
}

func describeGrant(g *Grant) *GrantDescription {
	if g == nil {
		return nil
	}
	return &GrantDescription{
		Collective: describeSigner(g.Collective), Custody: g.Custody.String(), Signature: hex.EncodeToString(g.Signature[:]),
		IssuedAt: describeTime(time.UnixMilli(g.IssuedAtMillis)), ExpiresAt: describeTime(time.UnixMilli(g.ExpiresAtMillis)),
	}
}

// describeBody adds to a body, in words, what JSON would show as raw bytes.
func describeBody(b body) any {
	extra := map[string]string{}
	for key, value := range *b.extra() {
		extra[strconv.FormatUint(key, 10)] = hex.EncodeToString(value)
	}
	switch b := b.(type) {
	case *Profile:
		var memberships []*GrantDescription
		for _, m := range b.Memberships {
			if g, err := ParseGrant(m); err == nil {
				memberships = append(memberships, describeGrant(&g))
			}
		}
		return struct {
			*Profile
			Modes       []string            `json:"modes,omitempty"`
			Memberships []*GrantDescription `json:"memberships,omitempty"`
			Extra       map[string]string   `json:"extra,omitempty"`
		}{b, describeModes(b.Modes), memberships, extra}
	case *Mission:
		return struct {
			*Mission
			Modes []string          `json:"modes,omitempty"`
			Extra map[string]string `json:"extra,omitempty"`
		}{b, describeModes(b.Modes), extra}
	case *Collective:
		return struct {
			*Collective
			Nodes      []nodeDescription `json:"nodes,omitempty"`
			SealingKey string            `json:"sealing_key,omitempty"`
			Extra      map[string]string `json:"extra,omitempty"`
		}{b, describeNodes(b.Nodes), hex.EncodeToString(b.SealingKey), extra}
	default:
		return nil
	}
}

func describeModes(modes []WorkMode) (names []string) {
	for _, m := range modes {
		names = append(names, m.String())
	}
	return names
}

type nodeDescription struct {
	PeerID    string   `json:"peer_id"`
	Renews    bool     `json:"renews"`
	Addresses []string `json:"addresses,omitempty"`
	Signature string   `json:"signature"`
}

func describeNodes(nodes []NodeLink) (out []nodeDescription) {
	for _, l := range nodes {
		out = append(out, nodeDescription{peer.ID(l.PeerID).String(), l.Renews, l.Addrs, hex.EncodeToString(l.Signature)})
	}
	return out
}
