package proximity

import (
	"math"
	"slices"
	"testing"
)

// Whoever travels just as far as to the query's place is found, and whoever
// travels a hair's breadth less is not, under nodes as well as one by one.
func TestReachToItsEdge(t *testing.T) {
	for km := 1; km < 20_000; km += 1 + km/9 {
		docs := make([]Document, 2*leafDocuments)
		for i := range docs {
			docs[i] = Document{ID: ID{byte(i)}, Lon: int32(i / leafDocuments), Reach: uint16(km + 1), Expiry: 1}
		}
		x, err := Build(slices.Values(docs))
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			stretch float64
			found   int
		}{{1 - 1e-9, leafDocuments}, {1 + 1e-9, 0}} {
			q := Query{LonDegrees: -float64(km) * 1000 / EarthRadiusMeters * 180 / math.Pi * c.stretch, RadiusMeters: -1, WithinReach: true}
			if hits, err := x.Near(q, len(docs), nil); err != nil || len(hits) != c.found {
				t.Errorf("%d km, times %v: %d found (%v), expected %d", km, c.stretch, len(hits), err, c.found)
			}
			if n, err := x.Count(q, len(docs)); err != nil || n != c.found {
				t.Errorf("%d km, times %v: counted %d (%v), expected %d", km, c.stretch, n, err, c.found)
			}
		}
	}
}
