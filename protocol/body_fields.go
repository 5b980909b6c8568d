package protocol

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// FieldError names the field of a body that is wrong and what was expected.
// Field uses the names of the JSON interface.
type FieldError struct {
	Field    string
	Expected string
}

func (e *FieldError) Error() string { return e.Field + ": expected " + e.Expected }

func fieldf(field, format string, args ...any) error {
	return &FieldError{Field: field, Expected: fmt.Sprintf(format, args...)}
}

// Link is a labelled https address.
type Link struct {
	_     struct{} `cbor:",toarray"`
	Label string   `json:"label"`
	URL   string   `json:"url"`
}

const maxLinks = 8

func checkLinks(links []Link) error {
	if len(links) > maxLinks {
		return fieldf("links", "at most %d", maxLinks)
	}
	for _, l := range links {
		if err := errors.Join(checkText("links.label", l.Label, 0, 60, false), checkURL("links.url", l.URL)); err != nil {
			return err
		}
	}
	return nil
}

// checkURL takes https only: anything else is either a way to run code or a
// way to leak who reads.
func checkURL(field, s string) error {
	if err := checkText(field, s, 9, 300, false); err != nil {
		return err
	}
	u, err := url.Parse(s)
	if err != nil || !strings.HasPrefix(s, "https://") || u.Hostname() == "" || u.User != nil ||
		strings.ContainsAny(s, "\"'<>\\`") || strings.ContainsFunc(s, unicode.IsSpace) {
		return fieldf(field, "an https:// address without user name, spaces or quotes")
	}
	return nil
}

// languagePattern is the part of BCP 47 that people use: language, script,
// region. A pattern, not a registry, so that all builds agree.
var languagePattern = regexp.MustCompile(`^[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?$`)

const maxLanguages = 16

func checkLanguages(tags []string) error {
	if len(tags) > maxLanguages {
		return fieldf("languages", "at most %d", maxLanguages)
	}
	for i, t := range tags {
		if !languagePattern.MatchString(t) {
			return fieldf("languages", "tags as in fr, en or pt-BR, got %q", shorten(t))
		}
		if slices.Contains(tags[:i], t) {
			return fieldf("languages", "each tag once, %q stands twice", t)
		}
	}
	return nil
}

const maxSkillRunes = 60

func checkSkill(field, s string) error { return checkText(field, s, 1, maxSkillRunes, false) }

// WorkMode says how somebody works, or how a mission is done.
type WorkMode uint8

// Remote is a preference that is stated, never the default.
const (
	Onsite WorkMode = 1
	Hybrid WorkMode = 2
	Remote WorkMode = 3
)

var workModeNames = []string{"", "onsite", "hybrid", "remote"}

func (m WorkMode) String() string {
	if int(m) < len(workModeNames) {
		return workModeNames[m]
	}
	return fmt.Sprintf("mode-%d", uint8(m))
}

// ParseWorkMode reads onsite, hybrid or remote.
func ParseWorkMode(s string) (WorkMode, error) {
	for i, name := range workModeNames {
		if i > 0 && s == name {
			return WorkMode(i), nil
		}
	}
	return 0, fieldf("modes", "onsite, hybrid or remote, got %q", shorten(s))
}

// checkModes wants them rising: a set has one encoding.
func checkModes(modes []WorkMode) error {
	for i, m := range modes {
		if m < Onsite || m > Remote || (i > 0 && modes[i-1] >= m) {
			return fieldf("modes", "onsite, hybrid, remote, each once and in this order")
		}
	}
	return nil
}
