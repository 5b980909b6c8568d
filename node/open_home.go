package node

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// homeFormat is raised when an older program could not use the home.
const homeFormat = 1

const homeMark = "courtcircuit home "

// ErrNewerHome says that a newer version of the program wrote the home.
var ErrNewerHome = errors.New("home was written by a newer version")

// homeNames may lie in a folder that is not a home yet: what an operator, a
// service manager or a restore puts there before the first start.
var homeNames = map[string]bool{
	"courtcircuit.toml": true, "bootstrap.json": true, "peers.json": true, "listen-port": true, "api-token": true, "http-address": true, "public-address": true,
	"keys": true, "store": true, "inbox": true, "backups": true, "certificates": true, "lost+found": true,
}

// openHome makes the folder or checks that it is a home that this version can
// use. A folder with other things in it is refused: most likely the path is
// wrong, and a node's files would be mixed with somebody's own.
func openHome(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("make home: %w", err)
	}
	path := filepath.Join(dir, "VERSION")
	mark, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		if err := checkNewHome(dir); err != nil {
			return err
		}
		return writeFileAtomic(path, []byte(homeMark+strconv.Itoa(homeFormat)+"\n"))
	}
	if err != nil {
		return fmt.Errorf("read home version: %w", err)
	}
	text := strings.TrimSpace(string(mark))
	format, err := strconv.Atoi(strings.TrimPrefix(text, homeMark))
	if err != nil || !strings.HasPrefix(text, homeMark) || format < 1 {
		return fmt.Errorf("%s holds %.40q: expected %q, so this is not a home of courtcircuit", path, text, homeMark+strconv.Itoa(homeFormat))
	}
	if format > homeFormat {
		return fmt.Errorf("%w: %s says format %d, this program knows up to %d; install the newer program", ErrNewerHome, path, format, homeFormat)
	}
	return nil
}

func checkNewHome(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("read home: %w", err)
	}
	for _, e := range entries {
		if !homeNames[e.Name()] && !strings.HasPrefix(e.Name(), ".") {
			return fmt.Errorf("home %s holds %q and no VERSION: expected an empty folder or a home of courtcircuit", dir, e.Name())
		}
	}
	return nil
}

// writeFileAtomic replaces a file so that a reader, also after a power cut,
// finds the old or the new one and never a part.
func writeFileAtomic(path string, data []byte) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	defer func() {
		if err != nil {
			f.Close()
			os.Remove(f.Name())
			err = fmt.Errorf("write %s: %w", path, err)
		}
	}()
	if _, err = f.Write(data); err != nil {
		return err
	}
	if err = f.Sync(); err != nil {
		return err
	}
	if err = f.Close(); err != nil {
		return err
	}
	if err = os.Rename(f.Name(), path); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(path))
}

func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
