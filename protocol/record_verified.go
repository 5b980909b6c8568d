package protocol

import "errors"

// Verified is a record whose every signature, limit and time was checked.
// Only Open, OpenBatch, OpenHeaders, SealVerified and WithBody build one; the zero value is
// nothing and stores refuse it.
type Verified struct {
	rec    *Record
	body   any // Profile, Mission, Collective or nil
	fault  error
	sealed bool
	net    Network
}

// IsZero tells the empty value.
func (v Verified) IsZero() bool { return !v.sealed }

// Record gives what was verified. The caller must not change it.
func (v Verified) Record() *Record { return v.rec }

// BodyFault says why the record stands without a body that could be shown:
// ErrBody or ErrBodyUnknown. It is nil for good bodies, for tombstones and
// for a header whose body is not here yet.
func (v Verified) BodyFault() error { return v.fault }

// KeepsBody says whether a winner is kept with its body: not a faulty one, and
// one that is not understood only up to MaxUnknownBytes. Whether an unknown
// one is kept at all is the node's admission policy.
func (v Verified) KeepsBody() bool {
	switch {
	case v.IsZero() || !v.rec.HasBody || errors.Is(v.fault, ErrBody):
		return false
	case v.fault != nil:
		return len(v.rec.Body) <= MaxUnknownBytes
	default:
		return true
	}
}

// Body is the decoded Profile, Mission or Collective, nil for other records.
func (v Verified) Body() any { return v.body }

// WithBody completes a record that came as a header alone.
func (v Verified) WithBody(body []byte) (Verified, error) {
	if v.IsZero() {
		return Verified{}, errors.New("add body: nothing was verified")
	}
	rec := *v.rec
	if err := rec.attach(body); err != nil {
		return Verified{}, err
	}
	v.rec = &rec
	v.body, v.fault = readBody(v.net, &rec, false)
	return v, nil
}
