package card

import (
	"reflect"
	"time"
)

// CheckUnchanged refuses a sent profile that changes what only the server
// sets; such fields may be left out or sent back as they were answered. held
// is the zero Profile when there is none yet. Errors are *Problem.
func (p *Profile) CheckUnchanged(held Profile) error {
	if err := checkMeta(p.Meta, held.Meta); err != nil {
		return err
	}
	return firstChanged(
		setByServer("collectives", p.Collectives, held.Collectives),
		setByServer("confirmed_at", p.ConfirmedAt, held.ConfirmedAt),
		setByServer("availability_confirmed", p.AvailabilityConfirmed, held.AvailabilityConfirmed),
	)
}

// CheckUnchanged is Profile.CheckUnchanged for a mission; its status changes
// by steps of their own.
func (m *Mission) CheckUnchanged(held Mission) error {
	if err := checkMeta(m.Meta, held.Meta); err != nil {
		return err
	}
	return firstChanged(setByServer("status", m.Status, held.Status), setByServer("collective", m.Collective, held.Collective))
}

// CheckUnchanged is Profile.CheckUnchanged for a collective.
func (c *Collective) CheckUnchanged(held Collective) error {
	if err := checkMeta(c.Meta, held.Meta); err != nil {
		return err
	}
	return firstChanged(
		setByServer("nodes", c.Nodes, held.Nodes),
		setByServer("members", c.Members, held.Members),
		setByServer("skills", c.Skills, held.Skills),
	)
}

func checkMeta(sent, held Meta) error {
	return firstChanged(
		setByServer("id", sent.ID, held.ID),
		setByServer("fingerprint", sent.Fingerprint, held.Fingerprint),
		setByServer("record_id", sent.RecordID, held.RecordID),
		setByServer("issued_at", sent.IssuedAt, held.IssuedAt),
		setByServer("expires_at", sent.ExpiresAt, held.ExpiresAt),
	)
}

func firstChanged(problems ...*Problem) error {
	for _, p := range problems {
		if p != nil {
			return p
		}
	}
	return nil
}

// setByServer accepts what was left out (the zero value, or an empty list)
// and what equals the held value.
func setByServer(field string, sent, held any) *Problem {
	v := reflect.ValueOf(sent)
	if v.IsZero() || v.Kind() == reflect.Slice && v.Len() == 0 || reflect.DeepEqual(sent, held) {
		return nil
	}
	if a, ok := sent.(*time.Time); ok { // one moment has many spellings
		if b := held.(*time.Time); b != nil && a.Equal(*b) {
			return nil
		}
	}
	return invalid(field, "no value, or the one that was answered", "only the server sets it")
}
