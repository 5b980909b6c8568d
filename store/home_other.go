//go:build !unix

package store

import (
	"errors"
	"math"
	"os"
)

// lockFile leaves locking to Badger, which locks its own folder everywhere.
func lockFile(*os.File) error { return nil }

// freeBytes is not known here: the disk watch is off.
func freeBytes(string) (int64, error) { return math.MaxInt64, errors.ErrUnsupported }
