package listener

import (
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"courtcircuit/node/httpapi/api"
)

// refusal is an answer that is made here and not by the pages.
type refusal struct {
	status int
	en, fr string
	retry  time.Duration // 0: trying again changes nothing
}

// refuse answers programs with a problem and people with a sentence. It is
// plain text: a refusal must cost less than what it refuses.
func refuse(w http.ResponseWriter, r *http.Request, why *refusal) {
	h := w.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cache-Control", "no-store")
	if why.retry > 0 {
		h.Set("Retry-After", strconv.Itoa(int(math.Ceil(why.retry.Seconds()))))
	}
	if strings.HasPrefix(r.URL.Path, "/api/") {
		h.Set("Access-Control-Allow-Origin", "*") // else a page of another site cannot read why
		h.Set("Cross-Origin-Resource-Policy", "cross-origin")
		h.Set("Content-Type", api.ProblemType)
		w.WriteHeader(why.status)
		_ = json.NewEncoder(w).Encode(api.NewProblem(why.status, why.en)) // the client is gone
		return
	}
	text := why.fr
	if api.PickLanguage("", r.Header.Get("Accept-Language")) == "en" {
		text = why.en
	}
	h.Set("Content-Type", "text/plain; charset=utf-8")
	h.Set("Vary", "Accept-Language")
	w.WriteHeader(why.status)
	fmt.Fprintln(w, text)
}

func tooFast(wait time.Duration) *refusal {
	return &refusal{
		status: http.StatusTooManyRequests, retry: wait,
		en: "too many requests from this address; wait a moment",
		fr: "trop de demandes depuis cette adresse ; patientez un instant",
	}
}

func tooMany() *refusal {
	return &refusal{
		status: http.StatusServiceUnavailable, retry: 5 * time.Second,
		en: "too many requests at once; try again in a moment",
		fr: "trop de demandes à la fois ; réessayez dans un instant",
	}
}

func tooManyStreams() *refusal {
	return &refusal{
		status: http.StatusTooManyRequests, retry: 30 * time.Second,
		en: "too many readers follow the events already",
		fr: "trop de lecteurs suivent déjà les événements",
	}
}

func tooLarge(maxBytes int64) *refusal {
	return &refusal{
		status: http.StatusRequestEntityTooLarge,
		en:     fmt.Sprintf("at most %d bytes can be sent here", maxBytes),
		fr:     fmt.Sprintf("on peut envoyer ici au plus %d octets", maxBytes),
	}
}
