package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"courtcircuit/node/card"
	"courtcircuit/node/httpapi/client"
)

// latencyRounds is how many profiles the measurement posts; enough for a
// median, and no figure is asserted.
const latencyRounds = 30

// TestLineLatency posts profiles at the first of three processes in a line
// and measures until a search at the last finds each; -v prints the figures.
func TestLineLatency(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), 2*awaitBound)
	defer cancel()
	homes := startLine(ctx, t, 3)
	first, last := openClient(t, homes[0]), openClient(t, homes[len(homes)-1])
	// From the post on, and from the answer on: the answer waits until the
	// profile is durable at the first.
	var fromPost, fromAnswer []time.Duration
	for i := range latencyRounds {
		skill := fmt.Sprintf("savoir %d", i)
		began := time.Now()
		if _, err := first.PublishProfile(ctx, card.Profile{
			Name: fmt.Sprintf("Personne %d", i), Place: card.Place{Text: "Toulouse"}, Skills: []string{skill}, Languages: []string{"fr"},
		}, ""); err != nil {
			t.Fatal(err)
		}
		answered := time.Now()
		query := card.Search{Near: "Toulouse", Skills: []string{skill}}
		err := await(ctx, homes[len(homes)-1:], func(ctx context.Context) (bool, string, error) {
			page, err := last.SearchProfiles(ctx, query)
			return len(page.Results) == 1, fmt.Sprintf("%d found", len(page.Results)), err
		})
		if err != nil {
			t.Fatalf("profile %d: %v", i, err)
		}
		fromPost, fromAnswer = append(fromPost, time.Since(began)), append(fromAnswer, time.Since(answered))
	}
	logQuantiles(t, "post at the first to found at the last", fromPost)
	logQuantiles(t, "answer at the first to found at the last", fromAnswer)
}

func logQuantiles(t *testing.T, what string, all []time.Duration) {
	slices.Sort(all)
	t.Logf("%s, %d profiles: p50 %s, p90 %s, max %s", what, len(all),
		all[len(all)/2].Round(10*time.Microsecond), all[len(all)*9/10].Round(10*time.Microsecond), all[len(all)-1].Round(10*time.Microsecond))
}

// startLine starts processes each of which has a bootstrap file that names
// only the one before, and returns their homes once their replicas are equal.
func startLine(ctx context.Context, t *testing.T, count int) []string {
	path, err := exec.LookPath("courtcircuit")
	if err != nil {
		t.Fatal(err)
	}
	dir := scratchDir(t)
	const network = "test-latency"
	environ := append(os.Environ(), testEnviron(network)...)
	var homes []string
	var before []string // addresses
	for i := range count {
		home := filepath.Join(dir, fmt.Sprintf("node-%d", i+1))
		setUp := exec.CommandContext(ctx, path, "--home", home, "init", "--name", fmt.Sprintf("Collectif %d", i+1), "--place", "Toulouse")
		setUp.Env = environ
		if out, err := setUp.CombinedOutput(); err != nil {
			t.Fatalf("init: %v: %s", err, out)
		}
		list := filepath.Join(dir, fmt.Sprintf("before-%d.json", i+1))
		if err := writeBootstrap(list, network, before); err != nil {
			t.Fatal(err)
		}
		d, err := startDaemon(ctx, path, dir, environ, home, serveArgs(home, "--bootstrap", list)...)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(d.kill)
		info, err := d.info()
		if err != nil {
			t.Fatal(err)
		}
		homes, before = append(homes, home), info.Addresses[:1]
	}
	if err := awaitEqual(ctx, homes); err != nil {
		t.Fatal(err)
	}
	return homes
}

func openClient(t *testing.T, home string) *client.Client {
	c, err := client.Open(home)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}
