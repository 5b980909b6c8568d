package listener

import (
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// Proxies are the networks whose word about their clients is taken. The zero
// value trusts nobody: the peer of the connection is the client.
type Proxies struct {
	trusted []netip.Prefix
}

// LoopbackProxies trusts programs on this machine.
func LoopbackProxies() Proxies {
	return Proxies{[]netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}}
}

// ParseProxies reads addresses and networks, such as 127.0.0.1 and 10.0.0.0/8.
func ParseProxies(list []string) (Proxies, error) {
	var p Proxies
	for _, s := range list {
		prefix, err := parseProxy(s)
		if err != nil {
			return Proxies{}, fmt.Errorf("trusted proxy %q: %w", s, err)
		}
		p.trusted = append(p.trusted, prefix)
	}
	return p, nil
}

func parseProxy(s string) (netip.Prefix, error) {
	prefix, err := netip.ParsePrefix(s)
	if err != nil {
		addr, err := netip.ParseAddr(s)
		if err != nil || addr.Zone() != "" {
			return netip.Prefix{}, errors.New("an address or a network such as 127.0.0.1 or 10.0.0.0/8 expected")
		}
		addr = addr.Unmap()
		return netip.PrefixFrom(addr, addr.BitLen()), nil
	}
	if prefix.Addr().Is4In6() {
		prefix = netip.PrefixFrom(prefix.Addr().Unmap(), prefix.Bits()-96) // invalid where it holds more than IPv4
	}
	if !prefix.IsValid() || prefix.Bits() == 0 {
		// With everybody trusted nobody is the client, and the entry that
		// counts is one that a visitor wrote.
		return netip.Prefix{}, errors.New("this trusts everybody, who could then be anybody; name the proxy's own network")
	}
	return prefix.Masked(), nil
}

// Trusts says whether the proxy at this address is believed.
func (p Proxies) Trusts(address string) bool {
	addr, ok := parseHop(address)
	return ok && p.trusts(addr)
}

func (p Proxies) trusts(a netip.Addr) bool {
	return slices.ContainsFunc(p.trusted, func(t netip.Prefix) bool { return t.Contains(a) })
}

// client tells who asked, and whether over TLS to us or to the proxy. Each
// proxy appends whom it was asked by, so that the right-most entry that is no
// proxy of ours is the last that a stranger could not write.
func (p Proxies) client(r *http.Request) (addr netip.Addr, https bool) {
	peer, _ := parseHop(r.RemoteAddr)
	if !p.trusts(peer) {
		return peer, r.TLS != nil
	}
	plain := p.walk(r.Header.Values("X-Forwarded-For"), peer, parseHop)
	standard := p.walk(r.Header.Values("Forwarded"), peer, forwardedFor)
	switch {
	case len(r.Header.Values("Forwarded")) == 0:
		addr = plain
	case len(r.Header.Values("X-Forwarded-For")) == 0, plain == standard:
		addr = standard
	default:
		// A proxy writes one of the two and hands on the other as the visitor
		// sent it. Which one it is cannot be told from here, so neither counts.
		// Such visitors are one client of their own: counted as the proxy they
		// would use up what its health checks may ask, and pass for a program
		// on this machine.
		addr = netip.Addr{}
	}
	return addr, r.TLS != nil || forwardedScheme(r.Header) == "https"
}

// maxHops bounds the walk: nobody has more proxies in a row.
const maxHops = 32

// walk goes from the right to the first hop that is not trusted. What cannot
// be read ends it at the hop that handed it on.
func (p Proxies) walk(headers []string, peer netip.Addr, read func(string) (netip.Addr, bool)) netip.Addr {
	rest, hop := strings.Join(headers, ","), peer
	for range maxHops {
		i := strings.LastIndexByte(rest, ',')
		addr, ok := read(rest[i+1:])
		if !ok {
			return hop
		}
		hop = addr
		if i < 0 || !p.trusts(hop) {
			return hop
		}
		rest = rest[:i]
	}
	return peer
}

// parseHop reads 192.0.2.1, 192.0.2.1:80, 2001:db8::1 and [2001:db8::1]:80.
// Zones are cut off: they are this machine's names for its cables.
func parseHop(s string) (netip.Addr, bool) {
	s = strings.TrimSpace(s)
	addr, err := netip.ParseAddr(s)
	if err != nil {
		if inner, ok := strings.CutPrefix(s, "["); ok && strings.HasSuffix(inner, "]") {
			addr, err = netip.ParseAddr(strings.TrimSuffix(inner, "]"))
			if err == nil && !addr.Is6() {
				return netip.Addr{}, false
			}
		} else {
			var withPort netip.AddrPort
			withPort, err = netip.ParseAddrPort(s)
			addr = withPort.Addr()
		}
	}
	if err != nil {
		return netip.Addr{}, false
	}
	return addr.Unmap().WithZone(""), true
}

// forwardedFor reads the hop of one element of a Forwarded header (RFC 7239).
func forwardedFor(element string) (netip.Addr, bool) { return parseHop(parameter(element, "for")) }

// forwardedScheme is what the trusted peer itself wrote, the last value: those
// before it came from further away.
func forwardedScheme(h http.Header) string {
	if values := h.Values("X-Forwarded-Proto"); len(values) > 0 {
		return strings.ToLower(strings.TrimSpace(lastOf(values)))
	}
	return strings.ToLower(parameter(lastOf(h.Values("Forwarded")), "proto"))
}

func lastOf(values []string) string {
	joined := strings.Join(values, ",")
	return joined[strings.LastIndexByte(joined, ',')+1:]
}

// parameter finds name=value among pairs joined by semicolons.
func parameter(element, name string) string {
	for pair := range strings.SplitSeq(element, ";") {
		key, value, _ := strings.Cut(pair, "=")
		if strings.EqualFold(strings.TrimSpace(key), name) {
			return strings.Trim(strings.TrimSpace(value), `"`)
		}
	}
	return ""
}

// clientKey is what the bounds count by. Whoever has one IPv6 address has all
// of its /64 to choose from.
func clientKey(a netip.Addr) netip.Prefix {
	bits := a.BitLen()
	if a.Is6() {
		bits = 64
	}
	key, err := a.Prefix(bits)
	if err != nil {
		return netip.Prefix{} // a peer without an address: all of them are one client
	}
	return key
}
