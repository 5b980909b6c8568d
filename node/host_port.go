package node

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/multiformats/go-multiaddr"
)

// listenPlan is what to listen on, with every port 0 replaced by one number
// for TCP and UDP alike: one rule in a router is enough.
type listenPlan struct {
	addrs []string
	fixed []multiaddr.Multiaddr // whose port the operator named
	port  int                   // drawn, 0 when none was needed
}

const portFile = "listen-port"

// chooseListen fills in the port. A remembered one that something else took
// meanwhile is replaced, with a warning, because forwarding in a router is
// then wrong.
func chooseListen(home string, wanted []string, log *slog.Logger) (listenPlan, error) {
	var plan listenPlan
	drawn := false
	for _, s := range wanted {
		a, err := multiaddr.NewMultiaddr(s)
		if err != nil {
			return plan, fmt.Errorf("listen %q: %w", s, err)
		}
		switch portOf(a) {
		case "0":
			drawn = true
		case "":
		default:
			plan.fixed = append(plan.fixed, a)
		}
	}
	if drawn {
		remembered, err := readPort(home)
		if err != nil {
			return plan, err
		}
		if plan.port, err = drawPort(remembered); err != nil {
			return plan, err
		}
		if remembered != 0 && plan.port != remembered {
			log.Warn("listening port is taken, another one is used; adapt the router's forwarding", "port", plan.port, "was", remembered)
		}
	}
	for _, s := range wanted {
		for _, proto := range []string{"/tcp/", "/udp/"} {
			if rest, ok := strings.CutSuffix(s, proto+"0"); ok {
				s = rest + proto + strconv.Itoa(plan.port)
			}
			s = strings.Replace(s, proto+"0/", proto+strconv.Itoa(plan.port)+"/", 1)
		}
		plan.addrs = append(plan.addrs, s)
	}
	return plan, nil
}

func portOf(a multiaddr.Multiaddr) string {
	for _, code := range []int{multiaddr.P_TCP, multiaddr.P_UDP} {
		if v, err := a.ValueForProtocol(code); err == nil {
			return v
		}
	}
	return ""
}

func readPort(home string) (int, error) {
	path := filepath.Join(home, portFile)
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("read listening port: %w", err)
	}
	port, err := strconv.Atoi(strings.TrimSpace(string(b)))
	if err != nil || port < 1 || port > 65535 {
		return 0, fmt.Errorf("%s holds %.20q: expected a port number; remove the file to draw a new one", path, b)
	}
	return port, nil
}

func (p listenPlan) remember(home string) error {
	if p.port == 0 {
		return nil
	}
	return writeFileAtomic(filepath.Join(home, portFile), []byte(strconv.Itoa(p.port)+"\n"))
}

// drawPort gives preferred if it is free for TCP and UDP, else one that is.
func drawPort(preferred int) (int, error) {
	for try := range 32 {
		want := 0
		if try == 0 {
			want = preferred
		}
		if port, ok := portFree(want); ok {
			return port, nil
		}
	}
	return 0, errors.New("no port is free for both TCP and UDP")
}

func portFree(port int) (int, bool) {
	t, err := net.Listen("tcp", ":"+strconv.Itoa(port))
	if err != nil {
		return 0, false
	}
	defer t.Close()
	port = t.Addr().(*net.TCPAddr).Port
	u, err := net.ListenPacket("udp", ":"+strconv.Itoa(port))
	if err != nil {
		return 0, false
	}
	return port, u.Close() == nil
}

// checkListening finds addresses that the operator named and that libp2p gave
// up on: it fails only when all of them do.
func checkListening(got []multiaddr.Multiaddr, plan listenPlan) error {
	have := map[string]bool{}
	for _, a := range got {
		have[a.String()] = true
	}
	for _, a := range plan.fixed {
		if !have[a.String()] {
			return fmt.Errorf("listen on %s: not possible; the port may be taken or the address not be this machine's", a)
		}
	}
	return nil
}
