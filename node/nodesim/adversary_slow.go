package nodesim

import (
	"context"
	"testing"
	"time"

	"github.com/libp2p/go-libp2p/core/network"
	libp2pprotocol "github.com/libp2p/go-libp2p/core/protocol"
)

// slow answers one thing each 25 s, within the time of a frame, and leaves
// streams half open behind half a frame.
type slow struct {
	*Liar
	shelf *Shelf
}

func newSlow(t testing.TB, _ Seed, l *Liar) Adversary {
	s := &slow{Liar: l, shelf: NewShelf(t)}
	s.shelf.OneEach, s.shelf.Wait = true, 25*time.Second
	l.Answer(s.shelf.Serve)
	return s
}

func (s *slow) Strike(a *attack) {
	for i := range 10 {
		wire := a.profile(i)
		a.model.sign(wire)
		s.shelf.Add(wire)
	}
	s.reach(a)
	for _, v := range a.victims {
		if s.Host.Network().Connectedness(v.ID()) != network.Connected {
			continue
		}
		for range 4 {
			ctx, end := context.WithTimeout(context.Background(), time.Second)
			if stream, err := s.Host.NewStream(ctx, v.ID(), libp2pprotocol.ID(NetworkName.StreamID("sync"))); err == nil {
				_, _ = stream.Write([]byte{1, 0, 0})
			}
			end()
		}
	}
}

func (s *slow) Close() {
	s.Liar.Close()
	s.shelf.Close()
}
