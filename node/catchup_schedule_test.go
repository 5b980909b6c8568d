package node

import "testing"

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
