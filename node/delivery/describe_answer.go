package delivery

import (
	"fmt"

	"courtcircuit/protocol"
)

var answerWords = map[protocol.AnswerCode]string{
	protocol.AnswerAccepted:   "accepted",
	protocol.AnswerLater:      "not now",
	protocol.AnswerBusy:       "it takes no more messages for now",
	protocol.AnswerWrongKey:   "its sealing key has changed and its new record is not here yet",
	protocol.AnswerClock:      "the clocks differ too much, or the message is too old for it",
	protocol.AnswerKind:       "its program does not know this kind of message yet",
	protocol.AnswerSuperseded: "it knows a newer key of this collective than the one that signed",
	protocol.AnswerRefused:    "refused",
	protocol.AnswerForm:       "it does not read this message",
	protocol.AnswerSignature:  "it does not accept the signature",
	protocol.AnswerContent:    "what is under the seal is not what stands on it",
	protocol.AnswerBlocked:    "it takes nothing of this collective",
	protocol.AnswerElsewhere:  "this node is not one of the collective's",
}

// answerName is the code as a label of metrics: few words, none a peer's.
func answerName(c protocol.AnswerCode) string {
	switch c {
	case protocol.AnswerAccepted:
		return "accepted"
	case protocol.AnswerBusy:
		return "busy"
	default:
		if c.Final() {
			return "refused"
		}
		return "later"
	}
}

// describe says in English what a receiver answered; what it wrote itself
// stands behind, cleaned.
func describe(a protocol.MessageAnswer) string {
	words, ok := answerWords[a.Code]
	if !ok {
		words = fmt.Sprintf("answer %d", a.Code)
	}
	if a.Words != "" {
		words += ": " + a.Words
	}
	return words
}
