package api

import "strings"

// LogPath is a path as it may stand in a log: the secret of a private link is
// left out, because a log is read by others and kept for longer.
func LogPath(path string) string {
	for _, before := range []string{"/suivi/", "/entrer/"} {
		if at := strings.LastIndex(path, before); at >= 0 {
			return path[:at+len(before)] + "…"
		}
	}
	return path
}
