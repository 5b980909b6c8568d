package protocol

import (
	"fmt"
	"time"
)

// Kind says what a record is. Its number alone fixes the record's lifetime,
// so that a node also handles kinds it has never heard of.
type Kind uint16

// The kinds that this version understands.
const (
	KindMission    Kind = 1
	KindProfile    Kind = 1024
	KindCollective Kind = 2048
	KindDismissal  Kind = 2052
	KindErasure    Kind = 2054
	KindSuccession Kind = 3072
)

var kindNames = map[Kind]string{
	KindMission: "mission", KindProfile: "profile", KindCollective: "collective",
	KindDismissal: "dismissal", KindErasure: "erasure", KindSuccession: "succession",
}

// String gives the name of a known kind and "kind-N" for others.
func (k Kind) String() string {
	if s, ok := kindNames[k]; ok {
		return s
	}
	return fmt.Sprintf("kind-%d", uint16(k))
}

// Known says whether this version understands the kind's bodies.
func (k Kind) Known() bool { _, ok := kindNames[k]; return ok }

// ParseKind reads the name of a known kind.
func ParseKind(name string) (Kind, error) {
	for _, k := range Kinds() {
		if k.String() == name {
			return k, nil
		}
	}
	return 0, fmt.Errorf("kind %q: expected mission, profile, collective, dismissal, erasure or succession", shorten(name))
}

// Kinds lists the known kinds in the order of their numbers.
func Kinds() []Kind {
	return []Kind{KindMission, KindProfile, KindCollective, KindDismissal, KindErasure, KindSuccession}
}

const day = 24 * time.Hour

// Lifetime is how long a record of the kind lives after its issued_at; zero
// for numbers that no record may have.
func (k Kind) Lifetime() time.Duration {
	switch {
	case k == 0:
		return 0
	case k < 1024:
		return 30 * day
	case k < 2048:
		return 90 * day
	case k < 3072:
		return 365 * day
	case k == KindSuccession:
		return 3650 * day
	default:
		return 0
	}
}

// otherKinds is the bound class that all kinds without a bound of their own
// share.
const otherKinds Kind = 0

// keyBounds is how many keys one identity may hold of a kind, known here or
// reserved. The sum is MaxKeys: with it no bound over all kinds is needed,
// whose victims would depend on which kinds a build knows.
var keyBounds = map[Kind]int{
	KindMission: 64, 1025: 24, 2049: 24, 2050: 12, 2051: 12, KindDismissal: 108, 2053: 4, otherKinds: 4,
	KindProfile: 1, KindCollective: 1, KindErasure: 1, KindSuccession: 1,
}

// BoundClass names the class in which an identity's keys of this kind are
// counted, and how many the class may hold. Over the bound the newest
// issued_at stay, then the lowest id (see OutlivesBound).
func (k Kind) BoundClass() (class Kind, maxKeys int) {
	if n, ok := keyBounds[k]; ok {
		return k, n
	}
	return otherKinds, keyBounds[otherKinds]
}

// ends says whether records of this kind end others; they repeat the grant of
// what they end, which may have run out by then.
func (k Kind) ends() bool { return k == KindErasure || k == KindSuccession }
