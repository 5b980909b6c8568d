// Command courtcircuit runs and drives a node of the Courtcircuit network: a
// federation of freelance collectives that find one another, and that clients
// find, with no platform between.
//
// This package holds flags, commands and exit codes; everything a command
// does happens in package node, or in the running node that it asks.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

// Exit codes, part of the command line's contract.
const (
	exitOK      = 0
	exitFailure = 1
	exitUsage   = 2
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}
