package protocol

import (
	"bytes"
	"errors"
	"testing"
)

// itemHeads finds the offsets of all CBOR heads in b, whose items are
// integers, byte strings, texts, simple values, arrays and maps.
func itemHeads(b []byte) (offsets []int) {
	for i := 0; i < len(b); {
		offsets = append(offsets, i)
		major, size, n := headAt(b, i)
		i += size
		if major == 2 || major == 3 {
			i += int(n)
		}
	}
	return offsets
}

func headAt(b []byte, i int) (major byte, size int, n uint64) {
	info := b[i] & 0x1f
	if info < 24 {
		return b[i] >> 5, 1, uint64(info)
	}
	width := 1 << (info - 24)
	for _, x := range b[i+1 : i+1+width] {
		n = n<<8 | uint64(x)
	}
	return b[i] >> 5, 1 + width, n
}

// longerHeads gives b with each of its integers and lengths in every form
// longer than the shortest, and with indefinite lengths.
func longerHeads(b []byte) (out [][]byte) {
	for _, at := range itemHeads(b) {
		major, size, n := headAt(b, at)
		if major == 7 {
			continue
		}
		for info, width := byte(24), 1; info < 28; info, width = info+1, width*2 {
			if 1+width <= size {
				continue
			}
			head := []byte{major<<5 | info}
			for shift := (width - 1) * 8; shift >= 0; shift -= 8 {
				head = append(head, byte(n>>shift))
			}
			out = append(out, splice(b, at, size, head))
		}
		for info := byte(28); info < 32; info++ {
			out = append(out, splice(b, at, size, []byte{major<<5 | info}))
		}
		if major == 2 || major == 3 { // a string in one chunk of an indefinite one
			chunk := append([]byte{major<<5 | 31}, b[at:at+size+int(n)]...)
			out = append(out, splice(b, at, size+int(n), append(chunk, 0xff)))
		}
	}
	return out
}

func splice(b []byte, at, size int, with []byte) []byte {
	return append(append(bytes.Clone(b[:at]), with...), b[at+size:]...)
}

// One value has one encoding, on every level: the record, the header, the
// grant. All of these carry good signatures over what they say.
func TestOnlyOneEncoding(t *testing.T) {
	c := newCast(t)
	o := newOpener(t)
	for name, wire := range c.wires(t) {
		rec := must(Parse(wire))
		author := map[PublicKey]Author{c.person.Key.Public(): c.person, c.collective.Key.Public(): c.collective,
			c.successor.Key.Public(): c.successor, c.reborn.Key.Public(): c.reborn}[rec.Signer().Key()]
		var bad [][]byte
		bad = append(bad, longerHeads(wire)...)
		for _, h := range longerHeads(rec.HeaderBytes()) {
			bad = append(bad, signRaw(author, h, rec.Body))
		}
		bad = append(bad, append(bytes.Clone(wire), 0), append(bytes.Clone(wire), wire...))
		bad = append(bad, signRaw(author, append(bytes.Clone(rec.HeaderBytes()), 0), rec.Body))
		for _, w := range bad {
			if v, err := o.Open(w, testNow); VerdictOf(err) != Reject || !v.IsZero() {
				t.Fatalf("%s: %x: %v", name, w, err)
			}
		}
		for n := range len(rec.HeaderBytes()) {
			if _, err := ParseHeader(rec.HeaderBytes()[:n], rec.Signature); VerdictOf(err) != Reject {
				t.Fatalf("%s: %d bytes of a header: %v", name, n, err)
			}
		}
		for n := range len(wire) {
			if _, err := Parse(wire[:n]); VerdictOf(err) != Reject {
				t.Fatalf("%s: %d bytes of a record: %v", name, n, err)
			}
		}
	}
}

func TestOnlyOneEncodingOfGrants(t *testing.T) {
	c := newCast(t)
	for _, g := range []Grant{c.grant, c.rebornGrant} {
		good := g.Bytes()
		parsed, err := ParseGrant(good)
		if err != nil || !bytes.Equal(parsed.Bytes(), good) {
			t.Fatal(err)
		}
		bad := append(longerHeads(good), append(bytes.Clone(good), 0), nil, []byte{0x80})
		for n := range len(good) {
			bad = append(bad, good[:n])
		}
		for _, b := range bad {
			if _, err := ParseGrant(b); err == nil {
				t.Errorf("%x was taken", b)
			}
		}
	}
}

func TestOnlyOneEncodingOfHeaderOnly(t *testing.T) {
	c := newCast(t)
	rec := must(Parse(seal(t, c.person, must(fullProfile().Draft(&c.grant, testNow.UnixMilli())))))
	h := rec.HeaderOnly()
	back, err := ParseHeaderOnly(h.Bytes())
	if err != nil || !bytes.Equal(back.Header, h.Header) || back.Signature != h.Signature {
		t.Fatal(err)
	}
	for _, b := range append(longerHeads(h.Bytes()), append(h.Bytes(), 0), nil, h.Bytes()[:40], make([]byte, maxHeaderOnlyBytes+1)) {
		if _, err := ParseHeaderOnly(b); VerdictOf(err) != Reject {
			t.Errorf("%x: %v", b, err)
		}
	}
	text, _ := h.MarshalText()
	for _, s := range []string{"", "!", string(text) + "\n", string(text) + "=", string(text[:len(text)-1]), string(bytes.Repeat([]byte("A"), 2000))} {
		if err := new(HeaderOnly).UnmarshalText([]byte(s)); VerdictOf(err) != Reject {
			t.Errorf("%q: %v", s, err)
		}
	}
}

// A body in another encoding of the same value is a body fault, not blamed.
func TestOnlyOneEncodingOfBodies(t *testing.T) {
	c := newCast(t)
	withExtra := fullProfile()
	withExtra.Extra = Extra{64: {0x18, 0x64}, 65535: {0x82, 0x01, 0x41, 0x02}}
	mission := fullMission()
	for name, good := range map[Kind][]byte{
		KindProfile: must(encodeBody(withExtra)), KindMission: must(encodeBody(mission)), KindCollective: must(encodeBody(fullCollective(c))),
	} {
		if err := decodeBody(good, newBody(name)); err != nil {
			t.Fatal(err)
		}
		bad := append(longerHeads(good), append(bytes.Clone(good), 0), append(bytes.Clone(good), good...), nil, []byte{0xf6}, []byte{0x80}, []byte{0xa0, 0xa0},
			[]byte{0xbf, 0xff}, append([]byte{0xd9, 0xd9, 0xf7}, good...))
		first := append([]byte{good[0] + 1}, good[1:]...) // one pair more: the first key once again
		bad = append(bad, splice(first, 1, 0, good[1:1+pairSize(good[1:])]))
		for _, b := range bad {
			if err := decodeBody(b, newBody(name)); !IsBodyFault(err) {
				t.Errorf("%s: %x: %v", name, b, err)
			}
		}
	}
}

func pairSize(b []byte) int {
	heads := itemHeads(b)
	return heads[2]
}

func TestBodyKeys(t *testing.T) {
	encode := func(change func(m map[any]any)) []byte {
		var m map[any]any
		if err := bodyDecoding.Unmarshal(must(encodeBody(fullMission())), &m); err != nil {
			t.Fatal(err)
		}
		change(m)
		return must(bodyEncoding.Marshal(m))
	}
	for name, row := range map[string]struct {
		change func(m map[any]any)
		want   error
	}{
		"unchanged":           {func(m map[any]any) {}, nil},
		"critical 12":         {func(m map[any]any) { m[uint64(12)] = 1 }, ErrBodyUnknown},
		"critical 63":         {func(m map[any]any) { m[uint64(63)] = 1 }, ErrBodyUnknown},
		"critical 0":          {func(m map[any]any) { m[uint64(0)] = 1 }, ErrBodyUnknown},
		"optional 64":         {func(m map[any]any) { m[uint64(64)] = "x" }, nil},
		"optional 65535":      {func(m map[any]any) { m[uint64(65535)] = []int{1} }, nil},
		"beyond 65535":        {func(m map[any]any) { m[uint64(65536)] = 1 }, ErrBody},
		"negative":            {func(m map[any]any) { m[int64(-1)] = 1 }, ErrBody},
		"text key":            {func(m map[any]any) { m["x"] = 1 }, ErrBody},
		"no title":            {func(m map[any]any) { delete(m, uint64(1)) }, ErrBody},
		"null for text":       {func(m map[any]any) { m[uint64(10)] = nil }, ErrBody},
		"empty text written":  {func(m map[any]any) { m[uint64(10)] = "" }, ErrBody},
		"empty list written":  {func(m map[any]any) { m[uint64(6)] = []any{} }, ErrBody},
		"place of five":       {func(m map[any]any) { m[uint64(3)] = []any{1, 1, "a", "", ""} }, ErrBody},
		"place of seven":      {func(m map[any]any) { m[uint64(3)] = []any{1, 1, "a", "", "", false, 1} }, ErrBody},
		"coordinate as float": {func(m map[any]any) { m[uint64(3)] = []any{1.0, 1, "a", "", "", false} }, ErrBody},
		"modes as array":      {func(m map[any]any) { m[uint64(4)] = []any{1, 2} }, ErrBody},
	} {
		b := encode(row.change)
		var m Mission
		err := decodeBody(b, &m)
		if row.want == nil {
			if err != nil || !bytes.Equal(must(encodeBody(&m)), b) {
				t.Errorf("%s: %v, or not preserved", name, err)
			}
		} else if !errors.Is(err, row.want) {
			t.Errorf("%s: %v, want %v", name, err, row.want)
		}
	}
	m := fullMission()
	for _, key := range []uint64{0, 1, 63, 65536} {
		m.Extra = Extra{key: {0x01}}
		if _, err := m.Draft([16]byte{}, 1); err == nil {
			t.Errorf("extra key %d was written", key)
		}
	}
}
