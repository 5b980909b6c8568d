package nodesim

import (
	"bytes"
	"crypto/sha256"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"courtcircuit/protocol"
)

// Each kind of adversary strikes ten times between edits and erasures, alone
// against three nodes. Nobody is at fault but who is proved to be; a sender of
// junk is cut off; whom one would wait for in vain is left in time; and every
// replica is what the model says.
func TestEachAdversaryAlone(t *testing.T) {
	t.Parallel()
	for _, kind := range adversaryKinds {
		t.Run(kind.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := &run{Network: New(t), seed: 1, trace: sha256.New(), heldHostile: map[protocol.RecordID]bool{}}
				r.model.hostile = map[protocol.RecordID]bool{}
				defer r.Close()
				cast := castOf(t, r.seed, 4, 1)
				r.people, r.clubs = cast.people, cast.clubs
				for i := range 3 {
					r.honest = append(r.honest, r.Add(nil, []int{0}[:min(i, 1)]...))
				}
				r.Meshed(r.honest...)
				r.adversaries = append(r.adversaries, kind.make(t, r.seed, r.Join(r.Skip(), 0, 1, 2)))
				draw := r.seed.draw("alone")
				strike := func() {
					r.Sleep(3 * time.Minute) // longer than gossip remembers a message
					r.adversaries[0].Strike(&attack{t: t, at: time.Now(), draw: draw, seed: r.seed, victims: r.honest, model: &r.model})
				}
				for range 10 {
					r.write(draw, pick(draw, r.honest), time.Now())
					strike()
				}
				for _, p := range r.people[:2] { // what stood there is gone, and is not there again
					wire := p.seal(t, protocol.ErasureDraft(nil, time.Now().UnixMilli()), nil)
					publish(t, r.honest[0], wire)
					r.model.acknowledge(wire)
				}
				for range 3 {
					strike()
				}
				r.Sleep(3 * time.Minute)
				for what, c := range map[string]struct {
					count float64
					of    []string // kinds of adversaries
				}{
					"faults in catch-up": {sumOf(t, r.honest, "peer_faults_total"), []string{"lying about ranges"}},
					"cut off for junk":   {sumOf(t, r.honest, "peers_cut_off_total", "score"), []string{"flooding"}},
					"streams given up":   {sumOf(t, r.honest, "limit_reached_total", "catch_up_patience"), []string{"silent", "slow and half-open"}},
				} {
					if (c.count > 0) != slices.Contains(c.of, kind.name) {
						t.Errorf("%s: %v", what, c.count)
					}
				}
				r.settle()
			})
		})
	}
}

// A copy of a record under a false signature that comes first does not keep
// the record itself away.
func TestForgedCopyHidesNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		nw := New(t)
		defer nw.Close()
		a, b := nw.Add(rare), nw.Add(rare, 0)
		liar := nw.Join(nw.Skip(), 0)
		defer liar.Close()
		nw.Meshed(a, b)
		nw.Sleep(time.Minute) // the catch-ups of connecting are over
		wire := ProfileOf(t, Person(t), "Camille Moreau")
		liar.Send(forged(t, wire))
		nw.Until("the copy refused", 5*time.Second, func() bool { return metric(t, a, "gossip_rejected_total") == 1 })
		publish(t, b, wire)
		nw.Until("record there", 5*time.Second, func() bool { return a.Holds(wire) })
	})
}

// forged gives a copy whose signature does not hold.
func forged(t *testing.T, wire []byte) []byte {
	t.Helper()
	rec, err := protocol.Parse(wire)
	if err != nil {
		t.Fatal(err)
	}
	out := bytes.Clone(wire)
	out[len(out)-len(rec.Body)-10] ^= 1 // inside the signature, which stands before the body
	return out
}
