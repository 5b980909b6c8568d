package protocol

import (
	"time"
	"unicode/utf8"
)

// AnswerCode is what a receiver says of a message.
type AnswerCode uint8

// The codes. Below AnswerRefused the sender tries again later, from it on it
// does not; codes that a build does not know fall under the same rule.
const (
	AnswerAccepted   AnswerCode = 0 // kept durably, now or before
	AnswerLater      AnswerCode = 1 // not now: a full disk, a handler that waits for something
	AnswerBusy       AnswerCode = 2 // over a bound of messages
	AnswerWrongKey   AnswerCode = 3 // sealed to a key that is not this node's: read the record anew
	AnswerClock      AnswerCode = 4 // early or too old by the receiver's clock
	AnswerKind       AnswerCode = 5 // a kind that this build does not know
	AnswerSuperseded AnswerCode = 6 // signed by a key that was replaced

	AnswerRefused   AnswerCode = 64 // by what it says
	AnswerForm      AnswerCode = 65 // not a message of this specification
	AnswerSignature AnswerCode = 66
	AnswerContent   AnswerCode = 67 // what is under the seal is not what stands on it
	AnswerBlocked   AnswerCode = 68 // nothing of this collective is taken
	AnswerElsewhere AnswerCode = 69 // this node never takes anything for that recipient
)

// MessageAnswer answers one message.
type MessageAnswer struct {
	Code  AnswerCode
	After uint32 // seconds until the next try; 0 leaves it to the sender
	Words string // for people at the sender's: cleaned and cut to 200 characters here
}

const (
	maxAnswerWords = 200
	// MaxAnswerBytes bounds an answer as it travels.
	MaxAnswerBytes  = 1 + 2 + 5 + 3 + 4*maxAnswerWords
	maxAnswerAfter  = 30 * 24 * 3600
	maxAnswerNumber = 255
)

// Final says that the message will not be taken however often it comes.
func (c AnswerCode) Final() bool { return c >= AnswerRefused }

// Bytes is the answer's wire form.
func (a MessageAnswer) Bytes() []byte {
	out := appendHead(nil, cborArray, 3)
	out = appendHead(out, cborUint, uint64(a.Code))
	out = appendHead(out, cborUint, uint64(min(a.After, maxAnswerAfter)))
	return appendText(out, cleanWords(a.Words))
}

// cleanWords makes what strangers wrote fit to be shown on one line.
func cleanWords(s string) string {
	s = CleanText(s, false)
	if utf8.RuneCountInString(s) > maxAnswerWords {
		s = CleanText(string([]rune(s)[:maxAnswerWords]), false)
	}
	return s
}

// ParseMessageAnswer reads an answer's wire form; errors wrap ErrMessageForm.
// The words are cleaned for showing, so that an answer of a build with other
// tables of characters is still understood.
func ParseMessageAnswer(b []byte) (a MessageAnswer, err error) {
	r := cborReader{rest: b}
	if n := r.array("answer", 3); r.err == nil && n != 3 {
		r.fail("answer has %d elements, 3 expected", n)
	}
	a.Code = AnswerCode(r.uint("code", maxAnswerNumber))
	a.After = uint32(r.uint("seconds", maxAnswerAfter))
	a.Words = cleanWords(r.text("words", 4*maxAnswerWords))
	if err := r.end("the answer"); err != nil {
		return MessageAnswer{}, faultf(ErrMessageForm, "answer: %v", err)
	}
	return a, nil
}

// Wait is After as a duration.
func (a MessageAnswer) Wait() time.Duration { return time.Duration(a.After) * time.Second }
