package dbfiles

import (
	"errors"
	"os"
	"runtime"
)

// SyncDir makes names in a folder durable: without it a power cut may undo a
// rename after something that followed it.
func SyncDir(dir string) error {
	if runtime.GOOS == "windows" { // folders cannot be synced there; renames are journalled
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
