package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/dgraph-io/badger/v4"
	"github.com/rogpeppe/go-internal/testscript"

	"courtcircuit/node/card"
	"courtcircuit/node/httpapi/client"
	"courtcircuit/node/keyring"
	"courtcircuit/protocol"
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
	"infiles":        cmdInFiles,        // [!] infiles TEXT NAME…: each home has (none has) a file with these bytes
	"http":           cmdHTTP,           // see http_command_test.go
	"bootstrapfile":  cmdBootstrapFile,  // bootstrapfile FILE [MULTIADDR…]
	"walk":           cmdWalk,           // see walk_command_test.go
	"dropkey":        cmdDropKey,        // dropkey NAME ID: a stopped node loses a member's key
	"newerstore":     cmdNewerStore,     // newerstore [-undo] NAME: a stopped node's replica is of a newer format
	"peoplecsv":      cmdPeopleCSV,      // peoplecsv FILE COUNT [FIRST]: so many different people
}

// awaitBound ends what waits in vain. It asserts nothing: a signal that does
// not come is the failure.
const awaitBound = 60 * time.Second

func daemonsOf(ts *testscript.TestScript) *daemons { return ts.Value(daemonsKey{}).(*daemons) }

// passedOn are the variables of a script that its processes get.
var passedOn = []string{
	"PATH", "HOME", "TMPDIR", "LANG", "COURTCIRCUIT_NETWORK", "COURTCIRCUIT_MIN_FREE_MIB", "COURTCIRCUIT_LANG", "COURTCIRCUIT_HTTP",
	"COURTCIRCUIT_PASSPHRASE", "COURTCIRCUIT_BACKUP_PASSPHRASE", "COURTCIRCUIT_BACKUP_DIR", "COURTCIRCUIT_RECOVERY_SECRET", "COURTCIRCUIT_MDNS",
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

func cmdInFiles(ts *testscript.TestScript, neg bool, args []string) {
	wantArgs(ts, false, args, 2, "[!] infiles TEXT NAME…")
	for _, home := range absolutes(ts, args[1:]) {
		found, files, err := filesWith(home, args[0])
		ts.Check(err)
		if files == 0 {
			ts.Fatalf("%s: no files to look through", home)
		}
		if neg && len(found) > 0 {
			ts.Fatalf("%q is in %s", args[0], strings.Join(found, ", "))
		}
		if !neg && len(found) == 0 {
			ts.Fatalf("%q is in none of the %d files of %s", args[0], files, home)
		}
	}
}

func cmdBootstrapFile(ts *testscript.TestScript, neg bool, args []string) {
	wantArgs(ts, neg, args, 1, "bootstrapfile FILE [MULTIADDR…]")
	ts.Check(writeBootstrap(ts.MkAbs(args[0]), ts.Getenv("COURTCIRCUIT_NETWORK"), args[1:]))
}

func writeBootstrap(path, network string, addrs []string) error {
	var entries []string
	for _, addr := range addrs {
		entries = append(entries, fmt.Sprintf(`    {"name": "before", "addrs": [%q]}`, addr))
	}
	text := fmt.Sprintf("{\n  \"network\": %q,\n  \"peers\": [\n%s\n  ]\n}\n", network, strings.Join(entries, ",\n"))
	return os.WriteFile(path, []byte(text), 0o600)
}

func cmdPeopleCSV(ts *testscript.TestScript, neg bool, args []string) {
	wantArgs(ts, neg, args, 2, "peoplecsv FILE COUNT [FIRST]")
	count, err := strconv.Atoi(args[1])
	ts.Check(err)
	first := 0
	if len(args) > 2 {
		first, err = strconv.Atoi(args[2])
		ts.Check(err)
	}
	places := []string{"Toulouse", "Lyon", "Bordeaux", "Nantes", "Lille", "Albi", "Muret", "Castres"}
	var text strings.Builder
	text.WriteString("ref,nom,titre,commune,compétences,langues\n")
	for i := first; i < first+count; i++ {
		fmt.Fprintf(&text, "p%d,Personne %d,Métier %d,%s,graphisme;savoir %d,fr\n", i, i, i, places[i%len(places)], i)
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(text.String()), 0o600))
}

// cmdDropKey leaves a member's key with other nodes only, as it is for
// somebody who brought their key along and took it away again.
func cmdDropKey(ts *testscript.TestScript, neg bool, args []string) {
	wantArgs(ts, neg, args, 2, "dropkey NAME ID")
	id, err := protocol.ParseID(args[1])
	ts.Check(err)
	keys, err := keyring.Open(filepath.Join(ts.MkAbs(args[0]), "keys"))
	ts.Check(err)
	if !keys.HasMember(id) {
		ts.Fatalf("%s holds no key of %s", args[0], args[1])
	}
	ts.Check(keys.RemoveMember(id))
}

// storeFormatKey is where package store keeps the format of a replica.
const storeFormatKey = "zf"

// cmdNewerStore marks a stopped node's replica as written by a program that
// does not exist yet, or takes that back.
func cmdNewerStore(ts *testscript.TestScript, neg bool, args []string) {
	format := uint32(99)
	if len(args) > 0 && args[0] == "-undo" {
		format, args = 1, args[1:]
	}
	wantArgs(ts, neg, args, 1, "newerstore [-undo] NAME")
	db, err := badger.Open(badger.DefaultOptions(filepath.Join(ts.MkAbs(args[0]), "store", "badger")).WithLogger(nil))
	ts.Check(err)
	err = db.Update(func(txn *badger.Txn) error {
		if _, err := txn.Get([]byte(storeFormatKey)); err != nil {
			return fmt.Errorf("the key of the store's format: %w", err)
		}
		return txn.Set([]byte(storeFormatKey), binary.BigEndian.AppendUint32(nil, format))
	})
	ts.Check(errors.Join(err, db.Close()))
}
