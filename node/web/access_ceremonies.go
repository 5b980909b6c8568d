package web

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"

	"courtcircuit/node/access"
)

// maxCeremonyBytes bounds what a browser says of a passkey.
const maxCeremonyBytes = 64 << 10

// ceremonyAnswer is what the script of a page is told.
type ceremonyAnswer struct {
	Options any    `json:"options,omitempty"` // for navigator.credentials
	To      string `json:"to,omitempty"`      // where to go on
	Problem string `json:"problem,omitempty"` // in the reader's words
}

// ceremony registers one of the addresses that the script of the pages writes
// to. Pages of other sites cannot: the listener refuses their writes.
func (p *Pages) ceremony(path string, answer func(http.ResponseWriter, *http.Request) (ceremonyAnswer, error)) {
	p.mux.HandleFunc(path, p.only(func(w http.ResponseWriter, r *http.Request) {
		seclude(w)
		r.Body = http.MaxBytesReader(w, r.Body, maxCeremonyBytes)
		said, err := answer(w, r)
		status := http.StatusOK
		if err != nil {
			said, status = p.ceremonyProblem(r, err)
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		if err := json.NewEncoder(w).Encode(said); err != nil {
			p.log.Debug("answer about a passkey not written", "error", err)
		}
	}, http.MethodPost))
}

func (p *Pages) beginLogin(_ http.ResponseWriter, r *http.Request) (ceremonyAnswer, error) {
	options, err := p.doors.Access.BeginLogin(r)
	return ceremonyAnswer{Options: options}, err
}

func (p *Pages) finishLogin(w http.ResponseWriter, r *http.Request) (ceremonyAnswer, error) {
	var sent struct {
		Credential json.RawMessage `json:"credential"`
	}
	if err := readCeremony(r, &sent); err != nil {
		return ceremonyAnswer{}, err
	}
	s, err := p.doors.Access.FinishLogin(w, r, sent.Credential)
	return ceremonyAnswer{To: homeOf(s.Person.Role)}, err
}

func (p *Pages) beginPasskey(_ http.ResponseWriter, r *http.Request) (ceremonyAnswer, error) {
	who, err := p.doors.Access.Session(r)
	if err != nil {
		return ceremonyAnswer{}, err
	}
	options, err := p.doors.Access.BeginRegister(r, who)
	return ceremonyAnswer{Options: options}, err
}

func (p *Pages) finishPasskey(_ http.ResponseWriter, r *http.Request) (ceremonyAnswer, error) {
	who, err := p.doors.Access.Session(r)
	if err != nil {
		return ceremonyAnswer{}, err
	}
	var sent struct {
		Name       string          `json:"name"`
		Credential json.RawMessage `json:"credential"`
	}
	if err := readCeremony(r, &sent); err != nil {
		return ceremonyAnswer{}, err
	}
	_, err = p.doors.Access.FinishRegister(r, who, sent.Name, sent.Credential)
	return ceremonyAnswer{To: "/acces"}, err
}

// readCeremony reads what the script sent; what cannot be read proves nothing.
func readCeremony(r *http.Request, into any) error {
	data, err := io.ReadAll(r.Body)
	if err == nil {
		err = json.Unmarshal(data, into)
	}
	if err != nil {
		return errors.Join(access.ErrBadPasskey, err)
	}
	return nil
}

// ceremonyProblem says in the reader's words what the page then shows.
func (p *Pages) ceremonyProblem(r *http.Request, err error) (ceremonyAnswer, int) {
	words := wordsFor(languageOf(r))
	for _, known := range []struct {
		err    error
		key    string
		status int
	}{
		{access.ErrNoSession, "door_passkey_out", http.StatusUnauthorized},
		{access.ErrClosed, "door_closed_text", http.StatusNotFound},
		{access.ErrNoPasskeys, "door_passkey_none", http.StatusConflict},
		{access.ErrTooMany, "door_passkey_many", http.StatusConflict},
		{access.ErrTooOften, "door_too_often_text", http.StatusTooManyRequests},
		{access.ErrCopied, "door_passkey_copied", http.StatusForbidden},
		{access.ErrBadPasskey, "door_passkey_bad", http.StatusForbidden},
	} {
		if errors.Is(err, known.err) {
			p.log.Debug("passkey refused", "error", err)
			return ceremonyAnswer{Problem: words.Say(known.key)}, known.status
		}
	}
	p.log.Error("passkey cannot be taken", "error", err)
	return ceremonyAnswer{Problem: words.Say("failed")}, http.StatusInternalServerError
}
