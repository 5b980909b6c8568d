package nodesim

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"math/rand/v2"
	"testing"
	"time"

	"courtcircuit/protocol"
)

// Outcome is what a run of a seed came to. Trace sums up the schedule with the
// id of every record, Digest the live set of what was acknowledged: both are
// the same in every run of a seed.
type Outcome struct {
	Nodes, Steps, Records, Live int
	Equivocations               int // seen by one of the nodes, each counted by itself
	Adversaries                 []string
	Trace                       string
	Digest                      [32]byte
	Equal                       time.Duration // from the end of the attack until all replicas were equal
}

// run is a seed under way.
type run struct {
	*Network
	seed        Seed
	honest      []*Node
	adversaries []Adversary
	people      []*writer
	clubs       []*writer
	model       model
	trace       hash.Hash
	parted      bool
	out         Outcome

	compared    int                        // how many replicas were
	heldHostile map[protocol.RecordID]bool // what they hold of the hostile records
}

// RunSeed plays the scenario of a seed: three to five real nodes and one or two
// adversaries, 40 steps of writing, restarts, partitions, weather and attacks;
// then calm. Every honest replica must come to what the model says. Call it
// inside synctest.Test.
func RunSeed(t testing.TB, seed Seed) Outcome {
	t.Helper()
	r := newRun(t, seed)
	defer r.Close()
	steps := seed.draw("schedule")
	at := time.Now().Add(30 * time.Second).Truncate(time.Second)
	for range 40 {
		at = at.Add(time.Duration(between(steps, 5, 120)) * time.Second)
		r.Sleep(time.Until(at)) // what took longer than the plan does not change the plan
		r.step(steps, at)
		r.out.Steps++
	}
	r.settle()
	r.out.Trace, r.out.Records = hex.EncodeToString(r.trace.Sum(nil)[:8]), len(r.model.records)
	return r.out
}

// maxSkewSeconds keeps the clocks of a seed's nodes within what readers
// accept (protocol.MaxEarly), by a margin for a record's way.
const maxSkewSeconds = 9 * 60

func newRun(t testing.TB, seed Seed) *run {
	t.Helper()
	r := &run{Network: New(t), seed: seed, trace: sha256.New()}
	r.weather.draw = seed.draw("weather")
	r.model.hostile = map[protocol.RecordID]bool{}
	r.heldHostile = map[protocol.RecordID]bool{}
	setup := seed.draw("setup")
	cast := castOf(t, seed, 6, 2)
	r.people, r.clubs = cast.people, cast.clubs
	r.out.Nodes = between(setup, 3, 5)
	clocks := seed.draw("clocks")
	for i := range r.out.Nodes {
		ahead := time.Duration(between(clocks, -maxSkewSeconds, maxSkewSeconds)) * time.Second
		r.honest = append(r.honest, r.Add(Ahead(ahead), []int{0, i / 2}[:min(i, 2)]...))
	}
	r.Meshed(r.honest...)
	var all []int
	for _, n := range r.honest {
		all = append(all, n.Index)
	}
	for i := range between(setup, 1, 2) {
		kind := adversaryKinds[(int(seed)+3*i)%len(adversaryKinds)]
		liar := r.Join(r.Skip(), all...)
		r.adversaries = append(r.adversaries, kind.make(t, seed, liar))
		r.out.Adversaries = append(r.out.Adversaries, kind.name)
	}
	return r
}

// Close ends the adversaries, the nodes and the internet.
func (r *run) Close() {
	for _, a := range r.adversaries {
		a.Close()
	}
	r.Network.Close()
}

func (r *run) note(at time.Time, format string, args ...any) {
	line := fmt.Sprintf("%s "+format+"\n", append([]any{at.UTC().Format("15:04:05")}, args...)...)
	r.trace.Write([]byte(line))
	if traceAloud {
		r.t.Log(line[:len(line)-1])
	}
}

func (r *run) running() (up, down []*Node) {
	for _, n := range r.honest {
		if n.running() {
			up = append(up, n)
		} else {
			down = append(down, n)
		}
	}
	return up, down
}

// step draws and does one thing.
func (r *run) step(draw *rand.Rand, at time.Time) {
	r.t.Helper()
	up, down := r.running()
	switch n := draw.IntN(16); {
	case n < 8:
		r.write(draw, pick(draw, up), at)
	case n == 8 && len(up) > 1:
		victim := pick(draw, up)
		r.note(at, "stop %d", victim.Index)
		victim.Stop()
	case n == 9 && len(down) > 0:
		back := pick(draw, down)
		r.note(at, "start %d", back.Index)
		back.Start()
	case n == 10 && r.parted:
		r.note(at, "heal")
		r.Heal()
		r.parted = false
	case n == 10 && len(up) > 2:
		r.note(at, "part %d %d", up[0].Index, up[1].Index)
		r.Part(up[:2]...)
		r.parted = true
	case n < 13:
		w := Weather{
			OneWay: time.Duration(between(draw, 1, 150)) * time.Millisecond, Uneven: true,
			Jitter: time.Duration(between(draw, 0, 50)) * time.Millisecond, Loss: float64(between(draw, 0, 5)) / 100,
		}
		r.note(at, "weather %+v", w)
		r.SetWeather(w)
	default:
		i := draw.IntN(len(r.adversaries))
		r.note(at, "strike %s", r.out.Adversaries[i])
		r.adversaries[i].Strike(&attack{t: r.t, at: at, draw: rand.New(rand.NewPCG(draw.Uint64(), 0)), seed: r.seed, victims: up, model: &r.model})
	}
}

// write has one to five records published at a node, one after the other.
func (r *run) write(draw *rand.Rand, n *Node, at time.Time) {
	r.t.Helper()
	for i := range between(draw, 1, 5) {
		when := at.Add(time.Duration(i) * time.Millisecond)
		person, club := pick(draw, r.people), pick(draw, r.clubs)
		what, by, wire := "", person, []byte(nil)
		if draw.IntN(3) > 0 {
			what, wire = writePerson(r.t, draw, person, club, when)
		} else {
			what, wire = writeClub(r.t, draw, club, person, when)
			by = club
		}
		if err := n.PublishRecords(context.Background(), [][]byte{wire}); err != nil {
			r.t.Fatalf("seed %d: %s of %s at node %d: %v", r.seed, what, by.name, n.Index, err)
		}
		r.model.acknowledge(wire)
		r.note(when, "node %d: %s of %s, %s", n.Index, what, by.name, r.model.records[len(r.model.records)-1].ID)
	}
}
