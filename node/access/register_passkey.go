package access

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"
)

// BeginRegister starts the making of a passkey for whoever is in. What it
// answers is for navigator.credentials.create, as JSON. ErrNoPasskeys where
// the address has no name, ErrTooMany when the person has enough.
func (k *Keeper) BeginRegister(r *http.Request, s Session) (any, error) {
	relying, err := k.relying(r)
	if err != nil {
		return nil, err
	}
	held, err := k.Passkeys(s.Person.ID)
	if err != nil {
		return nil, err
	}
	if len(held) >= k.cfg.MaxPasskeys {
		return nil, ErrTooMany
	}
	var exclude []protocol.CredentialDescriptor
	for _, p := range held {
		if p.Site == relying.Config.RPID {
			exclude = append(exclude, p.Credential.Descriptor())
		}
	}
	options, data, err := relying.BeginRegistration(holder{person: s.Person}, webauthn.WithExclusions(exclude))
	if err != nil {
		return nil, fmt.Errorf("begin passkey: %w", err)
	}
	k.challenges.add(*data, s.Key, visitorOf(r), k.cfg.Now())
	return options, nil
}

// FinishRegister keeps the passkey that the browser made: answer is what
// navigator.credentials.create gave, as JSON. A challenge is good for one
// answer in the session that asked for it. Errors wrap ErrBadPasskey when it
// proves nothing.
func (k *Keeper) FinishRegister(r *http.Request, s Session, name string, answer []byte) (Passkey, error) {
	relying, err := k.relying(r)
	if err != nil {
		return Passkey{}, err
	}
	parsed, err := protocol.ParseCredentialCreationResponseBytes(answer)
	if err != nil {
		return Passkey{}, badPasskey(err)
	}
	now := k.cfg.Now()
	data, ok := k.challenges.take(parsed.Response.CollectedClientData.Challenge, s.Key, now)
	if !ok {
		return Passkey{}, badPasskey(errors.New("no such challenge"))
	}
	made, err := relying.CreateCredential(holder{person: s.Person}, data, parsed)
	if err != nil {
		return Passkey{}, badPasskey(err)
	}
	made.Attestation = webauthn.CredentialAttestation{} // asked for none, and it would be large
	p := Passkey{
		Key: passkeyKey(made.ID), Person: s.Person, Name: passkeyName(name, cmp.Or(s.Device, relying.Config.RPID)), Site: relying.Config.RPID,
		CreatedAt: now, Credential: *made,
	}
	err = k.store.Update(func(tx Tx) error {
		if _, err := tx.Passkeys().Get(p.Key); !errors.Is(err, ErrNotFound) {
			if err == nil {
				err = badPasskey(errors.New("its id is known already"))
			}
			return err
		}
		// The session may have ended meanwhile, with everything else of the
		// person: a passkey kept now would outlive their removal.
		if _, err := k.liveSession(tx, s.Key, s.Door, now); err != nil {
			return err
		}
		held, err := passkeysOf(tx, s.Person.ID)
		if err != nil {
			return err
		}
		if len(held) >= k.cfg.MaxPasskeys {
			return ErrTooMany
		}
		return tx.Passkeys().Put(p.Key, p)
	})
	if err != nil {
		return Passkey{}, err
	}
	return p, nil
}

// badPasskey keeps the reason for the log and one error for the visitor.
func badPasskey(err error) error {
	var told *protocol.Error
	if errors.As(err, &told) && told.DevInfo != "" {
		return fmt.Errorf("%w: %w (%s)", ErrBadPasskey, err, told.DevInfo)
	}
	return fmt.Errorf("%w: %w", ErrBadPasskey, err)
}
