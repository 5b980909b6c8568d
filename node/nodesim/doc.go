// Package nodesim runs many real nodes in one process over a simulated
// network and, inside testing/synctest, under a simulated clock: a day passes
// in a moment, and nothing depends on how busy the machine is.
//
// # What is simulated
//
// Latency of each link and direction, jitter, loss, bandwidth (Weather);
// wrong clocks (Ahead; each node of a seed is up to nine minutes off);
// partitions (Part, Heal); restarts with the home kept (Stop, Start); hostile
// peers (Adversary, one file for each kind: adversary_*.go), plain hosts that
// speak the protocols by hand (Liar, Shelf); writers with profiles, missions
// and their states, grants, dismissals, erasures and successions. Nodes,
// stores, gossipsub, QUIC and all protocols of the project are the real ones.
//
// # What is not
//
// TCP, relays, NAT and multicast: links are QUIC alone. Power cuts and slow
// disks: homes are real files, but simulated time stands still while a disk
// works. CPU time: a signature costs nothing. A clock that runs fast or slow: timers
// of all nodes of a bubble keep one pace.
//
// # Seeds
//
// RunSeed draws a whole run from a number and compares every honest replica
// with a model of what was acknowledged. The schedule, all keys, and with them
// every record and the live set at the end are the same in each run of a seed
// (TestSeedReplays). What is not repeated: in which order goroutines run and
// packets of one moment leave, so which packet is lost and which peer is asked
// first; and what nodes draw for themselves, their jitter and random peers. A
// seed that fails once in a while is to be run more than once.
//
//	COURTCIRCUIT_SIM_SEED=6 go test ./node/nodesim -run 'TestSeeds$' -v   # one, every step said
//	.ci/sim            # 50 seeds, a thousand schedules with erasures, large networks
//	.ci/sim 1000       # a thousand
//
// Only tests use this package.
package nodesim
