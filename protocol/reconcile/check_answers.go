package reconcile

// checkAnswers proves that the ranges of a reply answer what was asked and bring the session forward. Both lists
// are ascending and without overlap, the ranges of the reply without gaps (readRanges saw to that).
//
//   - a skip covers an asked range wholly or not at all, and never one whose ids were asked for: only a fingerprint
//     can be the same;
//   - a list lies inside one asked range;
//   - a fingerprint lies inside one asked range, whose ids were not asked for, and is not all of it: that would be
//     asking back, and could go on for ever;
//   - the reply reaches beyond the start of the first asked range.
func checkAnswers(asked []pendingRange, ranges []frameRange) error {
	if end := ranges[len(ranges)-1].hi; len(asked) > 0 && end.Compare(asked[0].lo) <= 0 {
		return violation("reply answers nothing")
	}
	for i, answer := range ranges {
		for len(asked) > 0 && asked[0].hi.Compare(answer.lo) <= 0 {
			asked = asked[1:]
		}
		if answer.kind == kindSkip {
			if err := checkSkip(asked, answer); err != nil {
				return err
			}
			continue
		}
		if len(asked) == 0 || answer.lo.Compare(asked[0].lo) < 0 || answer.hi.Compare(asked[0].hi) > 0 {
			return violation("range %d lies outside what was asked", i)
		}
		if answer.kind == kindFingerprint {
			if asked[0].mode == askList {
				return violation("range %d is a fingerprint where ids were asked", i)
			}
			if answer.lo == asked[0].lo && answer.hi == asked[0].hi {
				return violation("range %d asks back", i)
			}
		}
	}
	return nil
}

// checkSkip checks a skip against the asked ranges that end after its start.
func checkSkip(asked []pendingRange, skip frameRange) error {
	for _, a := range asked {
		if a.lo.Compare(skip.hi) >= 0 {
			return nil
		}
		if a.lo.Compare(skip.lo) < 0 || a.hi.Compare(skip.hi) > 0 {
			return violation("skip ends or starts inside an asked range")
		}
		if a.mode == askList {
			return violation("skip where ids were asked")
		}
	}
	return nil
}
