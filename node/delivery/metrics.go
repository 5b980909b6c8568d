package delivery

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// metrics counts messages. Labels are few fixed words, never what a peer chose.
type metrics struct {
	sent     *prometheus.CounterVec // result
	received *prometheus.CounterVec // answer
}

func newMetrics(reg prometheus.Registerer, c *Courier) *metrics {
	const prefix = "courtcircuit_"
	m := &metrics{
		sent: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: prefix + "messages_sent_total", Help: "Tries to send a private message, by what came of them.",
		}, []string{"result"}),
		received: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: prefix + "messages_received_total", Help: "Private messages that came, by the answer they got.",
		}, []string{"answer"}),
	}
	reg.MustRegister(m.sent, m.received,
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: prefix + "outbox_waiting", Help: "Private messages that wait for their recipients."},
			func() float64 { return float64(c.Status().Waiting) }),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: prefix + "outbox_oldest_seconds", Help: "How long the oldest of them waits."},
			func() float64 {
				if s := c.Status(); s.Waiting > 0 {
					return time.Since(s.Oldest).Seconds()
				}
				return 0
			}))
	return m
}
