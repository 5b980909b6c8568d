package httpapi

import (
	"log/slog"
	"net/http"
	"time"
)

// How long a client may take. Event streams and imports move their own
// deadlines on with every piece.
const (
	headerTimeout = 5 * time.Second
	readTimeout   = 15 * time.Second
	writeTimeout  = 30 * time.Second
	idleTimeout   = 60 * time.Second

	// maxHeaderBytes is 16 KiB less what net/http grants on top by itself.
	maxHeaderBytes = 16<<10 - 4096
)

// NewServer makes a server whose slow clients cannot hold it. Shutdown ends
// the event streams of an API first. log may be nil.
func NewServer(addr string, handler http.Handler, log *slog.Logger) *http.Server {
	server := &http.Server{
		Addr:              addr,
		Handler:           handler,
		ReadHeaderTimeout: headerTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		ErrorLog:          slog.NewLogLogger(orDiscard(log).Handler(), slog.LevelDebug),
	}
	if streams, ok := handler.(interface{ StopStreams() }); ok {
		server.RegisterOnShutdown(streams.StopStreams)
	}
	return server
}
