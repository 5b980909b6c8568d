package httpapi

import (
	"fmt"
	"net/http"
	"path"
	"runtime/debug"
	"strings"
	"time"

	"courtcircuit/node/httpapi/api"
)

// ServeHTTP guards every request the same way, whatever page it is for.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	started := time.Now()
	answer := &watchedWriter{ResponseWriter: w}
	defer func() {
		if cause := recover(); cause != nil {
			a.answerPanic(answer, r, cause)
		}
		a.log.Debug("http request", "method", r.Method, "path", api.LogPath(r.URL.Path),
			"status", answer.status, "bytes", answer.bytes, "took", time.Since(started))
	}()
	setSecurityHeaders(answer.Header())
	if a.public && a.openToOthers(answer, r) {
		return
	}
	if refusal := a.refuse(r); refusal != nil {
		writeProblem(answer, refusal)
		return
	}
	a.route(answer, r)
}

// setSecurityHeaders is for answers that are data; pages put their own
// content policy over it.
func setSecurityHeaders(h http.Header) {
	h.Set("Content-Security-Policy", "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()")
	h.Set("Cache-Control", "no-cache")
}

// refuse turns away names that are not ours (a hostile page can point its own
// name at 127.0.0.1 and would then be of one origin with us) and writes that
// another site's page sends.
func (a *API) refuse(r *http.Request) *api.Problem {
	if !a.public && !a.hosts[strings.ToLower(r.Host)] {
		p := api.NewProblem(http.StatusMisdirectedRequest, "this name is not served here")
		p.Field, p.Expected = "Host", fmt.Sprintf("one of %s", strings.Join(a.cfg.Hosts, ", "))
		return p
	}
	if err := a.crossOrigin.Check(r); err != nil {
		p := api.NewProblem(http.StatusForbidden, "a page of another site may not write here")
		p.Field, p.Expected = "Origin", "the same origin, or a program that sends none"
		return p
	}
	return nil
}

// route finds the handler. The mux's own refusals are plain text, so they are
// caught and said as problems.
func (a *API) route(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != "/" && path.Clean(r.URL.Path) != strings.TrimSuffix(r.URL.Path, "/") {
		writeProblem(w, api.NewProblem(http.StatusNotFound, "there is no such page: expected a path without empty or dotted parts"))
		return
	}
	refusal, pattern := a.mux.Handler(r)
	if pattern != "" {
		a.mux.ServeHTTP(w, r)
		return
	}
	caught := caughtWriter{header: http.Header{}}
	refusal.ServeHTTP(&caught, r)
	switch {
	case a.public && caught.status == http.StatusMethodNotAllowed && strings.HasPrefix(r.URL.Path, prefix):
		writeProblem(w, api.NewProblem(http.StatusNotFound, "there is no such page: through this address the interface is only read"))
	case caught.status == http.StatusMethodNotAllowed:
		p := api.NewProblem(http.StatusMethodNotAllowed, r.Method+" is not possible here")
		p.Expected = caught.header.Get("Allow")
		w.Header().Set("Allow", p.Expected)
		writeProblem(w, p)
	case a.cfg.Pages != nil && !strings.HasPrefix(r.URL.Path, "/api/"):
		a.cfg.Pages.ServeHTTP(w, r)
	default:
		writeProblem(w, api.NewProblem(http.StatusNotFound, "there is no such page; /openapi.json lists all there are"))
	}
}

func (a *API) answerPanic(w *watchedWriter, r *http.Request, cause any) {
	if cause == http.ErrAbortHandler {
		panic(cause)
	}
	a.log.Error("http handler panicked", "method", r.Method, "path", api.LogPath(r.URL.Path), "cause", cause, "stack", string(debug.Stack()))
	if w.status != 0 {
		// Half an answer is out: cutting the connection is the only way left
		// to say that the rest is not coming.
		panic(http.ErrAbortHandler)
	}
	writeProblem(w, api.NewProblem(http.StatusInternalServerError, internalDetail))
}

// watchedWriter remembers what was answered.
type watchedWriter struct {
	http.ResponseWriter
	status int
	bytes  int64
}

func (w *watchedWriter) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *watchedWriter) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	n, err := w.ResponseWriter.Write(b)
	w.bytes += int64(n)
	return n, err
}

// Unwrap lets http.ResponseController reach deadlines and flushing.
func (w *watchedWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// caughtWriter keeps status and header and drops the words.
type caughtWriter struct {
	header http.Header
	status int
}

func (w *caughtWriter) Header() http.Header         { return w.header }
func (w *caughtWriter) WriteHeader(status int)      { w.status = status }
func (w *caughtWriter) Write(b []byte) (int, error) { return len(b), nil }
