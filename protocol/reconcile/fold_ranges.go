package reconcile

// prints gives the fingerprints that a view has of the ranges of a frame that carry one, in their order. They are
// folded together, in one walk over the view, up to a bound at a time.
type prints struct {
	view   Set
	ranges []frameRange // not folded yet
	parts  []Part
}

// foldTogether bounds what is folded ahead: a frame that is soon full answers no more of what was asked.
const foldTogether = 512

func printsOf(view Set, ranges []frameRange) *prints { return &prints{view: view, ranges: ranges} }

// next returns the fingerprint of the next such range, and how many items it holds.
func (p *prints) next() (fingerprint, int) {
	if len(p.parts) == 0 {
		p.fold()
	}
	part := p.parts[0]
	p.parts = p.parts[1:]
	return fingerprintOf(part.Sum, part.Count), part.Count
}

func (p *prints) fold() {
	bounds := make([]Bound, 0, foldTogether+1)
	var wanted []int // which of the parts between the bounds are ranges with a fingerprint
	for len(p.ranges) > 0 && len(wanted) < foldTogether {
		r := p.ranges[0]
		p.ranges = p.ranges[1:]
		if r.kind != kindFingerprint {
			continue
		}
		if len(bounds) == 0 || bounds[len(bounds)-1] != r.lo {
			bounds = append(bounds, r.lo)
		}
		wanted = append(wanted, len(bounds)-1)
		bounds = append(bounds, r.hi)
	}
	parts := p.view.FoldParts(bounds)
	for _, at := range wanted {
		p.parts = append(p.parts, parts[at])
	}
}
