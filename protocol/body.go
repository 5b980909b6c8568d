package protocol

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/fxamacker/cbor/v2"
)

// currentBodyVersion is the one body version of every known kind so far.
const currentBodyVersion = 1

// firstOptionalKey: keys below are critical (an old reader must not guess
// what they change), keys from here up may be skipped.
const firstOptionalKey = 64

// maxBodyKey is the highest key a body may use; CBOR libraries differ in how
// they take integers that do not fit their own.
const maxBodyKey = 1<<16 - 1

// Extra holds optional body keys this version does not know, as they came;
// encoding puts them back, so an edit by an older node loses nothing.
type Extra map[uint64]cbor.RawMessage

// body is what Profile, Mission and Collective share.
type body interface {
	check(h *Header) error
	zone() uint16
	extra() *Extra
	required() uint64 // see requiredKeys
	// readField reads what stands behind a key; false: not known.
	readField(key uint64, r *cborReader) bool
}

var bodyEncoding = func() cbor.EncMode {
	mode, err := cbor.CoreDetEncOptions().EncMode()
	if err != nil {
		panic(err) // constant options: cannot fail
	}
	return mode
}()

var bodyDecoding = func() cbor.DecMode {
	mode, err := cbor.DecOptions{
		DupMapKey: cbor.DupMapKeyEnforcedAPF, IndefLength: cbor.IndefLengthForbidden, TagsMd: cbor.TagsForbidden, UTF8: cbor.UTF8RejectInvalid,
		MaxNestedLevels: 8, MaxArrayElements: maxElements, MaxMapPairs: 128,
	}.DecMode()
	if err != nil {
		panic(err) // constant options: cannot fail
	}
	return mode
}()

// readBody judges a record's body by its kind. Every error wraps ErrBody or
// ErrBodyUnknown: slot form, about and signer role of a kind count as body
// faults too, because builds differ in the kinds they know.
func readBody(n Network, rec *Record, judged bool) (any, error) {
	h := &rec.Header
	if !h.Kind.Known() {
		return nil, faultf(ErrBodyUnknown, "kind %d", uint16(h.Kind))
	}
	if err := checkRole(h); err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrBody, h.Kind, err)
	}
	if h.IsTombstone() {
		return nil, nil
	}
	if h.BodyVersion > currentBodyVersion {
		return nil, faultf(ErrBodyUnknown, "%s version %d, up to %d known", h.Kind, h.BodyVersion, currentBodyVersion)
	}
	into := newBody(h.Kind)
	if into == nil {
		if h.BodyLength != 0 {
			return nil, faultf(ErrBody, "%s with a body of %d bytes, none expected", h.Kind, h.BodyLength)
		}
		return nil, nil
	}
	if !readPlain(rec.Body, into) {
		into = newBody(h.Kind) // some of it may be filled
		if err := decodeBody(rec.Body, into); err != nil {
			return nil, err
		}
	}
	if err := into.check(h); err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrBody, h.Kind, err)
	}
	if c, ok := into.(*Collective); ok && !judged {
		if err := c.checkProofs(n, h.Signer.Identity()); err != nil {
			return nil, fmt.Errorf("%w: %s: %w", ErrBody, h.Kind, err)
		}
	}
	if z := into.zone(); z != h.Zone {
		return nil, faultf(ErrBody, "%s: zone %d in the header, its place is in zone %d", h.Kind, h.Zone, z)
	}
	return into, nil
}

// DecodeBody reads the body of a record that was verified when it was stored:
// a *Profile, *Mission or *Collective, or nil for records that have none. The
// error wraps ErrBody or ErrBodyUnknown.
func DecodeBody(n Network, rec *Record) (any, error) {
	if !rec.HasBody {
		return nil, faultf(ErrBody, "%s: the body is not here", rec.Header.Kind)
	}
	return readBody(n, rec, false)
}

// DecodeJudgedBody is DecodeBody for bytes that DecodeBody once took and that
// match the hash in the header. That signatures in them hold is not found out
// again; all else is checked, because a later build may refuse what an earlier
// one took.
func DecodeJudgedBody(n Network, rec *Record) (any, error) {
	if !rec.HasBody {
		return nil, faultf(ErrBody, "%s: the body is not here", rec.Header.Kind)
	}
	return readBody(n, rec, true)
}

func newBody(k Kind) body {
	switch k {
	case KindProfile:
		return &Profile{}
	case KindMission:
		return &Mission{}
	case KindCollective:
		return &Collective{}
	default:
		return nil // dismissal, erasure and succession say everything in the header
	}
}

// checkRole holds the rules of known kinds for slot, about and grant.
func checkRole(h *Header) error {
	wantSlot := 0
	switch h.Kind {
	case KindMission:
		wantSlot = 16
	case KindDismissal:
		wantSlot = 32
		if h.About == nil || !bytes.Equal(h.About[:], h.Slot) {
			return errors.New("about and slot must both be the person dismissed")
		}
	}
	if len(h.Slot) != wantSlot {
		return fmt.Errorf("slot has %d bytes, %d expected", len(h.Slot), wantSlot)
	}
	if h.Kind != KindDismissal && h.About != nil {
		return errors.New("about is set, but this kind speaks of nobody else")
	}
	if h.Grant != nil && (h.Kind == KindMission || h.Kind == KindCollective || h.Kind == KindDismissal) {
		return errors.New("a collective signs this kind for itself; no grant expected")
	}
	return nil
}

// decodeBody fills into and accepts only bytes that encode back to
// themselves: one value, one encoding.
func decodeBody(b []byte, into body) error {
	var raw map[uint64]cbor.RawMessage
	if err := bodyDecoding.Unmarshal(b, &raw); err != nil {
		return faultf(ErrBody, "not a map with integer keys: %v", err)
	}
	known := knownKeys(into)
	// Critical keys first, the lowest of them: a map is walked in any order, and
	// every build must find the same fault of several.
	for _, key := range slices.Sorted(maps.Keys(raw)) {
		if known[key] {
			continue
		}
		if key < firstOptionalKey {
			return faultf(ErrBodyUnknown, "critical key %d", key)
		}
		value := raw[key]
		if err := checkCanonical(value); err != nil {
			return faultf(ErrBody, "key %d: %v", key, err)
		}
		if *into.extra() == nil {
			*into.extra() = Extra{}
		}
		(*into.extra())[key] = value
	}
	if err := bodyDecoding.Unmarshal(b, into); err != nil {
		return faultf(ErrBody, "%v", err)
	}
	again, err := encodeBody(into)
	if err != nil {
		return faultf(ErrBody, "%v", err)
	}
	if !bytes.Equal(again, b) {
		return faultf(ErrBody, "not in deterministic CBOR, or an empty field is written out")
	}
	return nil
}

func checkCanonical(b cbor.RawMessage) error {
	var v any
	if err := bodyDecoding.Unmarshal(b, &v); err != nil {
		return err
	}
	again, err := bodyEncoding.Marshal(v)
	if err != nil {
		return err
	}
	if !bytes.Equal(again, b) {
		return errNotCanonical
	}
	return nil
}

// encodeBody writes a body's one encoding, unknown optional keys included.
func encodeBody(b body) ([]byte, error) {
	out, err := bodyEncoding.Marshal(b)
	if err != nil || len(*b.extra()) == 0 {
		return out, err
	}
	var all map[uint64]cbor.RawMessage
	if err := bodyDecoding.Unmarshal(out, &all); err != nil {
		return nil, err
	}
	for key, value := range *b.extra() {
		if key < firstOptionalKey || key > maxBodyKey {
			return nil, fmt.Errorf("extra key %d, %d to %d expected", key, firstOptionalKey, maxBodyKey)
		}
		all[key] = value
	}
	return bodyEncoding.Marshal(all)
}

func knownKeys(b body) map[uint64]bool {
	switch b.(type) {
	case *Profile:
		return profileKeys
	case *Mission:
		return missionKeys
	default:
		return collectiveKeys
	}
}

func keysUpTo(n uint64) map[uint64]bool {
	keys := map[uint64]bool{}
	for k := uint64(1); k <= n; k++ {
		keys[k] = true
	}
	return keys
}

// draftOf makes the draft that carries a body.
func draftOf(k Kind, b body) (Draft, error) {
	encoded, err := encodeBody(b)
	if err != nil {
		return Draft{}, fmt.Errorf("encode %s: %w", k, err)
	}
	return Draft{Kind: k, BodyVersion: currentBodyVersion, Body: encoded, Zone: b.zone()}, nil
}
