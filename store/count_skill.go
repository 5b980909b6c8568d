package store

import (
	"fmt"

	"courtcircuit/protocol"
	"courtcircuit/store/proximity"
)

// CountSkill is how many cards of a kind, profile or mission, are filed under
// a skill's key, as Config.SkillKey gives it, counted up to atMost. One that
// expired counts until it is purged.
func (s *Store) CountSkill(kind protocol.Kind, key string, atMost int) (int, error) {
	index := s.near.kinds[kind]
	if index == nil {
		return 0, fmt.Errorf("count a skill of %s records; profile or mission expected", kind)
	}
	return index.Count(proximity.Query{RadiusMeters: -1, Skills: []uint64{hash64(key)}}, atMost)
}
