package node

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"sync/atomic"
	"time"

	"courtcircuit/node/skills"
	"courtcircuit/protocol"
	"courtcircuit/store"
)

// Skills are counted anew at most every skillsPause, and so seldom that
// counting takes at most a fiftieth of the time: it reads every profile.
const (
	skillsPause = time.Second
	skillsShare = 50
	// maxCardWords is how many skills that are on cards and not in the table
	// are completed, the most frequent ones: anybody can invent words.
	maxCardWords = 20_000
)

// skillBook holds what completions need of all cards, so that no keystroke
// reads the database. Readers take it as it is.
type skillBook struct {
	current atomic.Pointer[skillCounts]
	stale   atomic.Bool
	wanted  chan struct{} // has room for one signal
}

func newSkillBook() *skillBook {
	b := &skillBook{wanted: make(chan struct{}, 1)}
	b.current.Store(&skillCounts{})
	return b
}

// noteChange says that the counts are out of date. They are renewed when
// somebody reads them: a catch-up in the night needs none.
func (b *skillBook) noteChange() { b.stale.Store(true) }

// read gives the last counts, and has new ones made if they are out of date.
func (b *skillBook) read() *skillCounts {
	if b.stale.Load() {
		select {
		case b.wanted <- struct{}{}:
		default:
		}
	}
	return b.current.Load()
}

// skillCounts is what one look at all profiles found.
type skillCounts struct {
	people map[string]int // by key
	words  []skills.Word  // not in the table, by key
}

// runSkills counts at the start, and when somebody asks after records changed.
func (n *Node) runSkills(ctx context.Context) error {
	pause := time.NewTimer(0)
	defer pause.Stop()
	for {
		began := time.Now()
		n.skillBook.stale.Store(false) // what changes from here on asks for another count
		counts, err := n.countSkills(ctx, began)
		if ctx.Err() != nil {
			return nil
		}
		if err == nil {
			n.skillBook.current.Store(counts)
		} else {
			n.skillBook.noteChange()
			n.log.Warn("skills not counted", "error", err)
		}
		pause.Reset(max(skillsPause, skillsShare*time.Since(began)))
		select {
		case <-ctx.Done():
			return nil
		case <-pause.C:
		}
		select {
		case <-ctx.Done():
			return nil
		case <-n.skillBook.wanted:
		}
	}
}

// countedWord is one key of the count. Its spelling is the one that most cards
// have, if more than half have one (Boyer and Moore's majority vote).
type countedWord struct {
	people, votes int
	shown         string
}

func (w *countedWord) vote(spelling string) {
	w.people++
	switch {
	case w.votes == 0:
		w.shown, w.votes = spelling, 1
	case w.shown == spelling:
		w.votes++
	default:
		w.votes--
	}
}

// countSkills looks at all profiles but the hidden ones.
func (n *Node) countSkills(ctx context.Context, now time.Time) (*skillCounts, error) {
	known, others := map[string]int{}, map[string]*countedWord{}
	err := n.store.EachProfile(ctx, now, func(rec *protocol.Record, p *protocol.Profile) {
		if n.hidden.skips(rec.Key()) {
			return
		}
		seen := make(map[string]bool, len(p.Skills))
		for _, skill := range p.Skills {
			key := n.skills.Key(store.FoldSkill(skill))
			if key == "" || seen[key] {
				continue
			}
			seen[key] = true
			if n.skills.Name(key, "") != "" {
				known[key]++
				continue
			}
			if others[key] == nil {
				if len(others) >= 2*maxCardWords {
					keepFrequent(others, maxCardWords)
				}
				others[key] = &countedWord{}
			}
			others[key].vote(skill)
		}
	})
	if err != nil {
		return nil, err
	}
	keepFrequent(others, maxCardWords)
	counts := &skillCounts{people: known}
	for _, key := range slices.Sorted(maps.Keys(others)) {
		known[key] = others[key].people
		counts.words = append(counts.words, skills.Word{Key: key, Shown: others[key].shown})
	}
	return counts, nil
}

// keepFrequent drops all but the most frequent.
func keepFrequent(words map[string]*countedWord, most int) {
	if len(words) <= most {
		return
	}
	keys := slices.SortedFunc(maps.Keys(words), func(a, b string) int {
		return cmp.Or(cmp.Compare(words[b].people, words[a].people), cmp.Compare(a, b))
	})
	for _, key := range keys[most:] {
		delete(words, key)
	}
}
