package nodesim

import (
	"fmt"
	"os"
	"strconv"
	"testing"
	"testing/synctest"
)

// seedsToRun are those asked for in the environment: COURTCIRCUIT_SIM_SEED=N
// replays one and says every step, COURTCIRCUIT_SIM_SEEDS=N runs so many from
// COURTCIRCUIT_SIM_FROM on. Otherwise one.
func seedsToRun(t *testing.T) []Seed {
	t.Helper()
	number := func(name string, otherwise uint64) uint64 {
		text := os.Getenv(name)
		if text == "" {
			return otherwise
		}
		n, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			t.Fatalf("%s=%q: a whole number expected", name, text)
		}
		return n
	}
	if one := number("COURTCIRCUIT_SIM_SEED", 0); one > 0 {
		return []Seed{Seed(one)}
	}
	var seeds []Seed
	from := number("COURTCIRCUIT_SIM_FROM", 1)
	for s := range number("COURTCIRCUIT_SIM_SEEDS", 1) {
		seeds = append(seeds, Seed(from+s))
	}
	return seeds
}

// Whatever writers, weather, restarts, partitions and adversaries do, every
// honest replica ends as the model says.
func TestSeeds(t *testing.T) {
	for _, seed := range seedsToRun(t) {
		t.Run(fmt.Sprint(uint64(seed)), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				o := RunSeed(t, seed)
				t.Logf("seed %d: %d nodes against %q, %d steps, %d records acknowledged, %d live, %d equivocations seen, equal after %s, trace %s",
					seed, o.Nodes, o.Adversaries, o.Steps, o.Records, o.Live, o.Equivocations, o.Equal, o.Trace)
			})
		})
	}
}

// Two runs of a seed do the same: the same schedule, the same records to the
// bit, the same live set. Only how packets and goroutines interleave between
// two steps is not repeated.
func TestSeedReplays(t *testing.T) {
	t.Parallel()
	var runs [2]Outcome
	for i := range runs {
		synctest.Test(t, func(t *testing.T) { runs[i] = RunSeed(t, 13) })
	}
	if runs[0].Trace != runs[1].Trace || runs[0].Digest != runs[1].Digest {
		t.Errorf("traces %s and %s, digests %x and %x", runs[0].Trace, runs[1].Trace, runs[0].Digest, runs[1].Digest)
	}
}
