package protocol

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"filippo.io/age"
)

// messageVector is one row of messages.json; see SPEC.md.
type messageVector struct {
	Name          string  `json:"name"`
	Network       Network `json:"network"`
	NowMillis     int64   `json:"now_ms"`
	KeySeed       string  `json:"key_seed"`
	SealingSecret string  `json:"sealing_secret"` // as age writes it
	SealingKey    string  `json:"sealing_key"`
	From          string  `json:"from"`
	To            string  `json:"to"`
	Kind          string  `json:"kind"`
	MessageID     string  `json:"message_id"`
	SentAtMillis  int64   `json:"sent_at_ms"`
	Body          string  `json:"body"`
	Content       string  `json:"content"`
	Envelope      string  `json:"envelope"`
	SignedBytes   string  `json:"signed_bytes"`
	Signature     string  `json:"signature"`
	Wire          string  `json:"wire"`
}

type refusedMessageVector struct {
	Name      string  `json:"name"`
	Network   Network `json:"network"`
	NowMillis int64   `json:"now_ms"`
	Wire      string  `json:"wire"`
	Class     string  `json:"class"`
}

type messageVectors struct {
	Accepted []messageVector        `json:"accepted"`
	Refused  []refusedMessageVector `json:"refused"`
}

var messageClasses = []struct {
	name string
	err  error
}{{"form", ErrMessageForm}, {"signature", ErrMessageSignature}, {"early", ErrMessageEarly}, {"expired", ErrMessageExpired}, {"content", ErrMessageContent}}

func messageClass(err error) string {
	for _, c := range messageClasses {
		if errors.Is(err, c.err) {
			return c.name
		}
	}
	return ""
}

// The recipient's sealing key in all vectors.
const (
	sealingSecret = "AGE-SECRET-KEY-1LXJ00T79ZACFCDZANFKXRQQNZ2YJLUUP5ZSALHRF423UHGWP4NVS5RDZ68"
	sealingText   = "age1h94s8y5a2wvg69lanaa9a76qatxf8lg2m3yjktwrlal788hvq9xswvej43"
)

// post seals contents. age draws at random, so what messages.json holds is
// used again as long as it opens to the same content.
type post struct {
	t    testing.TB
	key  *age.X25519Identity
	held map[string][]byte // content → ciphertext
}

func newPost(t testing.TB) *post {
	p := &post{t: t, key: must(age.ParseX25519Identity(sealingSecret)), held: map[string][]byte{}}
	vectors := readVectors[messageVectors](t, "messages.json")
	wires := []string{}
	for _, v := range vectors.Accepted {
		wires = append(wires, v.Wire)
	}
	for _, v := range vectors.Refused {
		wires = append(wires, v.Wire)
	}
	for _, w := range wires {
		if m, _, _, err := parseMessage(unhex(t, w)); err == nil {
			if content, err := p.open(m.Ciphertext); err == nil {
				p.held[string(content)] = bytes.Clone(m.Ciphertext)
			}
		}
	}
	return p
}

func (p *post) open(ciphertext []byte) ([]byte, error) {
	r, err := age.Decrypt(bytes.NewReader(ciphertext), p.key)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}

func (p *post) seal(content []byte) []byte {
	p.t.Helper()
	if held, ok := p.held[string(content)]; ok {
		return held
	}
	var out bytes.Buffer
	w := must(age.Encrypt(&out, p.key.Recipient()))
	must(w.Write(content))
	if err := w.Close(); err != nil {
		p.t.Fatal(err)
	}
	p.held[string(content)] = out.Bytes()
	return out.Bytes()
}

// letter is a good message of the collective to another one, with its body.
func (p *post) letter(from Author, body []byte) Message {
	other, _ := testAuthor("other collective")
	m := Message{Kind: "brief", ID: [32]byte{1, 2, 3}, From: from.Signer, To: other.Identity(), SentAtMillis: testNow.UnixMilli()}
	m.Ciphertext = p.seal(must(m.Content(body)))
	return m
}

func signEnvelope(a Author, envelope []byte) []byte {
	return appendMessage(envelope, a.Key.sign(testNet, purposeMessage, envelope))
}

func makeMessages(t *testing.T) (out messageVectors) {
	c, p := newCast(t), newPost(t)
	for _, row := range []struct {
		name string
		from Author
		body string
	}{{"message", c.collective, "a body"}, {"without a body", c.collective, ""}, {"of a collective that succeeded", c.reborn, "a body"}} {
		m := p.letter(row.from, []byte(row.body))
		wire := must(SealMessage(testNet, row.from, m))
		envelope := m.envelope()
		sig := row.from.Key.sign(testNet, purposeMessage, envelope)
		out.Accepted = append(out.Accepted, messageVector{
			Name: row.name, Network: testNet, NowMillis: testNow.UnixMilli(), KeySeed: hexOf(row.from.Key.Seed()),
			SealingSecret: sealingSecret, SealingKey: hex.EncodeToString(bech32Bytes(sealingText)),
			From: hexOf(m.From.Identity()), To: hexOf(m.To), Kind: m.Kind, MessageID: hexOf(m.ID), SentAtMillis: m.SentAtMillis,
			Body: hex.EncodeToString([]byte(row.body)), Content: hex.EncodeToString(must(m.Content([]byte(row.body)))),
			Envelope: hex.EncodeToString(envelope), SignedBytes: hex.EncodeToString(testNet.signedBytes(purposeMessage, envelope)),
			Signature: hex.EncodeToString(sig[:]), Wire: hex.EncodeToString(wire),
		})
	}
	rows := refusedMessages(c, p)
	for _, name := range sortedKeys(rows) {
		_, err := p.read(rows[name])
		out.Refused = append(out.Refused, refusedMessageVector{name, testNet, testNow.UnixMilli(), hex.EncodeToString(rows[name]), messageClass(err)})
	}
	return out
}

// read does all that a recipient does.
func (p *post) read(wire []byte) ([]byte, error) {
	m, err := OpenMessage(testNet, wire, testNow)
	if err != nil {
		return nil, err
	}
	content, err := p.open(m.Ciphertext)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMessageContent, err)
	}
	return m.BodyOf(content)
}

func refusedMessages(c cast, p *post) map[string][]byte {
	m := p.letter(c.collective, []byte("a body"))
	good := must(SealMessage(testNet, c.collective, m))
	envelope := m.envelope()
	thief, _ := testAuthor("thief")
	change := func(f func(m *Message)) []byte {
		x := m
		f(&x)
		return signEnvelope(c.collective, x.envelope())
	}
	sealed := func(content []byte) []byte { return change(func(m *Message) { m.Ciphertext = p.seal(content) }) }
	written := func(f func(m *Message)) []byte { x := m; f(&x); return sealed(must(x.Content([]byte("a body")))) }
	badProof := c.reborn
	badProof.Signer.Succession = ptr(*badProof.Signer.Succession)
	badProof.Signer.Succession.Proof[5] ^= 1
	badSignature := bytes.Clone(good)
	badSignature[len(badSignature)-1] ^= 1
	content := must(m.Content([]byte("a body")))
	rows := map[string][]byte{
		"nothing":                        {},
		"a byte behind the message":      append(bytes.Clone(good), 0),
		"a third element":                append(append([]byte{0x83}, good[1:]...), 0x40),
		"cut short":                      good[:len(good)-1],
		"a byte behind the envelope":     signEnvelope(c.collective, append(bytes.Clone(envelope), 0)),
		"an eighth envelope element":     signEnvelope(c.collective, append(append([]byte{0x88}, envelope[1:]...), 0)),
		"version 2":                      signEnvelope(c.collective, append([]byte{0x87, 2}, envelope[2:]...)),
		"version 0":                      signEnvelope(c.collective, append([]byte{0x87, 0}, envelope[2:]...)),
		"a kind without letters":         change(func(m *Message) { m.Kind = "" }),
		"a kind in capitals":             change(func(m *Message) { m.Kind = "Brief" }),
		"a kind of 33 letters":           change(func(m *Message) { m.Kind = strings.Repeat("a", 33) }),
		"a kind as bytes":                signEnvelope(c.collective, bytes.Replace(envelope, []byte("\x65brief"), []byte("\x45brief"), 1)),
		"a kind that is not UTF-8":       change(func(m *Message) { m.Kind = "brie\xff" }),
		"to its own sender":              change(func(m *Message) { m.To = m.From.Identity() }),
		"sent at 2^48":                   change(func(m *Message) { m.SentAtMillis = 1 << 48 }),
		"no ciphertext":                  change(func(m *Message) { m.Ciphertext = nil }),
		"signature altered":              badSignature,
		"ciphertext altered":             bytes.Replace(good, m.Ciphertext[len(m.Ciphertext)-9:], append(bytes.Clone(m.Ciphertext[len(m.Ciphertext)-9:len(m.Ciphertext)-1]), m.Ciphertext[len(m.Ciphertext)-1]^1), 1),
		"on another network":             appendMessage(envelope, c.collective.Key.sign("main", purposeMessage, envelope)),
		"signed for a record's purpose":  appendMessage(envelope, c.collective.Key.sign(testNet, purposeRecord, envelope)),
		"signed by somebody else":        signEnvelope(Author{Signer: c.collective.Signer, Key: thief.Key}, envelope),
		"a succession that is not one":   signEnvelope(badProof, withSigner(m, badProof.Signer).envelope()),
		"one millisecond too early":      change(func(m *Message) { m.SentAtMillis = testNow.Add(MaxEarly).UnixMilli() + 1 }),
		"one millisecond too old":        change(func(m *Message) { m.SentAtMillis = testNow.Add(-MaxMessageAge).UnixMilli() - 1 }),
		"another's ciphertext":           signEnvelope(thief, withSigner(m, thief.Signer).envelope()),
		"content under another id":       written(func(m *Message) { m.ID[0] ^= 1 }),
		"content for another":            written(func(m *Message) { m.To[0] ^= 1 }),
		"content with a byte behind it":  sealed(append(bytes.Clone(content), 0)),
		"content with a fifth element":   sealed(append(append([]byte{0x85}, content[1:]...), 0x40)),
		"content in a longer form":       sealed(append([]byte{0x98, 4}, content[1:]...)),
		"content that is no CBOR at all": sealed([]byte("a body")),
	}
	for i, w := range longerHeads(good) {
		rows[fmt.Sprintf("message in longer form %02d", i)] = w
	}
	for i, e := range longerHeads(envelope) {
		rows[fmt.Sprintf("envelope in longer form %02d", i)] = signEnvelope(c.collective, e)
	}
	return rows
}

func withSigner(m Message, s Signer) *Message { m.From = s; return &m }

func TestVectorsMessages(t *testing.T) {
	golden(t, "messages.json", makeMessages(t))
	vectors := readVectors[messageVectors](t, "messages.json")
	p := newPost(t)
	for _, v := range vectors.Accepted {
		body, err := p.read(unhex(t, v.Wire))
		if err != nil || hex.EncodeToString(body) != v.Body {
			t.Errorf("%s: %x, %v", v.Name, body, err)
		}
		key := PrivateKeyFromSeed([32]byte(unhex(t, v.KeySeed)))
		if again := key.sign(v.Network, purposeMessage, unhex(t, v.Envelope)); hex.EncodeToString(again[:]) != v.Signature {
			t.Errorf("%s: the seed signs otherwise", v.Name)
		}
	}
	classes := map[string]int{}
	for _, v := range vectors.Refused {
		if _, err := p.read(unhex(t, v.Wire)); err == nil || messageClass(err) != v.Class {
			t.Errorf("%s: %v, a fault of class %q expected", v.Name, err, v.Class)
		}
		classes[v.Class]++
	}
	for _, c := range messageClasses {
		if classes[c.name] == 0 {
			t.Errorf("no row is refused as %s", c.name)
		}
	}
}

// The bounds hold at their edge, and one beyond is refused by both sides.
func TestMessageBounds(t *testing.T) {
	c, p := newCast(t), newPost(t)
	m := p.letter(c.collective, make([]byte, MaxMessageBody))
	wire, err := SealMessage(testNet, c.collective, m)
	if err != nil || len(wire) > MaxMessageBytes {
		t.Fatalf("the longest body: %d bytes, %v", len(wire), err)
	}
	if body, err := p.read(wire); err != nil || len(body) != MaxMessageBody {
		t.Errorf("the longest body: %d bytes, %v", len(body), err)
	}
	if _, err := m.Content(make([]byte, MaxMessageBody+1)); !errors.Is(err, ErrMessageForm) {
		t.Errorf("one byte more: %v", err)
	}
	head := appendBytes(nil, make([]byte, MaxMessageBody+1))
	from, content := m.From.Identity(), appendHead(nil, cborArray, 4)
	for _, part := range [][]byte{from[:], m.To[:], m.ID[:]} {
		content = appendBytes(content, part)
	}
	if _, err := m.BodyOf(append(content, head...)); !errors.Is(err, ErrMessageContent) {
		t.Errorf("one byte more under the seal: %v", err)
	}
	m.Ciphertext = make([]byte, maxCiphertext+1)
	if _, err := SealMessage(testNet, c.collective, m); !errors.Is(err, ErrMessageForm) {
		t.Errorf("a ciphertext beyond its bound: %v", err)
	}
	if _, err := OpenMessage(testNet, signEnvelope(c.collective, m.envelope()), testNow); !errors.Is(err, ErrMessageForm) {
		t.Errorf("a ciphertext beyond its bound is read: %v", err)
	}
	m = p.letter(c.collective, nil)
	for _, at := range []int64{testNow.Add(MaxEarly).UnixMilli(), testNow.Add(-MaxMessageAge).UnixMilli()} {
		m.SentAtMillis = at
		if _, err := OpenMessage(testNet, must(SealMessage(testNet, c.collective, m)), testNow); err != nil {
			t.Errorf("at the edge of time: %v", err)
		}
	}
	if _, err := SealMessage(testNet, Author{Signer: c.collective.Signer, Key: c.person.Key}, m); err == nil {
		t.Error("sealed with a key that is not the signer's")
	}
	if _, err := SealMessage("main", c.reborn, m); !errors.Is(err, ErrMessageSignature) {
		t.Errorf("a proof of another network: %v", err)
	}
}

func TestMessageAnswers(t *testing.T) {
	long := strings.Repeat("é", 300)
	for _, a := range []MessageAnswer{{}, {Code: AnswerLater, After: 60}, {Code: AnswerRefused, Words: "trop\nlong\u202e"}, {Code: 255, After: 1 << 31, Words: long}} {
		b := a.Bytes()
		if len(b) > MaxAnswerBytes {
			t.Errorf("%d bytes, at most %d expected", len(b), MaxAnswerBytes)
		}
		got, err := ParseMessageAnswer(b)
		if err != nil || got.Code != a.Code || got.After > maxAnswerAfter || len([]rune(got.Words)) > maxAnswerWords || strings.ContainsAny(got.Words, "\n\u202e") {
			t.Errorf("%+v reads as %+v, %v", a, got, err)
		}
	}
	for name, b := range map[string][]byte{
		"nothing": {}, "two elements": {0x82, 0, 0}, "a byte behind": {0x83, 0, 0, 0x60, 0}, "code 256": {0x83, 0x19, 1, 0, 0, 0x60},
		"words as bytes": {0x83, 0, 0, 0x40}, "words cut short": {0x83, 0, 0, 0x61}, "not UTF-8": {0x83, 0, 0, 0x61, 0xff},
		"a longer form": {0x83, 0x18, 0, 0, 0x60}, "waits for ever": {0x83, 1, 0x1a, 0xff, 0xff, 0xff, 0xff, 0x60},
		"too many words": append([]byte{0x83, 0, 0, 0x79, 0x03, 0x21}, make([]byte, 801)...),
	} {
		if _, err := ParseMessageAnswer(b); !errors.Is(err, ErrMessageForm) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for code, final := range map[AnswerCode]bool{AnswerAccepted: false, AnswerKind: false, 63: false, AnswerRefused: true, AnswerElsewhere: true, 255: true} {
		if code.Final() != final {
			t.Errorf("answer %d is final: %v", code, code.Final())
		}
	}
}

// bech32Bytes takes the 32 bytes out of an age recipient.
func bech32Bytes(text string) (out []byte) {
	var bits, held uint
	for _, c := range text[len("age1") : len(text)-6] {
		held, bits = held<<5|uint(strings.IndexRune("qpzry9x8gf2tvdw0s3jn54khce6mua7l", c)), bits+5
		if bits >= 8 {
			bits -= 8
			out = append(out, byte(held>>bits))
		}
	}
	return out
}

// annotateMessage writes a message, and its content, for SPEC.md.
func annotateMessage(wire, content []byte) string {
	m, envelope, _, err := parseMessage(wire)
	if err != nil {
		panic(err)
	}
	a := &annotator{b: wire}
	a.head(0, "message: array of 2")
	a.head(0, fmt.Sprintf("byte string of %d: the envelope", len(envelope)))
	a.head(1, "array of 7")
	a.item(2, "version 1")
	a.item(2, "kind %q", m.Kind)
	a.item(2, "message id")
	a.signer(2, "the sender's signer", m.From)
	a.item(2, "recipient")
	a.item(2, "sent_at %s", describeTime(m.SentAt()))
	a.item(2, "ciphertext: an age file of %d bytes", len(m.Ciphertext))
	a.item(0, "signature over the envelope")
	a.text.WriteString("\nunder the seal\n\n")
	a.b, a.at = content, 0
	a.head(0, "content: array of 4")
	a.item(1, "sender")
	a.item(1, "recipient")
	a.item(1, "message id")
	a.item(1, "body")
	return a.text.String()
}

// messageExample is the part of SPEC.md's examples about messages.
func messageExample(t *testing.T) string {
	v := readVectors[messageVectors](t, "messages.json").Accepted[0]
	return fmt.Sprintf("### A private message\n\nFrom `%s` to `%s`; its recipient's sealing key is `sealing_secret` in `vectors/messages.json`.\n\n```\n%s```\n\n",
		Identity(unhex(t, v.From)), Identity(unhex(t, v.To)), annotateMessage(unhex(t, v.Wire), unhex(t, v.Content)))
}
