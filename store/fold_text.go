package store

import (
	"crypto/sha256"
	"encoding/binary"
	"strings"
	"sync"

	"courtcircuit/store/fold"
)

// FoldSkill brings a skill, a name or a query into the form in which they are
// compared; see fold.Text.
func FoldSkill(s string) string { return fold.Text(s) }

// skillKey is what a skill is filed and compared under: one key for all words
// that mean the same. Few skills are on most cards, so what they came to is
// remembered.
func (s *Store) skillKey(skill string) string {
	if key, ok := s.skills.get(skill); ok {
		return key
	}
	key := s.findSkillKey(skill)
	s.skills.put(skill, key)
	return key
}

// maxSkillKeys bounds what is remembered; a full memory begins anew.
const maxSkillKeys = 1 << 14

type skillKeys struct {
	mu   sync.RWMutex
	keys map[string]string
}

func (k *skillKeys) get(skill string) (key string, ok bool) {
	k.mu.RLock()
	defer k.mu.RUnlock()
	key, ok = k.keys[skill]
	return key, ok
}

func (k *skillKeys) put(skill, key string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.keys) >= maxSkillKeys || k.keys == nil {
		k.keys = map[string]string{}
	}
	// A skill may be a part of a whole card's text, which must not stay for it.
	k.keys[strings.Clone(skill)] = strings.Clone(key)
}

func (s *Store) findSkillKey(skill string) string {
	folded := fold.Text(skill)
	if s.cfg.SkillKey == nil || folded == "" {
		return folded
	}
	return s.cfg.SkillKey(folded)
}

// hash64 stands for a text in keys and rows; what it finds is compared as text
// before it is shown.
func hash64(s string) uint64 {
	h := sha256.Sum256([]byte(s))
	return binary.BigEndian.Uint64(h[:8])
}

// languageForms are the tags under which a language tag is found: itself and
// what it begins with, as "fr" finds "fr-CA".
func languageForms(tag string) []string {
	forms := []string{tag}
	for i := len(tag) - 1; i > 0; i-- {
		if tag[i] == '-' {
			forms = append(forms, tag[:i])
		}
	}
	return forms
}

// speaks says whether a language tag answers a query for another.
func speaks(tag, wanted string) bool {
	return tag == wanted || strings.HasPrefix(tag, wanted+"-")
}
