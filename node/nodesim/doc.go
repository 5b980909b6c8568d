// Package nodesim runs many real nodes in one process over a simulated
// network and, inside testing/synctest, under a simulated clock: a day passes
// in a moment, and nothing depends on how busy the machine is.
//
// Nodes are stopped, restarted and parted; lying peers are plain hosts that
// speak the protocols by hand. Only tests use this package.
package nodesim
