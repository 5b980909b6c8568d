package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"

	"courtcircuit/node/httpapi/api"
)

// daemon is a running `courtcircuit serve` (or demo).
type daemon struct {
	home   string
	cmd    *exec.Cmd
	ready  json.RawMessage // what it printed when it was ready
	stderr *lockedBuffer
	exited chan struct{}
	err    error // of Wait, once exited is closed
}

// lockedBuffer is written by the process and read by the test.
type lockedBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// serveArgs starts a node that is alone on the machine: no fixed ports, and
// nothing found on the local network.
func serveArgs(home string, more ...string) []string {
	return append([]string{"--home", home, "serve", "--json", "--http", "127.0.0.1:0", "--listen", "/ip4/127.0.0.1/tcp/0", "--mdns=false"}, more...)
}

// onStart is called with each daemon's process before it has done anything.
var onStart = func(pid int) error { return nil }

// startDaemon runs the program and returns once it has printed the JSON that
// says it is ready, or has ended.
func startDaemon(ctx context.Context, program, dir string, environ []string, home string, args ...string) (*daemon, error) {
	d := &daemon{home: home, stderr: &lockedBuffer{}, exited: make(chan struct{})}
	// A pipe of our own: StdoutPipe is closed by Wait, which would race with
	// reading the answer.
	out, in, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	d.cmd = exec.Command(program, args...)
	d.cmd.Dir, d.cmd.Env, d.cmd.Stdout, d.cmd.Stderr = dir, environ, in, d.stderr
	if err := d.cmd.Start(); err != nil {
		return nil, errors.Join(err, out.Close(), in.Close())
	}
	in.Close()
	err = onStart(d.cmd.Process.Pid)
	go func() {
		d.err = d.cmd.Wait()
		close(d.exited)
	}()
	answer := make(chan error, 1)
	go func() {
		defer out.Close()
		answer <- json.NewDecoder(out).Decode(&d.ready)
		_, _ = io.Copy(io.Discard, out)
	}()
	if err == nil {
		select {
		case err = <-answer:
		case <-ctx.Done():
			err = ctx.Err()
		}
	}
	if err == nil {
		return d, nil
	}
	d.kill()
	return nil, fmt.Errorf("%s %v ended before it was ready (%w, %v): %s", filepath.Base(program), args, err, d.err, d.stderr)
}

// stop ends the process as a service manager does and wants exit code 0.
func (d *daemon) stop() error {
	if err := d.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return fmt.Errorf("stop: %w: %s", err, d.stderr)
	}
	<-d.exited
	if d.err != nil {
		return fmt.Errorf("stopped with %w: %s", d.err, d.stderr)
	}
	return nil
}

// kill ends the process as a power cut would, as far as the process can see.
func (d *daemon) kill() {
	_ = d.cmd.Process.Kill() // it may have ended by itself
	<-d.exited
}

// info is what the node said of itself when it was ready.
func (d *daemon) info() (api.Info, error) {
	var said struct {
		Info api.Info `json:"info"`
	}
	err := json.Unmarshal(d.ready, &said)
	if err == nil && len(said.Info.Addresses) == 0 {
		err = fmt.Errorf("no addresses in %s", d.ready)
	}
	return said.Info, err
}

// daemons are the nodes of one script, by the name of their home.
type daemons struct {
	ctx     context.Context
	dir     string
	running map[string]*daemon
}

type daemonsKey struct{}

func (ds *daemons) killAll() {
	for _, d := range ds.running {
		d.kill()
	}
}
