package reconcile

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

var update = flag.Bool("update", false, "write testdata/vectors.json and the fuzz seeds anew")

const vectorsFile = "testdata/vectors.json"

// A vector is one session, frame by frame, between two sets that do not change. Ids and frames are hex.
type vector struct {
	Name          string        `json:"name"`
	AskerHour     uint32        `json:"asker_hour"`
	ResponderHour uint32        `json:"responder_hour"`
	FrameBytes    int           `json:"frame_bytes"`
	AuditCuts     int           `json:"audit_cuts,omitempty"`
	Salt          string        `json:"salt,omitempty"`
	Asker         []vectorItem  `json:"asker"`
	Responder     []vectorItem  `json:"responder"`
	AskerDigest   string        `json:"asker_digest"` // over all items, expired ones too
	Rounds        []vectorRound `json:"rounds"`
	Have          int           `json:"have"`
}

type vectorItem struct {
	Hour uint32 `json:"hour"`
	ID   string `json:"id"`
}

type vectorRound struct {
	Request   string       `json:"request"`
	Reply     string       `json:"reply"`
	Need      []vectorItem `json:"need,omitempty"`
	ClockSkew bool         `json:"clock_skew,omitempty"`
}

func toVector(items []Item) []vectorItem {
	out := make([]vectorItem, len(items))
	for i, it := range items {
		out[i] = vectorItem{it.ExpiryHour, hex.EncodeToString(it.ID[:])}
	}
	return out
}

func fromVector(t *testing.T, items []vectorItem) listSet {
	out := make([]Item, len(items))
	for i, it := range items {
		out[i] = Item{ExpiryHour: it.Hour, ID: [32]byte(unhex(t, it.ID))}
	}
	return setOf(out...)
}

// play runs the session that a vector describes and fills in what comes out.
func play(t *testing.T, v vector) vector {
	t.Helper()
	cfg := DefaultConfig()
	cfg.FrameBytes = v.FrameBytes
	if v.AuditCuts > 0 {
		cfg.AuditCuts = v.AuditCuts
	}
	mine, theirs := fromVector(t, v.Asker), fromVector(t, v.Responder)
	digest := Digest(mine.Fold(Bound{}, Infinity()))
	v.AskerDigest = hex.EncodeToString(digest[:])
	v.Rounds = nil
	session, err := NewSession(cfg, unhex(t, v.Salt))
	if err != nil {
		t.Fatal(err)
	}
	request, err := session.Open(mine, v.AskerHour)
	for err == nil && request != nil {
		var reply []byte
		if reply, err = Respond(theirs, v.ResponderHour, request, cfg); err != nil {
			break
		}
		round := vectorRound{Request: hex.EncodeToString(request), Reply: hex.EncodeToString(reply)}
		var need []Item
		request, need, err = session.Step(mine, v.AskerHour, reply)
		if errors.Is(err, ErrClockSkew) {
			round.ClockSkew, err = true, nil
		}
		if len(need) > 0 {
			round.Need = toVector(need)
		}
		v.Rounds = append(v.Rounds, round)
	}
	if err != nil {
		t.Fatalf("%s: %v", v.Name, err)
	}
	v.Have = session.Stats().Have
	return v
}

func givenVectors() []vector {
	all := spread(1000, 6, 60)
	base := vector{AskerHour: 999, ResponderHour: 999, FrameBytes: MaxFrameBytes}
	with := func(name string, asker, responder listSet, change func(*vector)) vector {
		v := base
		v.Name, v.Asker, v.Responder = name, toVector(asker), toVector(responder)
		if change != nil {
			change(&v)
		}
		return v
	}
	return []vector{
		with("both empty", nil, nil, nil),
		with("asker empty", nil, all[:3], nil),
		with("responder empty", all[:3], nil, nil),
		with("the same", all, all, nil),
		with("one lacks here, one there", setOf(append(all[:20:20], all[21:]...)...), setOf(append(all[:45:45], all[46:]...)...), nil),
		with("newest lack", all[:50], all, nil),
		with("small frames", all[:10], all, func(v *vector) { v.FrameBytes = minFrameBytes }),
		with("the later hour counts", all[5:], all, func(v *vector) { v.ResponderHour = 1000 }),
		with("clocks two hours apart", all[:3], all, func(v *vector) { v.ResponderHour = 1001 }),
		with("salted", all[:50], all, func(v *vector) { v.Salt, v.AuditCuts = "0102030405060708", 4 }),
	}
}

func TestVectors(t *testing.T) {
	if *update {
		writeVectors(t)
	}
	data, err := os.ReadFile(vectorsFile)
	if err != nil {
		t.Fatal(err)
	}
	var vectors []vector
	if err := json.Unmarshal(data, &vectors); err != nil {
		t.Fatal(err)
	}
	if len(vectors) < len(givenVectors()) {
		t.Fatalf("%d vectors", len(vectors))
	}
	for _, want := range vectors {
		got, _ := json.Marshal(play(t, want))
		if wantJSON, _ := json.Marshal(want); !bytes.Equal(got, wantJSON) {
			t.Errorf("%s:\n got %s\nwant %s", want.Name, got, wantJSON)
		}
	}
}

func writeVectors(t *testing.T) {
	vectors := givenVectors()
	for i := range vectors {
		vectors[i] = play(t, vectors[i])
		for _, round := range vectors[i].Rounds {
			writeSeed(t, unhex(t, round.Request), "FuzzReadRequest", "FuzzRespond")
			writeSeed(t, unhex(t, round.Reply), "FuzzReadReply", "FuzzStep")
		}
	}
	data, err := json.MarshalIndent(vectors, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(vectorsFile, append(data, '\n'), 0o644); err != nil {
		t.Fatal(err)
	}
}

func writeSeed(t *testing.T, frame []byte, targets ...string) {
	name := sha256.Sum256(frame)
	for _, target := range targets {
		dir := filepath.Join("testdata", "fuzz", target)
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		seed := fmt.Sprintf("go test fuzz v1\n[]byte(%q)\n", frame)
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%x", name[:6])), []byte(seed), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
