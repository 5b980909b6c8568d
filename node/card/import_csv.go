package card

import (
	"bufio"
	"fmt"
	"io"
	"iter"
	"strings"
	"unicode/utf8"

	"courtcircuit/protocol"

	"golang.org/x/text/encoding/charmap"
)

// maxColumns bounds a header row.
const maxColumns = 100

// readCSV reads a header row and then rows, each of which becomes an item.
func readCSV(r io.Reader, firstLine int) iter.Seq[Item] {
	return func(yield func(Item) bool) {
		rows := &rowSplitter{in: bufio.NewReader(r), line: firstLine}
		columns, warnings, err := readHeader(rows)
		if err != nil {
			yield(Item{Line: rows.begin, Err: err})
			return
		}
		for {
			fields, err := rows.next()
			if err == io.EOF {
				if len(warnings) > 0 {
					yield(Item{Line: rows.line, Warnings: warnings, Err: invalid("", "rows below the header", "there is none")})
				}
				return
			}
			item := Item{Line: rows.begin, Err: err, Warnings: warnings}
			last := err != nil && !isProblem(err)
			if err == nil && readRow(&item, fields, rows.delimiter, columns) {
				continue
			}
			warnings = nil
			if !yield(item) || last {
				return
			}
		}
	}
}

func isProblem(err error) bool { _, ok := err.(*Problem); return ok }

// readHeader finds out the delimiter and what each column holds; "" is a
// column that is not ours.
func readHeader(rows *rowSplitter) (columns, warnings []string, err error) {
	raw, err := rows.header()
	if err != nil {
		return nil, nil, err
	}
	names, err := splitFields(raw, rows.delimiter)
	if err != nil {
		return nil, nil, err
	}
	if len(names) > maxColumns {
		return nil, nil, invalid("", fmt.Sprintf("at most %d columns", maxColumns), "the header row has %d", len(names))
	}
	seen := map[string]string{}
	for _, name := range names {
		field := columnOf(name)
		if field == "" && strings.TrimSpace(name) != "" {
			warnings = append(warnings, fmt.Sprintf("column %q is no part of a profile and was not read", shorten(name)))
		}
		if former, twice := seen[field]; twice && field != "" {
			return nil, nil, invalid(field, "one column for it", "columns %q and %q both hold it", shorten(former), shorten(name))
		}
		seen[field] = name
		columns = append(columns, field)
	}
	if _, ok := seen["name"]; !ok {
		return nil, nil, invalid("name", "a header row with a column name (or nom), and place (or commune)", "no column holds it")
	}
	return columns, warnings, nil
}

// readRow fills the item; true when nothing stands in the row.
func readRow(item *Item, fields []string, delimiter byte, columns []string) (blank bool) {
	row := map[string]string{}
	for i, text := range fields {
		if text = strings.TrimSpace(text); text == "" {
			continue
		}
		if i >= len(columns) {
			item.Err = invalid("", fmt.Sprintf("%d columns as in the header; a field with %q in it stands in double quotes", len(columns), delimiter), "the row has %d", len(fields))
			return false
		}
		if columns[i] != "" {
			row[columns[i]] = text
		}
	}
	if len(row) == 0 {
		return true
	}
	item.Ref, item.ProfileID = protocol.CleanText(row["ref"], false), row["profile_id"]
	if len(item.Ref) > MaxRefBytes {
		item.Ref = ""
		item.Err = invalid("ref", fmt.Sprintf("at most %d bytes", MaxRefBytes), "it is too long")
		return false
	}
	if _, err := protocol.ParseID(item.ProfileID); err != nil && item.ProfileID != "" {
		item.ProfileID = ""
		item.Err = invalid("profile_id", "a full id: 52 characters of a-z and 2-7", "%q is no id", shorten(row["profile_id"]))
		return false
	}
	p, err := profileOfRow(row)
	if err == nil {
		item.Profile, err = checked(p)
	}
	item.Err = err
	return false
}

// toUTF8 reads a row in Windows-1252 when it is no UTF-8: what older
// spreadsheets save. Text of that kind is practically never valid UTF-8.
func toUTF8(raw []byte) ([]byte, error) {
	if utf8.Valid(raw) {
		return raw, nil
	}
	out, err := charmap.Windows1252.NewDecoder().Bytes(raw)
	if err != nil || strings.ContainsRune(string(out), utf8.RuneError) {
		return nil, invalid("", "text in UTF-8 or Windows-1252", "the row is in neither")
	}
	return out, nil
}

// splitFields takes a row apart as RFC 4180 has it.
func splitFields(raw []byte, delimiter byte) (fields []string, err error) {
	if raw, err = toUTF8(raw); err != nil {
		return nil, err
	}
	rest := string(raw)
	for {
		var field string
		var more bool
		if strings.HasPrefix(rest, `"`) {
			field, rest, more, err = quotedField(rest[1:], delimiter)
			if err != nil {
				return nil, err
			}
		} else {
			field, rest, more = strings.Cut(rest, string(delimiter))
		}
		fields = append(fields, field)
		if !more {
			return fields, nil
		}
	}
}

func quotedField(text string, delimiter byte) (field, rest string, more bool, err error) {
	var b strings.Builder
	for {
		inside, after, closed := strings.Cut(text, `"`)
		b.WriteString(inside)
		switch {
		case !closed:
			return "", "", false, invalid("", "a closing double quote", "a field begins with a double quote that nothing closes")
		case after == "":
			return b.String(), "", false, nil
		case after[0] == '"':
			b.WriteByte('"')
			text = after[1:]
		case after[0] == delimiter:
			return b.String(), after[1:], true, nil
		default:
			return "", "", false, invalid("", "a double quote inside quotes written twice", "text follows a closing double quote")
		}
	}
}
