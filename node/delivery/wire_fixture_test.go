package delivery

import (
	"context"
	"errors"
	"io"
	"sync"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"

	"courtcircuit/protocol"
)

// Open is the wire: it is the Dialer of every courier.
func (s *station) Open(ctx context.Context, to peer.AddrInfo) (Stream, error) {
	s.w.mu.Lock()
	other, decide := s.w.stations[to.ID], s.w.fault
	s.w.mu.Unlock()
	if other == nil {
		return nil, errors.New("nobody there")
	}
	other.mu.Lock()
	off, courier := other.off || other.courier == nil, other.courier
	other.mu.Unlock()
	f := works
	if decide != nil {
		f = decide(other)
	}
	if off || f == noDial {
		return nil, errors.New("no route")
	}
	here, there := newPipes()
	go serveFault(courier, there, f)
	return here, nil
}

// serveFault answers a stream as the fault says.
func serveFault(c *Courier, s *pipe, f fault) {
	defer s.Reset()
	switch f {
	case works:
		if c.Answer(s) == nil {
			s.Close()
		}
		return
	case refusedClose:
		return
	case half:
		for range 3600 { // until the other side leaves
			if _, err := s.Write(nil); err != nil {
				return
			}
			time.Sleep(10 * time.Second)
		}
		return
	}
	wire, err := readFrame(s, protocol.MaxMessageBytes)
	if err != nil {
		return
	}
	switch f {
	case lostAnswer:
		_ = c.Answer(&captured{wire: frameOf(wire)})
	case twice:
		_ = c.Answer(&captured{wire: frameOf(wire)})
		answer := &captured{wire: frameOf(wire)}
		if c.Answer(answer) == nil {
			s.Write(answer.out)
			s.Close()
		}
	case garbage:
		s.Write(frameOf([]byte("this is no answer")))
		s.Close()
	case hugeAnswer:
		s.Write([]byte{0xff, 0xff, 0xff, 0xff, 0})
		s.Close()
	case trickled:
		for range 100 {
			if _, err := s.Write([]byte{0}); err != nil {
				return
			}
			time.Sleep(10 * time.Second)
		}
	}
}

func frameOf(payload []byte) []byte {
	var out sliceWriter
	_ = writeFrame(&out, payload)
	return out
}

type sliceWriter []byte

func (w *sliceWriter) Write(b []byte) (int, error) { *w = append(*w, b...); return len(b), nil }

// captured is a stream whose message is there already.
type captured struct{ wire, out []byte }

func (c *captured) Read(b []byte) (int, error) {
	n := copy(b, c.wire)
	if c.wire = c.wire[n:]; n == 0 {
		return 0, io.EOF
	}
	return n, nil
}
func (c *captured) Write(b []byte) (int, error) { c.out = append(c.out, b...); return len(b), nil }
func (c *captured) Close() error                { return nil }
func (c *captured) CloseWrite() error           { return nil }
func (c *captured) Reset() error                { return nil }
func (c *captured) SetDeadline(time.Time) error { return nil }

// pipe is one end of a stream in memory, with deadlines.
type pipe struct {
	in  *io.PipeReader
	out *io.PipeWriter

	mu    sync.Mutex
	timer *time.Timer
}

func newPipes() (a, b *pipe) {
	ar, bw := io.Pipe()
	br, aw := io.Pipe()
	return &pipe{in: ar, out: aw}, &pipe{in: br, out: bw}
}

func (p *pipe) Read(b []byte) (int, error)  { return p.in.Read(b) }
func (p *pipe) Write(b []byte) (int, error) { return p.out.Write(b) }
func (p *pipe) CloseWrite() error           { return p.out.Close() }

func (p *pipe) Close() error {
	p.clear()
	return p.out.Close()
}

func (p *pipe) Reset() error {
	p.clear()
	p.in.CloseWithError(errLost)
	p.out.CloseWithError(errLost)
	return nil
}

func (p *pipe) clear() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.timer != nil {
		p.timer.Stop()
	}
}

func (p *pipe) SetDeadline(at time.Time) error {
	p.clear()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.timer = time.AfterFunc(time.Until(at), func() {
		p.in.CloseWithError(errLost)
		p.out.CloseWithError(errLost)
	})
	return nil
}
