//go:build !linux

package dbfiles

import (
	"errors"
	"os"
)

func (l *Logs) syncNewest() error { return l.active() }

func syncFile(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
