package main

import (
	"bytes"
	"context"
	"errors"
	"os/exec"
	"strconv"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// scriptCommands are what scripts can say beside testscript's own words. A
// NAME is a node's home in the script's folder.
var scriptCommands = map[string]func(ts *testscript.TestScript, neg bool, args []string){
	"node":           cmdNode,           // node NAME [FLAG…]: starts it; sets $NAME_addr, $NAME_peer, $NAME_pid
	"demo":           cmdDemo,           // demo [FLAG…]: starts it as a node called demo; its answer is stdout
	"stopnode":       cmdStopNode,       // stopnode NAME: SIGTERM, exit code 0 wanted
	"killnode":       cmdKillNode,       // killnode NAME: SIGKILL
	"exits":          cmdExits,          // exits CODE ARG…: courtcircuit ends with this exit code
	"json":           cmdJSON,           // [!] json PATH [VALUE]: the last answer has it; PATH as results.0.id, results.len counts
	"setenv":         cmdSetenv,         // setenv NAME PATH: from the last answer
	"awaitfound":     cmdAwaitFound,     // awaitfound [-within 2s] NAME COUNT [near=… skill=… words=…]: so many profiles are found
	"awaitequal":     cmdAwaitEqual,     // awaitequal NAME…: their replicas are equal
	"awaitconnected": cmdAwaitConnected, // awaitconnected NAME COUNT: peers that the node is connected to
	"awaitforgotten": cmdAwaitForgotten, // awaitforgotten TEXT… -- NAME…: no file below holds any of the texts any more
	"awaittrack":     cmdAwaitTrack,     // awaittrack NAME SECRET STATE: a client sees it; the answer is stdout
	"infiles":        cmdInFiles,        // [!] infiles TEXT NAME…: each home has (none has) a file with these bytes
	"http":           cmdHTTP,           // see http_command_test.go
	"public":         cmdPublic,         // see public_command_test.go
	"flood":          cmdFlood,          // public, until the status comes
	"publicport":     cmdPublicPort,     // publicport NAME: sets $NAME_public
	"bootstrapfile":  cmdBootstrapFile,  // bootstrapfile FILE [MULTIADDR…]
	"walk":           cmdWalk,           // see walk_command_test.go
	"dropkey":        cmdDropKey,        // dropkey NAME ID: a stopped node loses a member's key
	"newerstore":     cmdNewerStore,     // newerstore [-undo] NAME: a stopped node's replica is of a newer format
	"damage":         cmdDamage,         // damage NAME FAMILY [signature]: a stopped node's replica loses a key of the family, or a signature is altered
	"peoplecsv":      cmdPeopleCSV,      // peoplecsv FILE COUNT [FIRST]: so many different people
}

// awaitBound ends what waits in vain. It asserts nothing: a signal that does
// not come is the failure.
const awaitBound = 60 * time.Second

func daemonsOf(ts *testscript.TestScript) *daemons { return ts.Value(daemonsKey{}).(*daemons) }

// passedOn are the variables of a script that its processes get.
var passedOn = []string{
	"PATH", "HOME", "TMPDIR", "LANG", "COURTCIRCUIT_NETWORK", "COURTCIRCUIT_MIN_FREE_MIB", "COURTCIRCUIT_LANG", "COURTCIRCUIT_HTTP",
	"COURTCIRCUIT_PASSPHRASE", "COURTCIRCUIT_BACKUP_PASSPHRASE", "COURTCIRCUIT_BACKUP_DIR", "COURTCIRCUIT_PUBLIC", "COURTCIRCUIT_RECOVERY_SECRET", "COURTCIRCUIT_MDNS",
}

func environOf(ts *testscript.TestScript) []string {
	var environ []string
	for _, name := range passedOn {
		if value := ts.Getenv(name); value != "" {
			environ = append(environ, name+"="+value)
		}
	}
	return environ
}

func program(ts *testscript.TestScript) string {
	path, err := exec.LookPath("courtcircuit")
	ts.Check(err)
	return path
}

func bounded(ts *testscript.TestScript, within time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeout(daemonsOf(ts).ctx, within)
}

func wantArgs(ts *testscript.TestScript, neg bool, args []string, least int, usage string) {
	if neg || len(args) < least {
		ts.Fatalf("usage: %s", usage)
	}
}

func start(ts *testscript.TestScript, name string, args []string) *daemon {
	ds := daemonsOf(ts)
	if _, runs := ds.running[name]; runs {
		ts.Fatalf("%s runs already", name)
	}
	ctx, cancel := bounded(ts, awaitBound)
	defer cancel()
	began := time.Now()
	d, err := startDaemon(ctx, program(ts), ts.Getenv("WORK"), environOf(ts), ts.MkAbs(name), args...)
	ts.Check(err)
	ds.running[name] = d
	ts.Logf("%s ready after %s", name, time.Since(began).Round(time.Millisecond))
	_, err = ts.Stdout().Write(d.ready)
	ts.Check(err)
	_, err = ts.Stderr().Write([]byte(d.stderr.String()))
	ts.Check(err)
	return d
}

func cmdNode(ts *testscript.TestScript, neg bool, args []string) {
	wantArgs(ts, neg, args, 1, "node NAME [FLAG…]")
	d := start(ts, args[0], serveArgs(ts.MkAbs(args[0]), args[1:]...))
	info, err := d.info()
	ts.Check(err)
	ts.Setenv(args[0]+"_addr", info.Addresses[0])
	ts.Setenv(args[0]+"_peer", info.PeerID)
	ts.Setenv(args[0]+"_pid", strconv.Itoa(d.cmd.Process.Pid))
}

func cmdDemo(ts *testscript.TestScript, neg bool, args []string) {
	wantArgs(ts, neg, args, 0, "demo [FLAG…]")
	start(ts, "demo", append([]string{"demo", "--json"}, args...))
}

func running(ts *testscript.TestScript, name string) *daemon {
	d, ok := daemonsOf(ts).running[name]
	if !ok {
		ts.Fatalf("%s does not run", name)
	}
	return d
}

func cmdStopNode(ts *testscript.TestScript, neg bool, args []string) {
	wantArgs(ts, neg, args, 1, "stopnode NAME…")
	for _, name := range args {
		ts.Check(running(ts, name).stop())
		_, err := ts.Stderr().Write([]byte(running(ts, name).stderr.String()))
		ts.Check(err)
		delete(daemonsOf(ts).running, name)
	}
}

func cmdKillNode(ts *testscript.TestScript, neg bool, args []string) {
	wantArgs(ts, neg, args, 1, "killnode NAME…")
	for _, name := range args {
		running(ts, name).kill()
		delete(daemonsOf(ts).running, name)
	}
}

func cmdExits(ts *testscript.TestScript, neg bool, args []string) {
	wantArgs(ts, neg, args, 1, "exits CODE ARG…")
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	ctx, cancel := bounded(ts, awaitBound)
	defer cancel()
	var out, errOut bytes.Buffer
	cmd := exec.CommandContext(ctx, program(ts), args[1:]...)
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = ts.Getenv("WORK"), environOf(ts), &out, &errOut
	err = cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		ts.Check(err)
	}
	_, err = ts.Stdout().Write(out.Bytes())
	ts.Check(err)
	_, err = ts.Stderr().Write(errOut.Bytes())
	ts.Check(err)
	if got := cmd.ProcessState.ExitCode(); got != want {
		ts.Fatalf("exit code %d, %d wanted; %s%s", got, want, out.String(), errOut.String())
	}
}
