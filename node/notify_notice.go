package node

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"time"

	"courtcircuit/node/card"
	"courtcircuit/node/inbox"
	"courtcircuit/node/notify"
)

// What people are told, each once.
const (
	tellBrief     = "brief"     // coordinators: a brief arrived
	tellChange    = "change"    // coordinators: the client asks for another text
	tellReminder  = "reminder"  // coordinators: nobody answered yet
	tellOffer     = "offer"     // client: it may go to another collective
	tellProposed  = "proposed"  // client: a text waits to be accepted
	tellDeclined  = "declined"  // client
	tellPublished = "published" // client
)

// How long silence lasts before somebody is told, in working days.
const (
	reminderDays = 2
	offerDays    = 5
)

// channel is a way by which people are told.
type channel string

const (
	byMail    channel = "mail"
	byWebhook channel = "webhook"
)

// notice is what is due about one brief, to the coordinators, or about one
// track, to its client. It leaves the shelf once there is nothing more to tell.
type notice struct {
	Subject inbox.ID      `json:"subject"`         // brief or track
	Place   string        `json:"place,omitempty"` // commune that the brief is about
	Client  *noticeClient `json:"client,omitempty"`
	Due     []dueNotice   `json:"due"`
}

// noticeClient is a client who left an address. The link is kept as it is,
// because the track only has its hash: whoever reads this file can read the
// track as well.
type noticeClient struct {
	Email      string `json:"email"`
	Path       string `json:"path"` // of the private link
	Language   string `json:"language,omitempty"`
	Collective string `json:"collective,omitempty"` // who answers
}

// dueNotice is one thing to tell from a time on.
type dueNotice struct {
	Event string              `json:"event"`
	At    time.Time           `json:"at"`
	By    map[channel]attempt `json:"by,omitempty"`
}

// attempt is how telling went by one channel.
type attempt struct {
	Tries   int             `json:"tries,omitempty"`
	First   time.Time       `json:"first,omitzero"`
	Last    time.Time       `json:"last,omitzero"`
	Sending bool            `json:"sending,omitempty"` // marked before, and never after: the program ended in between
	Done    bool            `json:"done,omitempty"`
	Failure *notify.Failure `json:"failure,omitempty"`
}

// briefNotice is a brief that waits for the coordinators. Nothing of it that
// the client wrote is told: of the place only where it is counts, because its
// name can hold a telephone number.
type briefNotice struct {
	Brief inbox.ID
	Event string // tellBrief by default, or tellChange
	Place card.ResolvedPlace
}

// noticeBriefIn tells the coordinators about a brief at once, and again after
// two working days unless cancelNoticesIn comes first. wakeNotices is to be
// called after the step.
func (n *Node) noticeBriefIn(tx *inbox.Tx, b briefNotice, now time.Time) error {
	if b.Event == "" {
		b.Event = tellBrief
	}
	commune := ""
	if c := n.communes.nearestTo(b.Place); c != nil {
		commune = c.place.Name
	}
	return n.putNotice(tx, deskKey(b.Brief), notice{
		Subject: b.Brief, Place: commune,
		Due: []dueNotice{
			{Event: b.Event, At: now.UTC()},
			{Event: tellReminder, At: notify.AddWorkingDays(now, reminderDays).UTC()},
		},
	})
}

// cancelNoticesIn drops what the coordinators were still to be told about a
// brief: it was answered, withdrawn or deleted.
func (n *Node) cancelNoticesIn(tx *inbox.Tx, brief inbox.ID) error {
	return n.notices.shelf.DeleteIn(tx, deskKey(brief))
}

// clientNotice is a client who wants to be told; without Email nobody is.
type clientNotice struct {
	Track      inbox.ID
	Email      string
	Path       string // of the private link, such as /suivi/…
	Language   string // of the client: fr, en or "" for the collective's
	Collective string // name of the one that answers
}

// noticeClientIn remembers how to tell a client, and offers them another
// collective after five working days of silence.
func (n *Node) noticeClientIn(tx *inbox.Tx, c clientNotice, now time.Time) error {
	if c.Email == "" {
		return nil
	}
	return n.putNotice(tx, clientKey(c.Track), notice{
		Subject: c.Track,
		Client:  &noticeClient{c.Email, c.Path, c.Language, c.Collective},
		Due:     []dueNotice{{Event: tellOffer, At: notify.AddWorkingDays(now, offerDays).UTC()}},
	})
}

// noticeStateIn follows the state of a track (card.Brief…): it tells the client
// what a coordinator did, and nothing else.
func (n *Node) noticeStateIn(tx *inbox.Tx, track inbox.ID, state string, now time.Time) error {
	event := ""
	switch state {
	case card.BriefProposed:
		event = tellProposed
	case card.BriefDeclined:
		event = tellDeclined
	case card.BriefPublished:
		event = tellPublished
	case card.BriefUndeliverable:
		event = tellOffer // nobody will answer: no reason to wait
	case card.BriefWithdrawn:
		return n.forgetClientIn(tx, track)
	default:
		return nil
	}
	key := clientKey(track)
	held, err := n.notices.shelf.GetIn(tx, key)
	if errors.Is(err, inbox.ErrNotFound) {
		return nil // left no address, or was told the last thing
	}
	if err != nil {
		return fmt.Errorf("notice of a state: %w", err)
	}
	if slices.ContainsFunc(held.Due, func(d dueNotice) bool { return d.Event == event && !d.At.After(now) }) {
		return nil // the same state again, before the first was told
	}
	held.Due = []dueNotice{{Event: event, At: now.UTC()}}
	return n.putNotice(tx, key, held)
}

// forgetClientIn drops the client's address with everything they were still
// to be told.
func (n *Node) forgetClientIn(tx *inbox.Tx, track inbox.ID) error {
	return n.notices.shelf.DeleteIn(tx, clientKey(track))
}

// wakeNotices makes both channels look at what is due. It never waits.
func (n *Node) wakeNotices() { n.notices.wake() }

// putNotice never fails a brief because its notice has no room.
func (n *Node) putNotice(tx *inbox.Tx, key inbox.ID, v notice) error {
	err := n.notices.shelf.PutIn(tx, key, v)
	if errors.Is(err, inbox.ErrFull) {
		n.log.Warn("nobody will be told of this brief", "error", err)
		return nil
	}
	return err
}

// deskKey and clientKey differ, so that one id may be both a brief's and a
// track's.
func deskKey(brief inbox.ID) inbox.ID   { return noticeKey('b', brief) }
func clientKey(track inbox.ID) inbox.ID { return noticeKey('t', track) }

func noticeKey(side byte, id inbox.ID) inbox.ID {
	return sha256.Sum256(append([]byte{'n', side}, id[:]...))
}
