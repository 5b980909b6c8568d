package access

import (
	"cmp"
	"crypto/sha256"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"
)

// Passkey is one by which a person comes back.
type Passkey struct {
	Key       ID        `json:"-"` // hash of the credential's id
	Person    Person    `json:"person"`
	Name      string    `json:"name"` // as the person calls it
	Site      string    `json:"site"` // relying party: the host at which it works
	CreatedAt time.Time `json:"created_at"`
	UsedAt    time.Time `json:"used_at,omitzero"`

	Credential webauthn.Credential `json:"credential"`
}

var (
	// ErrNoPasskeys: this address has no name that a passkey could be for.
	ErrNoPasskeys = errors.New("passkeys need an address with a name, not with numbers")
	// ErrBadPasskey: the passkey is not known here, or its answer does not
	// prove it. One error for all, so that it tells nothing.
	ErrBadPasskey = errors.New("this passkey was not recognised")
	// ErrCopied: the passkey's own counter went back, which happens when there
	// are two of it.
	ErrCopied = errors.New("this passkey seems to have been copied; remove it and make another")
	// ErrTooMany: the person has as many passkeys as are kept.
	ErrTooMany = errors.New("there are enough passkeys; remove one first")
)

// maxPasskeyName is in characters.
const maxPasskeyName = 60

// PasskeySite is the host for which passkeys are at the door of a request, and
// false where there is none: they are bound to a name, so that at the private
// door they work under localhost only. Elsewhere, at path of these pages, are those
// of another name of this door; it is "" where there are none.
func (k *Keeper) PasskeySite(r *http.Request, path string) (site, elsewhere string, ok bool) {
	if DoorOf(r.Context()) == Public {
		if k.public == nil || net.ParseIP(k.public.Hostname()) != nil {
			return "", "", false
		}
		return strings.ToLower(k.public.Hostname()), "", true
	}
	host, _, err := net.SplitHostPort(r.Host)
	if err != nil {
		host = r.Host
	}
	if strings.EqualFold(host, localName) {
		return localName, "", true
	}
	return "", "http://" + net.JoinHostPort(localName, portOf(r)) + path, false
}

const localName = "localhost"

// relying is this door as the other side of a passkey's ceremony.
func (k *Keeper) relying(r *http.Request) (*webauthn.WebAuthn, error) {
	site, _, ok := k.PasskeySite(r, "")
	if !ok {
		return nil, ErrNoPasskeys
	}
	origin := "http://" + net.JoinHostPort(localName, portOf(r))
	if DoorOf(r.Context()) == Public {
		origin = "https://" + strings.ToLower(k.public.Host)
	}
	resident := true
	w, err := webauthn.New(&webauthn.Config{
		RPID: site, RPDisplayName: k.cfg.SiteName, RPOrigins: []string{origin},
		AttestationPreference: protocol.PreferNoAttestation, // which make of key somebody has is none of our business
		AuthenticatorSelection: protocol.AuthenticatorSelection{
			RequireResidentKey: &resident, ResidentKey: protocol.ResidentKeyRequirementRequired,
			// It is all that is asked for: who finds the phone must not be in.
			UserVerification: protocol.VerificationRequired,
		},
		Timeouts: webauthn.TimeoutsConfig{
			Login:        webauthn.TimeoutConfig{Timeout: k.cfg.ChallengeAge, TimeoutUVD: k.cfg.ChallengeAge},
			Registration: webauthn.TimeoutConfig{Timeout: k.cfg.ChallengeAge, TimeoutUVD: k.cfg.ChallengeAge},
		},
	})
	if err != nil {
		return nil, fmt.Errorf("passkeys at %s: %w", site, err)
	}
	return w, nil
}

// holder is a person as the ceremony knows them: by their entry, never by a
// public identity.
type holder struct {
	person Person
	held   []webauthn.Credential
}

func (h holder) WebAuthnID() []byte                         { return h.person.ID[:] }
func (h holder) WebAuthnName() string                       { return cmp.Or(h.person.Name, "Courtcircuit") }
func (h holder) WebAuthnDisplayName() string                { return h.WebAuthnName() }
func (h holder) WebAuthnCredentials() []webauthn.Credential { return h.held }

// passkeysOf are a person's, the newest first.
func passkeysOf(tx Tx, person ID) ([]Passkey, error) {
	held, err := collect(tx.Passkeys(), func(key ID, p *Passkey) bool {
		p.Key = key
		return p.Person.ID == person
	})
	slices.SortFunc(held, func(a, b Passkey) int { return b.CreatedAt.Compare(a.CreatedAt) })
	return held, err
}

// Passkeys are a person's, the newest first.
func (k *Keeper) Passkeys(person ID) (held []Passkey, err error) {
	err = k.store.View(func(tx Tx) error {
		held, err = passkeysOf(tx, person)
		return err
	})
	return held, err
}

// NamePasskey calls one of a person's passkeys another name. ErrNotFound for
// one that is not theirs.
func (k *Keeper) NamePasskey(person, key ID, name string) error {
	return k.store.Update(func(tx Tx) error {
		p, err := tx.Passkeys().Get(key)
		if err != nil {
			return err
		}
		if p.Person.ID != person {
			return ErrNotFound
		}
		p.Name = passkeyName(name, p.Name)
		return tx.Passkeys().Put(key, p)
	})
}

// RemovePasskey forgets one of a person's passkeys; one that is not theirs is
// no error and stays.
func (k *Keeper) RemovePasskey(person, key ID) error {
	return k.store.Discard(func(tx Tx) error {
		p, err := tx.Passkeys().Get(key)
		if errors.Is(err, ErrNotFound) || err == nil && p.Person.ID != person {
			return nil
		}
		if err != nil {
			return err
		}
		return tx.Passkeys().Delete(key)
	})
}

// passkeyName is a name as it is kept: one line, within the bound.
func passkeyName(name, otherwise string) string {
	name = strings.Join(strings.Fields(strings.ToValidUTF8(name, "")), " ")
	if utf8.RuneCountInString(name) > maxPasskeyName {
		name = string([]rune(name)[:maxPasskeyName])
	}
	return cmp.Or(name, otherwise)
}

func passkeyKey(credential []byte) ID { return sha256.Sum256(credential) }
