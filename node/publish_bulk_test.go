package node

import (
	"context"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
)

// An import goes by catch-up and not by gossip: of 65 records no message is
// sent, of 64 one each, and both arrive.
func TestBulkIsNotGossiped(t *testing.T) {
	a, _ := runNode(t, loopConfig(t, t.TempDir()))
	b, _ := runNode(t, loopConfig(t, t.TempDir(), a.Addresses()...))
	atA, atB := subscribed(t, a), subscribed(t, b)
	if a.peerCount() == 0 {
		awaitEvent(t, atA, "connection", func(e Event) bool { return e.Type == EventPeerConnected })
	}
	if !b.caughtUp() {
		awaitEvent(t, atB, "first catch-up", func(e Event) bool { return e.Type == EventCatchUpDone })
	}
	for _, c := range []struct {
		records, messages int
	}{{maxMessagesPerPublish + 1, 0}, {maxMessagesPerPublish, maxMessagesPerPublish}} {
		wires := make([][]byte, c.records)
		waiting := map[string]bool{}
		for i := range wires {
			wires[i] = profileWire(t, "test", newPerson(t), time.Now())
			waiting[recordIDOf(t, wires[i]).String()] = true
		}
		sent, bulk := valueOf(t, a.metrics.gossipPublished), a.metrics.limits.all()[boundGossipBulk]
		fetched := 0
		arrivals := subscribed(t, b)
		if err := a.PublishRecords(context.Background(), wires); err != nil {
			t.Fatal(err)
		}
		awaitEvent(t, arrivals, "all records", func(e Event) bool {
			if e.Type == EventRecordStored {
				delete(waiting, e.RecordID)
			}
			if e.Type == EventCatchUpDone {
				fetched += e.Received
			}
			return len(waiting) == 0 && (c.messages > 0 || fetched == c.records)
		})
		if got := valueOf(t, a.metrics.gossipPublished) - sent; got != float64(c.messages) {
			t.Errorf("%d records: %g messages, %d expected", c.records, got, c.messages)
		}
		if got := a.metrics.limits.all()[boundGossipBulk] - bulk; (got == 1) != (c.messages == 0) {
			t.Errorf("%d records: the bound counted %d times", c.records, got)
		}
	}
}

func valueOf(t *testing.T, c prometheus.Counter) float64 {
	t.Helper()
	var m dto.Metric
	if err := c.Write(&m); err != nil {
		t.Fatal(err)
	}
	return m.GetCounter().GetValue()
}
