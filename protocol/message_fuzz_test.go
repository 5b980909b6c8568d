package protocol

import (
	"bytes"
	"errors"
	"testing"
	"time"
)

func FuzzOpenMessage(f *testing.F) {
	f.Fuzz(func(t *testing.T, wire []byte) {
		m, envelope, sig, err := parseMessage(wire)
		if err != nil {
			if !errors.Is(err, ErrMessageForm) {
				t.Fatal(err)
			}
			return
		}
		if !bytes.Equal(m.envelope(), envelope) || !bytes.Equal(appendMessage(envelope, sig), wire) {
			t.Fatal("message does not encode back to itself")
		}
		if len(wire) > MaxMessageBytes || len(m.Ciphertext) > maxCiphertext {
			t.Fatal("over the bounds")
		}
		if _, err := OpenMessage(testNet, wire, testNow); err != nil && messageClass(err) == "" {
			t.Fatal(err)
		}
	})
}

func FuzzMessageContent(f *testing.F) {
	c := newCast(f)
	m := newPost(f).letter(c.collective, nil)
	f.Fuzz(func(t *testing.T, content []byte) {
		body, err := m.BodyOf(content)
		if err != nil {
			if !errors.Is(err, ErrMessageContent) {
				t.Fatal(err)
			}
			return
		}
		if again, err := m.Content(body); err != nil || !bytes.Equal(again, content) {
			t.Fatal("content does not encode back to itself")
		}
	})
}

func FuzzMessageAnswer(f *testing.F) {
	f.Fuzz(func(t *testing.T, b []byte) {
		a, err := ParseMessageAnswer(b)
		if err != nil {
			if !errors.Is(err, ErrMessageForm) {
				t.Fatal(err)
			}
			return
		}
		if again, err := ParseMessageAnswer(a.Bytes()); err != nil || again != a {
			t.Fatalf("%+v reads back as %+v, %v", a, again, err)
		}
		if a.Wait() < 0 || a.Wait() > 30*24*time.Hour {
			t.Fatal(a.Wait())
		}
	})
}

// messageSeeds are where the fuzzers start.
func messageSeeds(t testing.TB) map[string][]any {
	out := map[string][]any{}
	vectors := readVectors[messageVectors](t, "messages.json")
	for _, v := range vectors.Accepted {
		out["FuzzOpenMessage"] = append(out["FuzzOpenMessage"], unhex(t, v.Wire))
		out["FuzzMessageContent"] = append(out["FuzzMessageContent"], unhex(t, v.Content))
	}
	for _, a := range []MessageAnswer{{}, {Code: AnswerBusy, After: 3600}, {Code: AnswerRefused, Words: "non, merci"}} {
		out["FuzzMessageAnswer"] = append(out["FuzzMessageAnswer"], a.Bytes())
	}
	return out
}
