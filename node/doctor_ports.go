package node

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"strconv"
	"syscall"

	"github.com/multiformats/go-multiaddr"

	"courtcircuit/node/httpapi/api"
)

// wantedPort is one address that the node would listen on.
type wantedPort struct {
	setting string // as people know it
	network string // tcp or udp
	host    string
	port    int
}

func (p wantedPort) String() string {
	return p.network + " " + net.JoinHostPort(p.host, strconv.Itoa(p.port))
}

// diagnosePorts tries what a start would listen on. Only a stopped node's
// ports are free.
func diagnosePorts(cfg Config) (checks []api.Check) {
	wanted, drawn, err := wantedPorts(cfg)
	if err != nil {
		return []api.Check{wrong("port", "set it in courtcircuit.toml", "%v", err)}
	}
	if drawn {
		checks = append(checks, well("port", "the first start draws one and keeps it"))
	}
	for _, p := range wanted {
		checks = append(checks, p.check())
	}
	return checks
}

func (p wantedPort) check() api.Check {
	err := p.tryListen()
	switch {
	case err == nil:
		return well("port", "%s is free, for %s", p, p.setting)
	case errors.Is(err, syscall.EADDRINUSE):
		holder := "another program"
		if by := holderOf(p.network, p.port); by != "" {
			holder = by
		}
		return wrong("port", fmt.Sprintf("stop what holds it, or set %s to another port", p.setting), "%s is taken, by %s", p, holder)
	case errors.Is(err, fs.ErrPermission):
		return wrong("port", "ports below 1024 need a permission: courtcircuit service print --low-ports, or setcap cap_net_bind_service=+ep on the program",
			"%s is not allowed to this user, for %s", p, p.setting)
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return wrong("port", fmt.Sprintf("set %s to an address of this machine", p.setting), "%s is no address of this machine", p)
	default:
		return wrong("port", fmt.Sprintf("set %s in courtcircuit.toml", p.setting), "%s cannot be listened on: %v", p, err)
	}
}

func (p wantedPort) tryListen() error {
	address := net.JoinHostPort(p.host, strconv.Itoa(p.port))
	if p.network == "udp" {
		c, err := net.ListenPacket("udp", address)
		if err != nil {
			return err
		}
		return c.Close()
	}
	l, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	return l.Close()
}

// wantedPorts are those that are fixed, by settings or by an earlier start;
// drawn says that there are others still to be drawn.
func wantedPorts(cfg Config) (wanted []wantedPort, drawn bool, err error) {
	remembered, err := readPort(cfg.Home)
	if err != nil {
		return nil, false, err
	}
	for _, s := range cfg.Listen {
		a, err := multiaddr.NewMultiaddr(s)
		if err != nil {
			return nil, false, fmt.Errorf("listen %q: %w", s, err)
		}
		p, ok := portOfListen(a)
		if !ok {
			continue
		}
		if p.port == 0 {
			p.port = remembered
		}
		if p.port == 0 {
			drawn = true
			continue
		}
		wanted = append(wanted, p)
	}
	for _, door := range []struct{ setting, address string }{{"http", cfg.HTTP}, {"public", cfg.Public}, {"public_http", cfg.PublicHTTP}} {
		host, port, err := net.SplitHostPort(door.address)
		if err != nil {
			continue // none, or off
		}
		number, err := strconv.Atoi(port)
		if err != nil {
			return nil, false, fmt.Errorf("%s %q: %w", door.setting, door.address, err)
		}
		if number != 0 {
			wanted = append(wanted, wantedPort{door.setting, "tcp", host, number})
		}
	}
	return wanted, drawn, nil
}

func portOfListen(a multiaddr.Multiaddr) (p wantedPort, ok bool) {
	p.setting = "listen"
	for _, code := range []int{multiaddr.P_IP4, multiaddr.P_IP6} {
		if v, err := a.ValueForProtocol(code); err == nil {
			p.host, ok = v, true
		}
	}
	for code, name := range map[int]string{multiaddr.P_TCP: "tcp", multiaddr.P_UDP: "udp"} {
		if v, err := a.ValueForProtocol(code); err == nil {
			p.network = name
			p.port, err = strconv.Atoi(v)
			ok = ok && err == nil
		}
	}
	return p, ok && p.network != ""
}
