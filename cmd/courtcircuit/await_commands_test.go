package main

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"courtcircuit/node/card"
	"courtcircuit/node/httpapi/client"
)

func cmdAwaitFound(ts *testscript.TestScript, neg bool, args []string) {
	within := awaitBound
	if len(args) > 1 && args[0] == "-within" {
		var err error
		within, err = time.ParseDuration(args[1])
		ts.Check(err)
		args = args[2:]
	}
	wantArgs(ts, neg, args, 2, "awaitfound [-within DURATION] NAME COUNT [KEY=VALUE…]")
	want, err := strconv.Atoi(args[1])
	ts.Check(err)
	query, err := searchOf(args[2:])
	ts.Check(err)
	ctx, cancel := bounded(ts, within)
	defer cancel()
	began := time.Now()
	ts.Check(awaitFound(ctx, ts.MkAbs(args[0]), want, query))
	ts.Logf("found after %s", time.Since(began).Round(10*time.Microsecond))
}

// awaitFound waits until a node finds so many profiles.
func awaitFound(ctx context.Context, home string, want int, query card.Search) error {
	c, err := client.Open(home)
	if err != nil {
		return err
	}
	defer c.Close()
	return await(ctx, []string{home}, func(ctx context.Context) (bool, string, error) {
		page, err := c.SearchProfiles(ctx, query)
		return len(page.Results) == want, fmt.Sprintf("%d found", len(page.Results)), err
	})
}

func searchOf(args []string) (card.Search, error) {
	s := card.Search{Limit: 100}
	for _, arg := range args {
		key, value, _ := strings.Cut(arg, "=")
		switch key {
		case "near":
			s.Near = value
		case "skill":
			s.Skills = append(s.Skills, value)
		case "words":
			s.Words = value
		case "collective":
			s.Collective = value
		default:
			return s, fmt.Errorf("%q: near=, skill=, words= or collective= wanted", arg)
		}
	}
	return s, nil
}

func absolutes(ts *testscript.TestScript, names []string) []string {
	homes := make([]string, len(names))
	for i, name := range names {
		homes[i] = ts.MkAbs(name)
	}
	return homes
}

func cmdAwaitEqual(ts *testscript.TestScript, neg bool, args []string) {
	wantArgs(ts, neg, args, 2, "awaitequal NAME NAME…")
	ctx, cancel := bounded(ts, awaitBound)
	defer cancel()
	began := time.Now()
	ts.Check(awaitEqual(ctx, absolutes(ts, args)))
	ts.Logf("equal after %s", time.Since(began).Round(time.Millisecond))
}

func cmdAwaitConnected(ts *testscript.TestScript, neg bool, args []string) {
	wantArgs(ts, neg, args, 2, "awaitconnected NAME COUNT")
	want, err := strconv.Atoi(args[1])
	ts.Check(err)
	home := ts.MkAbs(args[0])
	c, err := client.Open(home)
	ts.Check(err)
	defer c.Close()
	ctx, cancel := bounded(ts, awaitBound)
	defer cancel()
	ts.Check(await(ctx, []string{home}, func(ctx context.Context) (bool, string, error) {
		info, err := c.Info(ctx)
		return info.Peers == want, fmt.Sprintf("%d peers", info.Peers), err
	}))
}

func cmdAwaitForgotten(ts *testscript.TestScript, neg bool, args []string) {
	wantArgs(ts, neg, args, 3, "awaitforgotten TEXT… -- NAME…")
	i := slices.Index(args, "--")
	if i < 1 || i == len(args)-1 {
		ts.Fatalf("awaitforgotten: texts -- names wanted")
	}
	ctx, cancel := bounded(ts, time.Minute) // what erasure promises
	defer cancel()
	began := time.Now()
	ts.Check(awaitForgotten(ctx, absolutes(ts, args[i+1:]), args[:i]))
	ts.Logf("forgotten after %s", time.Since(began).Round(time.Millisecond))
}
