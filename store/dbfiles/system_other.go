//go:build !unix

package dbfiles

import (
	"errors"
	"math"
	"os"
)

// Lock leaves locking to Badger, which locks its own folder everywhere.
func Lock(*os.File) error { return nil }

// FreeBytes is not known here.
func FreeBytes(string) (int64, error) { return math.MaxInt64, errors.ErrUnsupported }
