package web

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"courtcircuit/node/card"
	"courtcircuit/node/httpapi/api"
)

// maxFileName bounds the name of a saved file, in characters.
const maxFileName = 60

func (p *Pages) serveResume(w http.ResponseWriter, r *http.Request) {
	p.serveCardFile(w, r, card.WriteResume, "application/json; charset=utf-8", ".json")
}

func (p *Pages) serveVCard(w http.ResponseWriter, r *http.Request) {
	write := func(c card.Profile) ([]byte, error) { return card.WriteVCard(c), nil }
	p.serveCardFile(w, r, write, "text/vcard; charset=utf-8", ".vcf")
}

// serveCardFile saves a person's card as a file. The page is what engines
// shall find, not its file.
func (p *Pages) serveCardFile(w http.ResponseWriter, r *http.Request, write func(card.Profile) ([]byte, error), kind, ending string) {
	ctx, cancel := context.WithTimeout(r.Context(), readTimeout)
	defer cancel()
	c, err := p.node.Profile(ctx, r.PathValue("id"))
	if err != nil {
		p.fail(w, r, err)
		return
	}
	body, err := write(c)
	if err != nil {
		p.fail(w, r, err)
		return
	}
	h := w.Header()
	h.Set("X-Robots-Tag", "noindex")
	h.Set("Content-Disposition", `attachment; filename="`+fileName(c.Name)+ending+`"`)
	h.Set("Cache-Control", "no-cache")
	p.serveBytes(w, r, kind, body, time.Time{})
}

// fileName is a name in the letters that every system and every header takes:
// "Zoé Ngô" becomes "zoe-ngo".
func fileName(name string) string {
	var b strings.Builder
	for _, r := range norm.NFKD.String(name) {
		r = unicode.ToLower(r)
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			b.WriteRune(r)
		case unicode.IsMark(r): // the accent of the letter before
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
		if b.Len() >= maxFileName {
			break
		}
	}
	if file := strings.Trim(b.String(), "-"); file != "" {
		return file
	}
	return "profil"
}

// serveBytes answers a file made here, and 304 to whoever has it already.
// changed may be zero.
func (p *Pages) serveBytes(w http.ResponseWriter, r *http.Request, kind string, body []byte, changed time.Time) {
	sum := sha256.Sum256(body)
	w.Header().Set("ETag", `"`+hex.EncodeToString(sum[:16])+`"`)
	w.Header().Set("Content-Type", kind)
	http.ServeContent(w, r, "", changed, bytes.NewReader(body))
}

// fail answers for a file as serve does for a page.
func (p *Pages) fail(w http.ResponseWriter, r *http.Request, err error) {
	var problem *card.Problem
	if errors.As(err, &problem) {
		p.serveProblem(w, r, api.ProblemOf(problem).Status, problem)
		return
	}
	p.serveProblem(w, r, http.StatusInternalServerError, err)
}
