package protocol

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"testing"
	"time"
)

func TestGrantRules(t *testing.T) {
	c := newCast(t)
	o := newOpener(t)
	at := testNow.UnixMilli()
	other, _ := testAuthor("other person")
	year := MaxGrant.Milliseconds()
	sign := func(collective Author, person Identity, n Network, issued, expires int64) *Grant {
		g := Grant{Collective: collective.Signer, IssuedAtMillis: issued, ExpiresAtMillis: expires}
		g.Signature = collective.Key.sign(n, purposeGrant, g.payload(person))
		return &g
	}
	me := c.person.Identity()
	forged := *sign(c.collective, me, testNet, at, at+1)
	forged.Signature[40] ^= 1
	widened := *sign(c.collective, me, testNet, at, at+1)
	widened.ExpiresAtMillis++
	custody := *sign(c.collective, me, testNet, at, at+1)
	custody.Custody = CustodyNode
	stolen := c.reborn
	proof := *stolen.Signer.Succession
	proof.Proof[0] ^= 1
	stolen.Signer.Succession = &proof
	for name, row := range map[string]struct {
		grant             *Grant
		profile, endsOnly error // for a profile; for its tombstone, erasure and succession
	}{
		"none":                      {nil, nil, nil},
		"just issued, 1 ms":         {sign(c.collective, me, testNet, at, at+1), nil, nil},
		"a whole year":              {sign(c.collective, me, testNet, at, at+year), nil, nil},
		"by the successor":          {sign(c.reborn, me, testNet, at, at+year), nil, nil},
		"over a year by 1 ms":       {sign(c.collective, me, testNet, at, at+year+1), ErrHeader, ErrHeader},
		"issued 1 ms after":         {sign(c.collective, me, testNet, at+1, at+year), ErrHeader, ErrHeader},
		"expired at issue":          {sign(c.collective, me, testNet, at-year, at), ErrHeader, nil},
		"expired long ago":          {sign(c.collective, me, testNet, at-2*year, at-year), ErrHeader, nil},
		"forged":                    {&forged, ErrSignature, ErrSignature},
		"prolonged":                 {&widened, ErrSignature, ErrSignature},
		"custody changed":           {&custody, ErrSignature, ErrSignature},
		"for another person":        {sign(c.collective, other.Identity(), testNet, at, at+year), ErrSignature, ErrSignature},
		"on another network":        {sign(c.collective, me, "main", at, at+year), ErrSignature, ErrSignature},
		"with a forged succession":  {sign(stolen, me, testNet, at, at+year), ErrSignature, ErrSignature},
		"by the key it had before":  {sign(Author{Signer: c.reborn.Signer, Key: c.collective.Key}, me, testNet, at, at+year), ErrSignature, ErrSignature},
		"by the person, not signed": {sign(Author{Signer: c.collective.Signer, Key: c.person.Key}, me, testNet, at, at+year), ErrSignature, ErrSignature},
	} {
		profile := must(fullProfile().Draft(row.grant, at))
		ends := []Draft{{Kind: KindProfile, Grant: row.grant, IssuedAtMillis: at}, ErasureDraft(row.grant, at), SuccessionDraft(row.grant, at)}
		if _, err := o.Open(signHeader(c.person, profile), testNow); !errors.Is(err, row.profile) {
			t.Errorf("%s: profile: %v, want %v", name, err, row.profile)
		}
		if _, err := o.Seal(c.person, profile); !errors.Is(err, row.profile) {
			t.Errorf("%s: profile sealed: %v, want %v", name, err, row.profile)
		}
		for _, d := range ends {
			if _, err := o.Open(signHeader(c.person, d), testNow); !errors.Is(err, row.endsOnly) {
				t.Errorf("%s: end of kind %s: %v, want %v", name, d.Kind, err, row.endsOnly)
			}
		}
	}
}

func TestNewGrantRefuses(t *testing.T) {
	c := newCast(t)
	me := c.person.Identity()
	for name, err := range map[string]error{
		"no key":      second(NewGrant(testNet, Author{Signer: c.collective.Signer}, me, testNow, day, CustodySelf)),
		"another key": second(NewGrant(testNet, Author{Signer: c.collective.Signer, Key: c.person.Key}, me, testNow, day, CustodySelf)),
		"no time":     second(NewGrant(testNet, c.collective, me, testNow, 0, CustodySelf)),
		"too long":    second(NewGrant(testNet, c.collective, me, testNow, MaxGrant+1, CustodySelf)),
		"custody 2":   second(NewGrant(testNet, c.collective, me, testNow, day, 2)),
	} {
		if err == nil {
			t.Errorf("%s: granted", name)
		}
	}
	g := must(NewGrant(testNet, c.collective, me, testNow, MaxGrant, CustodyNode))
	if g.ExpiresAtMillis-g.IssuedAtMillis != MaxGrant.Milliseconds() || g.Custody.String() != "node" || CustodySelf.String() != "self" {
		t.Error(g)
	}
	if end := time.UnixMilli(g.ExpiresAtMillis); g.LiveAt(end) || !g.LiveAt(end.Add(-time.Millisecond)) {
		t.Error("a grant lives up to its expiry, not at it")
	}
}

func second[T any](_ T, err error) error { return err }

// A grant found good for one person is good for nobody else, however often
// it was seen.
func TestKnownGrantHelpsNobodyElse(t *testing.T) {
	c := newCast(t)
	o := newOpener(t)
	at := testNow.UnixMilli()
	other, _ := testAuthor("other person")
	made := must(o.NewGrant(c.collective, c.person.Identity(), testNow, time.Hour, CustodyNode))
	if !o.known.has(claimHash(grantClaim(testNet, &made, c.person.Identity()))) {
		t.Error("what was signed here is checked again")
	}
	for _, grant := range []Grant{c.grant, made, c.grant} {
		d := must(fullProfile().Draft(&grant, at))
		if _, err := o.Open(signHeader(c.person, d), testNow); err != nil {
			t.Fatal(err)
		}
		if _, err := o.Open(signHeader(other, d), testNow); !errors.Is(err, ErrSignature) {
			t.Fatalf("another's grant: %v", err)
		}
		if _, err := o.Seal(c.person, d); err != nil {
			t.Fatal(err)
		}
		if _, err := o.Seal(other, d); !errors.Is(err, ErrSignature) {
			t.Fatalf("another's grant, sealed: %v", err)
		}
		if err := o.CheckMembership(&grant, c.person.Identity()); err != nil {
			t.Fatal(err)
		}
		if err := o.CheckMembership(&grant, other.Identity()); !errors.Is(err, ErrSignature) {
			t.Fatalf("another's membership: %v", err)
		}
	}
	// Nor does a known proof carry a forged record.
	d := must(fullProfile().Draft(&c.grant, at))
	forged := signHeader(Author{Signer: c.person.Signer, Key: other.Key}, d)
	if _, err := o.Open(forged, testNow); !errors.Is(err, ErrSignature) {
		t.Fatal(err)
	}
	long := c.grant
	long.ExpiresAtMillis = long.IssuedAtMillis + MaxGrant.Milliseconds() + 1
	long.Signature = c.collective.Key.sign(testNet, purposeGrant, long.payload(c.person.Identity()))
	if err := o.CheckMembership(&long, c.person.Identity()); !errors.Is(err, ErrHeader) {
		t.Errorf("over a year: %v", err)
	}
}

func TestClaimCacheIsBoundedAndExact(t *testing.T) {
	c := newClaimCache(10)
	for i := range 100 {
		h := sha256.Sum256([]byte{byte(i)})
		if c.has(h) {
			t.Fatal("knows what it never saw")
		}
		c.add(h)
		if !c.has(h) {
			t.Fatal("forgot at once")
		}
		if n := len(c.young) + len(c.old); n > 10 {
			t.Fatalf("%d entries", n)
		}
	}
	a := signedClaim{key: PublicKey{1}, message: []byte("m"), sig: Signature{2}}
	for _, b := range []signedClaim{{PublicKey{2}, a.message, a.sig}, {a.key, []byte("n"), a.sig}, {a.key, a.message, Signature{3}}} {
		if claimHash(a) == claimHash(b) {
			t.Error("two claims share their hash")
		}
	}
}

func TestSuccessionRules(t *testing.T) {
	c := newCast(t)
	o := newOpener(t)
	at := testNow.UnixMilli()
	next := PrivateKeyFromSeed([32]byte{9})
	third := must(c.successor.Signer.Succeed(testNet, c.personSecret, next))
	if third.Identity() != c.person.Identity() || third.Signer.Succession.N != 2 || !third.Signer.Generation().Above(c.successor.Signer.Generation()) {
		t.Error("the second succession")
	}
	if _, err := c.person.Signer.Succeed(testNet, c.collectiveSecret, next); !errors.Is(err, ErrWrongRecoverySecret) {
		t.Error(err)
	}
	if _, err := c.person.Signer.Succeed(testNet, c.personSecret, PrivateKey{}); err == nil {
		t.Error("succeeded to no key")
	}
	last := c.successor.Signer
	last.Succession = &Succession{RecoveryKey: c.personSecret.Public(), N: 1<<32 - 1}
	if _, err := last.Succeed(testNet, c.personSecret, next); err == nil {
		t.Error("the number wrapped around")
	}
	proof := func(change func(p *Succession)) []byte {
		a := c.successor
		p := *a.Signer.Succession
		change(&p)
		a.Signer.Succession = &p
		return signHeader(a, SuccessionDraft(nil, at))
	}
	thief, _ := testAuthor("thief")
	payload := successionPayload(c.person.Identity(), 1, c.successor.Key.Public())
	for name, row := range map[string]struct {
		wire []byte
		want error
	}{
		"good":         {proof(func(*Succession) {}), nil},
		"bad proof":    {proof(func(p *Succession) { p.Proof[9] ^= 1 }), ErrSignature},
		"n is 0":       {proof(func(p *Succession) { p.N = 0 }), ErrEncoding},
		"n raised":     {proof(func(p *Succession) { p.N = 2 }), ErrSignature},
		"by first key": {proof(func(p *Succession) { p.Proof = c.person.Key.sign(testNet, purposeSuccession, payload) }), ErrSignature},
		// Another recovery key makes another identity, so its own proof does not fit either.
		"other recovery": {proof(func(p *Succession) {
			p.RecoveryKey, p.Proof = thief.Key.Public(), thief.Key.sign(testNet, purposeSuccession, payload)
		}), ErrSignature},
		"other network": {proof(func(p *Succession) { p.Proof = c.personSecret.key().sign("main", purposeSuccession, payload) }), ErrSignature},
		"other purpose": {proof(func(p *Succession) { p.Proof = c.personSecret.key().sign(testNet, purposeRecord, payload) }), ErrSignature},
	} {
		if _, err := o.Open(row.wire, testNow); !errors.Is(err, row.want) {
			t.Errorf("%s: %v, want %v", name, err, row.want)
		}
	}
	a := c.successor
	p := *a.Signer.Succession
	p.RecoveryKey = thief.Key.Public()
	a.Signer.Succession = &p
	if rec := must(Parse(signHeader(a, SuccessionDraft(nil, at)))); rec.Key().Identity == c.person.Identity() {
		t.Error("a thief's recovery key speaks for the person")
	}
}

func TestIdentityBindsKeyAndRecovery(t *testing.T) {
	c := newCast(t)
	first := c.person.Signer.FirstKey
	seen := map[Identity]bool{NewIdentity(first, [32]byte{}): true, NewIdentity(first, [32]byte{1}): true, NewIdentity(PublicKey{1}, [32]byte{}): true, c.person.Identity(): true}
	if len(seen) != 4 {
		t.Error("identities collide")
	}
	want := sha256.Sum256(bytes.Join([][]byte{[]byte("courtcircuit-identity/1"), first[:], c.person.Signer.RecoveryHash[:]}, nil))
	if c.person.Identity() != want || c.successor.Identity() != want {
		t.Error("identity is not the hash of its parts")
	}
}

func TestEmptyKeysSignNothing(t *testing.T) {
	var k PrivateKey
	if !k.IsZero() || k.Public() != (PublicKey{}) || k.Seed() != ([32]byte{}) {
		t.Error("the empty key is something")
	}
	if _, err := NewNodeLink(testNet, Identity{}, k, false, nil); err == nil {
		t.Error("the empty key signed a node link")
	}
	if _, err := NewPrivateKey(bytes.NewReader(make([]byte, 31))); err == nil {
		t.Error("a key from 31 bytes")
	}
	for _, n := range []int{0, 31, 63} {
		if _, _, err := NewAuthor(bytes.NewReader(make([]byte, n))); err == nil {
			t.Errorf("an author from %d bytes", n)
		}
	}
	a, secret, err := NewAuthor(bytes.NewReader(bytes.Repeat([]byte{5}, 64)))
	if err != nil || a.Signer.RecoveryHash != secret.Hash() || PrivateKeyFromSeed(a.Key.Seed()).Public() != a.Signer.Key() {
		t.Error(err)
	}
}
