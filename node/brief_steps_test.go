package node

import (
	"fmt"
	"testing"
	"time"

	"courtcircuit/node/card"
)

// The whole table, written down a second time: what is not in it is refused.
func TestBriefStepTable(t *testing.T) {
	legal := map[string]string{
		"sending>withdraw": "withdrawn", "undeliverable>withdraw": "withdrawn",
		"received>read": "read", "received>propose": "proposed", "received>decline": "declined", "received>withdraw": "withdrawn",
		"read>propose": "proposed", "read>decline": "declined", "read>withdraw": "withdrawn",
		"proposed>propose": "proposed", "proposed>decline": "declined", "proposed>accept": "accepted", "proposed>change": "read", "proposed>withdraw": "withdrawn",
		"accepted>publish": "published", "accepted>return": "read",
	}
	repeated := map[string]bool{
		"read>read": true, "proposed>read": true, "accepted>read": true, "published>read": true, "declined>read": true, "withdrawn>read": true,
		"declined>decline": true, "accepted>accept": true, "published>accept": true, "withdrawn>withdraw": true, "published>publish": true,
	}
	states := []string{
		card.BriefSending, card.BriefReceived, card.BriefRead, card.BriefProposed, card.BriefAccepted, card.BriefPublished,
		card.BriefDeclined, card.BriefWithdrawn, card.BriefUndeliverable, "unknown",
	}
	seen := 0
	for _, from := range states {
		for _, act := range briefActs {
			step := fmt.Sprintf("%s>%s", from, act)
			next, needed, err := nextBrief(from, act)
			want, ok := legal[step]
			switch {
			case ok:
				seen++
				if next != want || !needed || err != nil {
					t.Errorf("%s leads to %s (%t, %v), %s expected", step, next, needed, err, want)
				}
			case repeated[step]:
				seen++
				if next != from || needed || err != nil {
					t.Errorf("%s again: %s, %t, %v", step, next, needed, err)
				}
			default:
				if p := wantProblem(t, err, card.Conflict, "state"); needed || next != from || p.Detail == "" {
					t.Errorf("%s is illegal, but: %s, %t", step, next, needed)
				}
			}
		}
	}
	if seen != len(legal)+len(repeated) {
		t.Errorf("%d steps met, %d written down", seen, len(legal)+len(repeated))
	}
}

// An illegal act leaves a brief as it was.
func TestIllegalActChangesNothing(t *testing.T) {
	now := time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
	for state := range briefSteps {
		for _, act := range briefActs {
			b := brief{State: state, ReceivedAt: now, DeleteAt: now}
			_, needed, illegal := nextBrief(state, act)
			done, err := b.take(act, now.Add(time.Hour), "Lou", "")
			if done != (needed && illegal == nil) || (err != nil) != (illegal != nil) {
				t.Errorf("%s %s: %t, %v", state, act, done, err)
			}
			if changed := b.State != state || len(b.Steps) > 0 || !b.DeleteAt.Equal(now); changed != done {
				t.Errorf("%s %s: done %t, changed %t", state, act, done, changed)
			}
		}
	}
}

func TestStepsAreBounded(t *testing.T) {
	now := time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
	b := newBrief([32]byte{1}, [32]byte{2}, card.BriefForm{}, "", now)
	for i := range 200 {
		if _, err := b.take(actPropose, now.Add(time.Duration(i)*time.Hour), "Lou", ""); err != nil {
			t.Fatal(err)
		}
	}
	if last := b.Steps[len(b.Steps)-1]; len(b.Steps) != maxBriefSteps || b.Steps[0].State != card.BriefReceived || !last.At.Equal(now.Add(199*time.Hour)) {
		t.Errorf("%d steps from %s to %s", len(b.Steps), b.Steps[0].State, last.At)
	}
}

func TestBriefEnd(t *testing.T) {
	begun := time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
	last := begun.Add(100 * day)
	for state := range briefSteps {
		want := last.Add(briefKept)
		if state == card.BriefSending || state == card.BriefReceived || state == card.BriefRead {
			want = begun.Add(briefWaitingKept)
		}
		if got := briefEnd(state, begun, last); !got.Equal(want) {
			t.Errorf("%s: %s, %s expected", state, got, want)
		}
	}
}
