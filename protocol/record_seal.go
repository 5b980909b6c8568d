package protocol

import (
	"crypto/sha256"
	"fmt"
	"time"
)

// Draft is what an author wants to sign.
type Draft struct {
	Kind           Kind
	Slot           []byte
	IssuedAtMillis int64
	About          *Identity
	Grant          *Grant
	Zone           uint16
	BodyVersion    uint16
	Body           []byte
}

// Seal signs a draft and gives the record's wire form. It checks what Open
// checks, time excepted, so that nothing is published that readers refuse; a
// body that its own kind would find faulty is refused too.
func Seal(n Network, a Author, d Draft) ([]byte, error) {
	o, err := NewOpener(n, 0)
	if err != nil {
		return nil, fmt.Errorf("seal %s: %w", d.Kind, err)
	}
	return o.Seal(a, d)
}

// Seal is the function Seal for who opens records too: a grant or succession
// that was found good before is not checked anew.
func (o *Opener) Seal(a Author, d Draft) ([]byte, error) {
	v, err := o.seal(a, d)
	if err != nil {
		return nil, fmt.Errorf("seal %s: %w", d.Kind, err)
	}
	return v.rec.Wire(), nil
}

// SealVerified is Seal for who stores the record as well. To open it instead
// would check the signature that was just made, half of the time that both take.
// Errors wrap ErrEarly or ErrExpired, too.
func (o *Opener) SealVerified(a Author, d Draft, now time.Time) (Verified, error) {
	v, err := o.seal(a, d)
	if err == nil {
		err = v.rec.Header.checkTime(now)
	}
	if err != nil {
		return Verified{}, fmt.Errorf("seal %s: %w", d.Kind, err)
	}
	return v, nil
}

func (o *Opener) seal(a Author, d Draft) (Verified, error) {
	n := o.net
	if a.Key.IsZero() || a.Key.Public() != a.Signer.Key() {
		return Verified{}, fmt.Errorf("%w that its signer names", errNoKey)
	}
	h := Header{
		Kind: d.Kind, Signer: a.Signer, Slot: d.Slot, IssuedAtMillis: d.IssuedAtMillis, About: d.About, Grant: d.Grant,
		Zone: d.Zone, BodyVersion: d.BodyVersion, BodyLength: uint32(len(d.Body)), BodyHash: sha256.Sum256(d.Body),
	}
	header := h.append(nil)
	rec, err := Parse(appendRecord(nil, header, a.Key.sign(n, purposeRecord, header), d.Body))
	if err != nil {
		return Verified{}, err
	}
	if err := o.checkProofs(&rec.Header); err != nil {
		return Verified{}, err
	}
	body, fault := readBody(n, &rec, false)
	if fault != nil && d.Kind.Known() {
		return Verified{}, fault
	}
	return Verified{rec: &rec, body: body, fault: fault, sealed: true, net: n}, nil
}

// checkProofs verifies what the header carries from others: a grant for
// another person or network would make readers blame whoever relays it.
func (o *Opener) checkProofs(h *Header) error {
	var set claimSet
	o.collectProofs(&set, 0, h)
	return o.check(&set)
}

// TombstoneOf drafts the end of a record: its own key again, no body, and the
// grant it stood under, which keeps its tier.
func TombstoneOf(r *Record, issuedAtMillis int64) Draft {
	return Draft{
		Kind: r.Header.Kind, Slot: r.Header.Slot, IssuedAtMillis: issuedAtMillis,
		About: r.Header.About, Grant: r.Header.Grant, Zone: r.Header.Zone,
	}
}
