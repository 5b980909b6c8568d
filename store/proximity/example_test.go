package proximity_test

import (
	"fmt"
	"slices"

	"courtcircuit/store/proximity"
)

// Two people in Paris and one in Lyon, of whom two know skill 7, asked for
// from Lyon.
func Example() {
	x, err := proximity.Build(slices.Values([]proximity.Document{
		{ID: proximity.ID{1}, Lat: 4886, Lon: 235, Skills: []uint64{7}, Expiry: 600_000},
		{ID: proximity.ID{2}, Lat: 4886, Lon: 235, Skills: []uint64{8}, Expiry: 600_000},
		{ID: proximity.ID{3}, Lat: 4576, Lon: 484, Skills: []uint64{7, 8}, Expiry: 600_000},
	}))
	if err != nil {
		fmt.Println(err)
		return
	}
	it, err := x.Iterate(proximity.Query{
		LatDegrees: 45.76, LonDegrees: 4.84, RadiusMeters: -1, Skills: []uint64{7}, Hour: 500_000, Today: 20_833, Day: 20_833,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer it.Close()
	for {
		hit, ok := it.Next()
		if !ok {
			break
		}
		fmt.Printf("%d at %.0f km\n", hit.ID[0], hit.Meters/1000)
	}
	// Output:
	// 3 at 0 km
	// 1 at 392 km
}
