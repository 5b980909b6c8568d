//go:build torture

package main

import "testing"

// The disk below a node loses its power again and again while records are
// being acknowledged: all of them are there afterwards. What a peer sent may
// be lost; it is fetched again.
func TestTorturePowerCut(t *testing.T) {
	n := rounds(t, "TORTURE_CUTS", 8)
	for name, withPeer := range ways {
		t.Run(name, func(t *testing.T) {
			d := newDisk(t, 512)
			s := newStage(t, d.at, withPeer)
			s.v.dir = "/" // a process that works in the folder would keep it mounted
			s.play(t, (n+1)/2, func() {
				s.l.darken(true)
				d.cut(t)
				s.v.kill()
				d.unmount(t)
				d.mount(t) // replays the journal
			})
			s.v.kill()
			d.unmount(t)
			d.check(t)
		})
	}
}
