package protocol

import (
	"fmt"
	"time"
)

// Opener checks records of one network. It remembers, bounded, the grants and
// successions that it found good: every record of a person repeats them, and
// checking them anew would double the cost of a first catch-up.
type Opener struct {
	net   Network
	known *claimCache
}

// NewOpener makes an opener whose cache holds up to cacheEntries proofs (32
// bytes each and a map's overhead).
func NewOpener(n Network, cacheEntries int) (*Opener, error) {
	if err := n.Validate(); err != nil {
		return nil, err
	}
	return &Opener{net: n, known: newClaimCache(cacheEntries)}, nil
}

// Network is the network whose records open.
func (o *Opener) Network() Network { return o.net }

// Open reads and checks one record. Errors wrap ErrSize, ErrEncoding,
// ErrHeader, ErrSignature, ErrEarly or ErrExpired; a body fault is no error
// but stands in the result, because the record's place is decided by its
// header alone.
func (o *Opener) Open(wire []byte, now time.Time) (Verified, error) {
	v, errs := o.OpenBatch([][]byte{wire}, now)
	return v[0], errs[0]
}

// OpenBatch opens many records, checking their signatures together; the
// answers equal those of Open one by one.
func (o *Opener) OpenBatch(wires [][]byte, now time.Time) ([]Verified, []error) {
	recs, errs := make([]Record, len(wires)), make([]error, len(wires))
	for i, w := range wires {
		recs[i], errs[i] = Parse(w)
	}
	return o.verify(recs, errs, now)
}

// OpenHeaders checks records whose bodies are not here; WithBody completes
// them.
func (o *Opener) OpenHeaders(headers []HeaderOnly, now time.Time) ([]Verified, []error) {
	recs, errs := make([]Record, len(headers)), make([]error, len(headers))
	for i, h := range headers {
		recs[i], errs[i] = ParseHeader(h.Header, h.Signature)
	}
	return o.verify(recs, errs, now)
}

func (o *Opener) verify(recs []Record, errs []error, now time.Time) ([]Verified, []error) {
	var set claimSet
	for i := range recs {
		if errs[i] == nil {
			errs[i] = recs[i].Header.checkTime(now)
		}
		if errs[i] == nil {
			o.collect(&set, i, &recs[i])
		}
	}
	holds := checkClaims(set.claims)
	for c, ok := range holds {
		i := set.owners[c]
		if !ok && errs[i] == nil {
			errs[i] = faultf(ErrSignature, "%s does not verify on network %q", set.names[c], o.net)
		}
		if ok && set.remember[c] {
			o.known.add(claimHash(set.claims[c]))
		}
	}
	out := make([]Verified, len(recs))
	for i := range recs {
		if errs[i] != nil {
			continue
		}
		rec := &recs[i]
		out[i] = Verified{rec: rec, net: o.net, sealed: true}
		if rec.HasBody {
			out[i].body, out[i].fault = readBody(o.net, rec, false)
		}
	}
	return out, errs
}

// claimSet gathers the signatures of many records for one batch.
type claimSet struct {
	claims   []signedClaim
	owners   []int
	names    []string
	remember []bool
}

func (s *claimSet) add(owner int, name string, c signedClaim, remember bool) {
	s.claims = append(s.claims, c)
	s.owners = append(s.owners, owner)
	s.names = append(s.names, name)
	s.remember = append(s.remember, remember)
}

func (o *Opener) collect(set *claimSet, i int, rec *Record) {
	h := &rec.Header
	set.add(i, "the record's signature", signedClaim{h.Signer.Key(), o.net.signedBytes(purposeRecord, rec.headerBytes), rec.Signature}, false)
	o.collectProofs(set, i, h)
}

// collectProofs gathers what others signed inside a header.
func (o *Opener) collectProofs(set *claimSet, i int, h *Header) {
	o.collectSuccession(set, i, h.Signer)
	if g := h.Grant; g != nil {
		o.collectMembership(set, i, g, h.Signer.Identity())
	}
}

func (o *Opener) collectMembership(set *claimSet, i int, g *Grant, person Identity) {
	o.collectSuccession(set, i, g.Collective)
	o.collectKnown(set, i, "the grant's signature", grantClaim(o.net, g, person))
}

func grantClaim(n Network, g *Grant, person Identity) signedClaim {
	return signedClaim{g.Collective.Key(), n.signedBytes(purposeGrant, g.payload(person)), g.Signature}
}

func (o *Opener) collectSuccession(set *claimSet, i int, s Signer) {
	if p := s.Succession; p != nil {
		payload := successionPayload(s.Identity(), p.N, p.NewKey)
		o.collectKnown(set, i, "the succession's proof", signedClaim{p.RecoveryKey, o.net.signedBytes(purposeSuccession, payload), p.Proof})
	}
}

func (o *Opener) collectKnown(set *claimSet, i int, name string, c signedClaim) {
	if !o.known.has(claimHash(c)) {
		set.add(i, name, c, true)
	}
}

// CheckMembership verifies a further membership that stands in a profile's
// body, which is checked on reading because a fault in it is the author's.
// Whether it is unexpired and counts stays to be asked, as for the grant in
// the header.
func (o *Opener) CheckMembership(g *Grant, person Identity) error {
	if err := g.checkTimes(maxMillis, true); err != nil {
		return fmt.Errorf("%w: %w", ErrHeader, err)
	}
	var set claimSet
	o.collectMembership(&set, 0, g, person)
	return o.check(&set)
}

// check verifies what one record carries from others, and remembers it.
func (o *Opener) check(set *claimSet) error {
	for c, ok := range checkClaims(set.claims) {
		if !ok {
			return faultf(ErrSignature, "%s does not verify on network %q", set.names[c], o.net)
		}
		o.known.add(claimHash(set.claims[c]))
	}
	return nil
}
