package store

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"os"
	"slices"
	"testing"
	"time"

	"courtcircuit/protocol"
)

// The published live sets hold here too, for every order of arrival and for
// one batch of all.
func TestLiveSetVectors(t *testing.T) {
	b, err := os.ReadFile("../protocol/testdata/vectors/liveset.json")
	if err != nil {
		t.Fatal(err)
	}
	var vectors []struct {
		Name      string           `json:"name"`
		Network   protocol.Network `json:"network"`
		NowMillis int64            `json:"now_ms"`
		Records   []string         `json:"records"`
		Orders    [][]int          `json:"orders"`
		Live      []string         `json:"live"`
	}
	if err := json.Unmarshal(b, &vectors); err != nil {
		t.Fatal(err)
	}
	if len(vectors) == 0 {
		t.Fatal("no vectors")
	}
	for _, v := range vectors {
		o, err := protocol.NewOpener(v.Network, 1000)
		if err != nil {
			t.Fatal(err)
		}
		now := time.UnixMilli(v.NowMillis)
		var recs []protocol.Verified
		for _, r := range v.Records {
			wire, err := hex.DecodeString(r)
			if err != nil {
				t.Fatal(err)
			}
			recs = append(recs, open(t, o, wire, now))
		}
		slices.Sort(v.Live)
		for n, order := range v.Orders {
			for _, batched := range []bool{false, true} {
				if batched && n > 1 {
					continue
				}
				s, err := Open(memoryConfig(), o, quiet)
				if err != nil {
					t.Fatal(err)
				}
				var batch []protocol.Verified
				for _, i := range order {
					if batch = append(batch, recs[i]); !batched {
						put(t, s, recs[i], now)
					}
				}
				if batched {
					if _, err := s.PutBatch(context.Background(), batch, now); err != nil {
						t.Fatal(err)
					}
				}
				var got []string
				for _, r := range liveRecords(t, s, now) {
					got = append(got, r.ID.String())
				}
				for _, r := range recs {
					id := r.Record().ID
					if _, ok := s.BodyOf(id); ok && r.BodyFault() != nil {
						t.Errorf("%s: the body of %s is kept: %v", v.Name, id, r.BodyFault())
					}
					if r.BodyFault() != nil && slices.Contains(v.Live, id.String()) && s.WantsBody(r, now) {
						t.Errorf("%s: the faulty body of %s is asked for again", v.Name, id)
					}
				}
				slices.Sort(got)
				if !slices.Equal(got, v.Live) {
					t.Errorf("%s: arriving as %v (one batch: %t) leaves %v, want %v", v.Name, order, batched, got, v.Live)
				}
				if err := s.Close(); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
}
