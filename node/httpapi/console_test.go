package httpapi

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	"courtcircuit/node/httpapi/api"
)

func (f *fakeNode) ConsoleLink(context.Context) (api.ConsoleLink, error) {
	return api.ConsoleLink{URL: "http://127.0.0.1:7317/_/entrer/secret", ExpiresAt: time.Unix(0, 0).UTC()}, f.fail
}

// A link opens everything, so only the holder of the token gets one, and it is
// never made by reading.
func TestConsoleLink(t *testing.T) {
	a, node := newTestAPI(t)
	link := decode[api.ConsoleLink](t, call{method: "POST", path: "/api/v1/console-links", token: true}, a, http.StatusCreated)
	if link.URL != "http://127.0.0.1:7317/_/entrer/secret" || link.PublicURL != "" {
		t.Errorf("%+v", link)
	}
	for _, c := range []struct {
		call
		want int
	}{
		{call{method: "POST", path: "/api/v1/console-links"}, http.StatusUnauthorized},
		{call{method: "GET", path: "/api/v1/console-links", token: true}, http.StatusMethodNotAllowed},
	} {
		if w := c.do(t, a); w.Code != c.want {
			t.Errorf("%s, token %v: %d", c.method, c.token, w.Code)
		}
	}
	node.fail = errors.New("disk")
	if w := (call{method: "POST", path: "/api/v1/console-links", token: true}).do(t, a); w.Code != http.StatusInternalServerError {
		t.Errorf("%d", w.Code)
	}
}
