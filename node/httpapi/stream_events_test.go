package httpapi

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"courtcircuit/node/httpapi/api"
)

// eventsFrom runs the events page until the node closes the channel.
func eventsFrom(t *testing.T, node *fakeNode, a *API, token bool, header map[string]string) string {
	t.Helper()
	close(node.events)
	w := call{method: "GET", path: "/api/v1/events", token: token, header: header}.do(t, a)
	if w.Code != http.StatusOK || w.Header().Get("Content-Type") != "text/event-stream" || w.Header().Get("Cache-Control") != "no-store" {
		t.Fatalf("%d %v", w.Code, w.Header())
	}
	return w.Body.String()
}

func TestEventsAreWrittenAndResumed(t *testing.T) {
	a, node := newTestAPI(t)
	node.events <- api.Event{ID: "e-8", Type: "record-stored", Data: map[string]string{"text": "two\nlines"}}
	node.events <- api.Event{ID: "e-9\nid: 1", Type: "peer\r\nevent: x", Data: 1}
	got := eventsFrom(t, node, a, false, map[string]string{"Last-Event-ID": "e-7"})
	want := "retry: 3000\n\nid: e-8\nevent: record-stored\ndata: {\"text\":\"two\\nlines\"}\n\nid: e-9id: 1\nevent: peerevent: x\ndata: 1\n\n"
	if got != want {
		t.Errorf("got %q", got)
	}
	if node.after != "e-7" {
		t.Errorf("resumed after %q", node.after)
	}
}

func TestPrivateEventsNeedTheToken(t *testing.T) {
	for _, token := range []bool{false, true} {
		a, node := newTestAPI(t)
		node.events <- api.Event{ID: "1", Type: "inbox", Private: true, Data: "brief"}
		node.events <- api.Event{ID: "2", Type: "record-stored", Data: "card"}
		got := eventsFrom(t, node, a, token, nil)
		if strings.Contains(got, "brief") != token || !strings.Contains(got, "card") {
			t.Errorf("token %t: %q", token, got)
		}
	}
}

func TestEventReadersAreCounted(t *testing.T) {
	a, node := newTestAPI(t, func(c *Config) { c.MaxStreams = 1 })
	a.streams <- struct{}{} // somebody reads
	w := call{method: "GET", path: "/api/v1/events"}.do(t, a)
	if p := decodeProblem(t, w); p.Status != http.StatusTooManyRequests || w.Header().Get("Retry-After") == "" {
		t.Errorf("%+v %v", p, w.Header())
	}
	<-a.streams
	eventsFrom(t, node, a, false, nil)
	if len(a.streams) != 0 {
		t.Error("the place was not given back")
	}
	node.fail = io.ErrUnexpectedEOF
	if w := (call{method: "GET", path: "/api/v1/events"}).do(t, a); w.Code != http.StatusInternalServerError || len(a.streams) != 0 {
		t.Errorf("a refused subscription keeps its place: %d", w.Code)
	}
}

// TestHeartbeatAndStop: an idle stream is kept alive and ends with the server.
func TestHeartbeatAndStop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, _ := newTestAPI(t, func(c *Config) { c.Heartbeat = 15 * time.Second })
		w := httptest.NewRecorder()
		done := make(chan struct{})
		go func() {
			defer close(done)
			a.ServeHTTP(w, httptest.NewRequest("GET", "http://"+testHost+"/api/v1/events", nil))
		}()
		time.Sleep(46 * time.Second)
		synctest.Wait()
		a.StopStreams()
		<-done
		if got := strings.Count(w.Body.String(), ": still here\n\n"); got != 3 {
			t.Errorf("%d heartbeats in 46 s: %q", got, w.Body)
		}
	})
}

// pipeListener gives a server connections made in memory, so that its
// deadlines run on the fake clock.
type pipeListener struct {
	conns  chan net.Conn
	closed chan struct{}
}

func newPipeListener() *pipeListener {
	return &pipeListener{conns: make(chan net.Conn), closed: make(chan struct{})}
}

func (l *pipeListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}
func (l *pipeListener) Close() error   { close(l.closed); return nil }
func (l *pipeListener) Addr() net.Addr { return &net.TCPAddr{} }

// withServer serves the interface in memory for one test and awaits its end.
func withServer(t *testing.T, edit func(*Config), use func(dial func() net.Conn, node *fakeNode)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		a, node := newTestAPI(t, edit)
		server := NewServer("", a, nil)
		listener := newPipeListener()
		served := make(chan error, 1)
		go func() { served <- server.Serve(listener) }()
		use(func() net.Conn {
			ours, theirs := net.Pipe()
			listener.conns <- theirs
			return ours
		}, node)
		if err := server.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
		<-served
	})
}

// awaitEnd is how long the server keeps a connection on which nothing more comes.
func awaitEnd(conn net.Conn) (took time.Duration, answered string) {
	start := time.Now()
	b, _ := io.ReadAll(conn)
	return time.Since(start), string(b)
}

func TestSlowClientsAreCutOff(t *testing.T) {
	head := "POST /api/v1/profiles HTTP/1.1\r\nHost: " + testHost + "\r\nAuthorization: Bearer " + testToken + "\r\nContent-Type: application/json\r\n"
	for name, c := range map[string]struct {
		sends string
		limit time.Duration
		says  string
	}{
		"half a header": {"GET / HTTP/1.1\r\nHost: ", headerTimeout, ""},
		"half a body":   {head + "Content-Length: 100\r\n\r\n{", readTimeout, "408"},
		"idle":          {"GET /healthz HTTP/1.1\r\nHost: " + testHost + "\r\n\r\n", idleTimeout, "200"},
	} {
		t.Run(name, func(t *testing.T) {
			withServer(t, func(*Config) {}, func(dial func() net.Conn, _ *fakeNode) {
				conn := dial()
				defer conn.Close()
				if _, err := io.WriteString(conn, c.sends); err != nil {
					t.Fatal(err)
				}
				took, answered := awaitEnd(conn)
				// net/http lingers half a second after an error before it closes.
				if took < c.limit || took > c.limit+time.Second {
					t.Errorf("kept for %s, want %s", took, c.limit)
				}
				if !strings.Contains(answered, c.says) {
					t.Errorf("answered %q", answered)
				}
			})
		})
	}
}

// TestEventStreamOutlivesTheWriteTimeout, but not a reader who stops reading.
func TestEventStreamOutlivesTheWriteTimeout(t *testing.T) {
	withServer(t, func(c *Config) { c.Heartbeat = 15 * time.Second }, func(dial func() net.Conn, node *fakeNode) {
		conn := dial()
		defer conn.Close()
		if _, err := io.WriteString(conn, "GET /api/v1/events HTTP/1.1\r\nHost: "+testHost+"\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(conn)
		start := time.Now()
		for lines.Scan() && time.Since(start) < 5*time.Minute {
		}
		if time.Since(start) < 5*time.Minute {
			t.Fatalf("the stream ended after %s: %v", time.Since(start), lines.Err())
		}
		// Nobody reads any more: the next write must run into its deadline.
		time.Sleep(2 * time.Minute)
		conn.SetReadDeadline(time.Now().Add(time.Second)) //nolint:errcheck // a pipe
		if _, err := io.Copy(io.Discard, conn); err != nil {
			t.Errorf("the connection is still open: %v", err)
		}
	})
}

func TestHeadersAreBounded(t *testing.T) {
	withServer(t, func(*Config) {}, func(dial func() net.Conn, _ *fakeNode) {
		for size, want := range map[int]string{8 << 10: "200", 17 << 10: "431"} {
			conn := dial()
			go io.WriteString(conn, "GET /healthz HTTP/1.1\r\nHost: "+testHost+"\r\nConnection: close\r\nX: "+strings.Repeat("x", size)+"\r\n\r\n") //nolint:errcheck // the server may hang up first
			if _, answered := awaitEnd(conn); !strings.HasPrefix(answered, "HTTP/1.1 "+want) {
				t.Errorf("%d bytes: %.40q", size, answered)
			}
			conn.Close()
		}
	})
}
