package node

import (
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"courtcircuit/node/httpapi/api"
)

// Years between which this program can be running.
const (
	firstYear = 2026
	lastYear  = 2100
)

const setClock = "set the clock and keep it: timedatectl set-ntp true"

// diagnoseClock looks for what a wrong clock leaves behind. A record of the
// future is not taken, and one of the past hides what is newer.
func diagnoseClock(home string, now time.Time) api.Check {
	if now.Year() < firstYear || now.Year() > lastYear {
		return wrong("clock", setClock, "it says %s", now.Format(time.RFC3339))
	}
	if path, at := newestFile(home); at.Sub(now) > time.Minute {
		return wrong("clock", setClock+"; if it is right now, touch the file",
			"it goes %s behind the time at which %s was written", at.Sub(now).Round(time.Second).String(), path)
	}
	if !clockKept() {
		return warned("clock", setClock, "it says %s, and nothing on this machine keeps it right", now.Format(time.RFC3339))
	}
	return well("clock", "it says %s", now.Format(time.RFC3339))
}

// newestFile is what was written last in the home.
func newestFile(home string) (path string, at time.Time) {
	_ = filepath.WalkDir(home, func(p string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return nil
		}
		if info, err := os.Lstat(p); err == nil && info.ModTime().After(at) {
			path, at = p, info.ModTime()
		}
		return nil
	})
	return path, at
}
