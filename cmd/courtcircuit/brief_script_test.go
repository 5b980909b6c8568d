package main

import (
	"context"

	"github.com/rogpeppe/go-internal/testscript"

	"courtcircuit/node/httpapi/client"
)

// cmdAwaitTrack waits until a client sees a state under their link; the
// answer becomes stdout:
//
//	awaittrack NAME SECRET STATE
func cmdAwaitTrack(ts *testscript.TestScript, neg bool, args []string) {
	wantArgs(ts, neg, args, 3, "awaittrack NAME SECRET STATE")
	home := ts.MkAbs(args[0])
	c, err := client.Open(home)
	ts.Check(err)
	defer c.Close()
	ctx, cancel := bounded(ts, awaitBound)
	defer cancel()
	ts.Check(await(ctx, []string{home}, func(ctx context.Context) (bool, string, error) {
		track, err := c.FollowBrief(ctx, args[1])
		return track.State == args[2], track.State, err
	}))
	status, _, answer, err := httpCall{header: map[string]string{"Brief-Secret": args[1]}, anonymous: true}.do(ctx, home, "GET", "/api/v1/briefs/follow")
	ts.Check(err)
	if status != 200 {
		ts.Fatalf("status %d: %s", status, answer)
	}
	_, err = ts.Stdout().Write(answer)
	ts.Check(err)
}
