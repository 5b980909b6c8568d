package keyring

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"courtcircuit/protocol"
)

// storedKey is a key as it lies in a file. The Ed25519 key is expanded only
// when it is used: that costs tens of microseconds, too much to pay for each
// of 10,000 members when a node starts.
type storedKey struct {
	id           protocol.Identity
	seed         [32]byte
	firstKey     protocol.PublicKey
	recoveryHash [32]byte
	succeeded    bool
	succession   protocol.Succession
}

var errForeignKey = errors.New("the private key is not the one that its signer names")

func storeForm(a protocol.Author) (storedKey, error) {
	if a.Key.IsZero() || a.Key.Public() != a.Signer.Key() {
		return storedKey{}, errForeignKey
	}
	s := storedKey{id: a.Identity(), seed: a.Key.Seed(), firstKey: a.Signer.FirstKey, recoveryHash: a.Signer.RecoveryHash}
	if a.Signer.Succession != nil {
		s.succeeded, s.succession = true, *a.Signer.Succession
	}
	return s, nil
}

func (s *storedKey) signer() protocol.Signer {
	out := protocol.Signer{FirstKey: s.firstKey, RecoveryHash: s.recoveryHash}
	if s.succeeded {
		p := s.succession
		out.Succession = &p
	}
	return out
}

func (s *storedKey) generation() protocol.Generation { return s.signer().Generation() }

func (s *storedKey) author() protocol.Author {
	return protocol.Author{Signer: s.signer(), Key: protocol.PrivateKeyFromSeed(s.seed)}
}

// newPeerKey has no recovery: a lost peer key is replaced by a new one, which
// the collective lists.
func newPeerKey() (storedKey, error) {
	key, err := protocol.NewPrivateKey(rand.Reader)
	if err != nil {
		return storedKey{}, err
	}
	return storeForm(protocol.Author{Signer: protocol.Signer{FirstKey: key.Public()}, Key: key})
}

// keyJSON is the written form of a storedKey.
type keyJSON struct {
	ID           string          `json:"id"`
	Seed         []byte          `json:"seed"`
	FirstKey     []byte          `json:"first_key"`
	RecoveryHash []byte          `json:"recovery_hash"`
	Succession   *successionJSON `json:"succession,omitempty"`
	Sum          string          `json:"sum"` // over all other fields, against flipped bits
}

type successionJSON struct {
	RecoveryKey []byte `json:"recovery_key"`
	N           uint32 `json:"n"`
	NewKey      []byte `json:"new_key"`
	Proof       []byte `json:"proof"`
}

// sum is a checksum, not a seal: who can write the file can sign anyway.
func (s *storedKey) sum() string {
	h := sha256.New()
	h.Write(s.id[:])
	h.Write(s.seed[:])
	h.Write(s.firstKey[:])
	h.Write(s.recoveryHash[:])
	if s.succeeded {
		h.Write(s.succession.RecoveryKey[:])
		var n [4]byte
		binary.BigEndian.PutUint32(n[:], s.succession.N)
		h.Write(n[:])
		h.Write(s.succession.NewKey[:])
		h.Write(s.succession.Proof[:])
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
}

func (s *storedKey) json() keyJSON {
	out := keyJSON{ID: s.id.String(), Seed: s.seed[:], FirstKey: s.firstKey[:], RecoveryHash: s.recoveryHash[:], Sum: s.sum()}
	if s.succeeded {
		p := &s.succession
		out.Succession = &successionJSON{RecoveryKey: p.RecoveryKey[:], N: p.N, NewKey: p.NewKey[:], Proof: p.Proof[:]}
	}
	return out
}

// key reads the written form; every error wraps ErrDamaged.
func (j *keyJSON) key() (s storedKey, err error) {
	fixed := func(name string, into, from []byte) {
		if len(from) != len(into) && err == nil {
			err = fmt.Errorf("%w: %s has %d bytes, %d expected", ErrDamaged, name, len(from), len(into))
		}
		copy(into, from)
	}
	fixed("seed", s.seed[:], j.Seed)
	fixed("first_key", s.firstKey[:], j.FirstKey)
	fixed("recovery_hash", s.recoveryHash[:], j.RecoveryHash)
	if p := j.Succession; p != nil {
		s.succeeded, s.succession.N = true, p.N
		fixed("recovery_key", s.succession.RecoveryKey[:], p.RecoveryKey)
		fixed("new_key", s.succession.NewKey[:], p.NewKey)
		fixed("proof", s.succession.Proof[:], p.Proof)
	}
	if err != nil {
		return storedKey{}, err
	}
	s.id = protocol.NewIdentity(s.firstKey, s.recoveryHash)
	if j.ID != s.id.String() || j.Sum != s.sum() {
		return storedKey{}, fmt.Errorf("%w: its checksum does not fit", ErrDamaged)
	}
	return s, nil
}

// purpose says which key a file holds, so that a peer key put in the place of
// a root key is found out.
type purpose string

const (
	purposeCollective purpose = "collective"
	purposePeer       purpose = "peer"
	purposeMember     purpose = "member" // in exports; members' keys lie in the log
)

const (
	keyFormat     = "courtcircuit-key"
	formatVersion = 1

	maxKeyFileBytes = 16 << 10
)

type keyFileJSON struct {
	formatJSON
	Purpose purpose `json:"purpose"`
	Key     keyJSON `json:"key"`
}

// formatJSON begins every file here.
type formatJSON struct {
	Format  string `json:"format"`
	Version int    `json:"version"`
}

// checkFormat reads the beginning only, because a newer version may have
// changed everything else.
func checkFormat(data []byte, format string) error {
	var f formatJSON
	if err := json.Unmarshal(data, &f); err != nil || f.Format != format || f.Version < 1 {
		return fmt.Errorf("%w (expected format %q, version %d)", ErrDamaged, format, formatVersion)
	}
	if f.Version > formatVersion {
		return fmt.Errorf("%w (format version %d, up to %d known)", ErrNewerFormat, f.Version, formatVersion)
	}
	return nil
}

func encodeKeyFile(p purpose, s storedKey) ([]byte, error) {
	out, err := json.MarshalIndent(keyFileJSON{formatJSON{keyFormat, formatVersion}, p, s.json()}, "", "  ")
	return append(out, '\n'), err
}

func decodeKeyFile(data []byte) (purpose, storedKey, error) {
	if err := checkFormat(data, keyFormat); err != nil {
		return "", storedKey{}, err
	}
	var f keyFileJSON
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(&f); err != nil {
		return "", storedKey{}, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	s, err := f.Key.key()
	if err == nil {
		// A single key can be proved whole; see storedKey for why a log cannot.
		_, err = storeForm(s.author())
	}
	return f.Purpose, s, err
}

// readKeyFile gives nil when there is no such file.
func readKeyFile(path string, want purpose) (*storedKey, error) {
	data, err := readBounded(path, maxKeyFileBytes)
	if isMissing(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read %s key: %w", want, err)
	}
	got, s, err := decodeKeyFile(data)
	if err != nil {
		return nil, fmt.Errorf("read %s key: %s: %w", want, path, err)
	}
	if got != want {
		return nil, fmt.Errorf("read %s key: %s: %w: it holds a %q key", want, path, ErrDamaged, got)
	}
	return &s, nil
}

func writeKeyFile(path string, p purpose, s storedKey) error {
	data, err := encodeKeyFile(p, s)
	if err != nil {
		return err
	}
	return writeFile(path, data)
}

// readBounded reads a whole file of at most maxBytes.
func readBounded(path string, maxBytes int64) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is not a file: %w", path, ErrDamaged)
	}
	if info.Size() > maxBytes {
		return nil, fmt.Errorf("%s has %d bytes, at most %d expected: %w", path, info.Size(), maxBytes, ErrDamaged)
	}
	return os.ReadFile(path)
}
