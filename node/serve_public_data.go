package node

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/multiformats/go-multiaddr"
	manet "github.com/multiformats/go-multiaddr/net"
	"github.com/prometheus/client_golang/prometheus"

	"courtcircuit/node/card"
	"courtcircuit/node/httpapi"
	"courtcircuit/node/httpapi/api"
	"courtcircuit/protocol"
)

// maxPublicStreams leaves the coordinator's own readers their places among
// all subscriptions, however many strangers follow the events.
var maxPublicStreams = maxEventSubscriptions - httpapi.DefaultConfig().MaxStreams

// publicBackend answers the world. Whatever is not to be known is left out
// here, at the last place that sees the node's own shapes.
type publicBackend struct{ httpBackend }

// Info leaves out the addresses inside of the collective's own network.
func (b publicBackend) Info(ctx context.Context) (api.Info, error) {
	info, err := b.httpBackend.Info(ctx)
	info.Addresses = slices.DeleteFunc(info.Addresses, func(s string) bool { return !isWorldAddress(s) })
	return info, err
}

// searchTimeout ends a stranger's search: with words in it, cards are read one
// after the other, and without an end until there are no more.
const searchTimeout = 3 * time.Second

// SearchProfiles ends with searchTimeout.
func (b publicBackend) SearchProfiles(ctx context.Context, s card.Search) (card.Page[card.FoundProfile], error) {
	ctx, cancel := context.WithTimeout(ctx, searchTimeout)
	defer cancel()
	return b.httpBackend.SearchProfiles(ctx, s)
}

// SearchMissions ends with searchTimeout.
func (b publicBackend) SearchMissions(ctx context.Context, s card.Search) (card.Page[card.FoundMission], error) {
	ctx, cancel := context.WithTimeout(ctx, searchTimeout)
	defer cancel()
	return b.httpBackend.SearchMissions(ctx, s)
}

// SearchCollectives ends with searchTimeout.
func (b publicBackend) SearchCollectives(ctx context.Context, s card.Search) (card.Page[card.FoundCollective], error) {
	ctx, cancel := context.WithTimeout(ctx, searchTimeout)
	defer cancel()
	return b.httpBackend.SearchCollectives(ctx, s)
}

// isWorldAddress takes names for public, as whoever announces one means it,
// except those that only a local network resolves.
func isWorldAddress(s string) bool {
	a, err := multiaddr.NewMultiaddr(s)
	if err != nil {
		return false
	}
	for _, code := range []int{multiaddr.P_DNS, multiaddr.P_DNS4, multiaddr.P_DNS6, multiaddr.P_DNSADDR} {
		if name, err := a.ValueForProtocol(code); err == nil {
			return strings.Contains(name, ".") && !strings.HasSuffix(name, ".local")
		}
	}
	return manet.IsPublicAddr(a)
}

// Events passes on what is about public records.
func (b publicBackend) Events(ctx context.Context, lastEventID string) (<-chan api.Event, error) {
	all, err := b.httpBackend.Events(ctx, lastEventID)
	if err != nil {
		return nil, err
	}
	out := make(chan api.Event)
	go func() {
		defer close(out)
		for e := range all {
			if data, ok := e.Data.(Event); !ok || e.Private || !isWorldEvent(data) {
				continue
			}
			select {
			case out <- e:
			case <-ctx.Done():
				return // all ends with ctx, too
			}
		}
	}()
	return out, nil
}

// worldKinds are the records that the world may follow. The others are not
// secret, but who vouches for and reports whom is for those who ask, not to
// be watched as it happens.
var worldKinds = []string{protocol.KindProfile.String(), protocol.KindMission.String(), protocol.KindCollective.String()}

func isWorldEvent(e Event) bool {
	switch e.Type {
	case EventRecordStored, EventRecordRemoved:
		return slices.Contains(worldKinds, e.Kind)
	case EventGap:
		return true // read anew: it says nothing of what was missed
	}
	return false
}

// publicMeter counts by the few words of package listener.
type publicMeter struct{ refused *prometheus.CounterVec }

// Refused is part of listener.Meter.
func (m publicMeter) Refused(bound string) { m.refused.WithLabelValues(bound).Inc() }

func (n *Node) newPublicMeter() publicMeter {
	m := publicMeter{prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: metricsPrefix + "public_refused_total", Help: "Requests and connections at the public listener that a bound refused.",
	}, []string{"bound"})}
	n.metrics.registry.MustRegister(m.refused)
	return m
}

func (n *Node) newCertificateMeter() func(domain string, until time.Time) {
	g := prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Name: metricsPrefix + "certificate_until_seconds", Help: "Unix time until which the certificate holds.",
	}, []string{"domain"})
	n.metrics.registry.MustRegister(g)
	return func(domain string, until time.Time) { g.WithLabelValues(domain).Set(float64(until.Unix())) }
}

// checkPublic is the part of the status about the public page.
func (n *Node) checkPublic() api.Check {
	c := api.Check{Name: "public-page", State: checkOK}
	address, listening := n.PublicPage()
	c.Detail = strings.TrimSpace(address + " " + listening)
	switch {
	case address == "":
		c.State, c.NextStep = checkWarning, "set public_url once it has a name: without it, feeds and search engines get no address"
	case n.public.certs != nil && !n.public.certs.AllHeld():
		c.State, c.Detail = checkFailed, fmt.Sprintf("no certificate so far for %s", strings.Join(n.cfg.Domains, ", "))
		c.NextStep = "check that the name leads to this machine and that ports 80 and 443 are open; the log says what the authority answered"
	}
	return c
}
