package store

import (
	"encoding/binary"
	"testing"

	"pgregory.net/rapid"

	"courtcircuit/protocol"
)

// Nobody who was added is ever said to be unknown, however many layers there
// are and whichever bits ids share; of others hardly anybody is said to be known.
func TestKnownIdentitiesForgetNobody(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var k knownIdentities
		k.layers.Store(&[]*identityLayer{newIdentityLayer(0)})
		added := map[protocol.Identity]bool{}
		for range rapid.IntRange(0, 4).Draw(t, "bursts") {
			seed := rapid.Uint64().Draw(t, "seed")
			for i := range uint64(rapid.IntRange(1, 3*leastIdentityBlocks*identitiesPerBlock).Draw(t, "ids")) {
				id := scatteredID(seed + i)
				k.add(id, 0)
				added[id] = true
			}
			one := protocol.Identity(rapid.SliceOfN(rapid.SampledFrom([]byte{0, 1, 255}), 32, 32).Draw(t, "odd id"))
			k.add(one, 0)
			added[one] = true
		}
		for id := range added {
			if !k.has(id) {
				t.Fatalf("%x was added and is unknown", id)
			}
		}
		wrong := 0
		for i := range uint64(2000) {
			if id := scatteredID(1<<63 + i); k.has(id) && !added[id] {
				wrong++
			}
		}
		if wrong > 60 { // three in a hundred: each of four layers may have one
			t.Fatalf("%d of 2,000 others are said to be known", wrong)
		}
	})
}

// scatteredID spreads a number over an id as a hash would (splitmix64).
func scatteredID(n uint64) (id protocol.Identity) {
	for i := range 4 {
		n += 0x9e3779b97f4a7c15
		z := (n ^ n>>30) * 0xbf58476d1ce4e5b9
		z = (z ^ z>>27) * 0x94d049bb133111eb
		binary.LittleEndian.PutUint64(id[8*i:], z^z>>31)
	}
	return id
}

// An open store knows everybody of whom a dossier is in its files, from before
// the start or since.
func TestStoreKnowsItsIdentities(t *testing.T) {
	o, dir := testOpener(t), t.TempDir()
	for round := range uint64(2) {
		s := openStore(t, diskConfig(dir), o)
		for i := range uint64(20) {
			expect(t, s, newActor(t, 1+20*round+i).profile(t, o, protocol.Profile{}, nil, t0), t0, Stored)
		}
		if s.known.has(newActor(t, 999).Identity()) {
			t.Error("a stranger is said to be known")
		}
		for i := range 20 * (round + 1) {
			if !s.known.has(newActor(t, 1+i).Identity()) {
				t.Errorf("round %d: somebody has a dossier and is unknown", round)
			}
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// Identities that come and go are not kept for ever; then all may be known.
func TestKnownIdentitiesAreBounded(t *testing.T) {
	const held = 1000
	var k knownIdentities
	k.layers.Store(&[]*identityLayer{newIdentityLayer(held)})
	added := 0
	for k.add(scatteredID(uint64(added)), held) {
		if added++; added > 3*mostIdentities(held) {
			t.Fatalf("%d were added of %d records", added, held)
		}
	}
	if added < mostIdentities(held)/2 {
		t.Errorf("given up after %d", added)
	}
	if !k.has(scatteredID(1<<62)) || !k.add(scatteredID(1), held) {
		t.Error("somebody is unknown, or it was given up twice")
	}
}
