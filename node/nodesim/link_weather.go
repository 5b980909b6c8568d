package nodesim

import (
	"hash/fnv"
	"math/rand/v2"
	"net"
	"sync"
	"time"

	"github.com/marcopolo/simnet"
)

// Weather is how the links of the internet behave. The zero value is no link
// at all; calm is what New starts with.
type Weather struct {
	OneWay time.Duration // of a packet, before Jitter
	Uneven bool          // each direction of each link has its own, half to one and a half of OneWay
	Jitter time.Duration // at most; packets overtake one another
	Loss   float64       // share of packets that never arrive
}

var calm = Weather{OneWay: oneWayLatency}

// nowhere is an address at which no host listens.
var nowhere = &net.UDPAddr{IP: net.IPv4(10, 255, 255, 255), Port: 1}

type linkWeather struct {
	mu   sync.Mutex
	now  Weather
	draw *rand.Rand
}

// SetWeather changes the links from the next packet on.
func (nw *Network) SetWeather(w Weather) {
	nw.weather.mu.Lock()
	nw.weather.now = w
	nw.weather.mu.Unlock()
}

// delay is asked once for each packet; a lost one is sent where nobody is,
// since the simulated internet has no other way to lose it.
func (l *linkWeather) delay(p *simnet.Packet) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	d := l.now.OneWay
	if l.now.Uneven {
		h := fnv.New32a()
		h.Write([]byte(p.From.String() + ">" + p.To.String()))
		d = d/2 + d*time.Duration(h.Sum32()%1000)/1000
	}
	if l.now.Jitter > 0 {
		d += time.Duration(l.draw.Int64N(int64(l.now.Jitter)))
	}
	if l.now.Loss > 0 && l.draw.Float64() < l.now.Loss {
		p.To = nowhere
	}
	return d
}
