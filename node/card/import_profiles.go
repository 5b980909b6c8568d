package card

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"
	"time"

	"courtcircuit/protocol"

	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// Bounds of one import.
const (
	MaxImportBytes = 256 << 20
	MaxImportRows  = 200_000
	MaxItemBytes   = 128 << 10 // one JSON object
	MaxRowBytes    = 64 << 10  // one row of CSV, line breaks in quotes included
	MaxRefBytes    = 200
)

// Item is one profile of an import, or what was wrong with it.
type Item struct {
	Line      int      // where it begins, from 1
	Ref       string   // the list's own name for the person, only in CSV
	ProfileID string   // the card to replace, only in CSV
	Profile   Profile  // cleaned and within all bounds; only the place is not resolved yet
	Warnings  []string // what was left out, in words; on the first item also what concerns the whole file
	Err       error    // a *Problem, or a failed read: then Profile is empty and the items go on if they can
}

// ReadProfiles reads profiles one after the other, so that a long file takes
// little memory. The content decides what it is: our JSON (an object or a list
// of them), JSON Resume (the same with "basics"), else CSV. A bad item is given
// with its Err and the others go on; what makes the rest unreadable is the last
// item. name is how messages call the file.
func ReadProfiles(r io.Reader, name string) iter.Seq[Item] {
	return readProfiles(r, name, MaxImportRows)
}

func readProfiles(r io.Reader, name string, maxRows int) iter.Seq[Item] {
	return func(yield func(Item) bool) {
		in := bufio.NewReaderSize(asUTF8(&boundedReader{r: r, left: MaxImportBytes}), 64<<10)
		skipped, first, err := firstByte(in)
		if err != nil {
			yield(Item{Line: 1, Err: readProblem(name, err)})
			return
		}
		items := readCSV
		if first == '{' || first == '[' {
			items = readJSON
		}
		rows := 0
		for item := range items(in, skipped+1) {
			if rows++; rows > maxRows {
				yield(Item{Line: item.Line, Err: invalid("", fmt.Sprintf("at most %d profiles", maxRows), "%s is too long", name)})
				return
			}
			item.Err = readProblem(name, item.Err)
			if item.Err != nil {
				item.Profile = Profile{}
			}
			if !yield(item) {
				return
			}
		}
	}
}

// readProblem keeps what a person can act on and wraps what is a failed read.
func readProblem(name string, err error) error {
	var problem *Problem
	switch {
	case err == nil || errors.As(err, &problem):
		return err
	case errors.Is(err, errTooLarge):
		return invalid("", fmt.Sprintf("at most %d bytes", MaxImportBytes), "%s is too large", name)
	case errors.Is(err, io.EOF):
		return invalid("", "JSON, JSON Resume or CSV with a header row", "%s is empty", name)
	default:
		return fmt.Errorf("read %s: %w", name, err)
	}
}

// asUTF8 turns UTF-16 with a byte order mark (what spreadsheets call Unicode
// text) into UTF-8 and drops the mark of UTF-8. Windows-1252 has no mark and is
// found row by row.
func asUTF8(r io.Reader) io.Reader {
	in := bufio.NewReader(r)
	mark, _ := in.Peek(3) // a short or failed read shows again below
	switch {
	case bytes.HasPrefix(mark, []byte{0xff, 0xfe}), bytes.HasPrefix(mark, []byte{0xfe, 0xff}):
		return transform.NewReader(in, unicode.UTF16(unicode.LittleEndian, unicode.ExpectBOM).NewDecoder())
	case bytes.Equal(mark, []byte("\ufeff")):
		_, _ = in.Discard(3) // cannot fail: they were seen
	}
	return in
}

// firstByte skips blank lines and says how many.
func firstByte(in *bufio.Reader) (lines int, first byte, err error) {
	for {
		b, err := in.ReadByte()
		switch {
		case err != nil:
			return lines, 0, err
		case b == '\n':
			lines++
		case b != ' ' && b != '\t' && b != '\r':
			return lines, b, in.UnreadByte()
		}
	}
}

// boundedReader ends with errTooLarge, not silently, when too much comes.
type boundedReader struct {
	r    io.Reader
	left int64
}

var errTooLarge = errors.New("too large")

func (b *boundedReader) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errTooLarge
	}
	n, err := b.r.Read(p[:min(int64(len(p)), b.left)])
	b.left -= int64(n)
	return n, err
}

// checked cleans a profile and holds it against every bound but the place,
// which must at least be there.
func checked(p Profile) (Profile, error) {
	where, place := p.Place, protocol.PlaceAt(0, 0)
	if where.Resolved != nil {
		place = where.Resolved.Protocol()
	} else if where.Text = protocol.CleanText(where.Text, false); where.Text == "" {
		return Profile{}, invalid("place", "a commune, a postcode or latitude and longitude", "none is given")
	}
	body, err := p.Body(place, time.Unix(0, 0))
	if err != nil {
		return Profile{}, err
	}
	out := ProfileOf(body)
	out.Place, out.Meta, out.Collectives = where, p.Meta, p.Collectives
	out.ConfirmedAt, out.AvailabilityConfirmed = p.ConfirmedAt, p.AvailabilityConfirmed
	return out, nil
}
