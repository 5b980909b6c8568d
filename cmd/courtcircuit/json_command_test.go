package main

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// lookUp walks results.0.id through JSON; len is how long a list is.
func lookUp(text, path string) (string, error) {
	var v any
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		return "", fmt.Errorf("no JSON: %w: %.300s", err, text)
	}
	for step := range strings.SplitSeq(path, ".") {
		switch at := v.(type) {
		case map[string]any:
			next, ok := at[step]
			if !ok {
				return "", fmt.Errorf("%s: nothing called %q in %.2000s", path, step, text)
			}
			v = next
		case []any:
			if step == "len" {
				v = json.Number(strconv.Itoa(len(at)))
				continue
			}
			i, err := strconv.Atoi(step)
			if err != nil || i >= len(at) {
				return "", fmt.Errorf("%s: no %q in a list of %d: %.2000s", path, step, len(at), text)
			}
			v = at[i]
		default:
			return "", fmt.Errorf("%s: nothing below %v", path, at)
		}
	}
	if s, ok := v.(string); ok {
		return s, nil
	}
	b, err := json.Marshal(v)
	return string(b), err
}

func cmdJSON(ts *testscript.TestScript, neg bool, args []string) {
	wantArgs(ts, false, args, 1, "[!] json PATH [VALUE]")
	got, err := lookUp(ts.ReadFile("stdout"), args[0])
	switch {
	case len(args) == 1 && neg:
		if err == nil {
			ts.Fatalf("%s is there: %s", args[0], got)
		}
	case len(args) == 1 || !neg:
		ts.Check(err)
		if len(args) > 1 && got != args[1] {
			ts.Fatalf("%s is %q, %q wanted", args[0], got, args[1])
		}
	default:
		ts.Check(err)
		if got == args[1] {
			ts.Fatalf("%s is %q", args[0], got)
		}
	}
}

func cmdSetenv(ts *testscript.TestScript, neg bool, args []string) {
	wantArgs(ts, neg, args, 2, "setenv NAME PATH")
	got, err := lookUp(ts.ReadFile("stdout"), args[1])
	ts.Check(err)
	ts.Setenv(args[0], got)
}
