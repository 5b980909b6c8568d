package api

import "testing"

func TestLogPath(t *testing.T) {
	for path, want := range map[string]string{
		"/suivi/abc": "/suivi/…", "/_/entrer/abc": "/_/entrer/…", "/moi/entrer/abc/def": "/moi/entrer/…",
		"/entrer": "/entrer", "/p/abc": "/p/abc", "/entrer/suivi/abc": "/entrer/suivi/…",
	} {
		if got := LogPath(path); got != want {
			t.Errorf("%s is logged as %s, %s expected", path, got, want)
		}
	}
}
