package node

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/fxamacker/cbor/v2"

	"courtcircuit/node/card"
	"courtcircuit/protocol"
)

// The kinds of private messages about briefs.
const (
	kindBrief       = "brief"        // a briefLetter
	kindBriefState  = "brief-state"  // a briefReport
	kindBriefAnswer = "brief-answer" // a briefAnswer
)

// actErase of a briefAnswer deletes the brief; it is no step of its life.
const actErase briefAct = "erase"

// errBriefForm is wrapped by everything that the bytes of a message prove.
var errBriefForm = errors.New("message about a brief")

var briefEncoding = func() cbor.EncMode {
	mode, err := cbor.CoreDetEncOptions().EncMode()
	if err != nil {
		panic(err) // constant options: cannot fail
	}
	return mode
}()

// Bounds are met before anything is allocated by them; the whole is bounded
// by the message.
var briefDecoding = func() cbor.DecMode {
	mode, err := cbor.DecOptions{
		DupMapKey: cbor.DupMapKeyEnforcedAPF, IndefLength: cbor.IndefLengthForbidden, TagsMd: cbor.TagsForbidden,
		MaxNestedLevels: 8, MaxArrayElements: 256, MaxMapPairs: 64, UTF8: cbor.UTF8RejectInvalid,
	}.DecMode()
	if err != nil {
		panic(err) // constant options: cannot fail
	}
	return mode
}()

// firstOptionalBriefKey is as in bodies of records: keys below must be known,
// keys from here up are skipped.
const firstOptionalBriefKey = 64

func encodeBrief(v any) ([]byte, error) {
	out, err := briefEncoding.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("encode message about a brief: %w", err)
	}
	return out, nil
}

// decodeBrief reads one of the three bodies, whose keys go up to last, and
// takes the one encoding that a value has.
func decodeBrief[T any](data []byte, last uint64) (v T, err error) {
	var all map[uint64]cbor.RawMessage
	if err := briefDecoding.Unmarshal(data, &all); err != nil {
		return v, fmt.Errorf("%w: a map with integer keys expected: %w", errBriefForm, err)
	}
	known := map[uint64]cbor.RawMessage{}
	for key, value := range all {
		if key <= last {
			known[key] = value
		} else if key < firstOptionalBriefKey {
			return v, fmt.Errorf("%w: key %d is not known, at most %d expected", errBriefForm, key, last)
		}
	}
	part, err := briefEncoding.Marshal(known)
	if err == nil {
		err = briefDecoding.Unmarshal(part, &v)
	}
	if err != nil {
		return v, fmt.Errorf("%w: %w", errBriefForm, err)
	}
	again, err := briefEncoding.Marshal(v)
	whole, failed := briefEncoding.Marshal(all)
	if err = errors.Join(err, failed); err != nil {
		return v, fmt.Errorf("%w: %w", errBriefForm, err)
	}
	if !bytes.Equal(again, part) || !bytes.Equal(whole, data) {
		return v, fmt.Errorf("%w: not in deterministic CBOR, or an empty field is written out", errBriefForm)
	}
	return v, nil
}

func decodeLetter(data []byte) (briefLetter, error) { return decodeBrief[briefLetter](data, 11) }

func decodeReport(network protocol.Network, data []byte) (briefReport, error) {
	r, err := decodeBrief[briefReport](data, 7)
	if err == nil {
		err = r.check(network)
	}
	if err != nil {
		return briefReport{}, err
	}
	return r, nil
}

func decodeAnswer(data []byte) (briefAnswer, error) {
	a, err := decodeBrief[briefAnswer](data, 6)
	if err == nil {
		err = a.check()
	}
	if err != nil {
		return briefAnswer{}, err
	}
	return a, nil
}

// check: what comes from another collective is shown to people, so its words
// keep the rules of all that comes from outside.
func (r *briefReport) check(network protocol.Network) error {
	if !isDeskState(r.State) {
		return fmt.Errorf("%w: state %q is not known", errBriefForm, shortWords(r.State))
	}
	if r.Number == 0 || len(r.Steps) > maxBriefSteps {
		return fmt.Errorf("%w: report %d with %d steps, from 1 and at most %d expected", errBriefForm, r.Number, len(r.Steps), maxBriefSteps)
	}
	for _, s := range r.Steps {
		if !isDeskState(s.State) || s.At < 0 || s.At >= 1<<48 {
			return fmt.Errorf("%w: a step %q at %d", errBriefForm, shortWords(s.State), s.At)
		}
		if err := errors.Join(checkWire("by", s.By, maxBriefName, false), checkWire("words", s.Words, maxBriefWords, true)); err != nil {
			return err
		}
	}
	if r.Text == nil {
		if r.State == card.BriefProposed || r.State == card.BriefAccepted {
			return fmt.Errorf("%w: state %s without a text", errBriefForm, r.State)
		}
		return nil
	}
	if !isAudience(r.Text.Audience) {
		return fmt.Errorf("%w: audience %q", errBriefForm, shortWords(r.Text.Audience))
	}
	if _, err := r.Text.mission(network); err != nil {
		return fmt.Errorf("%w: %w", errBriefForm, err)
	}
	return nil
}

// isDeskState leaves out the states of the way there, which only the client's
// side knows.
func isDeskState(s string) bool {
	_, known := briefSteps[s]
	return known && s != card.BriefSending && s != card.BriefUndeliverable
}

func (a *briefAnswer) check() error {
	switch {
	case a.Act != actAccept && a.Act != actChange && a.Act != actWithdraw && a.Act != actErase:
		return fmt.Errorf("%w: answer %q", errBriefForm, shortWords(string(a.Act)))
	case a.Number == 0 || a.At < 0 || a.At >= 1<<48:
		return fmt.Errorf("%w: answer %d at %d", errBriefForm, a.Number, a.At)
	case (a.Digest != nil) != (a.Act == actAccept || a.Act == actChange):
		return fmt.Errorf("%w: accept and change name a text, and nothing else does", errBriefForm)
	case (a.Words != "") != (a.Act == actChange):
		return fmt.Errorf("%w: change has words, and nothing else does", errBriefForm)
	}
	return checkWire("words", a.Words, maxBriefWords, true)
}

// checkWire takes text as it would be written here, and no longer.
func checkWire(field, text string, most int, lines bool) error {
	if protocol.CleanText(text, lines) != text || len([]rune(text)) > most {
		return fmt.Errorf("%w: %s: clean text of at most %d characters expected", errBriefForm, field, most)
	}
	return nil
}
