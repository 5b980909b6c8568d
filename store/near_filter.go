package store

import (
	"slices"
	"time"

	"courtcircuit/protocol"
	"courtcircuit/store/fold"
)

// filter is a query made ready: hashes for rows, keys and folded text for
// cards.
type filter struct {
	Query
	own         *protocol.Identity
	reach       float64 // meters
	hour        uint32
	today       uint32   // days since 1970 of Query.Now
	skills      []string // their keys
	skillHashes []uint64
	languages   []uint32
	modes       uint8
	words       []string
}

// lets says whether a row may match. It may say yes too often, because hashes
// collide, never no.
func (f *filter) lets(r rowView, meters float64) bool {
	if r.expiry() <= f.hour || meters > f.reach {
		return false
	}
	if len(f.languages) > 0 && !slices.ContainsFunc(f.languages, r.hasLanguage) {
		return false
	}
	if f.Collective != nil && !r.hasCollective(identityHint(*f.Collective)) {
		return false
	}
	switch f.Kind {
	case protocol.KindCollective:
		return true // skills are those of its members
	case protocol.KindMission:
		if !f.letsState(r) {
			return false
		}
	case protocol.KindProfile:
		if !f.letsPerson(r, meters) {
			return false
		}
	}
	if f.modes != 0 && f.modes&r.modes() == 0 {
		return false
	}
	for _, skill := range f.skillHashes {
		if !r.hasSkill(skill) {
			return false
		}
	}
	return true
}

// asksToCome: who is asked to come must be able to; who may work from afar
// need not.
func (f *filter) asksToCome() bool {
	return f.modes != 0 && f.modes&modeBit(protocol.Remote) == 0
}

func (f *filter) isOfPeople() bool      { return f.Kind == protocol.KindProfile }
func (f *filter) isOfMissions() bool    { return f.Kind == protocol.KindMission }
func (f *filter) isOfCollectives() bool { return f.Kind == protocol.KindCollective }

// confirmedSince is not later than the oldest confirmation of an availability
// that still counts.
func (f *filter) confirmedSince() time.Time { return f.Now.Add(-protocol.AvailabilityWindow) }

// letsState: an open mission whose last day to apply is over counts as
// expired, which no asked-for state is.
func (f *filter) letsState(r rowView) bool {
	if f.States == nil {
		return true
	}
	over := r.state() == protocol.MissionOpen && r.applyBy() != 0 && r.applyBy()-1 < f.today
	return !over && slices.Contains(f.States, r.state())
}

func (f *filter) letsPerson(r rowView, meters float64) bool {
	if f.asksToCome() && r.radius() != 0 && meters > float64(r.radius()-1)*1000 {
		return false
	}
	if f.AvailableBy == nil {
		return true
	}
	from := f.today
	if r.availableFrom() != 0 {
		from = r.availableFrom() - 1
	}
	confirmed := f.Now.Sub(time.UnixMilli(r.confirmedAt()))
	return !r.unavailable() && from <= uint32(*f.AvailableBy) && confirmed <= protocol.AvailabilityWindow
}

// confirm looks at the card itself for what a row knows by hashes only, and
// gives the skills that were asked for as the card writes them. keys are those
// of its own skills.
func (f *filter) confirm(q *query, body any, keys []string, of []Membership) (skills []string, ok bool, err error) {
	var have, speaksTags []string
	switch b := body.(type) {
	case *protocol.Profile:
		have, speaksTags = b.Skills, b.Languages
	case *protocol.Mission:
		have, speaksTags = needSkills(b), b.Languages
	case *protocol.Collective:
		speaksTags = b.Languages
		if len(f.skills)+len(f.words) > 0 { // what it can do is what its members can
			if have, keys, err = q.memberSkills(of[0].Collective); err != nil {
				return nil, false, err
			}
		}
	}
	if f.Collective != nil && !known(of, *f.Collective) {
		return nil, false, nil
	}
	if len(f.Languages) > 0 && !slices.ContainsFunc(speaksTags, f.asksFor) {
		return nil, false, nil
	}
	for _, want := range f.skills {
		i := slices.Index(keys, want)
		if i < 0 {
			return nil, false, nil
		}
		if !slices.Contains(skills, have[i]) {
			skills = append(skills, have[i])
		}
	}
	return skills, len(f.words) == 0 || fold.HasAll(f.words, append(texts(body), have...)...), nil
}

func (f *filter) asksFor(tag string) bool {
	return slices.ContainsFunc(f.Languages, func(wanted string) bool { return speaks(tag, wanted) })
}

// memberSkills is the union of the skills of a collective's members.
func (q *query) memberSkills(collective protocol.Identity) (skills, keys []string, err error) {
	seen := map[string]bool{}
	err = q.members(collective, func(_ protocol.Record, p *protocol.Profile) bool {
		for _, s := range p.Skills {
			if key := q.s.skillKey(s); !seen[key] {
				seen[key] = true
				skills, keys = append(skills, s), append(keys, key)
			}
		}
		return true
	})
	return skills, keys, err
}
