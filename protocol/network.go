package protocol

import (
	"encoding/binary"
	"fmt"
	"regexp"
)

// Network names a federation. The name is part of every signature domain, of
// the gossip topic and of every stream protocol id, so that what is signed
// for a demo or a test is nothing on the real network.
type Network string

// MainNetwork is the network that bootstrap.json names by default.
const MainNetwork Network = "main"

var networkPattern = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,31}$`)

// Validate refuses names that could not stand in a protocol id.
func (n Network) Validate() error {
	if !networkPattern.MatchString(string(n)) {
		return fmt.Errorf("network name %q: expected 1 to 32 of a-z, 0-9 and -, beginning with a letter or digit", string(n))
	}
	return nil
}

// Topic is the gossip topic that carries every record of the network.
func (n Network) Topic() string { return "/courtcircuit/" + string(n) + "/records/1" }

// StreamID is the libp2p protocol id of one of the network's streams.
func (n Network) StreamID(name string) string {
	return "/courtcircuit/" + string(n) + "/" + name + "/1"
}

// purpose is the middle of a signature domain; a signature made for one
// purpose never verifies for another.
type purpose string

const (
	purposeRecord     purpose = "record"
	purposeGrant      purpose = "grant"
	purposeSuccession purpose = "succession"
	purposeNode       purpose = "node"
	purposeMeeting    purpose = "meeting"
	purposeMessage    purpose = "message"
)

// signedBytes is what a key signs: libp2p's domain separation (its RFC 0002)
// with an empty payload type. Each part stands behind its length as an
// unsigned varint, so no two (domain, payload) pairs share their bytes.
func (n Network) signedBytes(p purpose, payload []byte) []byte {
	domain := "courtcircuit-" + string(p) + "/1/" + string(n)
	out := make([]byte, 0, len(domain)+len(payload)+8)
	out = binary.AppendUvarint(out, uint64(len(domain)))
	out = append(out, domain...)
	out = append(out, 0) // the length of the empty payload type
	out = binary.AppendUvarint(out, uint64(len(payload)))
	return append(out, payload...)
}
