package node

import (
	"io/fs"
	"path/filepath"
	"sync"
	"time"
)

// diskLookEvery is how long one look at the files holds: there are some
// hundreds of them, and status is asked for every few seconds.
const diskLookEvery = 5 * time.Second

// diskLook is what the home's files took when last looked at.
type diskLook struct {
	mu    sync.Mutex
	at    time.Time
	bytes int64
}

// diskUsed is what the files of the home take on the disk. Badger's own
// figure is only brought up to date once a minute, and begins with 0.
func (n *Node) diskUsed(now time.Time) int64 {
	look := &n.service.disk
	look.mu.Lock()
	defer look.mu.Unlock()
	if look.at.IsZero() || now.Sub(look.at) >= diskLookEvery || now.Before(look.at) {
		look.at, look.bytes = now, folderBytes(n.cfg.Home)
	}
	return look.bytes
}

// folderBytes leaves out what disappears while it looks.
func folderBytes(dir string) (sum int64) {
	_ = filepath.WalkDir(dir, func(_ string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return nil
		}
		if info, err := e.Info(); err == nil {
			sum += allocatedBytes(info)
		}
		return nil
	})
	return sum
}
