package protocol

// DismissalDraft ends, by the collective, the membership of a person granted
// up to issuedAtMillis.
func DismissalDraft(person Identity, issuedAtMillis int64) Draft {
	return Draft{Kind: KindDismissal, Slot: person[:], About: &person, IssuedAtMillis: issuedAtMillis, BodyVersion: currentBodyVersion}
}

// ErasureDraft ends everything signed by or about its signer up to
// issuedAtMillis. The grant is repeated for the tier it gives.
func ErasureDraft(g *Grant, issuedAtMillis int64) Draft {
	return Draft{Kind: KindErasure, Grant: g, IssuedAtMillis: issuedAtMillis, BodyVersion: currentBodyVersion}
}

// SuccessionDraft keeps an identity's newest key known for ten years.
func SuccessionDraft(g *Grant, issuedAtMillis int64) Draft {
	return Draft{Kind: KindSuccession, Grant: g, IssuedAtMillis: issuedAtMillis, BodyVersion: currentBodyVersion}
}

// Voids says whether a record ends the membership that a grant gave a person:
// a dismissal of that person by that collective, or an erasure by either of
// them, not older than the grant. A dismissal whose tombstone stands ends
// nothing any more. It reads the header alone, like Erases, and does not ask
// whether the record itself is live.
func (h *Header) Voids(g *Grant, person Identity) bool {
	if h.IssuedAtMillis < g.IssuedAtMillis {
		return false
	}
	signer, collective := h.Signer.Identity(), g.Collective.Identity()
	switch h.Kind {
	case KindDismissal:
		return !h.IsTombstone() && checkRole(h) == nil && signer == collective && *h.About == person
	case KindErasure:
		return signer == collective || signer == person
	default:
		return false
	}
}

// Erases says whether an erasure covers a record: signed by or about the
// erased identity, not newer, and not itself a succession or an erasure. An
// erasure with body version 0 erases too: it cannot be taken back.
func (h *Header) Erases(target *Header) bool {
	if h.Kind != KindErasure || target.Kind.ends() || target.IssuedAtMillis > h.IssuedAtMillis {
		return false
	}
	id := h.Signer.Identity()
	return target.Signer.Identity() == id || (target.About != nil && *target.About == id)
}
