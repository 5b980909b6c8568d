package nodesim

import (
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"os"
)

// Seed is what every choice of a run is drawn from: who writes what and where,
// the weather, restarts, partitions, attacks and all keys.
type Seed uint64

// source gives a stream of its own for each purpose, so that one more draw for
// the weather does not change who writes.
func (s Seed) source(what string) *rand.ChaCha8 {
	return rand.NewChaCha8(sha256.Sum256(fmt.Appendf(nil, "courtcircuit nodesim seed %d: %s", s, what)))
}

func (s Seed) draw(what string) *rand.Rand { return rand.New(s.source(what)) }

// between draws from low to high, both included.
func between(r *rand.Rand, low, high int) int { return low + r.IntN(high-low+1) }

func pick[T any](r *rand.Rand, from []T) T { return from[r.IntN(len(from))] }

// traceAloud has each step of a run said, when one seed is replayed.
var traceAloud = os.Getenv("COURTCIRCUIT_SIM_SEED") != ""
