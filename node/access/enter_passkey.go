package access

import (
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"
)

// BeginLogin starts coming in by a passkey, of whomever: the browser shows
// those it has for this site. What it answers is for
// navigator.credentials.get, as JSON.
func (k *Keeper) BeginLogin(r *http.Request) (any, error) {
	relying, err := k.relying(r)
	if err != nil {
		return nil, err
	}
	now := k.cfg.Now()
	if err := k.mayTry(r, now); err != nil {
		return nil, err
	}
	options, data, err := relying.BeginDiscoverableLogin()
	if err != nil {
		return nil, fmt.Errorf("begin entry: %w", err)
	}
	k.challenges.add(*data, ID{}, visitorOf(r), now)
	return options, nil
}

// FinishLogin lets in whoever holds the passkey: answer is what
// navigator.credentials.get gave, as JSON. It starts a session and sets its
// cookie as UseLink does. ErrBadPasskey for every answer that proves nothing,
// ErrCopied when the passkey's counter went back, ErrTooOften after too many
// wrong ones of one visitor.
func (k *Keeper) FinishLogin(w http.ResponseWriter, r *http.Request, answer []byte) (Session, error) {
	relying, err := k.relying(r)
	if err != nil {
		return Session{}, err
	}
	now := k.cfg.Now()
	if err := k.mayTry(r, now); err != nil {
		return Session{}, err
	}
	key, proved, err := k.prove(relying, answer, now)
	if err != nil {
		return Session{}, k.failed(r, now, err)
	}
	s, err := k.enter(w, r, now, func(tx Tx) (Person, error) {
		p, err := tx.Passkeys().Get(key)
		if errors.Is(err, ErrNotFound) { // removed while it was being proved
			return Person{}, badPasskey(err)
		}
		if err != nil {
			return Person{}, err
		}
		if n := proved.Authenticator.SignCount; n != 0 && n <= p.Credential.Authenticator.SignCount {
			return Person{}, ErrCopied // another answer was taken since this one was proved
		}
		p.Credential, p.UsedAt = proved, now
		return p.Person, tx.Passkeys().Put(key, p)
	})
	if err != nil {
		return Session{}, fmt.Errorf("enter by passkey: %w", err)
	}
	return s, nil
}

// prove checks that an answer comes from a passkey kept here, to a challenge
// of ours that nobody answered before, at this site.
func (k *Keeper) prove(relying *webauthn.WebAuthn, answer []byte, now time.Time) (ID, webauthn.Credential, error) {
	var none webauthn.Credential
	parsed, err := protocol.ParseCredentialRequestResponseBytes(answer)
	if err != nil {
		return ID{}, none, badPasskey(err)
	}
	data, ok := k.challenges.take(parsed.Response.CollectedClientData.Challenge, ID{}, now)
	if !ok {
		return ID{}, none, badPasskey(errors.New("no such challenge"))
	}
	key := passkeyKey(parsed.RawID)
	proved, err := relying.ValidateDiscoverableLogin(func(_, _ []byte) (webauthn.User, error) {
		var p Passkey
		err := k.store.View(func(tx Tx) (err error) {
			p, err = tx.Passkeys().Get(key)
			return err
		})
		return holder{p.Person, []webauthn.Credential{p.Credential}}, err
	}, data, parsed)
	if err != nil {
		return ID{}, none, badPasskey(err)
	}
	if proved.Authenticator.CloneWarning {
		return ID{}, none, ErrCopied
	}
	return key, *proved, nil
}
