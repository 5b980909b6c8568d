package store

import (
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
)

// cardFile is what the cache of cards in memory has behind it: a file with the
// bytes of cards, ready to be results. It is made empty at each start, and it
// is never the truth: what a commit changes is out of it, and overwritten with
// zeros, before the commit is acknowledged. Reads are preads and not a mapping:
// on a full disk a mapping answers with a signal that ends the process.
//
// Slots stand in a ring, one behind the other. When it has its size, the slots
// written longest ago give room to new ones. No text stands where no entry of
// the index points.
type cardFile struct {
	log   *slog.Logger
	f     *os.File
	path  string       // "" when the file has no name any more
	most  func() int64 // bytes that it may have now
	room  func() bool  // whether the disk has room for more of it
	index slotIndex

	writing sync.Mutex  // guards what follows, and all writes
	at      int64       // where the next slot begins
	next    int64       // where the first slot behind at begins; between them are zeros
	end     int64       // of the file
	asked   int64       // up to where it may grow without looking at the disk again
	full    atomic.Bool // it had no more room once, so that nothing is put but what was asked for
	unclean bool        // bytes that must go could neither be overwritten nor cut off

	hits, misses, faults, replaced, refused atomic.Int64
}

const (
	askRoomEvery = 1 << 20 // bytes that the file grows by between two looks at the disk
	maxCardFile  = 1 << 38 // what an entry of the index can say
)

// openCardFile makes the file in a folder, over what a crash left there. On
// Unix it has no name from then on, so no crash leaves it again.
func openCardFile(dir string, most func() int64, room func() bool, log *slog.Logger) (*cardFile, error) {
	path := filepath.Join(dir, cardFileName)
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, fmt.Errorf("make the file of cards: %w", err)
	}
	c := &cardFile{log: log, f: f, path: path, most: most, room: room}
	if os.Remove(path) == nil {
		c.path = ""
	}
	return c, nil
}

const cardFileName = "cards"

// close gives the file up. Whoever reads it meanwhile finds nothing.
func (c *cardFile) close() error {
	if c == nil {
		return nil
	}
	c.writing.Lock()
	defer c.writing.Unlock()
	c.index.clear()
	err := c.f.Close()
	if c.path != "" {
		err = errors.Join(err, os.Remove(c.path))
	}
	return err
}

// get reads the slot of a card, nil when it is not here.
func (c *cardFile) get(k nearKey) []byte {
	e, ok := c.index.get(k)
	if !ok {
		c.misses.Add(1)
		return nil
	}
	b := make([]byte, e.bytes())
	_, err := c.f.ReadAt(b, e.at())
	whole := err == nil && slotWhole(b)
	if whole && slotKey(b) == k {
		c.hits.Add(1)
		return b
	}
	c.misses.Add(1)
	if !whole {
		c.giveUpDamaged(k, e)
	}
	return nil
}

// giveUpDamaged drops a slot that could not be read, unless it went while it was
// being read.
func (c *cardFile) giveUpDamaged(k nearKey, e slotEntry) {
	c.writing.Lock()
	defer c.writing.Unlock()
	if now, ok := c.index.get(k); ok && now == e {
		c.faults.Add(1)
		c.drop(k)
	}
}

// putCard keeps a card if current says that it still holds.
func (c *cardFile) putCard(h *heldCard, current func() bool) {
	if c == nil {
		return
	}
	if slot := slotOf(h); slot != nil {
		c.put(h.nearKey, slot, current)
	}
}

// put keeps a slot that slotOf made, if current says that it still holds.
func (c *cardFile) put(k nearKey, slot []byte, current func() bool) {
	c.writing.Lock()
	defer c.writing.Unlock()
	if !current() || c.unclean {
		return
	}
	c.drop(k)
	at, ok := c.makeRoom(int64(len(slot)))
	if !ok || c.unclean {
		c.refused.Add(1)
		return
	}
	// What is left of slots that gave their room is overwritten with it.
	padded := append(slot, make([]byte, max(0, c.next-at-int64(len(slot))))...)
	if _, err := c.f.WriteAt(padded, at); err != nil {
		c.refused.Add(1)
		c.fail("write", err)
		return
	}
	c.at = at + int64(len(slot))
	c.index.put(k, len(slot)/slotUnit, at)
}

// makeRoom finds where a slot of n bytes may stand. Slots give up their room
// only for one that then overwrites it.
func (c *cardFile) makeRoom(n int64) (int64, bool) {
	if c.at+n > c.end && !c.mayGrow(c.at+n) && !c.wrap(n) {
		return 0, false
	}
	for c.next < c.at+n && c.next < c.end {
		if !c.giveUp() {
			return 0, false
		}
	}
	c.end = max(c.end, c.at+n)
	c.next = max(c.next, c.at+n)
	return c.at, true
}

func (c *cardFile) mayGrow(to int64) bool {
	if to > c.asked {
		most := min(c.most(), maxCardFile)
		if to > most || !c.room() {
			return false
		}
		c.asked = min(to+askRoomEvery, most)
	}
	return true
}

// giveUp takes the slot at next out of the index.
func (c *cardFile) giveUp() bool {
	var head [slotHeadBytes]byte
	_, err := c.f.ReadAt(head[:], c.next)
	bytes := int64(binary.LittleEndian.Uint16(head[4:])) * slotUnit
	if err != nil || bytes == 0 || c.next+bytes > c.end {
		c.faults.Add(1)
		c.fail("read", errors.Join(err, errSlot))
		return false
	}
	if c.index.drop(slotKey(head[:]), c.next) != 0 {
		c.replaced.Add(1)
	}
	c.next += bytes
	return true
}

var errSlot = errors.New("damaged slot")

// wantsMore says whether there is room for cards that nobody asked for.
func (c *cardFile) wantsMore() bool { return c != nil && !c.full.Load() }

// wrap goes on at the beginning. What the last slot left over becomes an empty
// one.
func (c *cardFile) wrap(n int64) bool {
	c.full.Store(true)
	if n > c.end {
		return false
	}
	if left := c.next - c.at; left > 0 && !c.blank(c.at, left) {
		return false
	}
	c.at, c.next = 0, 0
	return true
}

// drop takes a card out and overwrites it.
func (c *cardFile) drop(k nearKey) {
	if e := c.index.drop(k, -1); e != 0 {
		c.blank(e.at(), int64(e.bytes()))
	}
}

// blank makes an empty slot: zeros, but for how long it is.
func (c *cardFile) blank(at, bytes int64) bool {
	b := make([]byte, bytes)
	binary.LittleEndian.PutUint16(b[4:], uint16(bytes/slotUnit))
	if _, err := c.f.WriteAt(b, at); err != nil {
		c.fail("overwrite", err)
		return false
	}
	return true
}

// follow takes out what a commit changed, before that is acknowledged. A card
// that is being put meanwhile is put before, or not at all.
func (c *cardFile) follow(gone func(yield func(nearKey) bool)) {
	if c == nil {
		return
	}
	c.writing.Lock()
	defer c.writing.Unlock()
	for k := range gone {
		c.drop(k)
	}
}

// empty gives all room back.
func (c *cardFile) empty() {
	if c == nil {
		return
	}
	c.writing.Lock()
	defer c.writing.Unlock()
	if c.end > 0 {
		c.cutOff()
	}
}

// fail: a file that cannot be written is emptied. Nothing of it is missed.
func (c *cardFile) fail(what string, err error) {
	c.log.Warn("the file of ready cards is emptied; searches read cards from the database", "failed", what, "error", err)
	c.cutOff()
}

func (c *cardFile) cutOff() {
	c.index.clear()
	err := c.f.Truncate(0)
	c.unclean = err != nil
	if err != nil {
		c.log.Error("the file of ready cards cannot be emptied", "error", err)
		return
	}
	c.at, c.next, c.end, c.asked = 0, 0, 0, 0
	c.full.Store(false)
}

// clean is asked before texts are said to have left the files.
func (c *cardFile) clean() error {
	if c == nil {
		return nil
	}
	c.writing.Lock()
	defer c.writing.Unlock()
	if c.unclean {
		c.cutOff()
	}
	if c.unclean {
		return fmt.Errorf("%w: %s", errTextRemains, cardFileName)
	}
	return nil
}
