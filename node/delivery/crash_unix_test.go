//go:build unix

package delivery

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"filippo.io/age"

	"courtcircuit/node/inbox"
)

// child is a process that runs.
type child struct {
	cmd   *exec.Cmd
	stdin io.Closer
	done  chan struct{} // it printed DONE
	ended chan error
}

func startChild(t *testing.T, role crashRole) *child {
	t.Helper()
	told, err := json.Marshal(role)
	if err != nil {
		t.Fatal(err)
	}
	c := &child{cmd: exec.Command(os.Args[0], "-test.run=^TestCrashChild$", "-test.count=1"), done: make(chan struct{}), ended: make(chan error, 1)}
	c.cmd.Env = append(os.Environ(), crashEnv+"="+string(told))
	c.cmd.Stderr = os.Stderr
	if c.stdin, err = c.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		for lines := bufio.NewScanner(out); lines.Scan(); {
			if line := lines.Text(); line == "DONE" {
				close(c.done)
			} else if strings.HasPrefix(line, "FAILED") {
				fmt.Fprintln(os.Stderr, role.Name, line)
			}
		}
		c.ended <- c.cmd.Wait()
	}()
	return c
}

func wasKilled(err error) bool {
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		return false
	}
	status, ok := exit.Sys().(syscall.WaitStatus)
	return ok && status.Signaled() && status.Signal() == syscall.SIGKILL
}

// crashRun keeps both processes alive until the sender is done, and counts how
// often each was killed.
func crashRun(t *testing.T, dir string, sender, receiver crashRole, kill <-chan string) (killed map[string]int) {
	t.Helper()
	key, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "sealing"), []byte(key.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	killed = map[string]int{}
	r, s := startChild(t, receiver), startChild(t, sender)
	again := func(name string, c *child, role crashRole, err error) *child {
		if !wasKilled(err) {
			t.Fatalf("%s ended by itself: %v", name, err)
		}
		killed[name]++
		role.Step = ""
		return startChild(t, role)
	}
	limit := time.After(time.Minute)
	for running := true; running; {
		select {
		case err := <-r.ended:
			r = again("receiver", r, receiver, err)
		case err := <-s.ended:
			s = again("sender", s, sender, err)
		case name := <-kill:
			map[string]*child{"sender": s, "receiver": r}[name].cmd.Process.Kill()
		case <-s.done:
			running = false
		case <-limit:
			running = false
			t.Error("not done within a minute")
		}
	}
	// The answer's last step may still be to come; its death is one as well.
	if receiver.Step != "" && killed["receiver"] == 0 {
		select {
		case err := <-r.ended:
			r = again("receiver", r, receiver, err)
		case <-time.After(10 * time.Second):
		}
	}
	for _, c := range []*child{s, r} {
		c.stdin.Close()
		if err := <-c.ended; err != nil && !wasKilled(err) {
			t.Errorf("child: %v", err)
		}
	}
	return killed
}

// checkCrashed opens what the processes left: every letter taken once, every
// outcome noted once, nothing waiting.
func checkCrashed(t *testing.T, dir string, letters int) {
	t.Helper()
	for _, name := range []string{"sender", "receiver"} {
		box, err := inbox.Open(inbox.DefaultConfig(filepath.Join(dir, name)))
		if err != nil {
			t.Fatal(err)
		}
		counts := inbox.NewShelf[int](box, inbox.SpaceNotices)
		if counts.Len() != letters {
			t.Errorf("%s: %d of %d letters", name, counts.Len(), letters)
		}
		if err := counts.Each(func(_ inbox.ID, n int) error {
			if n != 1 {
				t.Errorf("%s: a letter counted %d times", name, n)
			}
			return nil
		}); err != nil {
			t.Error(err)
		}
		if name == "receiver" {
			if n := inbox.NewShelf[seenMark](box, inbox.SpaceSeen).Len(); n != letters {
				t.Errorf("%d seen, %d expected", n, letters)
			}
		}
		if n := inbox.NewShelf[outgoing](box, inbox.SpaceOutbox).Len(); n != 0 {
			t.Errorf("%s: %d in the outbox", name, n)
		}
		if err := box.Close(); err != nil {
			t.Error(err)
		}
	}
}

// A process that dies at any step of a delivery, on either side or on both,
// loses nothing and delivers nothing twice.
func TestKilledAtEachStep(t *testing.T) {
	type pair struct{ sender, receiver string }
	var cases []pair
	for _, s := range senderSteps {
		cases = append(cases, pair{s, ""})
	}
	for _, r := range receiverSteps {
		cases = append(cases, pair{"", r})
	}
	cases = append(cases, pair{"written", "kept"}, pair{"written", "keep"}, pair{"settle", "answer-written"}, pair{"queued", "answer"})
	for _, c := range cases {
		t.Run(c.sender+"/"+c.receiver, func(t *testing.T) {
			dir := t.TempDir()
			killed := crashRun(t, dir, crashRole{Name: "sender", Dir: dir, Step: c.sender, Letters: 2}, crashRole{Name: "receiver", Dir: dir, Step: c.receiver}, nil)
			if (c.sender != "" && killed["sender"] != 1) || (c.receiver != "" && killed["receiver"] != 1) {
				t.Errorf("killed %v: this run proves nothing", killed)
			}
			checkCrashed(t, dir, 2)
		})
	}
}

// Killed at any time while many letters are under way.
func TestKilledAtRandom(t *testing.T) {
	dir, kill, stop := t.TempDir(), make(chan string), make(chan struct{})
	dice := rand.New(rand.NewPCG(1, 2))
	finished := make(chan struct{})
	go func() {
		defer close(finished)
		for range 8 {
			select {
			case <-stop:
				return
			case <-time.After(time.Duration(100+dice.IntN(400)) * time.Millisecond):
			}
			select {
			case <-stop:
				return
			case kill <- []string{"sender", "receiver"}[dice.IntN(2)]:
			}
		}
	}()
	killed := crashRun(t, dir, crashRole{Name: "sender", Dir: dir, Letters: 400}, crashRole{Name: "receiver", Dir: dir}, kill)
	close(stop)
	<-finished
	if killed["sender"]+killed["receiver"] == 0 {
		t.Error("nobody was killed: this run proves nothing")
	}
	t.Logf("killed %v", killed)
	checkCrashed(t, dir, 400)
}
