//go:build torture

package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"courtcircuit/node/httpapi/client"
)

// rounds is how often a fault is made: an environment variable, or few.
func rounds(t *testing.T, name string, few int) int {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return few
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		t.Fatalf("%s is %q, a number of rounds expected", name, text)
	}
	return n
}

// needRoot fails where mounting is not possible. These tests are never
// skipped: whoever runs them wants to know that they ran.
func needRoot(t *testing.T, tools ...string) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Fatalf("%s mounts file systems and needs root: run it with sudo, or as root in a virtual machine", t.Name())
	}
	for _, tool := range tools {
		if _, err := exec.LookPath(tool); err != nil {
			t.Fatalf("%s needs %s: %v", t.Name(), tool, err)
		}
	}
}

// victim is the node that faults happen to. It is started again and again on
// one home; its peer lives through all of it.
type victim struct {
	program, dir, home string
	environ            []string
	network            string
	list               string // where it begins
	daemon             *daemon
	client             *client.Client
}

// newVictim sets up a home in dir; the peers it begins with may be none.
func newVictim(t *testing.T, dir, name, network string, peers ...*victim) *victim {
	t.Helper()
	program, err := exec.LookPath("courtcircuit")
	if err != nil {
		t.Fatal(err)
	}
	v := &victim{program: program, dir: dir, home: filepath.Join(dir, name), network: network}
	v.environ = append(os.Environ(), testEnviron(network)...)
	setUp := exec.CommandContext(t.Context(), program, "--home", v.home, "init", "--name", "Les "+name, "--place", "Toulouse", "--json")
	setUp.Env = v.environ
	if out, err := setUp.CombinedOutput(); err != nil {
		t.Fatalf("init: %v: %s", err, out)
	}
	var addresses []string
	for _, p := range peers {
		info, err := p.daemon.info()
		if err != nil {
			t.Fatal(err)
		}
		addresses = append(addresses, info.Addresses[:1]...)
	}
	v.list = filepath.Join(scratchDir(t), "bootstrap.json")
	if err := writeBootstrap(v.list, network, addresses); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if v.daemon != nil {
			v.daemon.kill()
		}
	})
	return v
}

// tryStart starts the node; an error holds what it said.
func (v *victim) tryStart(ctx context.Context) (err error) {
	v.daemon, err = startDaemon(ctx, v.program, v.dir, v.environ, v.home, serveArgs(v.home, "--bootstrap", v.list)...)
	if err != nil {
		v.daemon = nil
		return err
	}
	v.client, err = client.Open(v.home)
	return err
}

// start starts the node and gives how long it took until it was ready.
func (v *victim) start(t *testing.T) time.Duration {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), awaitBound)
	defer cancel()
	began := time.Now()
	if err := v.tryStart(ctx); err != nil {
		t.Fatal(err)
	}
	return time.Since(began)
}

func (v *victim) kill() {
	v.daemon.kill()
	v.client.Close()
	v.daemon = nil
}

// same waits until both replicas hold the same.
func (v *victim) same(t *testing.T, other *victim) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), awaitBound)
	defer cancel()
	if err := awaitEqual(ctx, []string{v.home, other.home}); err != nil {
		t.Fatalf("not equal after a catch-up: %v\n%s", err, v.said())
	}
}

func (v *victim) said() string {
	if v.daemon == nil {
		return ""
	}
	return shortenEnd(v.daemon.stderr.String())
}

func shortenEnd(s string) string {
	const most = 6000
	if len(s) <= most {
		return s
	}
	// A crash says why at its beginning, and what went before stands above it.
	if at := strings.Index(s, "\ngoroutine "); at >= 0 {
		return "…" + s[max(0, at-most/2):min(len(s), at+most/2)] + "…"
	}
	return "…" + s[len(s)-most:]
}

// command runs a program or ends the test.
func command(t *testing.T, name string, args ...string) {
	t.Helper()
	if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		t.Fatalf("%s %v: %v: %s", name, args, err, out)
	}
}

func networkName(t *testing.T) string {
	return fmt.Sprintf("torture-%d-%d", os.Getpid(), time.Now().UnixNano()%1e6)
}
