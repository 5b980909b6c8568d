package protocol

import "testing"

// A collective that lists a node which did not sign for it is at fault when it
// comes.
func TestNodeOfOthersIsAFault(t *testing.T) {
	c := newCast(t)
	whole := fullCollective(c)
	forged := fullCollective(c)
	forged.Nodes[0].Signature[5] ^= 1
	for name, b := range map[string]*Collective{"": whole, "forged": forged} {
		d := must(b.Draft(testNow.UnixMilli()))
		v, err := newOpener(t).Open(signHeader(c.collective, d), testNow)
		if err != nil {
			t.Fatal(err)
		}
		if fault := v.BodyFault(); (fault != nil) != (name == "forged") || fault != nil && !IsBodyFault(fault) {
			t.Errorf("%q: %v", name, fault)
		}
	}
}
