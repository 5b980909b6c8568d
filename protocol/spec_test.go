package protocol

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"os"
	"strings"
	"testing"
)

const (
	examplesBegin = "<!-- examples: written by the tests with -update -->\n"
	examplesEnd   = "<!-- end of examples -->\n"
)

// annotator writes bytes as lines of hexadecimal with what they mean.
type annotator struct {
	b    []byte
	at   int
	text strings.Builder
}

// line writes the next n bytes.
func (a *annotator) line(indent, n int, meaning string, args ...any) {
	part := hex.EncodeToString(a.b[a.at : a.at+n])
	a.at += n
	pad := strings.Repeat("  ", indent)
	for len(part) > 64 {
		fmt.Fprintf(&a.text, "%s%s\n", pad, part[:64])
		part = part[64:]
	}
	fmt.Fprintf(&a.text, "%s%-*s  %s\n", pad, 40-2*indent, part, fmt.Sprintf(meaning, args...))
}

// item writes the next item whole, however deep.
func (a *annotator) item(indent int, meaning string, args ...any) {
	a.line(indent, itemSize(a.b[a.at:]), meaning, args...)
}

func (a *annotator) head(indent int, meaning string) {
	_, size, _ := headAt(a.b, a.at)
	a.line(indent, size, "%s", meaning)
}

func itemSize(b []byte) int {
	major, size, n := headAt(b, 0)
	switch major {
	case 2, 3:
		return size + int(n)
	case 4, 5:
		for range n * uint64(major-3) {
			size += itemSize(b[size:])
		}
	}
	return size
}

func (a *annotator) signer(indent int, whose string, s Signer) {
	a.head(indent, whose)
	if s.Succession == nil {
		a.item(indent+1, "first key, which signs")
		a.item(indent+1, "recovery hash")
		return
	}
	a.item(indent+1, "first key")
	a.item(indent+1, "recovery public key")
	a.item(indent+1, "n")
	a.item(indent+1, "new key, which signs")
	a.item(indent+1, "proof: the recovery key over [identity, n, new key]")
}

func annotate(wire []byte) string {
	rec := must(Parse(wire))
	h := &rec.Header
	a := &annotator{b: wire}
	a.head(0, "record: array of 3")
	a.head(0, fmt.Sprintf("byte string of %d: the header", len(rec.HeaderBytes())))
	a.head(1, "array of 10")
	a.item(2, "kind %d: %s", uint16(h.Kind), h.Kind)
	a.signer(2, "signer", h.Signer)
	a.item(2, "slot")
	a.item(2, "issued_at %s", describeTime(h.IssuedAt()))
	a.item(2, "about")
	if h.Grant == nil {
		a.item(2, "no grant")
	} else {
		a.head(2, "grant")
		a.signer(3, "the collective's signer", h.Grant.Collective)
		a.item(3, "issued")
		a.item(3, "expiry")
		a.item(3, "custody: %s", h.Grant.Custody)
		a.item(3, "signature by the collective")
	}
	a.item(2, "zone %d", h.Zone)
	a.item(2, "body version")
	a.item(2, "body length %d", h.BodyLength)
	a.item(2, "body hash")
	a.item(0, "signature over the header")
	a.head(0, fmt.Sprintf("byte string of %d: the body", len(rec.Body)))
	if len(rec.Body) > 0 {
		a.head(1, "map")
		for a.at < len(wire) {
			n := itemSize(wire[a.at:])
			a.line(2, n+itemSize(wire[a.at+n:]), "key %d", wire[a.at])
		}
	}
	return a.text.String()
}

// The examples in SPEC.md are records that open.
func TestSpecExamples(t *testing.T) {
	wires := newCast(t).wires(t)
	var examples strings.Builder
	for _, row := range []struct{ title, name string }{
		{"A profile under a grant", "profile"}, {"Its tombstone", "profile tombstone"}, {"An erasure", "erasure"}, {"A succession, under a grant of a collective that succeeded too", "succession"},
	} {
		rec := must(Parse(wires[row.name]))
		fmt.Fprintf(&examples, "### %s\n\nRecord id `%s`, identity `%s`, expires in hour %d.\n\n```\n%s```\n\n", row.title, rec.ID, rec.Key().Identity, rec.Header.ExpiryHour(), annotate(wires[row.name]))
	}
	examples.WriteString(messageExample(t))
	spec, err := os.ReadFile("SPEC.md")
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := bytes.Cut(spec, []byte(examplesBegin))
	held, after, ok2 := bytes.Cut(rest, []byte(examplesEnd))
	if !ok || !ok2 {
		t.Fatal("SPEC.md has lost the marks around its examples")
	}
	if *update {
		out := bytes.Join([][]byte{before, []byte(examplesBegin), []byte("\n" + examples.String()), []byte(examplesEnd), after}, nil)
		if err := os.WriteFile("SPEC.md", out, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if string(held) != "\n"+examples.String() {
		t.Error("the examples of SPEC.md are not what this version makes; run with -update")
	}
}

// Numbers that SPEC.md states in words.
func TestSpecStatesTheLimits(t *testing.T) {
	spec, err := os.ReadFile("SPEC.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range Kinds() {
		_, most := k.BoundClass()
		if want := fmt.Sprintf("| %d | %s |", uint16(k), k); !strings.Contains(string(spec), want) {
			t.Errorf("SPEC.md does not list %q", want)
		}
		if i := strings.Index(string(spec), fmt.Sprintf("| %d | %s |", uint16(k), k)); i >= 0 {
			line, _, _ := strings.Cut(string(spec[i:]), "\n")
			if !strings.HasSuffix(line, fmt.Sprintf("| %d |", most)) {
				t.Errorf("SPEC.md gives another bound of %s: %s", k, line)
			}
		}
	}
	for _, p := range []purpose{purposeRecord, purposeGrant, purposeSuccession, purposeNode, purposeMeeting, purposeMessage} {
		if !strings.Contains(string(spec), "| `"+string(p)+"` |") {
			t.Errorf("SPEC.md does not list purpose %s", p)
		}
	}
	for _, n := range []string{fmt.Sprint(maxZone), fmt.Sprint(MaxHeaderBytes) + " bytes", fmt.Sprint(uint32(maxDate)), fmt.Sprint(maxBodyKey)} {
		if !strings.Contains(string(spec), n) {
			t.Errorf("SPEC.md does not state %s", n)
		}
	}
}
