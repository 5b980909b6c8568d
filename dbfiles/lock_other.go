//go:build !unix

package dbfiles

import "os"

// Lock leaves locking to Badger, which locks its own folder everywhere.
func Lock(*os.File) error { return nil }
