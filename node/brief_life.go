package node

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"
	"unicode/utf8"

	"courtcircuit/node/card"
	"courtcircuit/protocol"
)

// take does one act and notes it; false when it was done already.
func (b *brief) take(act briefAct, now time.Time, by, words string) (bool, error) {
	next, needed, err := nextBrief(b.State, act)
	if err != nil || !needed {
		return false, err
	}
	b.State = next
	b.Steps = appendStep(b.Steps, card.BriefStep{At: now.UTC(), State: next, By: by, Words: words})
	b.DeleteAt = briefEnd(next, b.ReceivedAt, now)
	return true, nil
}

// appendStep keeps the first step and the last ones.
func appendStep(steps []card.BriefStep, s card.BriefStep) []card.BriefStep {
	steps = append(slices.Clone(steps), s)
	for len(steps) > 2 && (len(steps) > maxBriefSteps || bytesOf(steps) > maxStepsBytes) {
		steps = slices.Delete(steps, 1, 2)
	}
	return steps
}

func bytesOf(v any) int {
	data, err := json.Marshal(v)
	if err != nil {
		return 0 // texts and times: cannot fail
	}
	return len(data)
}

// briefEnd is when a brief is deleted, counted from its last step; one that
// nobody answers, from its beginning.
func briefEnd(state string, begun, last time.Time) time.Time {
	if isUnanswered(state) {
		return begun.Add(briefWaitingKept).UTC()
	}
	return last.Add(briefKept).UTC()
}

// hear takes what the client answers. What cannot be is no error: the report
// that follows says how things stand. erase is not for here.
func (b *brief) hear(a briefAnswer, now time.Time) (done bool) {
	if a.Number <= b.Answers {
		return false
	}
	b.Answers = a.Number
	if a.Digest != nil && (b.Text == nil || *a.Digest != b.Text.digest()) {
		return false // about a text that was replaced meanwhile
	}
	done, err := b.take(a.Act, now, "", a.Words)
	if done && err == nil && a.Act == actChange {
		b.Change = a.Words
	}
	return done
}

// nextNumber is that of the next report or answer. It is the time where that is
// higher: a node that was restored has forgotten how far it had counted, and
// what it says must not be taken for something old.
func nextNumber(last uint64, now time.Time) uint64 {
	return max(last+1, uint64(max(now.UnixMilli(), 0)))
}

// report says how the brief stands; each has a higher number.
func (b *brief) report(now time.Time) briefReport {
	b.Reports = nextNumber(b.Reports, now)
	r := briefReport{Ref: b.Ref, Number: b.Reports, Answers: b.Answers, State: b.State, Text: b.Text}
	for _, s := range b.Steps {
		r.Steps = append(r.Steps, briefStep{At: s.At.UnixMilli(), State: s.State, By: s.By, Words: s.Words})
	}
	if raw, err := protocol.ParseID(b.MissionID); err == nil {
		r.Mission = &raw
	}
	return r
}

// hear takes a report, unless a later one came before.
func (t *track) hear(r briefReport, now time.Time) bool {
	if t.Heard != nil && r.Number <= t.Heard.Number {
		return false
	}
	t.Heard, t.FailedAt = &r, time.Time{}
	if t.ArrivedAt.IsZero() {
		t.ArrivedAt = now.UTC()
	}
	if t.Asked != nil && r.Answers >= t.Asked.Number {
		t.Asked = nil
	}
	t.DeleteAt = briefEnd(t.state(), t.DepositedAt, now)
	return true
}

// state is where the brief stands as far as is known here. What the client
// did holds until the collective has heard of it.
func (t *track) state() string {
	settled := card.BriefSending
	switch {
	case !t.FailedAt.IsZero():
		settled = card.BriefUndeliverable
	case t.Heard != nil:
		settled = t.Heard.State
	case !t.ArrivedAt.IsZero():
		settled = card.BriefReceived
	}
	if t.Asked != nil {
		if next, _, err := nextBrief(settled, t.Asked.Act); err == nil {
			return next
		}
	}
	return settled
}

// steps are the whole history as the client sees it. remote says that another
// collective answers.
func (t *track) steps(remote bool) []card.BriefStep {
	var out []card.BriefStep
	if remote {
		out = append(out, card.BriefStep{At: t.DepositedAt, State: card.BriefSending})
	}
	if t.Heard != nil {
		for _, s := range t.Heard.Steps {
			out = append(out, card.BriefStep{At: time.UnixMilli(s.At).UTC(), State: s.State, By: s.By, Words: s.Words})
		}
	} else if !t.ArrivedAt.IsZero() {
		out = append(out, card.BriefStep{At: t.ArrivedAt, State: card.BriefReceived})
	}
	if t.Asked != nil {
		out = append(out, card.BriefStep{At: time.UnixMilli(t.Asked.At).UTC(), State: t.state(), Words: t.Asked.Words})
	}
	if !t.FailedAt.IsZero() {
		out = append(out, card.BriefStep{At: t.FailedAt, State: card.BriefUndeliverable})
	}
	return out
}

// answer is what the client does, checked against what they could see.
func (t *track) answer(ref [32]byte, act briefAct, digest *[32]byte, words string, now time.Time) (needed bool, err error) {
	_, needed, err = nextBrief(t.state(), act)
	if err != nil {
		return false, err
	}
	if digest != nil && (t.Heard == nil || t.Heard.Text == nil || *digest != t.Heard.Text.digest()) {
		p := conflict("the text was changed meanwhile; read it again before you answer")
		p.Field, p.Expected = "accept", "the digest of the text that is proposed now"
		return false, p
	}
	if !needed {
		return false, nil
	}
	t.Answers = nextNumber(t.Answers, now)
	t.Asked = &briefAnswer{Ref: ref, Number: t.Answers, Act: act, Digest: digest, Words: words, At: now.UnixMilli()}
	t.DeleteAt = briefEnd(t.state(), t.DepositedAt, now)
	return true, nil
}

// checkReason tidies the words that go to the other side.
func checkReason(field, words string, least int) (string, error) {
	words = cleanText(words)
	switch count := utf8.RuneCountInString(words); {
	case count > maxBriefWords:
		return "", invalid(field, fmt.Sprintf("at most %d characters", maxBriefWords), "the text is too long")
	case count < least:
		return "", invalid(field, "a few words", "nothing is written here")
	}
	return words, nil
}
