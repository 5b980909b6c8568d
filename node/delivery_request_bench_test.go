package node

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"courtcircuit/node/card"
	"courtcircuit/protocol"
)

// BenchmarkDeliveryFromRequest measures from the POST of a new card, and from the
// PUT of its next version, at one of two idle nodes until a search at the other finds it;
// beside each, in turn, the same card's bytes over gossipsub alone, and durable
// commits at the publisher: of a stranger's first card, and of the next version of
// a member's, which is what a PUT commits. answered is when the request had its answer.
func BenchmarkDeliveryFromRequest(b *testing.B) {
	from, to := nodePair(b)
	if _, err := from.Init(b.Context(), card.Collective{Name: "Les Indés", Place: card.Place{Text: "Toulouse"}, Languages: []string{"fr"}}); err != nil {
		b.Fatal(err)
	}
	raw, base := newRawPair(b, nil), searchDoor(b, from)
	time.Sleep(3 * time.Second) // until the meshes have formed; not part of the measurement
	took := map[string][]time.Duration{}
	n := 0
	events := subscribed(b, to)
	member := sendCard(b, base, "", "graphisme")
	for b.Loop() {
		id := "" // of the card, once it is published
		for _, what := range []string{"new", "edited"} {
			n++
			skill := fmt.Sprintf("savoir %d", n)
			wire := skilledWire(b, skill)
			began := time.Now()
			raw.deliver(b, wire)
			took["raw"] = append(took["raw"], time.Since(began))
			for commit, wire := range map[string][]byte{"commit": skilledWire(b, "graphisme"), "commit-of-edited": nextVersion(b, from, member, skill)} {
				took[commit] = append(took[commit], commitTook(b, from, wire))
			}

			began = time.Now()
			answered := make(chan time.Duration, 1)
			go func() {
				id = sendCard(b, base, id, skill)
				answered <- time.Since(began)
			}()
			awaitFound(b, to, events, skill)
			took[what] = append(took[what], time.Since(began))
			took[what+"-answered"] = append(took[what+"-answered"], <-answered)
		}
	}
	for what, all := range took {
		slices.Sort(all)
		b.ReportMetric(float64(all[len(all)/2].Nanoseconds())/1000, what+"-p50-µs")
	}
}

// sendCard publishes a new card, or the next version of one, and gives its id.
func sendCard(b *testing.B, base, id, skill string) string {
	method, address := http.MethodPost, strings.TrimSuffix(base, "?")
	if id != "" {
		method, address = http.MethodPut, address+"/"+id
	}
	body := fmt.Sprintf(`{"name":"Camille Moreau","place":"Toulouse","languages":["fr"],"skills":[%q]}`, skill)
	req, err := http.NewRequest(method, address, strings.NewReader(body))
	if err != nil {
		b.Error(err)
		return ""
	}
	req.Header.Set("Authorization", "Bearer "+strings.Repeat("t", 32))
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		b.Error(err)
		return ""
	}
	defer res.Body.Close()
	var done struct{ ID string }
	if err := json.NewDecoder(res.Body).Decode(&done); err != nil || res.StatusCode/100 != 2 || done.ID == "" {
		b.Errorf("%s %s: %s, %v", method, address, res.Status, err)
	}
	return done.ID
}

// nextVersion seals a version of a member's card as a PUT does.
func nextVersion(b *testing.B, n *Node, id, skill string) []byte {
	b.Helper()
	now := n.now()
	rec, body, err := n.recordOf(protocol.KindProfile, identityOf(b, id), now)
	if err != nil {
		b.Fatal(err)
	}
	person, err := n.heldMember(identityOf(b, id))
	if err != nil {
		b.Fatal(err)
	}
	collective, _ := n.keys.Collective()
	next := *body.(*protocol.Profile)
	next.Skills = []string{skill + " ou autre"}
	sealed, err := n.sealProfile(collective, person, rec, &next, now)
	if err != nil {
		b.Fatal(err)
	}
	return sealed.Record().Wire()
}

// commitTook is how long one record takes until it is on the disk.
func commitTook(b *testing.B, n *Node, wire []byte) time.Duration {
	b.Helper()
	vs, err := n.openOwn([][]byte{wire})
	if err != nil {
		b.Fatal(err)
	}
	began := time.Now()
	ingestAll(b, n, vs, sourceLocal)
	return time.Since(began)
}

// awaitFound waits until a search by a skill finds one card.
func awaitFound(b *testing.B, n *Node, events *Subscription, skill string) {
	b.Helper()
	awaitEvent(b, events, "record", func(e Event) bool {
		page, err := n.SearchProfiles(context.Background(), card.Search{Near: "Toulouse", Skills: []string{skill}})
		return err == nil && len(page.Results) == 1
	})
}
