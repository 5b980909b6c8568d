package dbfiles

import "fmt"

// spareBytes is what Badger needs beside its tables: the first pages of a new
// log and value log, an index, a MANIFEST.
const spareBytes = 4 << 20

// CheckRoom says whether Badger finds room for tables of some bytes, as when
// it writes out its logs on opening or closing; else how much is there and
// needed. It must be asked first: Badger maps its files into memory, and on a
// full disk it is not an error that comes but a signal that ends the process.
func CheckRoom(dir string, tableBytes int64) error {
	free, err := FreeBytes(dir)
	if err != nil {
		return nil // not known on this system
	}
	return CheckFree(free, tableBytes)
}

// CheckFree is CheckRoom for a disk with so many bytes free.
func CheckFree(free, tableBytes int64) error {
	if need := tableBytes + tableBytes/4 + spareBytes; free < need {
		return fmt.Errorf("%d MiB free, %d MiB needed", free>>20, (need+1<<20-1)>>20)
	}
	return nil
}
