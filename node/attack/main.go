// Command attack is a hostile catch-up peer, to measure what it costs a node:
//
//	attack fill HOME COUNT IDS        puts that many records into a home, and their ids into a file
//	attack run ADDRESS PID IDS …      attacks a running node and reports its processor time and memory
//
// .ci/attack runs it over a pair of virtual network devices, since libp2p
// exempts loopback from its bounds by address.
package main

import (
	"flag"
	"fmt"
	"os"
	"strconv"
	"time"

	"courtcircuit/protocol"
)

// network is the federation that the attacked node is of.
const network protocol.Network = "attack"

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "attack:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) == 4 && args[0] == "fill" {
		count, err := strconv.Atoi(args[2])
		if err != nil {
			return err
		}
		return fill(args[1], count, args[3])
	}
	if len(args) < 4 || args[0] != "run" {
		return fmt.Errorf("fill HOME COUNT IDS, or run ADDRESS PID IDS, expected, got %q", args)
	}
	flags := flag.NewFlagSet("run", flag.ContinueOnError)
	seconds := flags.Int("seconds", 30, "how long each attack lasts")
	only := flags.String("only", "", "the one attack to make")
	from := flags.String("from", "", "local address, its last part %d for the number of the attack")
	if err := flags.Parse(args[4:]); err != nil {
		return err
	}
	pid, err := strconv.Atoi(args[2])
	if err != nil {
		return err
	}
	items, err := readItems(args[3])
	if err != nil {
		return err
	}
	a := &attacker{node: args[1], items: items}
	return a.all(pid, time.Duration(*seconds)*time.Second, *only, *from)
}
