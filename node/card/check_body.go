package card

import (
	"errors"
	"fmt"

	"courtcircuit/protocol"
)

// framingBytes is what header, signature and framing of a record can take
// beside its body.
const framingBytes = protocol.MaxHeaderBytes + 80

// checkDraft judges a body by the very rules that readers apply, so that no
// bound is written down twice. longField is the one to blame when the whole
// is too large.
func checkDraft(d protocol.Draft, err error, longField string) error {
	if err != nil {
		return fmt.Errorf("encode %s: %w", d.Kind, err)
	}
	if most := protocol.MaxRecordBytes - framingBytes; len(d.Body) > most {
		return invalid(longField, fmt.Sprintf("a shorter text: a whole card takes at most %d bytes", most), "the card takes %d bytes", len(d.Body))
	}
	rec := protocol.Record{
		Header: protocol.Header{
			Kind: d.Kind, Slot: d.Slot, IssuedAtMillis: d.IssuedAtMillis, Zone: d.Zone, BodyVersion: d.BodyVersion, BodyLength: uint32(len(d.Body)),
		},
		Body: d.Body, HasBody: true,
	}
	// No network is needed: nothing in these bodies is signed by itself.
	_, err = protocol.DecodeBody("", &rec)
	return ProblemOf(err)
}

// ProblemOf turns a fault that the protocol found in a field into a *Problem;
// any other error comes back as it is.
func ProblemOf(err error) error {
	var field *protocol.FieldError
	if errors.As(err, &field) {
		return invalid(field.Field, field.Expected, "not accepted")
	}
	return err
}

func invalid(field, expected, detail string, args ...any) *Problem {
	return &Problem{Cause: Invalid, Field: field, Expected: expected, Detail: fmt.Sprintf(detail, args...)}
}
