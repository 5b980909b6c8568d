package store

import (
	"bytes"
	"encoding/binary"
	"testing"

	"github.com/dgraph-io/badger/v4"

	"courtcircuit/protocol"
)

// A body is served by the hash of a header that was asked for before, and only
// if it has that hash: whether the header is read once more or not.
func TestBodiesFitTheirHeaders(t *testing.T) {
	o := testOpener(t)
	s := openStore(t, memoryConfig(), o)
	v := newActor(t, 1).profile(t, o, protocol.Profile{}, nil, t0)
	expect(t, s, v, t0, Stored)
	ids := []protocol.RecordID{v.Record().ID, {1}}
	served := func() (bodies [][]byte) {
		t.Helper()
		if err := s.EachBody(ids, func(body []byte, ok bool) bool {
			if ok != (body != nil) {
				t.Errorf("%d bytes, %v", len(body), ok)
			}
			bodies = append(bodies, body)
			return true
		}); err != nil {
			t.Fatal(err)
		}
		return bodies
	}
	damage := func(change func([]byte)) {
		t.Helper()
		if err := s.exec(t.Context(), func() error {
			return s.update(func(txn *badger.Txn) error {
				body := bytes.Clone(v.Record().Body)
				change(body)
				return txn.Set(bodyKey(ids[0]), textValue(ids[0], body))
			})
		}); err != nil {
			t.Fatal(err)
		}
	}
	for _, asked := range []string{"not asked for", "asked for"} {
		if got := served(); !bytes.Equal(got[0], v.Record().Body) || got[1] != nil {
			t.Fatalf("%s: %q", asked, got)
		}
		damage(func(body []byte) { body[len(body)/2] ^= 1 })
		if got := served(); got[0] != nil {
			t.Fatalf("%s: a damaged body is served", asked)
		}
		damage(func([]byte) {})
		if _, err := s.HeadersOf(ids); err != nil {
			t.Fatal(err)
		}
	}
	if _, ok := s.asked.find(ids[0]); !ok {
		t.Fatal("a header that was asked for is not known")
	}
	expect(t, s, newActor(t, 1).tombstone(t, o, v, t0.Add(1e9)), t0, Stored)
	if got := served(); got[0] != nil {
		t.Fatal("the body of a removed record is served")
	}
}

func TestAskedHeadersAreBounded(t *testing.T) {
	var a askedHeaders
	var rec protocol.Record
	rec.Header.BodyLength = 1
	for i := range uint64(5 * maxAskedHeaders) {
		binary.LittleEndian.PutUint64(rec.ID[:], i)
		a.note(&rec)
	}
	if n := len(a.recent) + len(a.older); n > 2*maxAskedHeaders {
		t.Fatalf("%d are held", n)
	}
	if _, ok := a.find(rec.ID); !ok {
		t.Fatal("the newest is not known")
	}
}
