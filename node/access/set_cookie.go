package access

import (
	"net"
	"net/http"
	"time"
)

// publicCookie's prefix makes browsers refuse it from anything but this very
// host over https, so that no neighbouring name can plant one.
const publicCookie = "__Host-courtcircuit"

// cookieName is that of the door. Browsers give a cookie of 127.0.0.1 to every
// port, and several nodes may run on one machine: there the port is in the
// name, or they would sign each other out.
func cookieName(r *http.Request) string {
	if DoorOf(r.Context()) == Public {
		return publicCookie
	}
	return "courtcircuit-" + portOf(r)
}

// portOf is the port that the browser asked for. The Host header was compared
// with the names of the door before (it is anybody's to write).
func portOf(r *http.Request) string {
	if _, port, err := net.SplitHostPort(r.Host); err == nil && port != "" {
		return port
	}
	return "80"
}

// cookieKey is the key of the session that a request names. Two cookies of one
// name are none: one of them was planted, by another program of this machine
// or another path, and which one cannot be known.
func (k *Keeper) cookieKey(r *http.Request) (ID, bool) {
	if !k.Open(r) {
		return ID{}, false
	}
	cookies := r.CookiesNamed(cookieName(r))
	if len(cookies) != 1 {
		return ID{}, false
	}
	return keyOf(cookies[0].Value)
}

func (k *Keeper) setCookie(w http.ResponseWriter, r *http.Request, secret string, lasts time.Duration) {
	http.SetCookie(w, &http.Cookie{
		Name: cookieName(r), Value: secret, Path: "/", MaxAge: int(lasts / time.Second),
		Secure: DoorOf(r.Context()) == Public, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
}

func (k *Keeper) dropCookie(w http.ResponseWriter, r *http.Request) {
	http.SetCookie(w, &http.Cookie{
		Name: cookieName(r), Path: "/", MaxAge: -1,
		Secure: DoorOf(r.Context()) == Public, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
}
