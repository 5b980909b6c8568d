package protocol

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strconv"
	"testing"
)

// fuzzSeeds are the inputs under testdata/fuzz, written anew by -update.
func fuzzSeeds(t testing.TB) map[string][]any {
	c := newCast(t)
	out := map[string][]any{}
	for _, wire := range c.wires(t) {
		rec := must(Parse(wire))
		out["FuzzOpen"] = append(out["FuzzOpen"], wire)
		out["FuzzParseHeader"] = append(out["FuzzParseHeader"], rec.HeaderOnly().Bytes())
		if len(rec.Body) > 0 {
			out["FuzzDecodeBody"] = append(out["FuzzDecodeBody"], rec.Body)
		}
		out["FuzzParseID"] = append(out["FuzzParseID"], rec.ID.String())
	}
	out["FuzzParseID"] = append(out["FuzzParseID"], c.person.Identity().Fingerprint(), "", "aa")
	out["FuzzParseGrant"] = []any{c.grant.Bytes(), c.rebornGrant.Bytes(), []byte{0x80}}
	out["FuzzParseRecoverySecret"] = []any{c.personSecret.String(), "ccr1", RecoverySecret{}.String()}
	out["FuzzCleanText"] = []any{"Camille Moreau", "e\u0301\u202e", "👩\u200d💻", "می\u200cخواهم", "a\r\nb\u2028c", "\u3164\xff", "a\u0316\u0316\u0316\u0316\u0316\u0316\u0316\u0316\u0316"}
	maps.Copy(out, messageSeeds(t))
	return out
}

var fuzzTargets = []string{"FuzzOpen", "FuzzParseHeader", "FuzzDecodeBody", "FuzzParseGrant", "FuzzParseID", "FuzzParseRecoverySecret", "FuzzCleanText", "FuzzOpenMessage", "FuzzMessageContent", "FuzzMessageAnswer"}

// Without seeds a fuzz target tests next to nothing in an ordinary run.
func TestFuzzSeeds(t *testing.T) {
	if *update {
		for target, seeds := range fuzzSeeds(t) {
			dir := filepath.Join("testdata", "fuzz", target)
			if err := os.MkdirAll(dir, 0o755); err != nil {
				t.Fatal(err)
			}
			for _, s := range seeds {
				text := "string(" + strconv.Quote(fmt.Sprint(s)) + ")"
				if b, ok := s.([]byte); ok {
					text = "[]byte(" + strconv.Quote(string(b)) + ")"
				}
				name := fmt.Sprintf("%.12s", RecordID(claimHash(signedClaim{message: []byte(text)})))
				if err := os.WriteFile(filepath.Join(dir, name), []byte("go test fuzz v1\n"+text+"\n"), 0o644); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	for _, target := range fuzzTargets {
		files, err := os.ReadDir(filepath.Join("testdata", "fuzz", target))
		if err != nil || len(files) < 2 {
			t.Errorf("%s: %d seeds, %v; run the tests with -update", target, len(files), err)
		}
	}
}

func FuzzOpen(f *testing.F) {
	o := newOpener(f)
	f.Fuzz(func(t *testing.T, wire []byte) {
		rec, err := Parse(wire)
		if err != nil && VerdictOf(err) != Reject {
			t.Fatalf("parse gives %v", err)
		}
		if err == nil && !bytes.Equal(rec.Wire(), wire) {
			t.Fatal("parsed bytes do not encode back to themselves")
		}
		if err == nil {
			rec.Describe()
		}
		v, err := o.Open(wire, testNow)
		if (err == nil) == v.IsZero() {
			t.Fatal("a value beside an error, or none")
		}
		if err == nil && !bytes.Equal(v.Record().Wire(), wire) {
			t.Fatal("opened bytes do not encode back to themselves")
		}
	})
}

func FuzzParseHeader(f *testing.F) {
	f.Fuzz(func(t *testing.T, frame []byte) {
		h, err := ParseHeaderOnly(frame)
		if err != nil {
			return
		}
		if !bytes.Equal(h.Bytes(), frame) {
			t.Fatal("frame does not encode back to itself")
		}
		rec, err := ParseHeader(h.Header, h.Signature)
		if err != nil {
			return
		}
		if !bytes.Equal(rec.Header.append(nil), h.Header) || len(h.Header) > MaxHeaderBytes {
			t.Fatal("header does not encode back to itself")
		}
		if rec.Header.Kind.Lifetime() == 0 || !rec.Header.ExpiresAt().After(rec.Header.IssuedAt()) {
			t.Fatal("a record without a lifetime")
		}
	})
}

func FuzzDecodeBody(f *testing.F) {
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) > MaxRecordBytes {
			return
		}
		checkBothWays(t, b)
	})
}

func FuzzParseGrant(f *testing.F) {
	f.Fuzz(func(t *testing.T, b []byte) {
		if g, err := ParseGrant(b); err == nil && !bytes.Equal(g.Bytes(), b) {
			t.Fatal("grant does not encode back to itself")
		}
	})
}

func FuzzParseID(f *testing.F) {
	f.Fuzz(func(t *testing.T, s string) {
		if id, err := ParseID(s); err == nil && Identity(id).String() != s {
			t.Fatal("id does not encode back to itself")
		} else if err != nil && !errors.Is(err, ErrBadID) {
			t.Fatal(err)
		}
		if first, last, err := ParseIDPrefix(s); err == nil && bytes.Compare(first[:], last[:]) > 0 {
			t.Fatal("first behind last")
		}
	})
}

func FuzzParseRecoverySecret(f *testing.F) {
	f.Fuzz(func(t *testing.T, s string) {
		secret, err := ParseRecoverySecret(s)
		if err != nil {
			return
		}
		if again, err := ParseRecoverySecret(secret.String()); err != nil || again != secret {
			t.Fatal("secret does not read back")
		}
	})
}

func FuzzCleanText(f *testing.F) {
	f.Fuzz(func(t *testing.T, s string) { checkCleaned(t, s) })
}
