package node

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"courtcircuit/protocol"
	"courtcircuit/store"
)

// metrics holds the counters of one node in a registry of its own: several
// nodes may live in one process. Labels are few fixed words, never what a
// peer chose.
type metrics struct {
	registry *prometheus.Registry
	limits   *limitCounts

	ingested     *prometheus.CounterVec // source, outcome
	ingestErrors *prometheus.CounterVec // source

	gossipAccepted, gossipRejected, gossipPublished prometheus.Counter
	gossipIgnored                                   *prometheus.CounterVec // reason
	gossipOverflow, gossipSendDropped               prometheus.Counter
	publishErrors                                   prometheus.Counter

	syncs                         *prometheus.CounterVec // reason, result
	syncRounds                    prometheus.Histogram
	syncRefused                   *prometheus.CounterVec // reason
	lastCatchUp                   prometheus.Gauge
	clockSkew                     prometheus.Counter
	streamsServed, streamsRefused *prometheus.CounterVec // stream

	dials            *prometheus.CounterVec // result
	peerFaults       *prometheus.CounterVec // what
	cutOff           *prometheus.CounterVec // why
	extraConnections prometheus.Counter
	reachable        prometheus.Gauge
}

const metricsPrefix = "courtcircuit_"

func newMetrics(n *Node) *metrics {
	m := &metrics{registry: prometheus.NewRegistry()}
	m.limits = newLimitCounts()
	m.registry.MustRegister(m.limits)
	showLimits(m.registry, n.cfg)
	counter := func(name, help string) prometheus.Counter {
		c := prometheus.NewCounter(prometheus.CounterOpts{Name: metricsPrefix + name, Help: help})
		m.registry.MustRegister(c)
		return c
	}
	counters := func(name, help string, labels ...string) *prometheus.CounterVec {
		c := prometheus.NewCounterVec(prometheus.CounterOpts{Name: metricsPrefix + name, Help: help}, labels)
		m.registry.MustRegister(c)
		return c
	}
	gauge := func(name, help string) prometheus.Gauge {
		g := prometheus.NewGauge(prometheus.GaugeOpts{Name: metricsPrefix + name, Help: help})
		m.registry.MustRegister(g)
		return g
	}
	m.ingested = counters("records_ingested_total", "Records given to the store, by way and outcome.", "source", "outcome")
	m.ingestErrors = counters("ingest_errors_total", "Batches that the store refused.", "source")
	m.gossipAccepted = counter("gossip_accepted_total", "Gossiped records that were new and forwarded.")
	m.gossipRejected = counter("gossip_rejected_total", "Gossiped messages that blame their sender.")
	m.gossipIgnored = counters("gossip_ignored_total", "Gossiped messages not forwarded, nobody's fault.", "reason")
	m.gossipPublished = counter("gossip_published_total", "Own records gossiped.")
	m.gossipOverflow = counter("gossip_overflow_total", "Gossiped records that found no room in a queue here; catch-up brings them.")
	m.gossipSendDropped = counter("gossip_send_dropped_total", "Messages to peers that found no room in their queue.")
	m.publishErrors = counter("gossip_publish_errors_total", "Own records that gossip did not take.")
	m.syncs = counters("catch_up_total", "Catch-up sessions asked for by this node.", "reason", "result")
	m.syncRounds = prometheus.NewHistogram(prometheus.HistogramOpts{
		Name: metricsPrefix + "catch_up_rounds", Help: "Reconciliation rounds of a session.", Buckets: prometheus.ExponentialBuckets(1, 2, 12),
	})
	m.registry.MustRegister(m.syncRounds)
	m.syncRefused = counters("catch_up_refused_total", "Headers not taken in catch-up.", "reason")
	m.lastCatchUp = gauge("catch_up_last_timestamp_seconds", "When a catch-up was completed last.")
	m.clockSkew = counter("catch_up_clock_skew_total", "Sessions ended because clocks are over an hour apart.")
	m.streamsServed = counters("streams_served_total", "Streams answered.", "stream")
	m.streamsRefused = counters("streams_refused_total", "Streams refused because all slots were taken.", "stream")
	m.dials = counters("dials_total", "Dials of the connect loop.", "result")
	m.peerFaults = counters("peer_faults_total", "Faults that a peer's bytes prove, outside gossip.", "what")
	m.cutOff = counters("peers_cut_off_total", "Peers disconnected for an hour.", "why")
	m.extraConnections = counter("extra_connections_total", "Connections closed because the peer had enough.")
	m.reachable = gauge("reachable", "1 reachable from outside, -1 not, 0 not known.")
	m.observe(n)
	return m
}

// observe adds what is read when somebody asks.
func (m *metrics) observe(n *Node) {
	read := func(name, help string, value func() float64) {
		m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: metricsPrefix + name, Help: help}, value))
	}
	read("peers", "Connected peers of this network.", func() float64 { return float64(n.peerCount()) })
	read("caught_up", "1 once a catch-up was completed since the start, or there was never a peer.", func() float64 {
		if n.store != nil && n.caughtUp() {
			return 1
		}
		return 0
	})
	read("catch_up_waiting", "Sessions waiting or running.", func() float64 { return float64(n.syncs.waiting()) })
	read("gossip_waiting", "Gossiped records waiting to be stored.", func() float64 { return float64(len(n.gossip.received)) })
	read("gossip_score_lowest", "Score of the worst peer, 0 when none is below it; under -120 a peer is cut off.", n.lowestScore)
	read("events_dropped", "Events that slow subscribers missed.", func() float64 { return float64(n.events.dropped.Load()) })
	read("disk_free_bytes", "Free on the disk of the replica, when last looked at.", func() float64 { return float64(n.storeStats().FreeBytes) })
	read("replica_bytes", "Of the replica's files, which Badger looks at once a minute.", func() float64 { return float64(n.storeStats().Bytes) })
	read("uptime_seconds", "Since the start.", func() float64 { return time.Since(n.started).Seconds() })
	m.observeCards(n)
	m.registry.MustRegister(&recordCounts{n: n})
	m.registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
}

// observeCards adds how the cache of cards does.
func (m *metrics) observeCards(n *Node) {
	cards := func(name, help string, value func(store.CardStats) float64) {
		m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: metricsPrefix + name, Help: help}, func() float64 {
			if n.store == nil {
				return 0
			}
			return value(n.store.Stats().Cards)
		}))
	}
	cards("cards_kept", "Cards kept ready to be found again.", func(s store.CardStats) float64 { return float64(s.Cards) })
	cards("cards_kept_bytes", "What they take, as estimated.", func(s store.CardStats) float64 { return float64(s.Bytes) })
	cards("cards_kept_hits", "Cards found that were kept.", func(s store.CardStats) float64 { return float64(s.Hits) })
	cards("cards_kept_misses", "Cards found that had to be read.", func(s store.CardStats) float64 { return float64(s.Misses) })
	cards("cards_kept_evictions", "Cards given up for lack of room.", func(s store.CardStats) float64 { return float64(s.Evictions) })
	cards("cards_kept_outrun", "Cards read and not kept, because a commit came meanwhile.", func(s store.CardStats) float64 { return float64(s.Outrun) })
	file := func(name, help string, value func(store.CardFileStats) float64) {
		cards("cards_file_"+name, help, func(s store.CardStats) float64 { return value(s.File) })
	}
	file("cards", "Cards that the file beside the replica keeps ready.", func(s store.CardFileStats) float64 { return float64(s.Cards) })
	file("bytes", "Of that file.", func(s store.CardFileStats) float64 { return float64(s.Bytes) })
	file("hits", "Cards found that the file had.", func(s store.CardFileStats) float64 { return float64(s.Hits) })
	file("misses", "Cards found that were read from the database.", func(s store.CardFileStats) float64 { return float64(s.Misses) })
	file("replaced", "Cards that gave their room in the file to others.", func(s store.CardFileStats) float64 { return float64(s.Replaced) })
	file("refused", "Cards that the file did not take, for lack of room or because writing failed.", func(s store.CardFileStats) float64 { return float64(s.Refused) })
	file("faults", "Slots of the file that did not hold what was written.", func(s store.CardFileStats) float64 { return float64(s.Faults) })
}

// storeStats are those of the replica once it is open.
func (n *Node) storeStats() store.Stats {
	if n.store == nil {
		return store.Stats{}
	}
	return n.store.Stats()
}

// recordCounts reports the live records by kind.
type recordCounts struct{ n *Node }

var recordCountDesc = prometheus.NewDesc(metricsPrefix+"records", "Live records with a body.", []string{"kind"}, nil)

// Describe is part of prometheus.Collector.
func (*recordCounts) Describe(out chan<- *prometheus.Desc) { out <- recordCountDesc }

// Collect is part of prometheus.Collector. Kinds that this version does not
// know share a label: peers choose their numbers.
func (r *recordCounts) Collect(out chan<- prometheus.Metric) {
	if r.n.store == nil {
		return
	}
	byLabel := map[string]int{}
	for kind, count := range r.n.store.Counts(time.Now()) {
		byLabel[kindLabel(kind)] += count
	}
	for label, count := range byLabel {
		out <- prometheus.MustNewConstMetric(recordCountDesc, prometheus.GaugeValue, float64(count), label)
	}
}

func kindLabel(k protocol.Kind) string {
	if k.Known() {
		return k.String()
	}
	return "other"
}
