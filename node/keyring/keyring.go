// Package keyring keeps the private keys of a node in files: the collective's
// root key, the peer key, the sealing key and the keys of members who let the
// node hold theirs.
//
// Its promise: a key is on the disk, synced, before the call that added it
// returns; a file that is damaged, newer or not a key file is an error that
// names it and never silently an empty keyring; and no other user of the
// machine may read what is written here. It knows no passphrase, network or
// record: whoever can read the folder can sign.
package keyring

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"

	"courtcircuit/protocol"

	"filippo.io/age"
)

var (
	// ErrExists: a key is there already; Replace is the way to change it.
	ErrExists = errors.New("a key is already kept")
	// ErrNoKey: no private key of that identity is kept here.
	ErrNoKey = errors.New("no private key of this identity is kept here")
	// ErrNewerFormat: written by a newer version of the program.
	ErrNewerFormat = errors.New("written by a newer version of courtcircuit; run that version or a newer one")
	// ErrDamaged: the file is not what was written.
	ErrDamaged = errors.New("not a whole key file; put back the copy from the last backup")
	// ErrWrongPassphrase: the sealed key does not open with it.
	ErrWrongPassphrase = errors.New("wrong passphrase")
)

// MaxMembers bounds the members' keys of one node.
const MaxMembers = 100_000

// The files of a keyring.
const (
	collectiveFile = "collective.json"
	peerFile       = "peer.json"
	sealingFile    = "sealing.json"
	membersFile    = "members.jsonl"
)

// Keyring holds the keys of one folder. All methods may be called at once.
type Keyring struct {
	dir      string
	warnings []string

	mu         sync.Mutex
	collective *storedKey
	author     protocol.Author // the collective's, expanded once: every card is signed beside it
	peer       *storedKey
	sealing    *age.X25519Identity
	members    *memberLog

	scryptWorkFactor int // tests lower it: the real one takes a second
}

// Open reads the keys in dir and makes the folder when it is missing. Errors
// wrap ErrDamaged or ErrNewerFormat where they apply and name the file.
func Open(dir string) (*Keyring, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make key folder: %w", err)
	}
	if err := removeTemps(dir); err != nil {
		return nil, err
	}
	k := &Keyring{dir: dir, scryptWorkFactor: scryptWorkFactor}
	var err error
	if k.collective, err = readKeyFile(k.path(collectiveFile), purposeCollective); err != nil {
		return nil, err
	}
	if k.peer, err = readKeyFile(k.path(peerFile), purposePeer); err != nil {
		return nil, err
	}
	if k.sealing, err = readSealingFile(k.path(sealingFile)); err != nil {
		return nil, err
	}
	if k.members, err = openMemberLog(k.path(membersFile)); err != nil {
		return nil, err
	}
	if k.collective != nil {
		k.author = k.collective.author()
	}
	k.warnings = append(modeWarnings(dir), k.members.warnings...)
	return k, nil
}

func (k *Keyring) path(name string) string { return filepath.Join(k.dir, name) }

// Warnings says what the operator should look at: files that other users can
// read, a half-written key that was dropped.
func (k *Keyring) Warnings() []string { return slices.Clone(k.warnings) }

// modeWarnings names what others can read. It only warns: the secret may have
// been read already, and silently changing the mode would hide that.
func modeWarnings(dir string) []string {
	if runtime.GOOS == "windows" { // has no such bits; the folder's access list decides
		return nil
	}
	var out []string
	for _, name := range []string{"", collectiveFile, peerFile, sealingFile, membersFile} {
		path := filepath.Join(dir, name)
		info, err := os.Stat(path)
		if err == nil && info.Mode().Perm()&0o077 != 0 {
			out = append(out, fmt.Sprintf("%s can be read by other users (mode %#o); run chmod go-rwx on it", path, info.Mode().Perm()))
		}
	}
	return out
}

// Collective is the collective's author; false when none was made yet.
func (k *Keyring) Collective() (protocol.Author, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.author, k.collective != nil
}

// CreateCollective makes the collective's root key from rand. The recovery
// secret is not kept: the caller hands it out once. ErrExists when there is a
// root key.
func (k *Keyring) CreateCollective(rand io.Reader) (protocol.Author, protocol.RecoverySecret, error) {
	a, secret, err := protocol.NewAuthor(rand)
	if err != nil {
		return protocol.Author{}, protocol.RecoverySecret{}, fmt.Errorf("create collective key: %w", err)
	}
	if err := k.AdoptCollective(a); err != nil {
		return protocol.Author{}, protocol.RecoverySecret{}, err
	}
	return a, secret, nil
}

// AdoptCollective keeps a root key that was made elsewhere (an imported one).
// The same key again is no error; another one is ErrExists.
func (k *Keyring) AdoptCollective(a protocol.Author) error {
	s, err := storeForm(a)
	if err != nil {
		return fmt.Errorf("keep collective key: %w", err)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.collective != nil {
		if *k.collective == s {
			return nil
		}
		return fmt.Errorf("keep collective key of %s: %w, of %s", s.id.Fingerprint(), ErrExists, k.collective.id.Fingerprint())
	}
	return k.setCollective(s)
}

func (k *Keyring) setCollective(s storedKey) error {
	if err := writeKeyFile(k.path(collectiveFile), purposeCollective, s); err != nil {
		return fmt.Errorf("keep collective key: %w", err)
	}
	k.collective, k.author = &s, s.author()
	return nil
}

// Replace puts the key that a succession named in the place of the identity's
// former one, the collective's or a member's. The same key again is no error;
// a key that the kept one outranks is refused, because readers would refuse
// what it signs.
func (k *Keyring) Replace(a protocol.Author) error {
	s, err := storeForm(a)
	if err != nil {
		return fmt.Errorf("replace key: %w", err)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	old, isMember := k.members.of(s.id)
	isCollective := k.collective != nil && k.collective.id == s.id
	if isCollective {
		old = *k.collective
	}
	switch {
	case !isCollective && !isMember:
		return fmt.Errorf("replace key of %s: %w", s.id.Fingerprint(), ErrNoKey)
	case old == s:
		return nil
	case !s.generation().Above(old.generation()):
		return fmt.Errorf("replace key of %s: the kept key outranks the new one (succession %d, new %d)", s.id.Fingerprint(), old.generation().N, s.generation().N)
	case isCollective:
		return k.setCollective(s)
	default:
		return k.members.replace(s)
	}
}

// PeerKey is the node's libp2p key, made on first use.
func (k *Keyring) PeerKey() (protocol.PrivateKey, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.peer == nil {
		s, err := newPeerKey()
		if err != nil {
			return protocol.PrivateKey{}, fmt.Errorf("make peer key: %w", err)
		}
		if err := writeKeyFile(k.path(peerFile), purposePeer, s); err != nil {
			return protocol.PrivateKey{}, fmt.Errorf("keep peer key: %w", err)
		}
		k.peer = &s
	}
	return k.peer.author().Key, nil
}

func isMissing(err error) bool { return errors.Is(err, fs.ErrNotExist) }
