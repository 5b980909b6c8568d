package node

import (
	"context"
	"strings"
	"testing"

	"courtcircuit/node/card"
)

func TestOnlyDraftsAreDeleted(t *testing.T) {
	n, other := namedNode(t), namedNode(t)
	ctx := context.Background()
	draft, err := n.PostMission(ctx, brochure(), false)
	if err != nil {
		t.Fatal(err)
	}
	public, err := n.PostMission(ctx, brochure(), true)
	if err != nil {
		t.Fatal(err)
	}
	if err := n.DeleteMission(ctx, draft.ID); err != nil {
		t.Fatal(err)
	}
	_, err = n.Mission(ctx, draft.ID)
	wantProblem(t, err, card.NotFound, "id")
	wantProblem(t, n.DeleteMission(ctx, draft.ID), card.NotFound, "id")
	p := wantProblem(t, n.DeleteMission(ctx, public.ID), card.Conflict, "status")
	if !strings.Contains(p.Detail, "mission close "+public.ID) {
		t.Errorf("%q does not say what to do", p.Detail)
	}
	if m, err := n.Mission(ctx, public.ID); err != nil || m.Status != statusOpen {
		t.Error(err, m)
	}
	feed(t, other, wiresOf(t, n)...)
	wantProblem(t, other.DeleteMission(ctx, public.ID), card.Forbidden, "")
	wantProblem(t, n.DeleteMission(ctx, "abc"), card.NotFound, "id")
}
