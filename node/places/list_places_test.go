package places

import "testing"

func TestEach(t *testing.T) {
	g := gazetteer(t)
	var list []Place
	for p := range g.Each {
		list = append(list, p)
	}
	if len(list) != len(g.rows) {
		t.Fatalf("%d places of %d", len(list), len(g.rows))
	}
	for _, row := range []int{0, 1, 20_000, 35_013, 35_014, len(list) - 1} {
		if got, want := list[row], g.place(uint32(row)); got.Name != want.Name || got.Lat != want.Lat || got.Population != want.Population {
			t.Errorf("row %d: %+v, want %+v", row, got, want)
		}
	}
	abroad := false
	for _, p := range list {
		if abroad && p.Country == "FR" {
			t.Fatalf("%s comes after foreign places", p.Name)
		}
		abroad = p.Country != "FR"
	}
}

// A reader that has enough is not called again: ranging would panic.
func TestEachStops(t *testing.T) {
	g, seen := gazetteer(t), 0
	for range g.Each {
		if seen++; seen == 3 {
			break
		}
	}
	if seen != 3 {
		t.Errorf("%d places seen, want 3", seen)
	}
}
