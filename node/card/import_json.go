package card

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
)

// readJSON reads one object, or a list of them, object by object.
func readJSON(r io.Reader, firstLine int) iter.Seq[Item] {
	return func(yield func(Item) bool) {
		s := newJSONStream(r, firstLine)
		list, err := s.begin()
		if err != nil {
			yield(Item{Line: s.line(s.dec.InputOffset()), Err: err})
			return
		}
		for s.more(list) {
			raw, line, err := s.next()
			if err != nil { // JSON cannot be picked up again behind a fault
				yield(Item{Line: line, Err: err})
				return
			}
			if !yield(readObject(raw, line)) {
				return
			}
		}
		if err := s.end(list); err != nil {
			yield(Item{Line: s.line(s.dec.InputOffset()), Err: err})
		}
	}
}

func readObject(raw []byte, line int) Item {
	item := Item{Line: line}
	var top map[string]json.RawMessage
	if err := json.Unmarshal(raw, &top); err != nil {
		item.Err = invalid("", "an object with the fields of a profile", "it is something else")
		return item
	}
	var p Profile
	if _, resume := top["basics"]; resume {
		p, item.Warnings, item.Err = parseResume(raw)
	} else {
		item.Err = unmarshalStrict(raw, &p)
	}
	if item.Err == nil {
		item.Profile, item.Err = checked(p)
	}
	return item
}

// jsonStream is a decoder that knows lines and how much one value may take.
type jsonStream struct {
	dec  *json.Decoder
	in   *itemReader
	read int // values so far
}

func newJSONStream(r io.Reader, firstLine int) *jsonStream {
	in := &itemReader{r: r, lines: firstLine}
	s := &jsonStream{in: in, dec: json.NewDecoder(in)}
	in.allow(0)
	return s
}

func (s *jsonStream) begin() (list bool, err error) {
	if s.in.startsWith('[') {
		_, err = s.dec.Token()
		return true, s.fault(err)
	}
	return false, nil
}

func (s *jsonStream) more(list bool) bool {
	s.in.allow(s.dec.InputOffset())
	if list {
		return s.dec.More()
	}
	return s.read == 0
}

func (s *jsonStream) next() (raw json.RawMessage, line int, err error) {
	s.read++
	if err := s.dec.Decode(&raw); err != nil {
		line, fault := s.line(s.start()), s.fault(err)
		return nil, max(line, s.in.lines), fault
	}
	if len(raw) > MaxItemBytes {
		return nil, s.line(s.dec.InputOffset() - int64(len(raw))), tooLong(MaxItemBytes)
	}
	return raw, s.line(s.dec.InputOffset() - int64(len(raw))), nil
}

// start is where the value begins that could not be read: behind the comma
// and the space that the decoder has not passed yet.
func (s *jsonStream) start() int64 {
	at := s.dec.InputOffset()
	ahead := bufio.NewReader(s.dec.Buffered())
	for b, err := ahead.ReadByte(); err == nil && bytes.IndexByte([]byte(", \t\r\n"), b) >= 0; b, err = ahead.ReadByte() {
		at++
	}
	return at
}

func (s *jsonStream) end(list bool) error {
	if list {
		if _, err := s.dec.Token(); err != nil {
			return s.fault(err)
		}
	}
	s.in.allow(s.dec.InputOffset())
	if _, err := s.dec.Token(); err == nil || !errors.Is(err, io.EOF) {
		return invalid("", "one object, or one list of them", "something follows the end of the JSON")
	}
	return nil
}

func (s *jsonStream) fault(err error) error {
	var syntax *json.SyntaxError
	switch {
	case errors.As(err, &syntax):
		return invalid("", "JSON", "line %d: %s; what comes after it was not read", s.line(syntax.Offset-1), syntax.Error())
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return invalid("", "JSON", "the text ends too early")
	default:
		return err
	}
}

func (s *jsonStream) line(offset int64) int { return s.in.lineAt(offset) }

func tooLong(most int) *Problem {
	return invalid("", fmt.Sprintf("at most %d bytes for one profile", most), "it is too long; what comes after it was not read")
}

// itemReader bounds what the decoder may hold for one value, and remembers
// where the line breaks are that it has not passed yet.
type itemReader struct {
	r      io.Reader
	head   []byte // read ahead by startsWith
	read   int64
	most   int64 // read may not go beyond
	lines  int   // the line at passed
	breaks []int64
}

// readAhead is what a decoder may hold beyond the value it reads.
const readAhead = 64 << 10

func (i *itemReader) allow(from int64) { i.most = from + MaxItemBytes + readAhead }

func (i *itemReader) startsWith(b byte) bool {
	i.head = make([]byte, 1)
	n, _ := io.ReadFull(i.r, i.head) // a failed read comes back from the next one
	i.head = i.head[:n]
	return n == 1 && i.head[0] == b
}

func (i *itemReader) Read(p []byte) (n int, err error) {
	if i.read >= i.most {
		return 0, tooLong(MaxItemBytes)
	}
	if p = p[:min(int64(len(p)), i.most-i.read)]; len(i.head) > 0 {
		n, i.head = copy(p, i.head), nil
	} else {
		n, err = i.r.Read(p)
	}
	for at := 0; ; {
		next := bytes.IndexByte(p[at:n], '\n')
		if next < 0 {
			break
		}
		at += next + 1
		i.breaks = append(i.breaks, i.read+int64(at))
	}
	i.read += int64(n)
	return n, err
}

// lineAt may only be asked for rising offsets: what lies behind is forgotten.
func (i *itemReader) lineAt(offset int64) int {
	n := 0
	for n < len(i.breaks) && i.breaks[n] <= offset {
		n++
	}
	i.lines += n
	i.breaks = i.breaks[n:]
	return i.lines
}
