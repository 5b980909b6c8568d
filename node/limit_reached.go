package node

import (
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"

	"courtcircuit/node/httpapi/api"
	"courtcircuit/store"
)

// bound names one bound of what peers can make grow, as the counter
// limit_reached_total has it.
type bound string

// Those of Limits, and the fixed ones of config_limits.go.
const (
	boundConnections     bound = "connections"
	boundPeerConnections bound = "connections_per_peer"
	boundAddress         bound = "connections_per_address"
	boundConnects        bound = "connects_per_minute"
	boundStreams         bound = "streams_per_peer"
	boundStreamRate      bound = "streams_per_second"
	boundSyncStreams     bound = "catch_up_streams"
	boundPeerSyncStreams bound = "catch_up_streams_per_peer"
	boundSessions        bound = "catch_up_sessions"
	boundAnswers         bound = "answer_percent"
	boundMemory          bound = "memory_mib"
	boundGossipQueue     bound = "gossip_queue"
	boundGossipWaiting   bound = "gossip_waiting"
	boundRemembered      bound = "remembered_peers"
	boundDisk            bound = "disk_mib"

	boundFreeSpace      bound = "min_free_mib"
	boundStreamsAll     bound = "streams"
	boundGossipBulk     bound = "gossip_messages_per_publish"
	boundPendingSyncs   bound = "pending_catch_ups"
	boundPatience       bound = "catch_up_patience"
	boundMissingBodies  bound = "missing_bodies"
	boundBodyAskers     bound = "body_askers"
	boundRefused        bound = "refused_ids"
	boundUnfit          bound = "unfit_peers"
	boundBlocked        bound = "blocked_peers"
	boundFaulty         bound = "faulty_peers"
	boundWanted         bound = "dials_waiting"
	boundBackoffs       bound = "dial_backoffs"
	boundPeersStreams   bound = "peers_streams"
	boundMessageStreams bound = "message_streams"
	boundEventReaders   bound = "event_subscriptions"
	boundEvents         bound = "event_queue"
)

// fixedBounds are those that no setting changes, in the order of
// docs/operations.md.
var fixedBounds = []bound{
	boundFreeSpace, boundStreamsAll, boundGossipBulk, boundPendingSyncs, boundPatience, boundMissingBodies, boundBodyAskers, boundRefused,
	boundUnfit, boundBlocked, boundFaulty, boundWanted, boundBackoffs, boundPeersStreams, boundMessageStreams, boundEventReaders, boundEvents,
}

// allBounds are all that the counter knows; its labels are these words only.
func allBounds() []bound {
	var all []bound
	for _, f := range limitFields {
		all = append(all, f.bound)
	}
	return append(all, fixedBounds...)
}

// limitCounts counts how often each bound bit. A nil one counts nothing, for
// tests of one part alone.
type limitCounts struct {
	counts map[bound]*atomic.Int64
	store  func() store.Stats // which counts its own; nil before it is open
}

var limitReachedDesc = prometheus.NewDesc(metricsPrefix+"limit_reached_total", "Times that a bound refused, dropped, forgot or put off something.", []string{"limit"}, nil)

func newLimitCounts() *limitCounts {
	c := &limitCounts{counts: map[bound]*atomic.Int64{}}
	for _, b := range allBounds() {
		c.counts[b] = new(atomic.Int64)
	}
	return c
}

func (c *limitCounts) reached(b bound) {
	if c != nil {
		c.counts[b].Add(1)
	}
}

// all gives the counts of every bound, also of those that never bit.
func (c *limitCounts) all() map[bound]int64 {
	out := make(map[bound]int64, len(c.counts))
	for b, count := range c.counts {
		out[b] = count.Load()
	}
	if c.store != nil {
		s := c.store()
		out[boundFreeSpace], out[boundDisk] = s.RefusedFull, s.RefusedOver
	}
	return out
}

// Describe is part of prometheus.Collector.
func (*limitCounts) Describe(out chan<- *prometheus.Desc) { out <- limitReachedDesc }

// Collect is part of prometheus.Collector.
func (c *limitCounts) Collect(out chan<- prometheus.Metric) {
	for b, count := range c.all() {
		out <- prometheus.MustNewConstMetric(limitReachedDesc, prometheus.CounterValue, float64(count), string(b))
	}
}

// showLimits exports what the operator set, beside the counters.
func showLimits(reg prometheus.Registerer, cfg Config) {
	vec := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: metricsPrefix + "limit", Help: "The limits in force, see [limits] of courtcircuit.toml."}, []string{"limit"})
	reg.MustRegister(vec)
	for _, f := range limitFields {
		vec.WithLabelValues(f.name).Set(float64(*f.at(&cfg.Limits)))
	}
	vec.WithLabelValues(string(boundFreeSpace)).Set(float64(max(cfg.MinFreeBytes, 0) >> 20))
}

// countLimits hands the counters to the parts that have no other metrics.
func (n *Node) countLimits() {
	l := n.metrics.limits
	n.events.limits, n.syncs.limits, n.refused.limits, n.missing.limits, n.faults.limits, n.gossip.limits = l, l, l, l, l, l
	n.syncs.most = n.cfg.Limits.CatchUpSessions
	n.answers = newAnswerBudget(n.cfg.Limits.AnswerPercent, l)
}

// limitStates lists all bounds as `status` shows them.
func (n *Node) limitStates() []api.Limit {
	counts := n.metrics.limits.all()
	var out []api.Limit
	for _, f := range limitFields {
		value, byDefault := *f.at(&n.cfg.Limits), f.byDefault
		out = append(out, api.Limit{Name: f.name, Value: &value, Default: &byDefault, Reached: counts[f.bound]})
	}
	for _, b := range fixedBounds {
		out = append(out, api.Limit{Name: string(b), Reached: counts[b]})
	}
	return out
}
