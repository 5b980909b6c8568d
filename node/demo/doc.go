// Package demo runs a small federation to look at: several real nodes in one
// process, each with its own home, keys, store and connections, in different
// cities, on a network of its own that can never meet the real one. Its people
// are fictional, and every card says so.
package demo
