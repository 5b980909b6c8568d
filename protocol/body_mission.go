package protocol

import (
	"errors"
	"math"
	"regexp"
	"slices"
)

// Mission is a request for work, published by the collective that received
// or found it.
type Mission struct {
	Title       string       `cbor:"1,keyasint" json:"title"`
	Description string       `cbor:"2,keyasint,omitempty" json:"description,omitempty"`
	Place       Place        `cbor:"3,keyasint" json:"place"`
	Modes       []WorkMode   `cbor:"4,keyasint,omitempty" json:"-"`
	Languages   []string     `cbor:"5,keyasint,omitempty" json:"languages,omitempty"`
	Needs       []Need       `cbor:"6,keyasint,omitempty" json:"needs,omitempty"`
	Start       *Date        `cbor:"7,keyasint,omitempty" json:"start,omitempty"`
	ApplyBy     *Date        `cbor:"8,keyasint,omitempty" json:"apply_by,omitempty"`
	Budget      *Budget      `cbor:"9,keyasint,omitempty" json:"budget,omitempty"`
	Contract    string       `cbor:"10,keyasint,omitempty" json:"contract,omitempty"`
	State       MissionState `cbor:"11,keyasint" json:"status"`
	Extra       Extra        `cbor:"-" json:"-"`
}

// Need is one skill a mission asks for.
type Need struct {
	_     struct{} `cbor:",toarray"`
	Skill string   `json:"skill"`
	Count uint     `json:"count"`          // people
	Days  uint     `json:"days,omitempty"` // 0: not said
}

// Budget is shown because transparency protects freelancers; nothing sorts or
// filters by it. Min and Max are whole units of the currency.
type Budget struct {
	_        struct{} `cbor:",toarray"`
	Min      uint     `json:"min"`
	Max      uint     `json:"max"`
	Currency string   `json:"currency"` // ISO 4217
	Per      string   `json:"per"`      // mission, day, hour or month
}

// MissionState is where a published mission stands. Drafts are private and
// never a record.
type MissionState uint8

// The legal steps are enforced where the author publishes.
const (
	MissionOpen       MissionState = 1
	MissionAttributed MissionState = 2
	MissionClosed     MissionState = 3
)

var missionStateNames = []string{"draft", "open", "attributed", "closed"}

func (s MissionState) String() string {
	if int(s) < len(missionStateNames) {
		return missionStateNames[s]
	}
	return "unknown"
}

// MarshalText is String, for JSON.
func (s MissionState) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// Bounds of a mission.
const (
	MaxTitleRunes = 140
	MaxNeeds      = 16
	maxNeedCount  = 100
	maxNeedDays   = 2000
	maxBudget     = 1_000_000_000
)

var (
	missionKeys     = keysUpTo(11)
	missionRequired = requiredKeys(1, 3, 11)
	contractPattern = regexp.MustCompile(`^([a-z][a-z-]{0,23})?$`)
	currencyPattern = regexp.MustCompile(`^[A-Z]{3}$`)
	budgetPeriods   = []string{"mission", "day", "hour", "month"}
)

func (m *Mission) zone() uint16  { return m.Place.Zone() }
func (m *Mission) extra() *Extra { return &m.Extra }

func (m *Mission) required() uint64 { return missionRequired }

func (m *Mission) readField(key uint64, r *cborReader) bool {
	switch key {
	case 1:
		m.Title = readText(r)
	case 2:
		m.Description = someText(r)
	case 3:
		m.Place = readPlace(r)
	case 4:
		m.Modes = readModes(r)
	case 5:
		m.Languages = someOf(r, readText)
	case 6:
		m.Needs = someOf(r, readNeed)
	case 7:
		m.Start = readDate(r)
	case 8:
		m.ApplyBy = readDate(r)
	case 9:
		m.Budget = readBudget(r)
	case 10:
		m.Contract = someText(r)
	case 11:
		m.State = MissionState(r.uint("state", math.MaxUint8))
	default:
		return false
	}
	return true
}

func readNeed(r *cborReader) Need {
	r.tuple(3)
	return Need{Skill: readText(r), Count: readUint(r), Days: readUint(r)}
}

func readBudget(r *cborReader) *Budget {
	r.tuple(4)
	return &Budget{Min: readUint(r), Max: readUint(r), Currency: readText(r), Per: readText(r)}
}

func (m *Mission) check(*Header) error {
	if m.State < MissionOpen || m.State > MissionClosed {
		return fieldf("status", "open, attributed or closed")
	}
	if !contractPattern.MatchString(m.Contract) {
		return fieldf("contract", "a word of a-z and -, at most 24 letters, as in direct")
	}
	return errors.Join(
		checkText("title", m.Title, 1, MaxTitleRunes, false),
		checkText("description", m.Description, 0, MaxAboutRunes, true),
		m.Place.check("place"), checkModes(m.Modes), checkLanguages(m.Languages), checkNeeds(m.Needs),
		checkDate("start", m.Start), checkDate("apply_by", m.ApplyBy), m.Budget.check(),
	)
}

func checkNeeds(needs []Need) error {
	if len(needs) > MaxNeeds {
		return fieldf("needs", "at most %d", MaxNeeds)
	}
	for _, n := range needs {
		if err := checkSkill("needs.skill", n.Skill); err != nil {
			return err
		}
		if n.Count < 1 || n.Count > maxNeedCount {
			return fieldf("needs.count", "1 to %d people", maxNeedCount)
		}
		if n.Days > maxNeedDays {
			return fieldf("needs.days", "at most %d", maxNeedDays)
		}
	}
	return nil
}

func (b *Budget) check() error {
	if b == nil {
		return nil
	}
	if b.Min > b.Max || b.Max > maxBudget {
		return fieldf("budget", "min at most max, at most %d", maxBudget)
	}
	if !currencyPattern.MatchString(b.Currency) {
		return fieldf("budget.currency", "three capital letters, as in EUR")
	}
	if !slices.Contains(budgetPeriods, b.Per) {
		return fieldf("budget.per", "mission, day, hour or month")
	}
	return nil
}

// Draft drafts the record that publishes the mission under its slot, 16
// random bytes chosen once for all its versions.
func (m *Mission) Draft(slot [16]byte, issuedAtMillis int64) (Draft, error) {
	d, err := draftOf(KindMission, m)
	d.Slot, d.IssuedAtMillis = slot[:], issuedAtMillis
	return d, err
}
