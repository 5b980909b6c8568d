package picture

import (
	"bytes"
	"container/list"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"sync"

	"golang.org/x/sync/singleflight"
)

// The bounds of a Gallery.
const (
	maxKeptPictures = 256
	maxKeptBytes    = 16 << 20
	// drawing at once leaves the other core to the pages; those that wait
	// behind it stay below half a second.
	maxDrawing = 1
	maxWaiting = 16
)

// ErrBusy says that too many pictures are asked for at once; a second later
// there is room again.
var ErrBusy = errors.New("too many pictures are being drawn")

// Gallery draws each card once and keeps the latest in memory. What it holds
// is found by the card's own words, so that a changed card is a new picture
// and nothing has to be forgotten.
type Gallery struct {
	draw   func(Card) ([]byte, error)
	flight singleflight.Group
	slots  chan struct{} // the one who draws
	queue  chan struct{} // those who wait, and the one who draws

	mu    sync.Mutex
	byTag map[string]*list.Element
	order *list.List // of kept, the latest used first
	bytes int
}

type kept struct {
	tag  string
	data []byte
}

// NewGallery keeps what p draws.
func NewGallery(p *Painter) *Gallery { return newGallery(p.Draw) }

func newGallery(draw func(Card) ([]byte, error)) *Gallery {
	return &Gallery{
		draw: draw, slots: make(chan struct{}, maxDrawing), queue: make(chan struct{}, maxDrawing+maxWaiting),
		byTag: map[string]*list.Element{}, order: list.New(),
	}
}

// version is part of every tag: raise it when the drawing changes, or readers
// keep the old one.
const version = 1

// tag names a card's picture in 32 hexadecimal digits: the same for the same
// words and place, known without drawing.
func (c Card) tag() string {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%d %q %q %q %q %q", version, c.Group, c.Title, c.Text, c.Place, c.Foot)
	if c.At != nil {
		fmt.Fprintf(&b, " %.4f %.4f", c.At.LatDegrees, c.At.LonDegrees)
	}
	sum := sha256.Sum256(b.Bytes())
	return hex.EncodeToString(sum[:16])
}

// Picture is the PNG of a card, drawn if it is not held. The bytes are
// shared: do not change them. The error is ErrBusy or a fault of drawing.
func (g *Gallery) Picture(c Card) ([]byte, error) {
	tag := c.tag()
	if data, ok := g.held(tag); ok {
		return data, nil
	}
	data, err, _ := g.flight.Do(tag, func() (any, error) { return g.drawNew(tag, c) })
	if err != nil {
		return nil, err
	}
	return data.([]byte), nil
}

func (g *Gallery) drawNew(tag string, c Card) ([]byte, error) {
	select {
	case g.queue <- struct{}{}:
	default:
		return nil, ErrBusy
	}
	defer func() { <-g.queue }()
	g.slots <- struct{}{}
	defer func() { <-g.slots }()
	data, err := g.draw(c)
	if err != nil {
		return nil, err
	}
	g.keep(kept{tag, data})
	return data, nil
}

func (g *Gallery) held(tag string) ([]byte, bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	e, ok := g.byTag[tag]
	if !ok {
		return nil, false
	}
	g.order.MoveToFront(e)
	return e.Value.(kept).data, true
}

// keep makes room by letting the longest unused go.
func (g *Gallery) keep(k kept) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if _, ok := g.byTag[k.tag]; ok || len(k.data) > maxKeptBytes {
		return
	}
	g.byTag[k.tag] = g.order.PushFront(k)
	g.bytes += len(k.data)
	for g.bytes > maxKeptBytes || g.order.Len() > maxKeptPictures {
		last := g.order.Back()
		gone := g.order.Remove(last).(kept)
		delete(g.byTag, gone.tag)
		g.bytes -= len(gone.data)
	}
}
