package node

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"
	"golang.org/x/sys/unix"

	"courtcircuit/node/card"
)

// BenchmarkDeliveryBetweenHosts is BenchmarkDelivery and
// BenchmarkDeliveryFromRequest between two processes with a processor each, as two
// machines have: in one process a node that goes on with its answer takes a
// processor from the other node, and the two share what one machine's kernel does
// for one process. The one that asks is at the first host. The floor, gossipsub
// alone, is between the same two processes; the clock is the machine's.
func BenchmarkDeliveryBetweenHosts(b *testing.B) {
	switch os.Getenv(deliveryHost) {
	case "publisher":
		publishForOther(b, hostPipe())
		return
	case "finder":
		findFromOther(b, hostPipe())
		return
	}
	from := startDeliveryHost(b, "publisher", 0)
	hello := from.read(b)
	to := startDeliveryHost(b, "finder", runtime.NumCPU()-1)
	to.tell(b, hello)
	to.read(b)
	time.Sleep(3 * time.Second) // until the meshes have formed; not part of the measurement
	took := map[string][]time.Duration{}
	n := 0
	for b.Loop() {
		n++
		for _, what := range []string{"raw", "published", "new", "edited"} {
			skill := fmt.Sprintf("savoir %d %s", n, what)
			to.tell(b, hostLine{Do: what, Skill: skill})
			to.read(b) // it listens
			from.tell(b, hostLine{Do: what, Skill: skill})
			found := to.read(b).At
			from.tell(b, hostLine{Do: "report"})
			told := from.read(b)
			took[what] = append(took[what], time.Duration(found-told.At))
			for part, d := range told.Took {
				took[part] = append(took[part], d)
			}
		}
	}
	for what, all := range took {
		slices.Sort(all)
		b.ReportMetric(float64(all[len(all)/2].Nanoseconds())/1000, what+"-p50-µs")
	}
}

// deliveryHost is the variable that says which host a process is.
const deliveryHost = "COURTCIRCUIT_DELIVERY_HOST"

// hostLine is what the hosts and the benchmark say to one another.
type hostLine struct {
	Do, Skill string
	Node      []string // addresses
	Raw       string   // address of the host that speaks gossipsub alone
	At        int64    // nanoseconds of the machine's clock
	Took      map[string]time.Duration
}

// linePipe is one end of a conversation.
type linePipe struct {
	in  *bufio.Scanner
	out io.Writer
}

func newLinePipe(in io.Reader, out io.Writer) *linePipe {
	return &linePipe{in: bufio.NewScanner(in), out: out}
}

// hostPipe is the host's end.
func hostPipe() *linePipe {
	return newLinePipe(os.NewFile(3, "in"), os.NewFile(4, "out"))
}

func (p *linePipe) tell(b *testing.B, l hostLine) {
	b.Helper()
	if err := json.NewEncoder(p.out).Encode(l); err != nil {
		b.Fatal(err)
	}
}

// next is the next line, or false at the end.
func (p *linePipe) next(b *testing.B) (l hostLine, ok bool) {
	b.Helper()
	if !p.in.Scan() {
		return l, false
	}
	if err := json.Unmarshal(p.in.Bytes(), &l); err != nil {
		b.Fatal(err)
	}
	return l, true
}

func (p *linePipe) read(b *testing.B) hostLine {
	b.Helper()
	l, ok := p.next(b)
	if !ok {
		b.Fatal("a host has ended: ", p.in.Err())
	}
	return l
}

// startDeliveryHost starts this program again, as a host on one processor.
func startDeliveryHost(b *testing.B, role string, processor int) *linePipe {
	b.Helper()
	theirIn, in, err := os.Pipe()
	if err != nil {
		b.Fatal(err)
	}
	out, theirOut, err := os.Pipe()
	if err != nil {
		b.Fatal(err)
	}
	cmd := exec.Command(os.Args[0], "-test.run", "xxx", "-test.bench", "^BenchmarkDeliveryBetweenHosts$", "-test.benchtime", "1x",
		"-test.timeout", flag.Lookup("test.timeout").Value.String()) // or one that waits for the other would outlive this process
	cmd.Env = append(os.Environ(), deliveryHost+"="+role)
	cmd.ExtraFiles, cmd.Stderr = []*os.File{theirIn, theirOut}, os.Stderr
	if err := startOn(processor, cmd); err != nil {
		b.Fatal(err)
	}
	theirIn.Close()
	theirOut.Close()
	b.Cleanup(func() {
		in.Close() // it ends at the end of its lines
		if err := cmd.Wait(); err != nil {
			b.Errorf("%s: %v", role, err)
		}
		out.Close()
	})
	return newLinePipe(out, in)
}

// startOn starts a process that has one processor. A child inherits those of the
// thread that starts it.
func startOn(processor int, cmd *exec.Cmd) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var before, only unix.CPUSet
	if err := unix.SchedGetaffinity(0, &before); err != nil {
		return err
	}
	only.Set(processor)
	if err := unix.SchedSetaffinity(0, &only); err != nil {
		return err
	}
	defer func() { _ = unix.SchedSetaffinity(0, &before) }()
	return cmd.Start()
}

func machineNanos(b *testing.B) int64 {
	b.Helper()
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &t); err != nil {
		b.Fatal(err)
	}
	return t.Nano()
}

// publishForOther is the host at which something is published.
func publishForOther(b *testing.B, lines *linePipe) {
	node, _ := runNode(b, loopConfig(b, b.TempDir()))
	if _, err := node.Init(b.Context(), card.Collective{Name: "Les Indés", Place: card.Place{Text: "Toulouse"}, Languages: []string{"fr"}}); err != nil {
		b.Fatal(err)
	}
	raw, topic, _ := newRawHost(b, nil)
	base := searchDoor(b, node)
	member := sendCard(b, base, "", "graphisme")
	lines.tell(b, hostLine{Node: node.Addresses(), Raw: fmt.Sprintf("%s/p2p/%s", raw.Addrs()[0], raw.ID())})
	published := ""
	for {
		l, ok := lines.next(b)
		if !ok {
			return
		}
		done := hostLine{Took: map[string]time.Duration{}}
		switch l.Do {
		case "raw", "published":
			wire := skilledWire(b, l.Skill)
			to := topic
			if l.Do == "published" {
				to = node.gossip.joined()
				done.Took["commit"] = commitTook(b, node, skilledWire(b, "graphisme"))
				done.Took["commit-of-edited"] = commitTook(b, node, nextVersion(b, node, member, l.Skill))
			}
			done.At = machineNanos(b)
			if err := to.Publish(b.Context(), wire); err != nil {
				b.Fatal(err)
			}
		case "new", "edited":
			id := ""
			if l.Do == "edited" {
				id = published
			}
			done.At = machineNanos(b)
			published = sendCard(b, base, id, l.Skill)
			done.Took[l.Do+"-answered"] = time.Duration(machineNanos(b) - done.At)
		}
		if l, ok = lines.next(b); !ok || l.Do != "report" {
			b.Fatalf("%q, a report expected", l.Do)
		}
		lines.tell(b, done)
	}
}

// findFromOther is the host that is searched.
func findFromOther(b *testing.B, lines *linePipe) {
	hello := lines.read(b)
	node, _ := runNode(b, loopConfig(b, b.TempDir(), hello.Node...))
	raw, _, sub := newRawHost(b, nil)
	other, err := peer.AddrInfoFromString(hello.Raw)
	if err != nil {
		b.Fatal(err)
	}
	if err := raw.Connect(b.Context(), *other); err != nil {
		b.Fatal(err)
	}
	events := subscribed(b, node)
	lines.tell(b, hostLine{})
	for {
		l, ok := lines.next(b)
		if !ok {
			return
		}
		lines.tell(b, hostLine{})
		if l.Do == "raw" {
			if _, err := sub.Next(b.Context()); err != nil {
				b.Fatal(err)
			}
		} else {
			awaitFound(b, node, events, l.Skill)
		}
		lines.tell(b, hostLine{At: machineNanos(b)})
	}
}
