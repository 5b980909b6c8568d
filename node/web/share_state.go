package web

import (
	"sync"
	"time"

	"courtcircuit/node/web/picture"
)

// sharing is what the shared files keep in memory; each of Pages has one.
type sharing struct {
	gallery func() (*picture.Gallery, error) // made when the first picture is asked for
	sitemap kept[[]mapEntry]
	reports sentReports
}

func newSharing(cfg Config) *sharing {
	return &sharing{gallery: sync.OnceValues(func() (*picture.Gallery, error) {
		painter, err := picture.New(cfg.Dots)
		if err != nil {
			return nil, err
		}
		return picture.NewGallery(painter), nil
	})}
}

// kept is a value that is read at most once in a while, however many ask: the
// others wait for the one who reads.
type kept[T any] struct {
	mu    sync.Mutex
	until time.Time
	value T
}

// get reads anew when the value is older than age. A failure is not kept.
func (k *kept[T]) get(now time.Time, age time.Duration, read func() (T, error)) (T, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if now.Before(k.until) {
		return k.value, nil
	}
	value, err := read()
	if err == nil {
		k.value, k.until = value, now.Add(age)
	}
	return value, err
}
