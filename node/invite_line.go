package node

import (
	"bytes"
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"strings"
	"unicode"

	"github.com/fxamacker/cbor/v2"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/multiformats/go-multiaddr"

	"courtcircuit/node/card"
	"courtcircuit/protocol"
)

// An invitation is one line that survives mail, chat and a shell: a prefix,
// then base32 as in ids. Inside stands a CBOR array of network, peer id,
// addresses without it, collective's identity or nothing, and its name; then
// the first bytes of its hash, so that a line that was cut off says so. It is
// not signed and needs no secret: the peer id is the key that whoever answers
// at the addresses has to prove.
const (
	invitePrefix     = "courtcircuit-1-"
	inviteMark       = "courtcircuit-"
	inviteSumBytes   = 4
	maxInviteChars   = 4096
	maxInvitedAddrs  = 8
	maxInviteNameLen = 200 // bytes, as in bootstrap.json
)

var inviteText = base32.StdEncoding.WithPadding(base32.NoPadding)

type invitation struct {
	_          struct{} `cbor:",toarray"`
	Network    string
	Peer       []byte
	Addrs      [][]byte
	Collective []byte
	Name       string
}

func (i invitation) line() (string, error) {
	payload, err := cbor.Marshal(i)
	if err != nil {
		return "", fmt.Errorf("encode invitation: %w", err)
	}
	return invitePrefix + strings.ToLower(inviteText.EncodeToString(append(payload, inviteSum(payload)...))), nil
}

func inviteSum(payload []byte) []byte {
	sum := sha256.Sum256(append([]byte(invitePrefix), payload...))
	return sum[:inviteSumBytes]
}

func lineProblem(expected, format string, args ...any) *card.Problem {
	return &card.Problem{Cause: card.Invalid, Field: "line", Expected: expected, Detail: fmt.Sprintf(format, args...)}
}

// invited is what a line says once it is read.
type invited struct {
	network    protocol.Network
	info       peer.AddrInfo
	collective *protocol.Identity
	name       string
}

// addrs are the addresses in the form of a bootstrap list.
func (i *invited) addrs() (out []string) {
	for _, a := range i.info.Addrs {
		out = append(out, a.String()+"/p2p/"+i.info.ID.String())
	}
	return out
}

// parseInvite reads a line as people paste it: broken by a mail program, in
// capitals, with what stood before it.
func parseInvite(line string) (*invited, error) {
	const expected = "the whole line that courtcircuit invite printed"
	if len(line) > maxInviteChars {
		return nil, lineProblem(expected, "%d characters are too many for an invitation", len(line))
	}
	text := strings.ToLower(strings.Join(strings.Fields(line), ""))
	at := strings.LastIndex(text, inviteMark)
	if at < 0 {
		return nil, lineProblem(expected, "this is no invitation")
	}
	text = text[at:]
	coded, ok := strings.CutPrefix(text, invitePrefix)
	if !ok {
		return nil, lineProblem("a program as new as the one that made it", "the invitation is of a form that this version does not know")
	}
	raw, err := inviteText.DecodeString(strings.ToUpper(coded))
	if err != nil || len(raw) <= inviteSumBytes {
		return nil, lineProblem(expected, "the invitation is cut off or altered")
	}
	payload, sum := raw[:len(raw)-inviteSumBytes], raw[len(raw)-inviteSumBytes:]
	if !bytes.Equal(sum, inviteSum(payload)) {
		return nil, lineProblem(expected, "the invitation is cut off or altered")
	}
	var i invitation
	if err := cbor.Unmarshal(payload, &i); err != nil {
		return nil, lineProblem(expected, "the invitation cannot be read: %v", err)
	}
	return i.check()
}

// check goes over what anybody can have written into a line.
func (i *invitation) check() (*invited, error) {
	const expected = "an invitation of a running node"
	out := &invited{network: protocol.Network(i.Network), name: cleanName(i.Name)}
	if err := out.network.Validate(); err != nil {
		return nil, lineProblem(expected, "the invitation names no network: %v", err)
	}
	id, err := peer.IDFromBytes(i.Peer)
	if err != nil {
		return nil, lineProblem(expected, "the invitation names no peer: %v", err)
	}
	out.info.ID = id
	if len(i.Addrs) == 0 || len(i.Addrs) > maxAddrsPerPeer {
		return nil, lineProblem(expected, "the invitation has %d addresses, 1 to %d are possible", len(i.Addrs), maxAddrsPerPeer)
	}
	for _, b := range i.Addrs {
		a, err := multiaddr.NewMultiaddrBytes(b)
		if err != nil {
			return nil, lineProblem(expected, "an address of the invitation cannot be read: %v", err)
		}
		out.info.Addrs = append(out.info.Addrs, a)
	}
	if len(i.Collective) == len(protocol.Identity{}) {
		c := protocol.Identity(i.Collective)
		out.collective = &c
	}
	return out, nil
}

// cleanName takes out what could hide or move what stands beside it on a
// terminal.
func cleanName(s string) string {
	s = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, ""))
	for len(s) > maxInviteNameLen {
		s = s[:strings.LastIndexFunc(s, func(rune) bool { return true })]
	}
	return s
}
