package places

// Each yields every place once, as an iter.Seq: French communes and arrondissements first, then foreign
// towns, in the order of the data. It stops when yield says so.
func (g *Gazetteer) Each(yield func(Place) bool) {
	for row := range g.rows {
		if !yield(g.place(uint32(row))) {
			return
		}
	}
}
