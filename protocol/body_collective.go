package protocol

import (
	"bytes"
	"errors"
	"fmt"
)

// Collective is the group that runs a node, as it presents itself.
type Collective struct {
	Name       string     `cbor:"1,keyasint" json:"name"`
	About      string     `cbor:"2,keyasint,omitempty" json:"about,omitempty"`
	Place      Place      `cbor:"3,keyasint" json:"place"`
	Languages  []string   `cbor:"4,keyasint,omitempty" json:"languages,omitempty"`
	Contact    string     `cbor:"5,keyasint,omitempty" json:"contact,omitempty"` // what it chooses to publish
	Links      []Link     `cbor:"6,keyasint,omitempty" json:"links,omitempty"`
	URL        string     `cbor:"7,keyasint,omitempty" json:"url,omitempty"` // the public pages, https
	Nodes      []NodeLink `cbor:"8,keyasint,omitempty" json:"-"`
	SealingKey []byte     `cbor:"9,keyasint,omitempty" json:"-"` // age X25519, 32 bytes
	Extra      Extra      `cbor:"-" json:"-"`
}

// NodeLink binds a running node to the collective with that peer's own
// signature, so that nobody can list a node that is not theirs.
type NodeLink struct {
	_         struct{} `cbor:",toarray"`
	PeerID    []byte   // libp2p peer id of an Ed25519 key
	Signature []byte   // by the peer's key, over [collective identity, peer id]
	Renews    bool     // the node that renews profiles
	Addrs     []string // public multiaddrs, may be empty
}

const (
	maxNodes     = 8
	maxNodeAddrs = 4
)

var (
	collectiveKeys     = keysUpTo(9)
	collectiveRequired = requiredKeys(1, 3)
)

func (c *Collective) zone() uint16  { return c.Place.Zone() }
func (c *Collective) extra() *Extra { return &c.Extra }

func (c *Collective) required() uint64 { return collectiveRequired }

func (c *Collective) readField(key uint64, r *cborReader) bool {
	switch key {
	case 1:
		c.Name = readText(r)
	case 2:
		c.About = someText(r)
	case 3:
		c.Place = readPlace(r)
	case 4:
		c.Languages = someOf(r, readText)
	case 5:
		c.Contact = someText(r)
	case 6:
		c.Links = someOf(r, readLink)
	case 7:
		c.URL = someText(r)
	case 8:
		c.Nodes = someOf(r, readNode)
	case 9:
		c.SealingKey = someBytes(r)
	default:
		return false
	}
	return true
}

func readNode(r *cborReader) NodeLink {
	r.tuple(4)
	return NodeLink{PeerID: readBytes(r), Signature: readBytes(r), Renews: readBool(r), Addrs: readAddrs(r)}
}

// readAddrs takes null as well: who announces no address publishes that.
func readAddrs(r *cborReader) []string {
	if r.err == nil && len(r.rest) > 0 && r.rest[0] == cborNull {
		r.rest = r.rest[1:]
		return nil
	}
	return listOf(r, readText)
}

func (c *Collective) check(*Header) error {
	if err := checkNodes(c.Nodes); err != nil {
		return err
	}
	if l := len(c.SealingKey); l != 0 && l != 32 {
		return fieldf("sealing_key", "32 bytes")
	}
	if c.URL != "" {
		if err := checkURL("url", c.URL); err != nil {
			return err
		}
	}
	return errors.Join(
		checkText("name", c.Name, 1, MaxNameRunes, false),
		checkText("about", c.About, 0, MaxAboutRunes, true),
		checkText("contact", c.Contact, 0, 300, true),
		c.Place.check("place"), checkLanguages(c.Languages), checkLinks(c.Links),
	)
}

// checkProofs looks at the signatures in the body. What was found once of bytes
// with one hash holds for ever.
func (c *Collective) checkProofs(n Network, owner Identity) error {
	for i := range c.Nodes {
		if !c.Nodes[i].holds(n, owner) {
			return fieldf("nodes", "a signature by the listed peer over this collective")
		}
	}
	return nil
}

func checkNodes(nodes []NodeLink) error {
	if len(nodes) > maxNodes {
		return fieldf("nodes", "at most %d", maxNodes)
	}
	seen, renewers := map[string]bool{}, 0
	for i := range nodes {
		l := &nodes[i]
		if seen[string(l.PeerID)] {
			return fieldf("nodes", "each peer id once")
		}
		seen[string(l.PeerID)] = true
		if l.Renews {
			renewers++
		}
		if err := l.check(); err != nil {
			return err
		}
	}
	if renewers > 1 { // two would sign rival versions of one profile
		return fieldf("nodes", "at most one that renews")
	}
	return nil
}

// Draft drafts the record that publishes the collective.
func (c *Collective) Draft(issuedAtMillis int64) (Draft, error) {
	d, err := draftOf(KindCollective, c)
	d.IssuedAtMillis = issuedAtMillis
	return d, err
}

func nodePayload(owner Identity, peerID []byte) []byte {
	out := appendHead(nil, cborArray, 2)
	out = appendBytes(out, owner[:])
	return appendBytes(out, peerID)
}

// NewNodeLink signs, with the peer's key, that the peer serves a collective.
func NewNodeLink(n Network, owner Identity, peerKey PrivateKey, renews bool, addrs []string) (NodeLink, error) {
	if peerKey.IsZero() {
		return NodeLink{}, fmt.Errorf("node link: %w", errNoKey)
	}
	pub := peerKey.Public()
	id := append(bytes.Clone(peerIDPrefix), pub[:]...)
	sig := peerKey.sign(n, purposeNode, nodePayload(owner, id))
	return NodeLink{PeerID: id, Signature: sig[:], Renews: renews, Addrs: addrs}, nil
}

func (l *NodeLink) check() error {
	if len(l.PeerID) > 64 || len(l.Signature) != 64 || len(l.Addrs) > maxNodeAddrs {
		return fieldf("nodes", "a peer id, a signature of 64 bytes and at most %d addresses", maxNodeAddrs)
	}
	for _, a := range l.Addrs {
		if err := checkText("nodes.addrs", a, 1, 200, false); err != nil {
			return err
		}
		if a[0] != '/' {
			return fieldf("nodes.addrs", "a multiaddress, beginning with /")
		}
	}
	if _, ok := keyOfPeer(l.PeerID); !ok {
		return fieldf("nodes", "the peer id of an Ed25519 key")
	}
	return nil
}

// holds says whether the peer signed that it is this collective's; check passed.
func (l *NodeLink) holds(n Network, owner Identity) bool {
	pub, _ := keyOfPeer(l.PeerID)
	claim := signedClaim{pub, n.signedBytes(purposeNode, nodePayload(owner, l.PeerID)), Signature(l.Signature)}
	return claim.holds()
}

// peerIDPrefix stands before the key in the peer id of every Ed25519 key: an
// identity multihash (00) of 36 bytes (24) that hold libp2p's protobuf of key
// type 1 (08 01) and 32 bytes of key (12 20). Comparing bytes rather than
// parsing gives every peer one id: protobuf has many encodings of one key.
var peerIDPrefix = []byte{0x00, 0x24, 0x08, 0x01, 0x12, 0x20}

func keyOfPeer(id []byte) (PublicKey, bool) {
	raw, ok := bytes.CutPrefix(id, peerIDPrefix)
	if !ok || len(raw) != 32 {
		return PublicKey{}, false
	}
	return PublicKey(raw), true
}
