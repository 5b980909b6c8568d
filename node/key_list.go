package node

import (
	"context"
	"errors"
	"fmt"
	"time"

	"courtcircuit/node/httpapi/api"
	"courtcircuit/node/keyring"
	"courtcircuit/protocol"
)

// Keys lists the identities whose keys are here, the collective first.
func (n *Node) Keys(context.Context) ([]api.Key, error) {
	now := time.Now()
	out := []api.Key{}
	if author, ok := n.keys.Collective(); ok {
		out = append(out, n.keyCard(author, roleCollective, now))
	}
	for _, id := range n.keys.Members() {
		if author, ok := n.keys.Member(id); ok {
			out = append(out, n.keyCard(author, roleMember, now))
		}
	}
	return out, nil
}

const (
	roleCollective = "collective"
	roleMember     = "member"
)

func (n *Node) keyCard(author protocol.Author, role string, now time.Time) api.Key {
	id := author.Identity()
	k := api.Key{ID: id.String(), Fingerprint: id.Fingerprint(), Role: role, Generation: author.Signer.Generation().N}
	if role == roleCollective {
		k.Name, _ = n.collectiveName(id, now)
	} else if rec, body, err := n.recordOf(protocol.KindProfile, id, now); err == nil && rec != nil {
		k.Name = body.(*protocol.Profile).Name
	}
	return k
}

// KeyExport seals a key with a passphrase. From then on it may sign elsewhere
// too, so what is signed there is not renewed here.
func (n *Node) KeyExport(_ context.Context, id, passphrase string) ([]byte, error) {
	n.service.edits.Lock()
	defer n.service.edits.Unlock()
	raw, err := parseID("key", id)
	if err != nil {
		return nil, err
	}
	if passphrase == "" {
		return nil, invalid("passphrase", "a passphrase", "a key is exported sealed only")
	}
	if n.keys.HasMember(raw) {
		if err := n.markKnown(raw, time.Now()); err != nil {
			return nil, err
		}
	}
	sealed, err := n.keys.Export(raw, passphrase)
	if errors.Is(err, keyring.ErrNoKey) {
		return nil, notFound("key", id)
	}
	return sealed, err
}

// markKnown begins to watch a key that leaves: what stands now was signed
// here, unless an earlier mark says otherwise.
func (n *Node) markKnown(id protocol.Identity, now time.Time) error {
	if _, marked, err := n.sharedMark(id); err != nil || marked {
		return err
	}
	rec, err := n.store.ByKey(protocol.RecordKey{Identity: id, Kind: protocol.KindProfile}, now)
	if isAbsent(&rec, err) {
		return n.markShared(id, neverSigned)
	}
	if err != nil {
		return fmt.Errorf("read profile: %w", err)
	}
	return n.markShared(id, rec.ID)
}

// KeyImport keeps a key that was exported elsewhere, as what it was there: a
// collective's becomes the collective's of this node, also before anything of
// it has come here.
func (n *Node) KeyImport(_ context.Context, sealed []byte, passphrase string) (api.Key, error) {
	n.service.edits.Lock()
	defer n.service.edits.Unlock()
	now := time.Now()
	imported, err := n.keys.Import(sealed, passphrase)
	switch {
	case errors.Is(err, keyring.ErrWrongPassphrase):
		return api.Key{}, invalid("passphrase", "the passphrase that the key was exported with", "it does not open the key")
	case errors.Is(err, keyring.ErrDamaged), errors.Is(err, keyring.ErrNewerFormat):
		return api.Key{}, invalid("key", "the text that key export wrote", "%v", err)
	case err != nil:
		return api.Key{}, err
	}
	author := imported.Author
	id := author.Identity()
	if current, ok := n.store.CurrentSigner(id); ok && current.Above(author.Signer.Generation()) {
		return api.Key{}, conflict("%s has moved to a newer key; the imported one signs nothing any more", id.Fingerprint())
	}
	own, has := n.keys.Collective()
	_, isCollective := n.collectiveName(id, now)
	if imported.Collective || (has && own.Identity() == id) || isCollective {
		return n.adoptCollective(author, now)
	}
	if err := n.keepMember(author); err != nil {
		return api.Key{}, err
	}
	return n.keyCard(author, roleMember, now), nil
}

func (n *Node) adoptCollective(author protocol.Author, now time.Time) (api.Key, error) {
	own, has := n.keys.Collective()
	if has && own.Identity() != author.Identity() {
		return api.Key{}, conflict("this node runs the collective %s already; import the key of %s on a node of its own", own.Identity().Fingerprint(), author.Identity().Fingerprint())
	}
	if _, known := n.collectiveName(author.Identity(), now); !has && !known {
		// As after a restore: an edit made on nothing would take the names of
		// its other nodes out of the collective's record.
		if err := n.markRestored("key import"); err != nil {
			return api.Key{}, fmt.Errorf("mark imported collective: %w", err)
		}
	}
	if err := n.keepCollective(author, has); err != nil {
		return api.Key{}, err
	}
	n.store.SetOwn(author.Identity())
	return n.keyCard(author, roleCollective, now), nil
}

func (n *Node) keepCollective(author protocol.Author, has bool) error {
	if has {
		return n.keys.Replace(author)
	}
	return n.keys.AdoptCollective(author)
}

// keepMember keeps a key from elsewhere: nothing that it signed so far was
// signed here.
func (n *Node) keepMember(author protocol.Author) error {
	held, has := n.keys.Member(author.Identity())
	if has && held.Signer == author.Signer {
		return nil
	}
	if err := n.markShared(author.Identity(), neverSigned); err != nil {
		return err
	}
	if !has {
		return n.keys.AddMember(author)
	}
	if held.Signer.Generation() == author.Signer.Generation() {
		return nil
	}
	if held.Signer.Generation().Above(author.Signer.Generation()) {
		return conflict("a newer key of %s is kept here already", author.Identity().Fingerprint())
	}
	return n.keys.Replace(author)
}
