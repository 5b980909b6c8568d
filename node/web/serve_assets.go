package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
	"time"
)

// assets are the files that pages load: style, scripts, fonts, pictures. Each
// stands under an address that contains the hash of its content, so that
// browsers keep it for good and never mix two versions.
type assets struct {
	byName    map[string]string // style.css → /assets/3f2a…/style.css
	byAddress map[string]asset
}

type asset struct {
	data   []byte
	packed []byte // gzip; nil when that would not be smaller, as for fonts
	kind   string // media type
}

// loadAssets reads the folder assets. All style sheets become one, in the
// order of their names; fonts and pictures they name by url(NAME) get their
// address.
func loadAssets(files fs.FS) (*assets, error) {
	a := &assets{byName: map[string]string{}, byAddress: map[string]asset{}}
	var style []byte
	err := fs.WalkDir(files, "assets", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasPrefix(path.Base(name), "LICENCE") {
			return err
		}
		data, err := fs.ReadFile(files, name)
		if err != nil {
			return err
		}
		if path.Ext(name) == ".css" {
			style = append(append(style, data...), '\n')
			return nil
		}
		a.add(path.Base(name), data)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read page files: %w", err)
	}
	a.add("style.css", a.withAddresses(style))
	return a, nil
}

func (a *assets) add(name string, data []byte) {
	sum := sha256.Sum256(data)
	address := "/assets/" + hex.EncodeToString(sum[:6]) + "/" + name
	a.byName[name] = address
	a.byAddress[address] = asset{data, pack(data), mediaType(name)}
}

// pack compresses once, at the start, what is then served for good.
func pack(data []byte) []byte {
	var packed bytes.Buffer
	w, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if err != nil {
		return nil
	}
	if _, err := w.Write(data); err != nil || w.Close() != nil || packed.Len() >= len(data) {
		return nil
	}
	return packed.Bytes()
}

// mediaType does not ask the machine's own tables, which differ.
func mediaType(name string) string {
	switch ext := path.Ext(name); ext {
	case ".css":
		return "text/css; charset=utf-8"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	case ".woff2":
		return "font/woff2"
	default:
		return mime.TypeByExtension(ext)
	}
}

// withAddresses replaces url(NAME) by the file's address.
func (a *assets) withAddresses(style []byte) []byte {
	for name, address := range a.byName {
		style = bytes.ReplaceAll(style, []byte("url("+name+")"), []byte("url("+address+")"))
	}
	return style
}

// address is where a file is; the templates call it. An unknown name is an
// error, so that a slip fails every test of the page.
func (a *assets) address(name string) (string, error) {
	address, ok := a.byName[name]
	if !ok {
		return "", fmt.Errorf("no page file %q", name)
	}
	return address, nil
}

func (a *assets) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f, ok := a.byAddress[r.URL.Path]
	if !ok || (r.Method != http.MethodGet && r.Method != http.MethodHead) {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", f.kind)
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	w.Header().Set("Vary", "Accept-Encoding")
	data := f.data
	// A range is one of the plain bytes, so whoever asks for one gets those.
	if f.packed != nil && r.Header.Get("Range") == "" && takesGzip(r) {
		w.Header().Set("Content-Encoding", "gzip")
		data = f.packed
	}
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(data))
}

// takesGzip reads the header as browsers write it: a list of names, each
// perhaps with a weight, where a weight of zero refuses.
func takesGzip(r *http.Request) bool {
	for part := range strings.SplitSeq(r.Header.Get("Accept-Encoding"), ",") {
		name, weight, _ := strings.Cut(strings.ReplaceAll(part, " ", ""), ";")
		if name == "gzip" {
			return strings.Trim(weight, "q=0.") != "" || weight == ""
		}
	}
	return false
}
