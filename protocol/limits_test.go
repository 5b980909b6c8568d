package protocol

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"testing"
	"time"
)

// Every bound of the wire form, at it and one beyond.
func TestWireLimits(t *testing.T) {
	c := newCast(t)
	o := newOpener(t)
	at := testNow.UnixMilli()
	base := Draft{Kind: 777, IssuedAtMillis: at, BodyVersion: 1}
	with := func(change func(d *Draft)) []byte {
		d := base
		change(&d)
		return signHeader(c.person, d)
	}
	longest := MaxRecordBytes - len(with(func(d *Draft) { d.Body = make([]byte, 12000) })) + 12000
	good := map[string][]byte{
		"largest record":  with(func(d *Draft) { d.Body = make([]byte, longest) }),
		"longest slot":    with(func(d *Draft) { d.Slot = make([]byte, MaxSlotBytes) }),
		"highest zone":    with(func(d *Draft) { d.Zone = maxZone }),
		"highest version": with(func(d *Draft) { d.BodyVersion = 1<<16 - 1 }),
		"lowest kind":     with(func(d *Draft) { d.Kind = 1 }),
		"highest kind":    with(func(d *Draft) { d.Kind = 3072 }),
		"earliest":        with(func(d *Draft) { d.IssuedAtMillis = testNow.Add(MaxEarly).UnixMilli() }),
	}
	for name, w := range good {
		if _, err := o.Open(w, testNow); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	headerOf := func(change func(h *Header)) []byte {
		h := Header{Kind: 777, Signer: c.person.Signer, IssuedAtMillis: at, BodyVersion: 1, BodyHash: emptyHash}
		change(&h)
		return signRaw(c.person, h.append(nil), nil)
	}
	bad := map[string]struct {
		wire []byte
		want error
	}{
		"record too large":      {with(func(d *Draft) { d.Body = make([]byte, longest+1) }), ErrSize},
		"far too large":         {make([]byte, MaxRecordBytes+1), ErrSize},
		"header too long":       {signRaw(c.person, make([]byte, MaxHeaderBytes+1), nil), ErrSize},
		"header of nothing":     {signRaw(c.person, nil, nil), ErrEncoding},
		"slot too long":         {with(func(d *Draft) { d.Slot = make([]byte, MaxSlotBytes+1) }), ErrEncoding},
		"zone too high":         {with(func(d *Draft) { d.Zone = maxZone + 1 }), ErrEncoding},
		"kind 0":                {with(func(d *Draft) { d.Kind = 0 }), ErrHeader},
		"kind 3073":             {with(func(d *Draft) { d.Kind = 3073 }), ErrHeader},
		"kind 65535":            {with(func(d *Draft) { d.Kind = 1<<16 - 1 }), ErrHeader},
		"issued in 2^48":        {with(func(d *Draft) { d.IssuedAtMillis = 1 << 48 }), ErrEncoding},
		"issued 1 ms too early": {with(func(d *Draft) { d.IssuedAtMillis = testNow.Add(MaxEarly).UnixMilli() + 1 }), ErrEarly},
		"tombstone with a body": {with(func(d *Draft) { d.BodyVersion, d.Body = 0, []byte{0} }), ErrHeader},
		"hash of another body":  {headerOf(func(h *Header) { h.BodyHash[0]++ }), ErrHeader},
		"longer body promised":  {headerOf(func(h *Header) { h.BodyLength = 1 }), ErrEncoding},
		"body of 16385 bytes":   {headerOf(func(h *Header) { h.BodyLength = MaxRecordBytes + 1 }), ErrEncoding},
		"body that cannot fit":  {headerOf(func(h *Header) { h.BodyLength = MaxRecordBytes }), ErrSize},
	}
	for name, row := range bad {
		_, err := o.Open(row.wire, testNow)
		if !errors.Is(err, row.want) {
			t.Errorf("%s: %v, want %v", name, err, row.want)
		}
	}
}

// A header alone may not promise a body with which the record is too large.
func TestHeaderAloneKeepsTheRecordBound(t *testing.T) {
	c := newCast(t)
	o := newOpener(t)
	d := Draft{Kind: 777, IssuedAtMillis: testNow.UnixMilli(), BodyVersion: 1, Body: make([]byte, 12000)}
	d.Body = make([]byte, MaxRecordBytes-len(signHeader(c.person, d))+12000)
	for extra, want := range []error{nil, ErrSize} {
		d.Body = append(d.Body, make([]byte, extra)...)
		h := Header{Kind: d.Kind, Signer: c.person.Signer, IssuedAtMillis: d.IssuedAtMillis, BodyVersion: 1, BodyLength: uint32(len(d.Body)), BodyHash: sha256.Sum256(d.Body)}
		header := h.append(nil)
		_, errs := o.OpenHeaders([]HeaderOnly{{header, c.person.Key.sign(testNet, purposeRecord, header)}}, testNow)
		_, err := o.Open(signHeader(c.person, d), testNow)
		if !errors.Is(errs[0], want) || !errors.Is(err, want) {
			t.Errorf("%d beyond: as a header %v, whole %v, want %v", extra, errs[0], err, want)
		}
	}
}

// The longest header that the fields allow is well within its bound.
func TestLongestHeader(t *testing.T) {
	c := newCast(t)
	far, id := int64(maxMillis), c.person.Identity()
	s := c.successor.Signer
	s.Succession = &Succession{N: 1<<32 - 1}
	h := Header{Kind: 3072, Signer: s, Slot: make([]byte, 32), IssuedAtMillis: far, About: &id, Zone: maxZone, BodyVersion: 1<<16 - 1, BodyLength: MaxRecordBytes,
		Grant: &Grant{Collective: s, IssuedAtMillis: far, ExpiresAtMillis: far}}
	if n := len(h.append(nil)); n > MaxHeaderBytes {
		t.Errorf("%d bytes", n)
	}
}

func TestKeyBounds(t *testing.T) {
	sum := 0
	for _, n := range keyBounds {
		sum += n
	}
	if sum != MaxKeys {
		t.Errorf("bounds sum up to %d, want %d", sum, MaxKeys)
	}
	for _, k := range []Kind{2, 777, 1026, 3071} {
		if class, n := k.BoundClass(); class != otherKinds || n != 4 {
			t.Errorf("kind %d: class %d of %d", k, class, n)
		}
	}
	for _, k := range Kinds() {
		if class, n := k.BoundClass(); class != k || n < 1 {
			t.Errorf("%s: class %d of %d", k, class, n)
		}
		if back, err := ParseKind(k.String()); err != nil || back != k || !k.Known() {
			t.Errorf("%s: %v", k, err)
		}
	}
	if _, err := ParseKind("vendor"); err == nil || Kind(7).Known() || Kind(7).String() != "kind-7" {
		t.Error("an unknown kind has a name")
	}
}

func TestKeepsBody(t *testing.T) {
	c := newCast(t)
	o := newOpener(t)
	for name, row := range map[string]struct {
		draft Draft
		keeps bool
	}{
		"unknown at the bound": {Draft{Kind: 777, Body: make([]byte, MaxUnknownBytes)}, true},
		"unknown beyond":       {Draft{Kind: 777, Body: make([]byte, MaxUnknownBytes+1)}, false},
		"faulty":               {Draft{Kind: KindProfile, Body: []byte{0xa0}}, false},
		"wrong slot":           {Draft{Kind: KindSuccession, Slot: []byte{1}}, false},
		"tombstone":            {Draft{Kind: KindMission, Slot: make([]byte, 16)}, true},
	} {
		row.draft.IssuedAtMillis = testNow.UnixMilli()
		if row.draft.Body != nil || row.draft.Kind == KindSuccession {
			row.draft.BodyVersion = 1
		}
		v, err := o.Open(signHeader(c.person, row.draft), testNow)
		if err != nil || v.KeepsBody() != row.keeps {
			t.Errorf("%s: %v, kept %v", name, err, v.KeepsBody())
		}
	}
	if (Verified{}).KeepsBody() || !(Verified{}).IsZero() {
		t.Error("the zero value is something")
	}
}

func TestTimes(t *testing.T) {
	c := newCast(t)
	o := newOpener(t)
	issued := testNow
	for _, row := range []struct {
		kind     Kind
		lifetime time.Duration
	}{{1, 30 * day}, {1023, 30 * day}, {1024, 90 * day}, {2047, 90 * day}, {2048, 365 * day}, {3071, 365 * day}, {3072, 3650 * day}} {
		wire := signHeader(c.person, Draft{Kind: row.kind, IssuedAtMillis: issued.UnixMilli(), BodyVersion: 7, Body: []byte{1}})
		end := issued.Add(row.lifetime).Truncate(time.Hour).Add(time.Hour)
		rec := must(Parse(wire))
		if got := rec.Header.ExpiresAt(); !got.Equal(end) {
			t.Errorf("kind %d: expires at %s, want %s", row.kind, got, end)
		}
		if _, err := o.Open(wire, end.Add(-1)); err != nil {
			t.Errorf("kind %d: just before its end: %v", row.kind, err)
		}
		if _, err := o.Open(wire, end); !errors.Is(err, ErrExpired) || VerdictOf(err) != Ignore {
			t.Errorf("kind %d: at its end: %v", row.kind, err)
		}
	}
	whole := testNow.Truncate(time.Hour)
	if h := (Header{Kind: 1, IssuedAtMillis: whole.UnixMilli()}); !h.ExpiresAt().Equal(whole.Add(30 * day)) {
		t.Error("a whole hour was rounded on")
	}
	if h := (Header{Kind: 1, IssuedAtMillis: whole.UnixMilli() + 1}); !h.ExpiresAt().Equal(whole.Add(30*day + time.Hour)) {
		t.Error("a millisecond behind the hour was not rounded up")
	}
	far := Header{Kind: 3072, IssuedAtMillis: maxMillis}
	if err := far.checkTime(testNow); !errors.Is(err, ErrEarly) {
		t.Error(err)
	}
	old := Header{Kind: 3072, IssuedAtMillis: 0}
	if err := old.checkTime(testNow); !errors.Is(err, ErrExpired) {
		t.Error(err)
	}
}

func TestNextIssue(t *testing.T) {
	now := testNow.UnixMilli()
	limit := MaxEarly.Milliseconds()
	for _, row := range []struct{ last, want int64 }{{0, now}, {now - 1, now}, {now, now + 1}, {now + limit - 1, now + limit}} {
		if got, err := NextIssue(testNow, row.last); err != nil || got != row.want {
			t.Errorf("after %d: %d, %v", row.last, got, err)
		}
	}
	if _, err := NextIssue(testNow, now+limit); !errors.Is(err, ErrEarly) {
		t.Error("too far ahead", err)
	}
}

func TestSealRefusesWhatOpenRefuses(t *testing.T) {
	c := newCast(t)
	at := testNow.UnixMilli()
	other, _ := testAuthor("somebody else")
	foreign := must(NewGrant("elsewhere", c.collective, c.person.Identity(), testNow, MaxGrant, CustodySelf))
	forgedProof := c.successor
	p := *forgedProof.Signer.Succession
	p.Proof[3] ^= 1
	forgedProof.Signer.Succession = &p
	id := other.Identity()
	base := must(fullProfile().Draft(&c.grant, at))
	with := func(change func(d *Draft)) Draft { d := base; change(&d); return d }
	for name, row := range map[string]struct {
		author Author
		draft  Draft
	}{
		"no key":                  {Author{Signer: c.person.Signer}, base},
		"another's key":           {Author{Signer: c.person.Signer, Key: other.Key}, base},
		"the old key":             {Author{Signer: c.successor.Signer, Key: c.person.Key}, base},
		"another's grant":         {other, base},
		"grant elsewhere":         {c.person, with(func(d *Draft) { d.Grant = &foreign })},
		"forged succession":       {forgedProof, base},
		"negative time":           {c.person, with(func(d *Draft) { d.IssuedAtMillis = -1 })},
		"grant issued after":      {c.person, with(func(d *Draft) { d.IssuedAtMillis = c.grant.IssuedAtMillis - 1 })},
		"wrong zone":              {c.person, with(func(d *Draft) { d.Zone++ })},
		"slot":                    {c.person, with(func(d *Draft) { d.Slot = []byte{1} })},
		"long slot":               {c.person, with(func(d *Draft) { d.Slot = make([]byte, 33) })},
		"kind 0":                  {c.person, with(func(d *Draft) { d.Kind = 0 })},
		"a version to come":       {c.person, with(func(d *Draft) { d.BodyVersion = 2 })},
		"a body in a tombstone":   {c.person, with(func(d *Draft) { d.BodyVersion = 0 })},
		"not a body":              {c.person, with(func(d *Draft) { d.Body = []byte("x") })},
		"large body":              {c.person, with(func(d *Draft) { d.Body = make([]byte, 1<<20) })},
		"about":                   {c.person, with(func(d *Draft) { d.About = new(Identity) })},
		"mission under a grant":   {c.person, Draft{Kind: KindMission, Slot: make([]byte, 16), Grant: &c.grant, IssuedAtMillis: at, Zone: base.Zone, BodyVersion: 1, Body: must(encodeBody(fullMission()))}},
		"dismissal under a grant": {c.person, Draft{Kind: KindDismissal, Slot: id[:], About: &id, Grant: &c.grant, IssuedAtMillis: at, BodyVersion: 1}},
		"dismissal without about": {c.collective, Draft{Kind: KindDismissal, Slot: make([]byte, 32), IssuedAtMillis: at, BodyVersion: 1}},
		"erasure with a body":     {c.person, Draft{Kind: KindErasure, IssuedAtMillis: at, BodyVersion: 1, Body: []byte{0xa0}}},
	} {
		if wire, err := Seal(testNet, row.author, row.draft); err == nil || wire != nil {
			t.Errorf("%s was sealed", name)
		}
	}
	if seal(t, c.person, base) == nil {
		t.Error("the good one was refused")
	}
	again := seal(t, c.person, base)
	if !bytes.Equal(again, seal(t, c.person, base)) {
		t.Error("sealing twice gives two records")
	}
}
