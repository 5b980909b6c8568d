package protocol

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestSealThenOpenEveryKind(t *testing.T) {
	c := newCast(t)
	seen := map[Kind]bool{}
	for name, wire := range c.wires(t) {
		v, err := newOpener(t).Open(wire, testNow)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if unknown := errors.Is(v.BodyFault(), ErrBodyUnknown); unknown != (name == "unknown kind" || name == "unknown version") {
			t.Errorf("%s: body fault %v", name, v.BodyFault())
		}
		rec := v.Record()
		if !bytes.Equal(rec.Wire(), wire) {
			t.Errorf("%s: does not encode back to itself", name)
		}
		if !v.KeepsBody() {
			t.Errorf("%s: its body would not be kept", name)
		}
		if n := len(rec.HeaderBytes()); n > MaxHeaderBytes {
			t.Errorf("%s: header of %d bytes", name, n)
		}
		if _, err := json.Marshal(rec.Describe()); err != nil {
			t.Errorf("%s: describe: %v", name, err)
		}
		seen[rec.Header.Kind] = true
	}
	for _, k := range Kinds() {
		if !seen[k] {
			t.Errorf("no draft of kind %s", k)
		}
	}
}

// A record that came as header and signature is the same once its body is
// there, and takes no other body.
func TestHeaderThenBody(t *testing.T) {
	c := newCast(t)
	o := newOpener(t)
	for name, wire := range c.wires(t) {
		whole, err := o.Open(wire, testNow)
		if err != nil {
			t.Fatal(err)
		}
		text, _ := whole.Record().HeaderOnly().MarshalText()
		var h HeaderOnly
		if err := h.UnmarshalText(text); err != nil {
			t.Fatal(err)
		}
		vs, errs := o.OpenHeaders([]HeaderOnly{h}, testNow)
		if errs[0] != nil {
			t.Fatal(name, errs[0])
		}
		if body := whole.Record().Body; len(body) > 0 {
			if vs[0].Record().HasBody || vs[0].Record().Wire() != nil || vs[0].KeepsBody() || vs[0].Body() != nil {
				t.Errorf("%s: a body out of nothing", name)
			}
			for _, wrong := range [][]byte{nil, body[1:], append(bytes.Clone(body), 0), bytes.Repeat([]byte{7}, len(body))} {
				if v, err := vs[0].WithBody(wrong); !errors.Is(err, ErrEncoding) || !v.IsZero() {
					t.Errorf("%s: another body: %v", name, err)
				}
			}
		}
		full, err := vs[0].WithBody(whole.Record().Body)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(full.Record().Wire(), whole.Record().Wire()) || !reflect.DeepEqual(full.Body(), whole.Body()) {
			t.Errorf("%s: differs from the record that came whole", name)
		}
	}
	if _, err := (Verified{}).WithBody(nil); err == nil {
		t.Error("the zero value took a body")
	}
}

func TestSealThenOpenAnyBody(t *testing.T) {
	c := newCast(t)
	o := newOpener(t)
	rapid.Check(t, func(t *rapid.T) {
		at := testNow.UnixMilli() - rapid.Int64Range(0, (29*day).Milliseconds()).Draw(t, "age")
		var d Draft
		var a Author
		var want any
		if rapid.Bool().Draw(t, "profile") {
			p := drawProfile(t, at)
			want, a = p, c.person
			d = must(p.Draft(nil, at))
		} else {
			m := drawMission(t)
			want, a = m, c.collective
			d = must(m.Draft([16]byte{9}, at))
		}
		wire, err := Seal(testNet, a, d)
		if err != nil {
			t.Fatal(err)
		}
		v, err := o.Open(wire, testNow)
		if err != nil || v.BodyFault() != nil {
			t.Fatal(err, v.BodyFault())
		}
		if diff := cmp.Diff(want, v.Body(), cmp.AllowUnexported(Place{}, Link{}, Need{}, Budget{})); diff != "" {
			t.Fatal(diff)
		}
		again, err := DecodeBody(testNet, v.Record())
		if err != nil || !reflect.DeepEqual(again, v.Body()) {
			t.Fatal("DecodeBody differs", err)
		}
		if again, err = DecodeJudgedBody(testNet, v.Record()); err != nil || !reflect.DeepEqual(again, v.Body()) {
			t.Fatal("DecodeJudgedBody differs", err)
		}
	})
}

// One altered byte, anywhere, is refused, and blames who sent it.
func TestEveryAlteredByteIsRefused(t *testing.T) {
	c := newCast(t)
	o := newOpener(t)
	wire := seal(t, c.successor, must(fullProfile().Draft(&c.rebornGrant, testNow.UnixMilli())))
	if _, err := o.Open(wire, testNow); err != nil {
		t.Fatal(err)
	}
	for i := range wire {
		for _, bit := range []byte{1, 0x20, 0x80} {
			altered := bytes.Clone(wire)
			altered[i] ^= bit
			_, err := o.Open(altered, testNow)
			// A changed issued_at may be early or over before its signature is looked at.
			if err == nil || VerdictOf(err) != Reject && !errors.Is(err, ErrEarly) && !errors.Is(err, ErrExpired) {
				t.Fatalf("byte %d changed by %#x: %v", i, bit, err)
			}
		}
	}
}

func TestOpenBatchEqualsOpen(t *testing.T) {
	c := newCast(t)
	var wires [][]byte
	for _, wire := range c.wires(t) {
		wires = append(wires, wire)
	}
	for i := range wires {
		altered := bytes.Clone(wires[i])
		altered[len(altered)/2] ^= 4
		wires = append(wires, altered, wires[i][:len(wires[i])-1])
	}
	wires = append(wires, nil, signHeader(c.person, Draft{Kind: 9, IssuedAtMillis: testNow.Add(time.Hour).UnixMilli(), BodyVersion: 1}))
	vs, errs := newOpener(t).OpenBatch(wires, testNow)
	for i, w := range wires {
		v, err := newOpener(t).Open(w, testNow)
		if (err == nil) != (errs[i] == nil) || VerdictOf(err) != VerdictOf(errs[i]) || v.IsZero() != vs[i].IsZero() || v.IsZero() == (err == nil) {
			t.Errorf("record %d: alone %v, in the batch %v", i, err, errs[i])
		}
		if err == nil && v.Record().ID != vs[i].Record().ID {
			t.Errorf("record %d: ids differ", i)
		}
	}
	if vs, errs := newOpener(t).OpenBatch(nil, testNow); len(vs) != 0 || len(errs) != 0 {
		t.Error("an empty batch gave something")
	}
}

// What is signed on one network or for one purpose is nothing for another.
func TestOtherNetworksAndPurposes(t *testing.T) {
	c := newCast(t)
	wire := seal(t, c.person, must(fullProfile().Draft(&c.grant, testNow.UnixMilli())))
	for _, n := range []Network{"main", "tes", "test2", "t"} {
		o := must(NewOpener(n, 10))
		if _, err := o.Open(wire, testNow); !errors.Is(err, ErrSignature) {
			t.Errorf("network %q: %v", n, err)
		}
	}
	rec := must(Parse(wire))
	for _, p := range []purpose{purposeGrant, purposeSuccession, purposeNode, purposeMeeting, "", "recor"} {
		bad := appendRecord(nil, rec.HeaderBytes(), c.person.Key.sign(testNet, p, rec.HeaderBytes()), rec.Body)
		if _, err := newOpener(t).Open(bad, testNow); !errors.Is(err, ErrSignature) {
			t.Errorf("signed for %q: %v", p, err)
		}
	}
	for _, bad := range []Network{"", "Main", "a/b", "-a", "a b", Network(bytes.Repeat([]byte("a"), 33))} {
		if _, err := NewOpener(bad, 1); err == nil {
			t.Errorf("network %q was taken", bad)
		}
		if _, err := Seal(bad, c.person, Draft{Kind: 5, IssuedAtMillis: 1}); err == nil {
			t.Errorf("sealed for network %q", bad)
		}
	}
}

func TestSignedBytesAreUnambiguous(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		draw := func() (Network, purpose, []byte) {
			return Network(rapid.StringMatching(`[a-c/0]{0,4}`).Draw(t, "network")), purpose(rapid.StringMatching(`[a-c/1]{0,4}`).Draw(t, "purpose")),
				rapid.SliceOfN(rapid.Byte(), 0, 5).Draw(t, "payload")
		}
		n1, p1, b1 := draw()
		n2, p2, b2 := draw()
		sameInput := string(p1)+"/1/"+string(n1) == string(p2)+"/1/"+string(n2) && bytes.Equal(b1, b2)
		if bytes.Equal(n1.signedBytes(p1, b1), n2.signedBytes(p2, b2)) != sameInput {
			t.Fatal("two inputs share their bytes")
		}
	})
}

func TestNamesOfTheNetwork(t *testing.T) {
	if got := testNet.Topic(); got != "/courtcircuit/test/records/1" {
		t.Error(got)
	}
	if got := testNet.StreamID("peers"); got != "/courtcircuit/test/peers/1" {
		t.Error(got)
	}
	if newOpener(t).Network() != testNet {
		t.Error("an opener of another network")
	}
}

func TestDecodeBodyWithoutBody(t *testing.T) {
	c := newCast(t)
	whole := must(Parse(seal(t, c.person, must(fullProfile().Draft(nil, testNow.UnixMilli())))))
	alone := must(ParseHeader(whole.HeaderBytes(), whole.Signature))
	if body, err := DecodeBody(testNet, &alone); body != nil || !IsBodyFault(err) {
		t.Error(body, err)
	}
	if alone.Describe().(Description).Body != nil || whole.Describe().(Description).Body == nil {
		t.Error("the description shows a body that is not there, or hides one that is")
	}
}

// What SealVerified gives is what opening the same record gives, and its time is
// checked as there.
func TestSealVerifiedEqualsOpen(t *testing.T) {
	o := newOpener(t)
	for name, row := range newCast(t).drafts() {
		sealed, err := o.SealVerified(row.Author, row.Draft, testNow)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		opened, err := newOpener(t).Open(seal(t, row.Author, row.Draft), testNow)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if fault := sealed.BodyFault(); (fault == nil) != (opened.BodyFault() == nil) || VerdictOf(fault) != VerdictOf(opened.BodyFault()) {
			t.Errorf("%s: body fault %v, %v when opened", name, fault, opened.BodyFault())
		}
		if !reflect.DeepEqual(sealed.Record(), opened.Record()) || !reflect.DeepEqual(sealed.Body(), opened.Body()) || sealed.IsZero() {
			t.Errorf("%s: not what is opened", name)
		}
		early := row.Draft
		early.IssuedAtMillis = testNow.Add(MaxEarly + time.Second).UnixMilli()
		if v, err := o.SealVerified(row.Author, early, testNow); !errors.Is(err, ErrEarly) && !errors.Is(err, ErrHeader) || !v.IsZero() {
			t.Errorf("%s: early: %v", name, err)
		}
		expires := sealed.Record().Header.ExpiresAt()
		if v, err := o.SealVerified(row.Author, row.Draft, expires); !errors.Is(err, ErrExpired) || !v.IsZero() {
			t.Errorf("%s: over: %v", name, err)
		}
	}
}
