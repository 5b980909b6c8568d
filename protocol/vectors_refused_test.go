package protocol

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"testing"
	"time"
)

func makeRefused(t *testing.T) (out []refusedVector) {
	c := newCast(t)
	at := testNow.UnixMilli()
	other, _ := testAuthor("other person")
	d := must(fullProfile().Draft(&c.grant, at))
	good := seal(t, c.person, d)
	rec := must(Parse(good))
	header := rec.HeaderBytes()
	change := func(f func(d *Draft)) []byte { x := d; f(&x); return signHeader(c.person, x) }
	badSignature := bytes.Clone(good)
	badSignature[len(badSignature)-len(rec.Body)-10] ^= 1
	elsewhere := must(Seal("main", c.person, must(fullProfile().Draft(nil, at))))
	rows := map[string][]byte{
		"a byte behind the record":     append(bytes.Clone(good), 0),
		"a fourth element":             append(append([]byte{0x84}, good[1:]...), 0x40),
		"two elements":                 append([]byte{0x82}, good[1:len(good)-len(rec.Body)-3]...),
		"nothing":                      {},
		"cut short":                    good[:len(good)-1],
		"a byte behind the header":     signRaw(c.person, append(bytes.Clone(header), 0), rec.Body),
		"an eleventh header element":   signRaw(c.person, append(append([]byte{0x8b}, header[1:]...), 0), rec.Body),
		"signature altered":            badSignature,
		"body altered":                 append(bytes.Clone(good[:len(good)-1]), good[len(good)-1]^1),
		"on another network":           elsewhere,
		"signed by somebody else":      signHeader(Author{Signer: c.person.Signer, Key: other.Key}, d),
		"signed for a grant's purpose": appendRecord(nil, header, c.person.Key.sign(testNet, purposeGrant, header), rec.Body),
		"16,385 bytes":                 make([]byte, MaxRecordBytes+1),
		"header of 601 bytes":          signRaw(c.person, make([]byte, MaxHeaderBytes+1), nil),
		"slot of 33 bytes":             change(func(d *Draft) { d.Kind, d.Slot = 777, make([]byte, 33) }),
		"zone 2665":                    change(func(d *Draft) { d.Zone = maxZone + 1 }),
		"issued at 2^48":               change(func(d *Draft) { d.IssuedAtMillis = 1 << 48 }),
		"kind 0":                       change(func(d *Draft) { d.Kind = 0 }),
		"kind 3073":                    change(func(d *Draft) { d.Kind = 3073 }),
		"tombstone with a body":        change(func(d *Draft) { d.BodyVersion = 0 }),
		"one millisecond too early":    change(func(d *Draft) { d.Grant = nil; d.IssuedAtMillis = testNow.Add(MaxEarly).UnixMilli() + 1 }),
		"just expired": change(func(d *Draft) {
			d.Grant = nil
			d.IssuedAtMillis = testNow.Truncate(time.Hour).Add(-90 * day).UnixMilli()
		}),
		"header promises a body that is large": promising(c, MaxRecordBytes),
		"header has another body's length":     promising(c, 1),
	}
	for i, w := range longerHeads(good) {
		rows[fmt.Sprintf("record in longer form %02d", i)] = w
	}
	for i, h := range longerHeads(header) {
		rows[fmt.Sprintf("header in longer form %03d", i)] = signRaw(c.person, h, rec.Body)
	}
	for name, w := range refusedProofs(c, d, at, other) {
		rows[name] = w
	}
	for name, w := range smallOrderRecords(c) {
		rows[name] = w
	}
	for _, name := range sortedKeys(rows) {
		_, err := newOpener(t).Open(rows[name], testNow)
		verdict := map[Verdict]string{Accept: "accept", Ignore: "ignore", Reject: "reject"}[VerdictOf(err)]
		out = append(out, refusedVector{name, testNet, testNow.UnixMilli(), hex.EncodeToString(rows[name]), classOf(err), verdict})
	}
	return out
}

// refusedProofs carry a grant or a succession that does not hold, in a draft
// that is good otherwise.
func refusedProofs(c cast, d Draft, at int64, other Author) map[string][]byte {
	change := func(f func(d *Draft)) []byte { x := d; f(&x); return signHeader(c.person, x) }
	granted := func(f func(g *Grant), a Author, n Network, person Identity) []byte {
		g := c.grant
		g.Collective = a.Signer
		f(&g)
		g.Signature = a.Key.sign(n, purposeGrant, g.payload(person))
		return change(func(d *Draft) { d.Grant = &g })
	}
	me, asIs := c.person.Identity(), func(*Grant) {}
	succession := func(f func(p *Succession)) []byte {
		a := c.successor
		p := *a.Signer.Succession
		f(&p)
		a.Signer.Succession = &p
		return signHeader(a, SuccessionDraft(nil, at))
	}
	badGrant, year := c.grant, MaxGrant.Milliseconds()
	badGrant.Signature[0] ^= 1
	return map[string][]byte{
		"grant: bad signature":               change(func(d *Draft) { d.Grant = &badGrant }),
		"grant: issued after the record":     granted(func(g *Grant) { g.IssuedAtMillis = at + 1 }, c.collective, testNet, me),
		"grant: expired when the record was": granted(func(g *Grant) { g.ExpiresAtMillis = at }, c.collective, testNet, me),
		"grant: over 365 days":               granted(func(g *Grant) { g.ExpiresAtMillis = g.IssuedAtMillis + year + 1 }, c.collective, testNet, me),
		"grant: custody 2":                   granted(func(g *Grant) { g.Custody = 2 }, c.collective, testNet, me),
		"grant: for another person":          granted(asIs, c.collective, testNet, other.Identity()),
		"grant: on another network":          granted(asIs, c.collective, "main", me),
		"grant: by a key that was replaced":  granted(asIs, Author{Signer: c.reborn.Signer, Key: c.collective.Key}, testNet, me),
		"tombstone: grant issued after":      tombstoneUnder(c, at, func(g *Grant) { g.IssuedAtMillis = at + 1 }),
		"succession: bad proof":              succession(func(p *Succession) { p.Proof[0] ^= 1 }),
		"succession: n = 0":                  succession(func(p *Succession) { p.N = 0 }),
		"succession: another n":              succession(func(p *Succession) { p.N++ }),
		"succession: another recovery key":   succession(func(p *Succession) { p.RecoveryKey = other.Key.Public() }),
	}
}

func tombstoneUnder(c cast, at int64, f func(g *Grant)) []byte {
	g := c.grant
	f(&g)
	g.Signature = c.collective.Key.sign(testNet, purposeGrant, g.payload(c.person.Identity()))
	return signHeader(c.person, Draft{Kind: KindProfile, Grant: &g, IssuedAtMillis: at})
}

// promising signs a header whose body length is not that of the body.
func promising(c cast, length uint32) []byte {
	h := Header{Kind: 777, Signer: c.person.Signer, IssuedAtMillis: testNow.UnixMilli(), BodyVersion: 1, BodyLength: length, BodyHash: [32]byte{1}}
	return signRaw(c.person, h.append(nil), nil)
}

// smallOrderRecords carry the one fixed signature that a library with the
// cofactorless or the lax rule takes for any message: R equal to a small
// order A, S zero.
func smallOrderRecords(c cast) map[string][]byte {
	out := map[string][]byte{}
	for name, key := range map[string]PublicKey{
		"identity point":               {1},
		"identity point, not reduced":  {0xee, 31: 0x7f},
		"identity point, sign bit set": {1, 31: 0x80},
		"point of order 4":             {},
		"point of order 2":             {0xec, 31: 0x7f},
	} {
		if key[0] >= 0xec {
			for i := 1; i < 31; i++ {
				key[i] = 0xff
			}
		}
		h := Header{Kind: 777, Signer: Signer{FirstKey: key}, IssuedAtMillis: testNow.UnixMilli(), BodyVersion: 1, BodyHash: emptyHash}
		var sig Signature
		copy(sig[:], key[:])
		out["key is the "+name] = appendRecord(nil, h.append(nil), sig, nil)
	}
	// S + L is the same scalar, written otherwise.
	rec := must(Parse(must(Seal(testNet, c.person, Draft{Kind: 777, IssuedAtMillis: testNow.UnixMilli(), BodyVersion: 1}))))
	order := [32]byte{0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, 31: 0x10}
	carry := 0
	for i := range order {
		carry += int(rec.Signature[32+i]) + int(order[i])
		rec.Signature[32+i], carry = byte(carry), carry>>8
	}
	out["S not reduced"] = rec.Wire()
	return out
}

func TestVectorsRefused(t *testing.T) {
	golden(t, "refused.json", makeRefused(t))
	classes := map[string]int{}
	for _, v := range readVectors[[]refusedVector](t, "refused.json") {
		o := must(NewOpener(v.Network, 10))
		_, err := o.Open(unhex(t, v.Wire), time.UnixMilli(v.NowMillis))
		if err == nil || v.Class == "" || classOf(err) != v.Class || (VerdictOf(err) == Reject) != (v.Verdict == "reject") || v.Verdict == "accept" {
			t.Errorf("%s: %v, want class %q and verdict %q", v.Name, err, v.Class, v.Verdict)
		}
		classes[v.Class]++
	}
	for _, c := range errorClasses[:6] {
		if classes[c.name] == 0 {
			t.Errorf("no vector of class %s", c.name)
		}
	}
}
