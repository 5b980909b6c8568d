package protocol

import (
	"errors"
	"fmt"
	"time"
)

// Custody says who holds a member's key, as the collective states it.
type Custody uint8

// Two signatures by keys that one node holds count as one, so custody is shown.
const (
	CustodySelf Custody = 0 // the person holds the key
	CustodyNode Custody = 1 // the collective's node holds it for the person
)

func (c Custody) String() string {
	if c == CustodyNode {
		return "node"
	}
	return "self"
}

// Grant is a collective's signed word that a person is its member. It stands
// inside the member's record, so membership needs both signatures.
type Grant struct {
	Collective      Signer
	IssuedAtMillis  int64
	ExpiresAtMillis int64
	Custody         Custody
	Signature       Signature
}

var errNoKey = errors.New("the author holds no private key")

// NewGrant signs the membership of a person from issued for validity, at most
// MaxGrant.
func NewGrant(n Network, collective Author, person Identity, issued time.Time, validity time.Duration, c Custody) (Grant, error) {
	if collective.Key.IsZero() || collective.Key.Public() != collective.Signer.Key() {
		return Grant{}, fmt.Errorf("grant membership: %w that its signer names", errNoKey)
	}
	if validity < time.Millisecond || validity > MaxGrant {
		return Grant{}, fmt.Errorf("grant membership: validity %s, 1 ms to %s expected", validity, MaxGrant)
	}
	if c > CustodyNode {
		return Grant{}, fmt.Errorf("grant membership: custody %d, self or node expected", c)
	}
	g := Grant{
		Collective: collective.Signer, Custody: c,
		IssuedAtMillis: issued.UnixMilli(), ExpiresAtMillis: issued.UnixMilli() + validity.Milliseconds(),
	}
	g.Signature = collective.Key.sign(n, purposeGrant, g.payload(person))
	return g, nil
}

// NewGrant is NewGrant for the opener's network. What was signed here just now
// needs no check when the person's record is sealed or comes back.
func (o *Opener) NewGrant(collective Author, person Identity, issued time.Time, validity time.Duration, c Custody) (Grant, error) {
	g, err := NewGrant(o.net, collective, person, issued, validity, c)
	if err == nil {
		o.known.add(claimHash(grantClaim(o.net, &g, person)))
	}
	return g, err
}

// payload is what the collective signs: its signer form, both times, custody
// and the person.
func (g Grant) payload(person Identity) []byte {
	out := appendHead(nil, cborArray, 5)
	out = appendSigner(out, g.Collective)
	out = appendHead(out, cborUint, uint64(g.IssuedAtMillis))
	out = appendHead(out, cborUint, uint64(g.ExpiresAtMillis))
	out = appendHead(out, cborUint, uint64(g.Custody))
	return appendBytes(out, person[:])
}

// Bytes is the grant's wire form, as it stands in Profile.Memberships.
func (g *Grant) Bytes() []byte { return appendGrant(nil, g) }

// ParseGrant reads a grant's wire form without checking its signature.
func ParseGrant(b []byte) (Grant, error) {
	r := cborReader{rest: b}
	g := r.grant("membership")
	if err := r.end("the membership"); err != nil {
		return Grant{}, fmt.Errorf("memberships: %w", err)
	}
	if g == nil {
		return Grant{}, fieldf("memberships", "a grant, got an empty one")
	}
	if err := g.checkTimes(maxMillis, true); err != nil {
		return Grant{}, fmt.Errorf("memberships: %w", err)
	}
	return *g, nil
}

func appendGrant(dst []byte, g *Grant) []byte {
	if g == nil {
		return appendHead(dst, cborArray, 0)
	}
	dst = appendHead(dst, cborArray, 5)
	dst = appendSigner(dst, g.Collective)
	dst = appendHead(dst, cborUint, uint64(g.IssuedAtMillis))
	dst = appendHead(dst, cborUint, uint64(g.ExpiresAtMillis))
	dst = appendHead(dst, cborUint, uint64(g.Custody))
	return appendBytes(dst, g.Signature[:])
}

func (r *cborReader) grant(name string) *Grant {
	n := r.array(name, 5)
	if r.err != nil || n == 0 {
		return nil
	}
	if n != 5 {
		r.fail("%s has %d elements, 0 or 5 expected", name, n)
		return nil
	}
	g := &Grant{Collective: r.signer(name + " collective")}
	g.IssuedAtMillis = int64(r.uint(name+" issued", maxMillis))
	g.ExpiresAtMillis = int64(r.uint(name+" expiry", maxMillis))
	g.Custody = Custody(r.uint(name+" custody", uint64(CustodyNode)))
	g.Signature = r.signature(name + " signature")
	return g
}

// checkTimes holds for every kind; ending is true for records that end others
// and repeat a grant that may have run out since. None may be younger than its
// record: a grant dated ahead would escape every dismissal until then.
func (g *Grant) checkTimes(issuedAtMillis int64, ending bool) error {
	if g.ExpiresAtMillis > g.IssuedAtMillis+MaxGrant.Milliseconds() {
		return fmt.Errorf("grant lasts beyond %s after its issue", MaxGrant)
	}
	if g.IssuedAtMillis > issuedAtMillis {
		return errors.New("grant was issued after the record")
	}
	if ending {
		return nil
	}
	if g.ExpiresAtMillis <= issuedAtMillis {
		return errors.New("grant had run out when the record was issued")
	}
	return nil
}

// LiveAt says whether the grant has not run out at now. Whether it counts
// depends on other records too (see store).
func (g *Grant) LiveAt(now time.Time) bool { return now.UnixMilli() < g.ExpiresAtMillis }
