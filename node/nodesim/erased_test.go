package nodesim

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"courtcircuit/protocol"
	"courtcircuit/protocol/reconcile"
	"courtcircuit/store"
)

// replica is a store that reconciles with others as nodes do, without hosts.
type replica struct {
	*store.Store
	opener *protocol.Opener
}

func newReplica(t *testing.T) *replica {
	t.Helper()
	opener, err := protocol.NewOpener(NetworkName, 1000)
	if err != nil {
		t.Fatal(err)
	}
	c := store.DefaultConfig("")
	c.InMemory, c.Simulated, c.BallastBytes, c.MinFreeBytes = true, true, 0, -1
	s, err := store.Open(c, opener, nilLog)
	if err != nil {
		t.Fatal(err)
	}
	return &replica{s, opener}
}

// take offers wires in the order given, as gossip or an old backup does.
func (r *replica) take(t *testing.T, wires ...[]byte) {
	t.Helper()
	vs, errs := r.opener.OpenBatch(wires, time.Now())
	for _, err := range errs {
		if err != nil {
			t.Fatal(err)
		}
	}
	if _, err := r.PutBatch(context.Background(), vs, time.Now()); err != nil {
		t.Fatal(err)
	}
}

// catchUp brings what another replica holds: reconciliation, headers, bodies.
func (r *replica) catchUp(t *testing.T, from *replica) {
	t.Helper()
	hour := uint32(time.Now().Unix() / 3600)
	session, err := reconcile.NewSession(reconcile.DefaultConfig(), nil)
	if err != nil {
		t.Fatal(err)
	}
	question, err := session.Open(r.Set(), hour)
	for err == nil && question != nil {
		var answer []byte
		if answer, err = reconcile.Respond(from.Set(), hour, question, reconcile.DefaultConfig()); err != nil {
			break
		}
		var need []reconcile.Item
		if question, need, err = session.Step(r.Set(), hour, answer); err == nil {
			err = r.fetch(from, need)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
}

func (r *replica) fetch(from *replica, need []reconcile.Item) error {
	var ids []protocol.RecordID
	for _, item := range need {
		ids = append(ids, item.ID)
	}
	headers, err := from.HeadersOf(ids)
	if err != nil {
		return err
	}
	vs, errs := r.opener.OpenHeaders(headers, time.Now())
	for i := range vs {
		if errs[i] != nil {
			return errs[i]
		}
		if body, ok := from.BodyOf(ids[i]); ok && r.WantsBody(vs[i], time.Now()) {
			if vs[i], err = vs[i].WithBody(body); err != nil {
				return err
			}
		}
	}
	_, err = r.PutBatch(context.Background(), vs, time.Now())
	return err
}

// Nothing erased comes back, whatever the order in which replicas write, hear
// of one another, meet a peer that was away since before the erasure, or are
// given an old backup. COURTCIRCUIT_SIM_SCHEDULES says how many schedules, 20
// otherwise; they are numbered, and a failing one names its number.
func TestErasedNeverReturns(t *testing.T) {
	t.Parallel()
	schedules := 20
	if text := os.Getenv("COURTCIRCUIT_SIM_SCHEDULES"); text != "" {
		var err error
		if schedules, err = strconv.Atoi(text); err != nil {
			t.Fatalf("COURTCIRCUIT_SIM_SCHEDULES=%q: a whole number expected", text)
		}
	}
	erased, offered := 0, 0
	for s := range schedules {
		synctest.Test(t, func(t *testing.T) {
			e, o := erasureSchedule(t, Seed(s+1))
			erased, offered = erased+e, offered+o
		})
		if t.Failed() {
			t.Fatalf("in schedule %d", s+1)
		}
	}
	t.Logf("%d schedules, %d records erased, offered again %d times, 0 came back", schedules, erased, offered)
	if erased == 0 || offered == 0 {
		t.Error("nothing was erased, or nothing of it offered again")
	}
}

// erasureSchedule plays 40 steps on three replicas and one that was away, and
// says how many records are erased at the end and how often such were offered
// after the erasure was there.
func erasureSchedule(t *testing.T, seed Seed) (erased, offered int) {
	draw := seed.draw("erasures")
	cast := castOf(t, seed, 4, 1)
	m := &model{}
	var replicas []*replica
	for range 4 {
		replicas = append(replicas, newReplica(t))
		defer replicas[len(replicas)-1].Close()
	}
	stale, active := replicas[3], replicas[:3]
	var backup [][]byte
	for step := range 40 {
		time.Sleep(time.Minute)
		r := pick(draw, active)
		switch n := draw.IntN(12); {
		case n < 6:
			wire := erasureWorkload(t, draw, cast.people, cast.clubs[0])
			m.acknowledge(wire)
			r.take(t, wire)
			if step < 20 && draw.IntN(2) == 0 {
				stale.take(t, wire)
			}
		case n < 9:
			if other := pick(draw, active); other != r {
				r.catchUp(t, other)
			}
		case n == 9:
			if step < 25 {
				backup = slices.Clone(m.wires)
			}
		case n == 10:
			offered += countErased(r, m, backup)
			draw.Shuffle(len(backup), func(i, j int) { backup[i], backup[j] = backup[j], backup[i] })
			r.take(t, backup...)
		default:
			r.catchUp(t, stale) // it is never told, only asked
		}
		for i, r := range active {
			checkErased(t, fmt.Sprintf("step %d, replica %d", step, i), r, m)
		}
	}
	for range 3 { // a ring, the stale one in it
		for i, r := range replicas {
			r.catchUp(t, replicas[(i+1)%len(replicas)])
			checkErased(t, fmt.Sprintf("replica %d at the end", i), r, m)
		}
	}
	want := liveOf(m.records, time.Now())
	for i, r := range replicas {
		if r.Digest(time.Now()) != digestOf(want) {
			t.Errorf("seed %d: replica %d differs from the model", seed, i)
		}
	}
	for _, rec := range m.records {
		if m.erasedBy(rec, nil) {
			erased++
		}
	}
	return erased, offered
}

// erasureWorkload draws edits and erasures, what the collective says of people,
// which their erasures take too, and no succession, which would end erasures.
func erasureWorkload(t *testing.T, draw *rand.Rand, people []*writer, club *writer) []byte {
	t.Helper()
	for {
		person := pick(draw, people)
		if draw.IntN(4) == 0 {
			return club.seal(t, protocol.DismissalDraft(person.author.Identity(), time.Now().UnixMilli()), nil)
		}
		before := person.author
		what, wire := writePerson(t, draw, person, club, time.Now())
		if what != "succession" {
			return wire
		}
		person.author = before
	}
}

// erasedBy says whether one of the erasures takes the record; where is the
// replica that must hold it, nil for any that was acknowledged.
func (m *model) erasedBy(rec *protocol.Record, where *replica) bool {
	return slices.ContainsFunc(m.records, func(e *protocol.Record) bool {
		if e.Header.Kind != protocol.KindErasure || !e.Header.Erases(&rec.Header) {
			return false
		}
		if where == nil {
			return true
		}
		at, ok := where.ErasedAt(e.Key().Identity)
		return ok && !at.Before(e.Header.IssuedAt())
	})
}

// checkErased looks for every erased record in a replica that has heard of
// the erasure.
func checkErased(t *testing.T, when string, r *replica, m *model) {
	t.Helper()
	for _, rec := range m.records {
		if !m.erasedBy(rec, r) {
			continue
		}
		if _, err := r.ByRecordID(rec.ID); err == nil {
			t.Fatalf("%s: erased %s %s is back", when, rec.Header.Kind, rec.ID)
		}
		if _, ok := r.BodyOf(rec.ID); ok {
			t.Fatalf("%s: the body of erased %s is served", when, rec.ID)
		}
	}
}

// countErased says how many of the wires the replica has heard erased.
func countErased(r *replica, m *model, wires [][]byte) (n int) {
	for _, w := range wires {
		if rec, err := protocol.Parse(w); err == nil && m.erasedBy(&rec, r) {
			n++
		}
	}
	return n
}
