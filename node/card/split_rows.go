package card

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
)

// rowSplitter cuts a CSV into rows and picks up again behind a bad one. It is
// our own because encoding/csv swallows everything behind a quote that nobody
// closed: here only that line is lost.
type rowSplitter struct {
	in        *bufio.Reader
	again     []byte // lines to read once more, after a quote that nothing closed
	delimiter byte
	line      int // the next line
	begin     int // the first line of the row that next gave
}

// header gives the first row and finds the delimiter in it.
func (s *rowSplitter) header() ([]byte, error) {
	for {
		s.begin = s.line
		row, err := s.readLine()
		if err != nil {
			if errors.Is(err, io.EOF) {
				err = invalid("", "a header row", "the file is empty")
			}
			return nil, err
		}
		text := bytes.TrimRight(row, "\r\n")
		if d, ok := bytes.CutPrefix(bytes.ToLower(text), []byte("sep=")); ok && len(d) == 1 && s.delimiter == 0 {
			s.delimiter = d[0] // a hint that spreadsheets write for one another
			continue
		}
		if s.delimiter == 0 {
			s.delimiter = delimiterIn(text)
		}
		return text, nil
	}
}

// delimiterIn is what stands most often outside quotes.
func delimiterIn(header []byte) byte {
	best, most := byte(','), 0
	for _, d := range []byte(";,\t") {
		n, quoted := 0, false
		for _, b := range header {
			if b == '"' {
				quoted = !quoted
			} else if b == d && !quoted {
				n++
			}
		}
		if n > most {
			best, most = d, n
		}
	}
	return best
}

// next gives the fields of one row. A *Problem is about this row only; any
// other error ends the file.
func (s *rowSplitter) next() ([]string, error) {
	s.begin = s.line
	var row []byte
	first := 0 // end of the row's first line
	quotes := quoteState{start: true}
	for {
		line, err := s.readLine()
		unclosed := len(row) > 0 && (errors.Is(err, io.EOF) || errors.Is(err, errLongLine) || len(row)+len(line) > MaxRowBytes)
		switch {
		case unclosed:
			s.giveBack(append(row[first:], line...))
			return nil, invalid("", "a closing double quote", "a field begins with a double quote that nothing closes within %d bytes", MaxRowBytes)
		case errors.Is(err, errLongLine):
			return nil, invalid("", fmt.Sprintf("at most %d bytes", MaxRowBytes), "the row is too long")
		case err != nil:
			return nil, err
		}
		row = append(row, line...)
		if first == 0 {
			first = len(row)
		}
		if quotes.scan(line, s.delimiter); !quotes.open {
			break
		}
	}
	fields, err := splitFields(bytes.TrimRight(row, "\r\n"), s.delimiter)
	if err != nil {
		s.giveBack(row[first:])
	}
	return fields, err
}

// giveBack loses only the first line of a bad row: the lines behind it are
// read as rows of their own.
func (s *rowSplitter) giveBack(lines []byte) {
	s.again = append(bytes.Clone(lines), s.again...)
	s.line = s.begin + 1
}

// quoteState says whether a quoted field is open. A quote opens only at the
// beginning of a field: elsewhere it is a sign like another.
type quoteState struct{ open, start bool }

func (q *quoteState) scan(line []byte, delimiter byte) {
	for i := 0; i < len(line); i++ {
		b := line[i]
		switch {
		case q.open && b == '"' && i+1 < len(line) && line[i+1] == '"':
			i++
		case q.open && b == '"':
			q.open = false
		case !q.open && q.start && b == '"':
			q.open, q.start = true, false
		case !q.open:
			q.start = b == delimiter
		}
	}
}

var errLongLine = errors.New("line too long")

// readLine gives a line with its end. Of one that is too long only the error
// comes back; it is passed over.
func (s *rowSplitter) readLine() ([]byte, error) {
	if len(s.again) > 0 {
		end := bytes.IndexByte(s.again, '\n') + 1
		if end == 0 {
			end = len(s.again)
		}
		line := s.again[:end:end]
		s.again = s.again[end:]
		s.line++
		return line, nil
	}
	var line []byte
	long := false
	for {
		part, err := s.in.ReadSlice('\n')
		if long = long || len(line)+len(part) > MaxRowBytes; long {
			line = nil
		} else {
			line = append(line, part...)
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case err != nil && !errors.Is(err, io.EOF):
			return nil, err
		case err != nil && len(line) == 0 && !long:
			return nil, io.EOF
		}
		s.line++
		if long {
			return nil, errLongLine
		}
		return line, nil
	}
}

// splitList takes a field apart at ; and |, and at the further signs given.
func splitList(text, further string) []string {
	var out []string
	for _, part := range strings.FieldsFunc(text, func(r rune) bool { return r == ';' || r == '|' || r == '\n' || strings.ContainsRune(further, r) }) {
		if part = strings.TrimSpace(part); part != "" {
			out = append(out, part)
		}
	}
	return out
}
