package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"testing"

	"golang.org/x/sys/unix"

	"courtcircuit/node/httpapi/api"
)

// terminal gives both ends of a terminal: what is written to the one is read
// from the other.
func terminal(t *testing.T) (here, there *os.File) {
	t.Helper()
	here, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { here.Close() })
	fd := int(here.Fd())
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	number, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	if there, err = os.OpenFile(fmt.Sprint("/dev/pts/", number), os.O_RDWR|unix.O_NOCTTY, 0); err != nil {
		t.Fatal(err)
	}
	return here, there
}

// A long catch-up is counted on a terminal, as far as the node says it is, and a
// short one, or any beside --json, is not.
func TestServeCountsALongCatchUp(t *testing.T) {
	short := &api.SyncProgress{Needed: manyMissing - 1, Received: 777}
	long := &api.SyncProgress{Needed: 5000, Received: 1234}
	for _, c := range []struct {
		name  string
		says  []*api.SyncProgress
		json  bool
		shown bool
	}{
		{"long", []*api.SyncProgress{nil, short, long, nil}, false, true},
		{"short", []*api.SyncProgress{short, nil}, false, false},
		{"json", []*api.SyncProgress{long, nil}, true, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			here, there := terminal(t)
			read := make(chan []byte, 1)
			go func() {
				out, _ := io.ReadAll(here) // ends with an error once the other end is closed
				read <- out
			}()
			done := make(chan error, 1)
			asked := 0
			catchUp := func() *api.SyncProgress {
				if asked++; asked == len(c.says) {
					done <- nil
				}
				return c.says[min(asked, len(c.says))-1]
			}
			if c.json {
				done <- nil
			}
			a := &app{err: there, lang: "en", words: newWords("en"), json: c.json}
			if err := a.awaitEnd(catchUp, done); err != nil {
				t.Error(err)
			}
			there.Close()
			out := <-read
			if shown := bytes.Contains(out, []byte("catching up: records received")) && bytes.Contains(out, []byte("1234")); shown != c.shown || bytes.Contains(out, []byte("777")) {
				t.Errorf("shown: %q", out)
			}
			if c.json && asked > 0 {
				t.Error("asked though nothing is shown")
			}
		})
	}
}
