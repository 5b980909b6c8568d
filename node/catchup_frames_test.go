package node

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"pgregory.net/rapid"

	"courtcircuit/protocol"
)

func TestFrameRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		kind := frameType(rapid.IntRange(1, 7).Draw(t, "type"))
		payload := rapid.SliceOfN(rapid.Byte(), 0, min(maxFrameBytes(kind), 2000)).Draw(t, "payload")
		var buf bytes.Buffer
		if err := writeFrame(&buf, kind, payload); err != nil {
			t.Fatal(err)
		}
		gotKind, got, err := readFrame(&buf)
		if err != nil || gotKind != kind || !bytes.Equal(got, payload) {
			t.Fatalf("%d %x %v", gotKind, got, err)
		}
		if _, _, err := readFrame(&buf); !errors.Is(err, io.EOF) {
			t.Fatalf("after the frame: %v", err)
		}
	})
}

// A length is refused before anything is allocated for it, and an unknown
// type before its length is looked at.
func TestFrameBounds(t *testing.T) {
	for kind := range 256 {
		head := binary.BigEndian.AppendUint32([]byte{byte(kind)}, uint32(max(maxFrameBytes(frameType(kind)), 0)+1))
		if _, _, err := readFrame(bytes.NewReader(head)); !errors.Is(err, errSyncFrame) {
			t.Errorf("type %d: %v", kind, err)
		}
		if err := writeFrame(io.Discard, frameType(kind), make([]byte, max(maxFrameBytes(frameType(kind)), 0)+1)); err == nil {
			t.Errorf("type %d: written over its bound", kind)
		}
	}
}

func TestHeadersAndBodiesRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var headers []protocol.HeaderOnly
		var bodies [][]byte
		var headerFrame, bodyFrame []byte
		count := rapid.IntRange(1, 20).Draw(t, "count")
		for range count {
			var h protocol.HeaderOnly
			var body []byte
			here := rapid.Bool().Draw(t, "here")
			if here {
				h.Header = rapid.SliceOfN(rapid.Byte(), 1, protocol.MaxHeaderBytes).Draw(t, "header")
				h.Signature[0] = rapid.Byte().Draw(t, "signature")
				body = rapid.SliceOfN(rapid.Byte(), 0, 500).Draw(t, "body")
			}
			headers, bodies = append(headers, h), append(bodies, body)
			headerFrame, _ = appendHeader(headerFrame, h)
			bodyFrame, _ = appendBody(bodyFrame, body, here)
		}
		gotHeaders, err := decodeHeaders(headerFrame, count)
		if err != nil || len(gotHeaders) != count {
			t.Fatal(err, len(gotHeaders))
		}
		gotBodies, err := decodeBodies(bodyFrame, count)
		if err != nil || len(gotBodies) != count {
			t.Fatal(err, len(gotBodies))
		}
		for i := range count {
			if !bytes.Equal(gotHeaders[i].Header, headers[i].Header) || gotHeaders[i].Signature != headers[i].Signature {
				t.Fatalf("header %d", i)
			}
			if !bytes.Equal(gotBodies[i], bodies[i]) || (gotBodies[i] == nil) != (bodies[i] == nil) {
				t.Fatalf("body %d: %x, sent %x", i, gotBodies[i], bodies[i])
			}
		}
		if count > 1 {
			if _, err := decodeHeaders(headerFrame, count-1); !errors.Is(err, errSyncFrame) {
				t.Fatalf("more headers than asked: %v", err)
			}
			if _, err := decodeBodies(bodyFrame, count-1); !errors.Is(err, errSyncFrame) {
				t.Fatalf("more bodies than asked: %v", err)
			}
		}
	})
}

// A full frame says so instead of growing, and what fits still decodes.
func TestFramesStayBounded(t *testing.T) {
	body := make([]byte, protocol.MaxRecordBytes)
	var frame []byte
	held := 0
	for fits := true; fits; held++ {
		frame, fits = appendBody(frame, body, true)
	}
	if len(frame) > maxSyncFrameBytes {
		t.Fatalf("frame of %d bytes", len(frame))
	}
	if got, err := decodeBodies(frame, bodiesPerRequest); err != nil || len(got) != held-1 {
		t.Fatalf("%d of %d bodies: %v", len(got), held-1, err)
	}
}

func FuzzSyncAnswers(f *testing.F) {
	f.Add([]byte{0, 0})
	f.Fuzz(func(t *testing.T, data []byte) {
		if headers, err := decodeHeaders(data, headersPerRequest); err == nil {
			var again []byte
			for _, h := range headers {
				again, _ = appendHeader(again, h)
			}
			if !bytes.Equal(again, data) {
				t.Fatalf("headers encode to %x", again)
			}
		}
		if bodies, err := decodeBodies(data, bodiesPerRequest); err == nil {
			var again []byte
			for _, b := range bodies {
				again, _ = appendBody(again, b, b != nil)
			}
			if !bytes.Equal(again, data) {
				t.Fatalf("bodies encode to %x", again)
			}
		}
		if ids, err := decodeIDs(data, headersPerRequest); err == nil && !bytes.Equal(encodeIDs(ids), data) {
			t.Fatal("ids do not encode back")
		}
		_, _, _ = readFrame(bytes.NewReader(data))
		if _, err := readPeerRecords(bytes.NewReader(data)); err == nil && len(data) > 0 {
			t.Log("a valid answer about peers")
		}
	})
}

func FuzzBootstrap(f *testing.F) {
	f.Add([]byte(`{"network":"main","peers":[]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		peers, _, err := parseBootstrap("fuzz", data, "main")
		if err != nil && len(peers) > 0 {
			t.Fatal("peers beside an error")
		}
		for _, p := range peers {
			if p.info.ID == "" || len(p.info.Addrs) == 0 {
				t.Fatalf("entry without a peer: %+v", p)
			}
		}
	})
}

// Without committed seeds a fuzz target starts from nothing on every machine.
func TestFuzzSeedsAreThere(t *testing.T) {
	for _, name := range []string{"FuzzSyncAnswers", "FuzzBootstrap"} {
		files, err := os.ReadDir(filepath.Join("testdata", "fuzz", name))
		if err != nil || len(files) == 0 {
			t.Errorf("no seeds for %s: %v", name, err)
		}
	}
}
