package card

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"unicode/utf8"
)

// maxJSONDepth bounds nesting; our own forms nest four deep.
const maxJSONDepth = 32

// DecodeJSON reads one JSON value of at most maxBytes into one of the types
// of this package. It is strict where encoding/json is not: unknown fields
// are refused by their path, names must match in their letters' case, a name
// may stand once, and nothing may follow. Errors are *Problem and say where;
// a failed read comes back wrapped.
func DecodeJSON(r io.Reader, maxBytes int64, into any) error {
	data, err := io.ReadAll(io.LimitReader(r, maxBytes+1))
	if err != nil {
		return fmt.Errorf("read JSON: %w", err)
	}
	if int64(len(data)) > maxBytes {
		return invalid("", fmt.Sprintf("at most %d bytes", maxBytes), "the JSON is too large")
	}
	return unmarshalStrict(bytes.TrimPrefix(data, []byte("\ufeff")), into)
}

func unmarshalStrict(data []byte, into any) error {
	if !utf8.Valid(data) {
		return invalid("", "JSON in UTF-8", "the text is not UTF-8")
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	w := jsonWalk{dec: d, data: data}
	if err := w.value(reflect.TypeOf(into), "", 0); err != nil {
		return w.problem(err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return invalid("", "one value", "%s: something follows the end of the JSON", w.where(d.InputOffset()))
	}
	if err := json.Unmarshal(data, into); err != nil {
		return w.problem(err)
	}
	return nil
}

// jsonWalk checks the names in a JSON text against a type before anything is
// decoded, because encoding/json says neither where an unknown name stands
// nor that one stands twice.
type jsonWalk struct {
	dec  *json.Decoder
	data []byte
}

func (w *jsonWalk) value(t reflect.Type, path string, depth int) error {
	if depth > maxJSONDepth {
		return invalid(path, fmt.Sprintf("at most %d levels", maxJSONDepth), "nested too deep")
	}
	tok, err := w.dec.Token()
	if err != nil {
		return err
	}
	t = elementOf(t)
	switch tok {
	case json.Delim('{'):
		return w.object(t, path, depth)
	case json.Delim('['):
		for i := 0; w.dec.More(); i++ {
			if err := w.value(itemOf(t), fmt.Sprintf("%s[%d]", path, i), depth+1); err != nil {
				return err
			}
		}
		_, err = w.dec.Token()
	}
	return err
}

func (w *jsonWalk) object(t reflect.Type, path string, depth int) error {
	known := fieldsOf(t)
	seen := map[string]bool{}
	for w.dec.More() {
		tok, err := w.dec.Token()
		if err != nil {
			return err
		}
		name, _ := tok.(string)
		at := strings.TrimPrefix(path+"."+name, ".")
		field, ok := known[name]
		switch {
		case known != nil && !ok:
			return invalid(at, "a known field", "%s: unknown field %q", w.where(w.dec.InputOffset()), shorten(name))
		case seen[name]:
			return invalid(at, "each field once", "%s: it stands twice", w.where(w.dec.InputOffset()))
		}
		seen[name] = true
		if err := w.value(field, at, depth+1); err != nil {
			return err
		}
	}
	_, err := w.dec.Token()
	return err
}

var placeType = reflect.TypeFor[Place]()

// elementOf looks behind pointers and at what a place's object holds; nil
// stays nil and means that nothing is known of the value.
func elementOf(t reflect.Type) reflect.Type {
	for t != nil && t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t == placeType {
		return reflect.TypeFor[ResolvedPlace]()
	}
	return t
}

func itemOf(t reflect.Type) reflect.Type {
	if t != nil && t.Kind() == reflect.Slice {
		return t.Elem()
	}
	return nil
}

// fieldsOf lists the JSON names of a struct, those of embedded ones among
// them; nil for anything else, whose names are not ours to check.
func fieldsOf(t reflect.Type) map[string]reflect.Type {
	if t == nil || t.Kind() != reflect.Struct {
		return nil
	}
	out := map[string]reflect.Type{}
	for _, f := range reflect.VisibleFields(t) {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if f.Anonymous || name == "" || name == "-" {
			continue
		}
		out[name] = f.Type
	}
	return out
}

// problem says in words of a person what encoding/json found.
func (w *jsonWalk) problem(err error) error {
	var problem *Problem
	var syntax *json.SyntaxError
	var mismatch *json.UnmarshalTypeError
	switch {
	case errors.As(err, &problem):
		return problem
	case errors.As(err, &syntax):
		return invalid("", "JSON", "%s: %s", w.where(syntax.Offset), syntax.Error())
	case errors.As(err, &mismatch):
		return invalid(mismatch.Field, kindWords(mismatch.Type), "%s: it is a %s", w.where(mismatch.Offset), mismatch.Value)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return invalid("", "JSON", "%s: the text ends too early", w.where(int64(len(w.data))))
	default: // a place or a time that does not read
		return invalid("", "", "%s", err)
	}
}

func kindWords(t reflect.Type) string {
	switch t.Kind() {
	case reflect.String:
		return "a text"
	case reflect.Uint, reflect.Int:
		return "a whole number, 0 or more"
	case reflect.Float64:
		return "a number"
	case reflect.Bool:
		return "true or false"
	case reflect.Slice:
		return "a list"
	default:
		return "an object"
	}
}

// where turns an offset into line and column, both from 1.
func (w *jsonWalk) where(offset int64) string {
	before := w.data[:min(max(offset, 0), int64(len(w.data)))]
	line := bytes.Count(before, []byte("\n")) + 1
	column := utf8.RuneCount(before[bytes.LastIndexByte(before, '\n')+1:])
	return fmt.Sprintf("line %d, column %d", line, max(column, 1))
}
