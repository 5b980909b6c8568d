package node

import (
	"fmt"
	"testing"
	"time"

	"courtcircuit/protocol/reconcile"
)

// Each eighth periodic session, and each that makes up for a loss, starts from
// cuts that nobody can foresee: another salt every time.
func TestAuditsAreSalted(t *testing.T) {
	seen := map[string]bool{}
	for rounds := 1; rounds <= 4*auditEach; rounds++ {
		for _, c := range []struct {
			reason syncReason
			salted bool
		}{{syncPeriodic, rounds%auditEach == 0}, {syncAny, true}, {syncHinted, false}} {
			salt := string(auditSalt(c.reason, rounds))
			if (salt != "") != c.salted || seen[salt] {
				t.Errorf("round %d, reason %s: salt %x", rounds, c.reason, salt)
			}
			if c.salted {
				seen[salt] = true
			}
		}
	}
	if len(seen) != 4+4*auditEach {
		t.Errorf("%d salts", len(seen))
	}
}

// A session over its bounds goes on at once where it brought something, and is
// a failure where it did not: a list without end of records that do not exist
// is not asked for without end.
func TestSessionOverItsBounds(t *testing.T) {
	for received, goesOn := range map[int]bool{0: false, 1: true} {
		n := stopped(t)
		n.sessionFailed(syncTask{peer: "p", reason: syncPeriodic}, syncResult{Received: received}, fmt.Errorf("step: %w", reconcile.ErrBounds))
		tasks, _, next := n.syncs.due(time.Now(), nil)
		if (len(tasks) == 1) != goesOn || next.IsZero() != goesOn {
			t.Errorf("%d received: %d sessions at once, the next at %s", received, len(tasks), next)
		}
	}
}
