package listener

import (
	"net"
	"sync"
)

// Listen bounds the connections of a listener: those that are too many are
// closed at once. Leaving them in the queue of the system, as a limit on
// Accept does, would let whoever opens many shut everybody else out.
func (g *Guard) Listen(l net.Listener) net.Listener {
	return &boundedListener{Listener: l, guard: g}
}

type boundedListener struct {
	net.Listener
	guard *Guard
}

// Accept gives the next connection that is within the bounds.
func (l *boundedListener) Accept() (net.Conn, error) {
	for {
		conn, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		slots := l.guard.connections
		peer, _ := parseHop(conn.RemoteAddr().String())
		if l.guard.cfg.Proxies.trusts(peer) {
			slots = l.guard.proxied // a proxy brings everybody's connections
		}
		client := clientKey(peer)
		if slots.take(client) {
			return &boundedConn{Conn: conn, giveBack: func() { slots.give(client) }}, nil
		}
		l.guard.meter.Refused("connections")
		conn.Close()
	}
}

type boundedConn struct {
	net.Conn
	giveBack func()
	closing  sync.Once
}

// Close gives the place back; servers may close twice.
func (c *boundedConn) Close() error {
	err := c.Conn.Close()
	c.closing.Do(c.giveBack)
	return err
}
