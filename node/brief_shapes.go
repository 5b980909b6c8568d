package node

import (
	"crypto/sha256"
	"fmt"
	"time"

	"courtcircuit/node/card"
	"courtcircuit/node/inbox"
	"courtcircuit/protocol"
)

// brief is a client's request at the collective that answers it, under
// briefKey. One that was deleted early leaves its key behind, so that a copy
// still on its way does not bring it back.
type brief struct {
	From       protocol.Identity // the collective where it was deposited, perhaps this one
	Ref        inbox.ID          // what that one calls it: the key of its track
	Form       card.BriefForm
	ToName     string `json:",omitempty"`
	State      string
	ReceivedAt time.Time
	Steps      []card.BriefStep
	Slot       [16]byte   // of the mission, drawn once, so that there is never more than one
	Text       *briefText `json:",omitempty"` // proposed last
	Change     string     `json:",omitempty"`
	MissionID  string     `json:",omitempty"`
	Reports    uint64     // how often its state was told
	Told       inbox.ID   // the message with the last report, to another collective
	Answers    uint64     // number of the client's last answer that was heard
	DeleteAt   time.Time
	Deleted    bool `json:",omitempty"`
}

// track is what a client follows, under the hash of their secret. It has a
// copy of the words, so that they can go to another collective when this one
// has deleted them.
type track struct {
	Words       [32]byte // hash of what was sent, to know a repetition by
	Form        card.BriefForm
	To          protocol.Identity
	ToName      string   `json:",omitempty"`
	Message     inbox.ID // that carries it to another collective
	Answer      inbox.ID // that carries the client's last answer there
	DepositedAt time.Time
	ArrivedAt   time.Time         `json:",omitzero"`
	FailedAt    time.Time         `json:",omitzero"`
	Heard       *briefReport      `json:",omitempty"` // the last of the collective that answers
	Asked       *briefAnswer      `json:",omitempty"` // on its way there
	Answers     uint64            // number of the last answer
	Offered     protocol.Identity // the collective that it went to later
	DeleteAt    time.Time
}

// briefText is the exact body of a mission before it is a record.
type briefText struct {
	_        struct{} `cbor:",toarray"`
	Audience string
	Zone     uint16
	Body     []byte
}

// digest is what a client accepts. It is over the bytes that will be signed,
// and the audience stands in front with its length, so that no part can pass
// for the other.
func (t *briefText) digest() [32]byte {
	data := append([]byte("courtcircuit-brief-text/1"), byte(len(t.Audience)))
	return sha256.Sum256(append(append(data, t.Audience...), t.Body...))
}

func (t *briefText) mission(network protocol.Network) (*protocol.Mission, error) {
	rec := protocol.Record{
		Header: protocol.Header{Kind: protocol.KindMission, Slot: make([]byte, 16), Zone: t.Zone, BodyVersion: 1, BodyLength: uint32(len(t.Body))},
		Body:   t.Body, HasBody: true,
	}
	body, err := protocol.DecodeBody(network, &rec)
	if err != nil {
		return nil, fmt.Errorf("read proposed text: %w", err)
	}
	m, ok := body.(*protocol.Mission)
	if !ok || m.State != protocol.MissionOpen {
		return nil, fmt.Errorf("read proposed text: an open mission expected")
	}
	return m, nil
}

func (t *briefText) card(network protocol.Network) *card.BriefText {
	m, err := t.mission(network)
	if err != nil {
		return nil // checked when it came
	}
	return &card.BriefText{Mission: missionWords(m), Audience: t.Audience, Digest: protocol.StableID(t.digest()).String()}
}

// briefReport is how a brief stands, for the client. Each is whole, so that
// one that was lost or came late costs nothing.
type briefReport struct {
	Ref     inbox.ID    `cbor:"1,keyasint"`
	Number  uint64      `cbor:"2,keyasint"` // rises
	Answers uint64      `cbor:"3,keyasint"` // the client's answers heard so far
	State   string      `cbor:"4,keyasint"`
	Steps   []briefStep `cbor:"5,keyasint"`
	Text    *briefText  `cbor:"6,keyasint,omitempty"`
	Mission *inbox.ID   `cbor:"7,keyasint,omitempty"` // stable id
}

// briefStep is a card.BriefStep on the wire.
type briefStep struct {
	_     struct{} `cbor:",toarray"`
	At    int64
	State string
	By    string
	Words string
}

// briefAnswer is what the client does with a brief.
type briefAnswer struct {
	Ref    inbox.ID  `cbor:"1,keyasint"`
	Number uint64    `cbor:"2,keyasint"` // from 1
	Act    briefAct  `cbor:"3,keyasint"`
	Digest *inbox.ID `cbor:"4,keyasint,omitempty"` // of the text accepted, or to be changed
	Words  string    `cbor:"5,keyasint,omitempty"` // what shall be different
	At     int64     `cbor:"6,keyasint"`
}

// briefLetter is a brief on its way to another collective.
type briefLetter struct {
	Ref         inbox.ID       `cbor:"1,keyasint"`
	Title       string         `cbor:"2,keyasint,omitempty"`
	Description string         `cbor:"3,keyasint"`
	Place       protocol.Place `cbor:"4,keyasint"`
	When        string         `cbor:"5,keyasint,omitempty"`
	Name        string         `cbor:"6,keyasint"`
	Email       string         `cbor:"7,keyasint,omitempty"`
	Phone       string         `cbor:"8,keyasint,omitempty"`
	Audience    string         `cbor:"9,keyasint"`
	Language    string         `cbor:"10,keyasint"`
	Profile     *inbox.ID      `cbor:"11,keyasint,omitempty"`
}

// briefKey names a brief by who sent it, too: nobody can reach that of another.
func briefKey(from protocol.Identity, ref inbox.ID) inbox.ID {
	data := append([]byte("courtcircuit-brief/1"), from[:]...)
	return sha256.Sum256(append(data, ref[:]...))
}

func (n *Node) briefShelf() inbox.Shelf[brief] {
	return inbox.NewShelf[brief](n.inbox, inbox.SpaceBriefs)
}
func (n *Node) trackShelf() inbox.Shelf[track] {
	return inbox.NewShelf[track](n.inbox, inbox.SpaceTracks)
}
