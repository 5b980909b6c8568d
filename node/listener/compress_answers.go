package listener

import (
	"mime"
	"net/http"
	"strings"

	"github.com/klauspost/compress/gzhttp"
)

// minCompressedBytes: below it an answer fits into one packet either way.
const minCompressedBytes = 1024

// Compress packs answers that are text. Event streams and writes go through
// untouched: a packer holds back what it was given until it has enough of it,
// and both are read while they are written. isStream may be nil.
func Compress(next http.Handler, isStream func(*http.Request) bool) (http.Handler, error) {
	wrap, err := gzhttp.NewWrapper(
		gzhttp.MinSize(minCompressedBytes),
		gzhttp.EnableZstd(false), // every client that reads zstd reads gzip, and one form halves what caches keep
		gzhttp.ContentTypeFilter(isText),
	)
	if err != nil {
		return nil, err
	}
	packed := wrap(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet || r.Header.Get("Range") != "" || isStream != nil && isStream(r) {
			next.ServeHTTP(w, r)
			return
		}
		packed.ServeHTTP(&varying{ResponseWriter: w}, r)
	}), nil
}

// varying says that the answer depends on what the client unpacks, when the
// header is final: pages set a Vary of their own over the packer's, and a
// cache between would hand packed bytes to whoever cannot read them.
type varying struct {
	http.ResponseWriter
	said bool
}

func (v *varying) say() {
	if v.said {
		return
	}
	v.said = true
	for _, line := range v.Header().Values("Vary") {
		if strings.Contains(strings.ToLower(line), "accept-encoding") {
			return
		}
	}
	v.Header().Add("Vary", "Accept-Encoding")
}

// WriteHeader is part of http.ResponseWriter.
func (v *varying) WriteHeader(status int) {
	v.say()
	v.ResponseWriter.WriteHeader(status)
}

// Write is part of http.ResponseWriter.
func (v *varying) Write(b []byte) (int, error) {
	v.say()
	return v.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach deadlines and flushing.
func (v *varying) Unwrap() http.ResponseWriter { return v.ResponseWriter }

// isText names what shrinks: pictures, fonts and signed records do not.
func isText(contentType string) bool {
	media, _, err := mime.ParseMediaType(contentType)
	if err != nil || media == "text/event-stream" {
		return false
	}
	return strings.HasPrefix(media, "text/") || strings.HasSuffix(media, "json") || strings.HasSuffix(media, "xml") ||
		media == "application/javascript"
}
